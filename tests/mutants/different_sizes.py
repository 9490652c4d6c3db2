"""Correct servers with limits for texts, token arrays and bodies, and one that accepts long texts."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from tests.faulty_servers.embeddings import inputs
from tests.faulty_servers.faults import rejects, responds
from tests.faulty_servers.messages import error
from tests.faulty_servers.servers import Fault
from tests.mutants.sizes import MIB, accepts_long_texts

Ids = tuple[str, ...]


def servers_with_limits() -> Iterator[tuple[str, Fault, Ids, Ids]]:
    """Correct servers: their names, the SHOULD requirements that they do not meet, and those that cannot be tested."""
    too_large = error(413).with_header("connection", "close")
    yield (
        "returns 413 for bodies over 1 MiB and closes the connection",
        responds(lambda request: len(request.body) > MIB, too_large),
        (),
        (),
    )
    name = "rejects texts and arrays of over {} tokens"
    yield name.format(256), rejects(_is_over(256)), (), ("meaning.different.last-word", "meaning.batch.long")
    yield name.format(512), rejects(_is_over(512)), (), ("meaning.batch.long",)
    limits_users = rejects(lambda payload: len(str(payload.get("user"))) > 512)
    yield "rejects a user of over 512 characters", limits_users, (), ()
    yield "accepts texts of 8,000 tokens", accepts_long_texts(), (), ()


def _is_over(most: int) -> Any:
    return lambda payload: any(_tokens(item) > most for item in inputs(payload.get("input")))


def _tokens(item: Any) -> int:
    """The number of words of a text, or of tokens of an array; 0 for anything else."""
    if isinstance(item, str):
        return len(item.split())
    return len(item) if isinstance(item, list) else 0
