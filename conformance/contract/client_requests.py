"""Requests of real HTTP clients, and headers that proxies add, as data: ``spec/client-requests.yaml``."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from .openapi.fields import Field
from .openapi.source_file import read_file
from .spec_files import client_requests as requests_file

REQUEST_LINE = "POST {path} HTTP/1.1"
LINE = re.compile(r"(?P<name>[!#$%&'*+.^_`|~0-9A-Za-z-]+): (?P<value>\S(?:.*\S)?)")
"""A header line (RFC 9110, section 5): a name, a colon, a space, and a value."""

PLACEHOLDERS = ("path", "host", "length", "media-type", "credentials")
MAX_NAME_WORDS = 6
"""Words of the client's name in the title of its requirement."""

MAX_TIMES = 1000
"""How often a value can be repeated."""

Lines = tuple[tuple[str, str], ...]
"""Header lines: names and values."""


@dataclass(frozen=True, slots=True)
class ClientRequest:
    """The head of a request as a client sent it.

    `label` is a part of the requirement's id, `names` the client in its title, `client` the client and its version.
    `headers` are in the order and the case in which they were sent, with PLACEHOLDERS in their values.
    """

    label: str
    names: str
    client: str
    link: str
    headers: Lines

    @property
    def is_chunked(self) -> bool:
        """Whether the body is sent in chunks."""
        return self.value_of("transfer-encoding") is not None

    @property
    def expects_continue(self) -> bool:
        """Whether the client waits for an interim response before it sends the body."""
        return self.value_of("expect") is not None

    @property
    def offers_upgrade(self) -> bool:
        """Whether the client offers another protocol."""
        return self.value_of("upgrade") is not None

    def value_of(self, name: str) -> str | None:
        """The value of the header *name*, which is in lowercase; None without it."""
        return next((value for key, value in self.headers if key.lower() == name), None)


@dataclass(frozen=True, slots=True)
class AddedHeaders:
    """Headers that something between client and server adds, or a browser.

    `rejections` are the statuses with which a correct server may reject them. `may_close`: whether it may close the
    connection instead.
    """

    group: str
    headers: Lines
    rejections: tuple[int, ...] = ()
    may_close: bool = False


@cache
def load_client_requests(path: Path | None = None) -> Mapping[str, ClientRequest]:
    """The requests by label: the shipped ones, or those of another file. Raises UnreadableFile and InvalidFile."""
    root = Field(read_file(path or requests_file())).members(("added-headers", "requests"))
    requests: dict[str, ClientRequest] = {}
    for item in root["requests"].items(at_least=1):
        request = _request(item)
        if request.label in requests:
            raise item.error("a label that is not used twice", found=repr(request.label))
        requests[request.label] = request
    return requests


@cache
def load_added_headers(path: Path | None = None) -> tuple[AddedHeaders, ...]:
    """The groups of headers: the shipped ones, or those of another file. Raises UnreadableFile and InvalidFile."""
    root = Field(read_file(path or requests_file())).members(("added-headers", "requests"))
    return tuple(_added(item) for item in root["added-headers"].items(at_least=1))


def _request(item: Field) -> ClientRequest:
    members = item.members(("label", "names", "client", "link", "about", "head"))
    texts = {name: members[name].text() for name in ("label", "names", "client", "link")}
    if not re.fullmatch(r"[a-z0-9-]+", texts["label"]):
        raise members["label"].error("lowercase letters, digits and hyphens")
    if len(texts["names"].split()) > MAX_NAME_WORDS:
        raise members["names"].error(f"at most {MAX_NAME_WORDS} words")
    members["about"].text()
    first, *lines = members["head"].items(at_least=2)
    if first.string() != REQUEST_LINE:
        raise first.error(repr(REQUEST_LINE))
    request = ClientRequest(**texts, headers=tuple(_line(line) for line in lines))
    _check_head(members["head"], request)
    return request


def _check_head(item: Field, request: ClientRequest) -> None:
    values = [value for _, value in request.headers]
    for placeholder in ("{host}", "{credentials}"):
        if values.count(placeholder) != 1:
            raise item.error(f"one header with the value {placeholder}")
    names = [name.lower() for name, _ in request.headers]
    if sum(name in ("content-length", "transfer-encoding") for name in names) != 1:
        raise item.error("either Content-Length or Transfer-Encoding")


def _added(item: Field) -> AddedHeaders:
    members = item.members(("group", "lines"), ("times", "rejections", "may-close"))
    statuses = members["rejections"].items() if "rejections" in members else []
    for status in statuses:
        if status.value not in range(400, 500):
            raise status.error("a status from 400 to 499")
    if "may-close" in members and not isinstance(members["may-close"].value, bool):
        raise members["may-close"].error("true or false")
    times = members["times"].value if "times" in members else 1
    if type(times) is not int or not 0 < times <= MAX_TIMES:
        raise members["times"].error(f"a number from 1 to {MAX_TIMES}")
    lines = (_line(line) for line in members["lines"].items(at_least=1))
    return AddedHeaders(
        members["group"].text(),
        tuple((name, value * times) for name, value in lines),
        tuple(status.value for status in statuses),
        "may-close" in members and members["may-close"].value,
    )


def _line(item: Field) -> tuple[str, str]:
    found = LINE.fullmatch(item.string())
    if found is None:
        raise item.error("a header line of the form 'Name: value'")
    for name in re.findall(r"\{([a-z-]*)\}", found["value"]):
        if name not in PLACEHOLDERS:
            raise item.error(f"one of the placeholders {', '.join(PLACEHOLDERS)}", found=repr(name))
    return found["name"], found["value"]
