"""Names of models that a target lists, those first that look as if they were for embeddings."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache

from conformance.contract.openapi.source_file import read_file
from conformance.contract.spec_files import spec_file

LONGEST = 200
"""Characters of a model's name; what is longer is none."""

MOST = 2000
"""Entries of a list that are looked at."""


def names_in(listed: object) -> list[str]:
    """The names in OpenAI's form of a list of models; none where it is of another form."""
    match listed:
        case {"data": [*entries]}:
            names = [entry.get("id") for entry in entries[:MOST] if isinstance(entry, Mapping)]
            return list(dict.fromkeys(name for name in names if isinstance(name, str) and _is_name(name)))
    return []


def likely(names: Sequence[str], example: str) -> list[str]:
    """*names*, the contract's *example* first, then those that sound like embeddings, then the others."""
    return sorted(names, key=lambda name: (name != example, not _sounds_right(name)))


def _sounds_right(name: str) -> bool:
    return any(part in name.lower() for part in _parts())


def _is_name(name: str) -> bool:
    """Whether *name* can be written to a file: a lone surrogate has no UTF-8 form."""
    return 0 < len(name) <= LONGEST and not any("\ud800" <= character <= "\udfff" for character in name)


@lru_cache(maxsize=1)
def _parts() -> tuple[str, ...]:
    return tuple(read_file(spec_file("discovery.yaml")).value["embedding-model-names"])
