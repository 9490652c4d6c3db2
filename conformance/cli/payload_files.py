"""Payloads in files: JSON, JSONL (one payload in each line) and HAR 1.2 (which browsers and proxies record)."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import PurePath
from typing import Any, Literal
from urllib.parse import urlsplit

from conformance.contract import Contract
from conformance.errors import ConfigurationError

Format = Literal["json", "jsonl", "har"]
FORMATS: tuple[Format, ...] = ("json", "jsonl", "har")
SUFFIXES: dict[str, Format] = {".json": "json", ".jsonl": "jsonl", ".ndjson": "jsonl", ".har": "har"}


@dataclass(frozen=True, slots=True)
class Payload:
    """A request, a response, or both, at *place*: the file's name, with the number of the line or entry."""

    place: str
    request: bytes | None = None
    response: bytes | None = None


def format_of(name: str, content: bytes) -> Format:
    """The format of the file *name*: from its suffix, or else from its *content*."""
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


def read_payloads(name: str, content: bytes, format: Format) -> Iterator[tuple[str, bytes]]:
    """The payloads in a file of JSON or JSONL, each with its place."""
    if format == "json":
        yield name, content
        return
    for number, line in enumerate(_lines(content), 1):
        if line.strip():
            yield f"{name}:{number}", line


def har_payloads(name: str, content: bytes, contract: Contract) -> Iterator[Payload]:
    """The exchanges of the contract's operation in a HAR file: each request, and its response if that is a 200.

    Raises ConfigurationError if the file is not HAR.
    """
    match _parsed(content):
        case {"log": {"entries": list(entries)}}:
            for number, entry in enumerate(entries, 1):
                if _is_of_operation(entry, contract):
                    place = f"{name}: entry {number}"
                    yield Payload(place, _request(entry), _response(place, entry))
        case _:
            raise ConfigurationError(name, "is not a HAR file: it has no log.entries; see --input")


def _lines(content: bytes) -> list[bytes]:
    """The lines of JSONL. Only a line feed ends a line: a carriage return is JSON whitespace (RFC 8259, section 2)."""
    return content.split(b"\n")


def _parsed(content: bytes) -> Any:
    try:
        return json.loads(content)
    except (ValueError, RecursionError):
        return None


def _is_of_operation(entry: Any, contract: Contract) -> bool:
    match entry:
        case {"request": {"method": str(method), "url": str(url)}}:
            return method.upper() == contract.method.upper() and _path(url).endswith(contract.path)
    return False


def _path(url: str) -> str:
    """The path of *url* without a trailing slash; empty if *url* is not a URL."""
    try:
        return urlsplit(url).path.removesuffix("/")
    except ValueError:
        return ""


def _request(entry: Any) -> bytes | None:
    match entry:
        case {"request": {"postData": {"text": str(text)}}}:
            return text.encode("utf-8", "surrogatepass")
    return None


def _response(place: str, entry: Any) -> bytes | None:
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
        raise ConfigurationError(place, f"the response is declared as base64, but is not: {error}") from None
