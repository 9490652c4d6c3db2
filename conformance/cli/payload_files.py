"""Payloads in files: JSON, JSONL (one payload a line) and HAR 1.2 (what browsers and proxies record)."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import PurePath
from typing import Any, Literal
from urllib.parse import urlsplit

from conformance.config.settings import ConfigurationError
from conformance.contract import Contract

Form = Literal["json", "jsonl", "har"]
FORMS: tuple[Form, ...] = ("json", "jsonl", "har")
SUFFIXES: dict[str, Form] = {".json": "json", ".jsonl": "jsonl", ".ndjson": "jsonl", ".har": "har"}


@dataclass(frozen=True, slots=True)
class Item:
    """What a file holds at *place* (its name, with a line's or an entry's number): a request, an answer, or both."""

    place: str
    request: bytes | None = None
    response: bytes | None = None


def form_of(name: str, content: bytes) -> Form:
    """The form of the file *name*: that of its suffix, or else what its *content* looks like."""
    by_suffix = SUFFIXES.get(PurePath(name).suffix.lower())
    if by_suffix is not None and by_suffix != "json":
        return by_suffix
    whole = _parsed(content)
    if isinstance(whole, dict) and isinstance(whole.get("log"), dict) and "entries" in whole["log"]:
        return "har"
    lines = _lines(content)
    if by_suffix is None and whole is None and len(lines) > 1 and _parsed(lines[0]) is not None:
        return "jsonl"
    return "json"


def payloads(name: str, content: bytes, form: Form) -> Iterator[tuple[str, bytes]]:
    """The payloads in a file of JSON or JSONL, each with its place."""
    if form == "json":
        yield name, content
        return
    for number, line in enumerate(_lines(content), 1):
        if line.strip():
            yield f"{name}:{number}", line


def har_items(name: str, content: bytes, contract: Contract) -> Iterator[Item]:
    """The exchanges of a HAR file that ran the contract's operation: request, and the answer where that is a 200.

    Raises ConfigurationError for a file that is no HAR.
    """
    match _parsed(content):
        case {"log": {"entries": list(entries)}}:
            for number, entry in enumerate(entries, 1):
                if _runs(entry, contract):
                    yield _har_item(f"{name}: entry {number}", entry)
        case _:
            raise ConfigurationError(name, "a HAR file (log.entries)", "something else")


def _lines(content: bytes) -> list[bytes]:
    """The lines of JSONL. Only line feeds end them: a carriage return is a blank of JSON (RFC 8259, section 2)."""
    return content.split(b"\n")


def _parsed(content: bytes) -> Any:
    try:
        return json.loads(content)
    except (ValueError, RecursionError):
        return None


def _runs(entry: Any, contract: Contract) -> bool:
    match entry:
        case {"request": {"method": str(method), "url": str(url)}}:
            return method.upper() == contract.method.upper() and _path(url).endswith(contract.path)
    return False


def _path(url: str) -> str:
    """The path of *url* without a slash at its end; empty where that is no URL."""
    try:
        return urlsplit(url).path.removesuffix("/")
    except ValueError:
        return ""


def _har_item(place: str, entry: Any) -> Item:
    return Item(place, _sent(entry), _answer(place, entry))


def _sent(entry: Any) -> bytes | None:
    match entry:
        case {"request": {"postData": {"text": str(text)}}}:
            return text.encode("utf-8", "surrogatepass")
    return None


def _answer(place: str, entry: Any) -> bytes | None:
    match entry:
        case {"response": {"status": 200, "content": {"text": str(text), "encoding": "base64"}}}:
            return _decoded(place, text) or None
        case {"response": {"status": 200, "content": {"text": str(text)}}}:
            return text.encode("utf-8", "surrogatepass") or None
    return None


def _decoded(place: str, text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except ValueError as error:
        raise ConfigurationError(place, "content in base64, as its encoding says", str(error)) from None
