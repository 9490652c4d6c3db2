"""The formats of recorded traffic: find the format of a record, and where the parts of an exchange are in it.

``spec/log-formats.yaml`` describes them, and the user's own format is a file with the same members.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any, Final

from conformance.contract.errors import InvalidFile, UnreadableFile, closest_name
from conformance.contract.openapi.source_file import read_file
from conformance.contract.spec_files import spec_file
from conformance.errors import ConfigurationError
from conformance.text import clip

Place = tuple[str, ...]

HAR: Final = "har"
MAPPING: Final = "mapping"
"""The name of the user's own format."""

FIELDS: Final = frozenset(
    [
        "request",
        "response",
        "texts",
        "model-property",
        "options",
        "status",
        "ok",
        "time",
        "seconds",
        "milliseconds",
        "model",
        "provider",
        "method",
        "url",
        "operation",
        "request-headers",
        "response-headers",
        "encoding",
    ]
)
"""The names of the members of ``fields``."""

MEMBERS: Final = frozenset({"fields", "ok-values", "operations", "is-as-sent", "request-only"})
"""The members of a user's own format."""

_NOTHING: Final = object()


@dataclass(frozen=True)
class LogFormat:
    """One format; ``spec/log-formats.yaml`` explains the members."""

    name: str
    title: str
    fields: Mapping[str, Sequence[Place]]
    marks: Sequence[frozenset[str]] = ()
    ok_values: Sequence[Any] = ()
    operations: Sequence[str] = ()
    is_as_sent: bool = True
    is_har: bool = False
    is_request_only: bool = False

    def fits(self, names: frozenset[str]) -> bool:
        """Whether a record with the members *names* has this format."""
        return any(marks <= names for marks in self.marks)

    def value(self, record: Any, name: str) -> Any:
        """The value of the field *name* in a *record*; None if there is none."""
        for place in self.fields.get(name, ()):
            found = record
            for key in place:
                found = found.get(key, _NOTHING) if type(found) is dict else _NOTHING
            if found is not _NOTHING and found is not None:
                return found
        return None


@dataclass(frozen=True)
class LogFormats:
    """All formats in the order in which they are tried, and the texts that replace redacted values.

    If the user names one, ``only`` is that one.
    """

    formats: Sequence[LogFormat]
    redacted: Sequence[bytes]
    only: LogFormat | None = None
    _known: dict[tuple[str, ...], LogFormat | None] = field(default_factory=dict, compare=False)

    def is_changed(self, record: bytes) -> bool:
        """Whether a logger has replaced a part of a *record*."""
        return self._replaced.search(record) is not None

    @cached_property
    def _replaced(self) -> re.Pattern[bytes]:
        return re.compile(b"|".join(map(re.escape, self.redacted)))

    def of(self, record: Mapping[str, Any]) -> LogFormat | None:
        """The format of *record*; None if it has none of them."""
        if self.only is not None:
            return self.only
        names = tuple(record)
        try:
            return self._known[names]
        except KeyError:
            members = frozenset(names)
            others = (format for format in self.formats if not format.is_har)
            found = next((format for format in others if format.fits(members)), None)
            if len(self._known) < 1_000:
                self._known[names] = found
            return found


def load_formats(name: str | None = None, mapping: str | None = None) -> LogFormats:
    """The formats, of which only the one with that *name* is used, or the one that the file *mapping* describes.

    Raises ConfigurationError for an unknown name, and for a file that does not describe a format.
    """
    found = _all_formats()
    if mapping is not None:
        return replace(found, only=_user_format(Path(mapping)))
    if name is None:
        return found
    by_name = {format.name: format for format in found.formats}
    if name not in by_name:
        raise ConfigurationError("format", f"there is no format {clip(repr(name))}; use {', '.join(by_name)}")
    return replace(found, only=by_name[name])


@lru_cache(maxsize=1)
def _all_formats() -> LogFormats:
    data = read_file(spec_file("log-formats.yaml")).value
    formats = [_format(entry["name"], entry) for entry in data["formats"]]
    return LogFormats(formats, [text.encode() for text in data["redacted"]])


def format_titles() -> Mapping[str, str]:
    """The title of each format, by its name."""
    return {format.name: format.title for format in load_formats().formats}


def _format(name: str, entry: Mapping[str, Any]) -> LogFormat:
    return LogFormat(
        name,
        entry.get("title", ""),
        {key: tuple(map(_place, places)) for key, places in entry["fields"].items()},
        tuple(frozenset(marks) for marks in entry.get("marks", ())),
        tuple(entry.get("ok-values", ())),
        tuple(entry.get("operations", ())),
        entry.get("is-as-sent", True),
        entry.get("framing") == HAR,
        entry.get("request-only", False),
    )


def _place(pointer: str) -> Place:
    """The keys of a JSON pointer (RFC 6901)."""
    return tuple(key.replace("~1", "/").replace("~0", "~") for key in pointer.split("/")[1:])


def _user_format(file: Path) -> LogFormat:
    """The format that the user's *file* describes. Raises ConfigurationError."""
    try:
        data = read_file(file).value
    except (UnreadableFile, InvalidFile) as error:
        raise ConfigurationError("mapping", str(error)) from None
    for problem in _problems(data):
        raise ConfigurationError("mapping", f"{file}: {problem}")
    fields = {key: [at] if isinstance(at, str) else list(at) for key, at in data["fields"].items()}
    return replace(_format(MAPPING, {**data, "fields": fields}), title=f"the format of {file.name}")


def _problems(data: Any) -> Iterator[str]:
    """What is wrong with the user's description of a format."""
    if not isinstance(data, dict) or not isinstance(data.get("fields"), dict):
        yield "must have 'fields:', with a JSON pointer for each part of an exchange"
        return
    yield from (f"unknown key {clip(str(key))}{_near(key, MEMBERS)}" for key in data if key not in MEMBERS)
    for key, places in data["fields"].items():
        if key not in FIELDS:
            yield f"unknown field {clip(str(key))}{_near(key, FIELDS)}"
        listed = [places] if isinstance(places, str) else places
        if not isinstance(listed, list) or not all(isinstance(p, str) and p.startswith("/") for p in listed):
            yield f"{clip(str(key))} must be a JSON pointer such as /request/body, or a list of them"
    if not {"request", "response", "texts"} & {*data["fields"]}:
        yield "the fields must have request, response or texts"
    for key in ("ok-values", "operations"):
        if not isinstance(data.get(key, []), list):
            yield f"{key} must be a list"
    for key in ("is-as-sent", "request-only"):
        if not isinstance(data.get(key, True), bool):
            yield f"{key} must be true or false"


def _near(key: object, known: frozenset[str]) -> str:
    near = closest_name(str(key), known)
    return f"; did you mean {near}?" if near else f"; use {json.dumps(sorted(known))[1:-1]}"
