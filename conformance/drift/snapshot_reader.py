"""Read a snapshot. Its file may come from anybody, so it is read with limits."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from conformance.contract.openapi.limits import MIB, FileTooLarge, count_values, depth_of, read_limited
from conformance.contract.spec_files import spec_file
from conformance.errors import UsageError
from conformance.text import clip
from conformance.validation import MISSING, parse_json
from conformance.validation.base64_vectors import Base64Problem, decode_base64

from .corpus import Text
from .distances import can_be_recorded
from .observation import Numbers
from .snapshot import FORMAT, KEY, Record, Snapshot

MAX_FILE = 64 * MIB
"""Bytes of a file."""

MAX_VALUES = 30_000
"""Values of a file: a thousand texts have fewer."""

MAX_DEPTH = 8
"""Levels of a file."""

_SURROGATE = re.compile(rb"\\u[dD][89a-fA-F]")


class UnreadableSnapshot(UsageError, ValueError):
    """``file`` cannot be read as a snapshot; ``problem`` says why, and ``fix`` what to do."""

    def __init__(
        self,
        file: Path,
        problem: str,
        fix: str = "record one with: embeddings-conformance snapshot URL -o FILE",
    ) -> None:
        self.file, self.problem = file, problem
        super().__init__(f"{file} cannot be read as a snapshot: {problem}; {fix}")


def read_snapshot(file: Path) -> Snapshot:
    """The snapshot in *file*. Raises UnreadableSnapshot for any other content."""
    document = _document(file)
    try:
        return _snapshot(document)
    except _Invalid as error:
        raise UnreadableSnapshot(file, clip(str(error))) from None


class _Invalid(ValueError):
    """Something in the document is wrong; the message says what."""


def _document(file: Path) -> Mapping[str, Any]:
    try:
        content = read_limited(file, MAX_FILE)
    except OSError as error:
        raise UnreadableSnapshot(file, str(error.strerror), "check the path") from None
    except FileTooLarge as error:
        raise UnreadableSnapshot(file, f"it {error}") from None
    if count_values(content) > MAX_VALUES or depth_of(content) > MAX_DEPTH:
        raise UnreadableSnapshot(file, f"it has more than {MAX_VALUES:,} values, or {MAX_DEPTH} levels")
    parsed = parse_json(content)
    if parsed.value is MISSING or parsed.problems:
        first = parsed.problems[0]
        raise UnreadableSnapshot(file, clip(f"invalid JSON: expected {first.expected}, found {first.found}"))
    value: Any = parsed.value
    version = value.get(KEY) if isinstance(value, dict) else None
    if type(version) is not int:
        raise UnreadableSnapshot(file, f"it has no member {KEY!r} with a version")
    if version > FORMAT:
        raise UnreadableSnapshot(file, f"its format is newer than {FORMAT}", "upgrade the suite")
    if version < FORMAT:
        raise UnreadableSnapshot(file, f"its format is older than {FORMAT}")
    if _SURROGATE.search(content) and not _is_unicode(value):
        raise UnreadableSnapshot(file, "it contains a lone surrogate")
    if problem := _schema_problem(value):
        raise UnreadableSnapshot(file, clip(problem))
    document: Mapping[str, Any] = value
    return document


def _is_unicode(value: Any) -> bool:
    """Whether all strings have a UTF-8 form."""
    try:
        json.dumps(value, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        return False
    return True


def _schema_problem(document: Any) -> str:
    """The first violation of the schema; empty without one."""
    from jsonschema_rs import ValidationError

    try:
        _validator().validate(document)
    except ValidationError as error:
        where = "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in error.instance_path)
        return f"${where}: the value violates {error.kind.name}"
    return ""


@cache
def _validator() -> Any:
    from jsonschema_rs import validator_for

    return validator_for(json.loads(spec_file("schemas/snapshot.schema.json").read_text("utf-8")))


def _snapshot(document: Mapping[str, Any]) -> Snapshot:
    length, options, entries = int(document["length"]), document["options"], document["texts"]
    records = tuple(_record(entry, length) for entry in entries)
    if len({record.text.id for record in records}) < len(records):
        raise _Invalid("$.texts: each id must occur once")
    if not any(record.vector is not None for record in records):
        raise _Invalid("$.texts: no text has a vector")
    dimensions = options["dimensions"]
    shortened = {}
    for entry in entries:
        if "shortened" in entry:
            if dimensions is None:
                raise _Invalid("$.options.dimensions: missing, although texts have shortened vectors")
            shortened[entry["id"]] = _vector(entry, "shortened", int(dimensions))
    return Snapshot(
        suite=document["suite"],
        model=document["model"],
        reported=document["reported_model"],
        length=length,
        records=records,
        dimensions=int(dimensions) if shortened else None,
        shortened=shortened,
        encodings=tuple(options["encodings"]),
        batch=int(options["batch"]),
    )


def _record(entry: Mapping[str, Any], length: int) -> Record:
    text = Text(entry["id"], entry["kind"], entry["text"], entry.get("pair", ""))
    tokens = int(entry["tokens"]) if "tokens" in entry else None
    if "vector" not in entry:
        return Record(text, None, tokens)
    noises = (float(entry[name]) for name in ("noise", "batch_noise", "norm_noise"))
    return Record(text, _vector(entry, "vector", length), tokens, *noises)


def _vector(entry: Mapping[str, Any], name: str, length: int) -> Numbers:
    where = f"the {name} of the text {clip(entry['id'])}"
    vector = decode_base64(entry[name])
    if isinstance(vector, Base64Problem):
        raise _Invalid(f"{where}: expected {vector.expected}, found {vector.found}")
    if vector.size != length:
        raise _Invalid(f"{where} has {vector.size} numbers instead of {length}")
    if not can_be_recorded(vector):
        raise _Invalid(f"{where} is zero, or has a number that is NaN, infinite or too large")
    return vector
