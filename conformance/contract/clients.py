"""What clients rely on, as data: which requirements a server has to keep so that one of them works with it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from .capabilities import capabilities
from .openapi.fields import Field
from .openapi.source_file import read_file
from .spec_files import client_list

HARMS = ("error", "wrong data")
"""What a client's caller sees where a server does not keep what the client relies on."""

WORKS = "works"

FORMATS = ("float", "base64", "absent")
"""Formats of an embedding that are asked for."""

FORMS = ("string", "strings", "tokens", "token arrays")
"""Forms of the input, as a reliance names them."""


@dataclass(frozen=True, slots=True)
class Reliance:
    """One thing that a client relies on.

    `requirement` is an id, or a glob of ids. `request` narrows it to requests with an `input` of that form, one of
    FORMS, or that `encoding_format`, one of FORMATS: a failure of others is none for this client. `harm` is one of
    HARMS, or empty where the answer tells it: a 200 is wrong data, anything else an error.
    """

    requirement: str
    why: str
    request: Mapping[str, str] = field(default_factory=dict, hash=False)
    harm: str = ""


@dataclass(frozen=True, slots=True)
class Client:
    """A client as it is by default: what it sends, what it makes of an answer, where that is written (`link`).

    `inputs` are the forms of input, of FORMS, that it sends; `encoding_format` is one of FORMATS. `takes` are the
    capabilities that a server has to claim for it, each with what comes of it where a server ignores it instead: one of
    HARMS, or WORKS.
    """

    name: str
    package: str
    inputs: tuple[str, ...]
    encoding_format: str
    sends: str
    decodes: str
    link: str
    relies_on: tuple[Reliance, ...]
    takes: Mapping[str, str] = field(default_factory=dict, hash=False)


def load_clients(path: Path | None = None) -> tuple[Client, ...]:
    """Load the shipped list of clients, or another one; what all have in common is in each.

    Raises Malformed, with file and line.
    """
    root = Field(read_file(path or client_list())).members(("common", "clients"))
    common = tuple(_reliance(item) for item in root["common"].items())
    return tuple(_client(item, common) for item in root["clients"].items(at_least=1))


def _client(item: Field, common: tuple[Reliance, ...]) -> Client:
    members = item.members(
        ("name", "package", "inputs", "encoding_format", "sends", "decodes", "link", "relies_on"), ("takes",)
    )
    texts = {name: members[name].text() for name in ("name", "package", "sends", "decodes", "link")}
    inputs = tuple(form.choice(FORMS) for form in members["inputs"].items(at_least=1))
    own = tuple(_reliance(one) for one in members["relies_on"].items(at_least=1))
    format = members["encoding_format"].choice(FORMATS)
    takes = _takes(members["takes"]) if "takes" in members else {}
    return Client(**texts, inputs=inputs, encoding_format=format, relies_on=(*own, *common), takes=takes)


def _takes(item: Field) -> dict[str, str]:
    members = item.members((), tuple(capabilities()))
    return {name: member.choice((*HARMS, WORKS)) for name, member in members.items()}


def _reliance(item: Field) -> Reliance:
    members = item.members(("requirement", "why"), ("request", "harm"))
    return Reliance(
        requirement=members["requirement"].text(),
        why=members["why"].text(),
        request=_request(members["request"]) if "request" in members else {},
        harm=members["harm"].choice(HARMS) if "harm" in members else "",
    )


def _request(item: Field) -> dict[str, str]:
    known = {"input": FORMS, "encoding_format": FORMATS}
    return {name: member.choice(known[name]) for name, member in item.members((), tuple(known)).items()}
