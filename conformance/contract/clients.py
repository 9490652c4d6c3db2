"""Clients as data: the requirements that a server must satisfy so that a client works with it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from .capabilities import shipped_capabilities
from .openapi.fields import Field
from .openapi.source_file import read_file
from .spec_files import client_list

EFFECTS = ("error", "wrong data")
"""Effects on the caller of a client if the server violates a requirement that the client relies on."""

WORKS = "works"
"""No effect on the caller."""

FLOAT, BASE64 = "float", "base64"

FORMATS = (FLOAT, BASE64, "absent")
"""Values of `encoding_format` in requests."""

OWN = "own"
"""In a reliance: the `encoding_format` of the client's own requests."""

ANY = "any"
"""In a reliance: any form of input, also one that the client does not send."""

FORMS = ("string", "strings", "tokens", "token arrays")
"""Forms of the input."""


@dataclass(frozen=True, slots=True)
class Reliance:
    """A requirement that a client relies on.

    `requirement` is an id or a glob. `request` limits it to failures of requests whose `input` has that form (one of
    FORMS), and that `encoding_format` (one of FORMATS). Without a form, the failures of the forms count that the client
    sends; with ANY, those of all forms. `effect` is one of EFFECTS, or empty if the response determines it: wrong data
    for a 200, an error for any other status. If it is `assumed`, it is taken to hold where it was not tested or is
    blocked, and where the contract does not have it.
    """

    requirement: str
    why: str
    request: Mapping[str, str] = field(default_factory=dict, hash=False)
    effect: str = ""
    assumed: bool = False


@dataclass(frozen=True, slots=True)
class Client:
    """A client with its default settings: what it sends, how it decodes responses, and its source code (`link`).

    `inputs` are the forms of input that it sends, of FORMS; `encoding_format` is one of FORMATS. `needs` are the
    capabilities that it needs from a server, each with the effect if the server ignores it: one of EFFECTS, or WORKS.
    ``floats`` is what a caller writes to get arrays of numbers instead of base64; empty if unknown. ``with_floats`` is
    the same client if its caller does so.
    """

    name: str
    package: str
    inputs: tuple[str, ...]
    encoding_format: str
    sends: str
    decodes: str
    link: str
    relies_on: tuple[Reliance, ...]
    needs: Mapping[str, str] = field(default_factory=dict, hash=False)
    floats: str = ""
    with_floats: Client | None = None


def load_clients(path: Path | None = None) -> tuple[Client, ...]:
    """Load the shipped list of clients, or another one. Each client includes the reliances common to all.

    Raises UnreadableFile; InvalidFile, with file and line.
    """
    root = Field(read_file(path or client_list())).members(("common", "clients"), ("with_floats",))
    common = tuple(map(_reliance, root["common"].items()))
    with_floats = tuple(map(_reliance, root["with_floats"].items())) if "with_floats" in root else ()
    return tuple(_client(item, common, with_floats) for item in root["clients"].items(at_least=1))


def _client(item: Field, common: tuple[Reliance, ...], with_floats: tuple[Reliance, ...]) -> Client:
    members = item.members(
        ("name", "package", "inputs", "encoding_format", "sends", "decodes", "link", "relies_on"),
        ("floats", "needs"),
    )
    texts: dict[str, Any] = {
        name: members[name].text() for name in ("name", "package", "sends", "decodes", "link")
    }
    inputs = tuple(form.choice(FORMS) for form in members["inputs"].items(at_least=1))
    own = tuple(_reliance(one) for one in members["relies_on"].items(at_least=1))
    format = members["encoding_format"].choice(FORMATS)
    needs = _needs(members["needs"]) if "needs" in members else {}
    relies_on = tuple(_with_own_format(one, format) for one in (*own, *common))
    client = Client(**texts, inputs=inputs, encoding_format=format, relies_on=relies_on, needs=needs)
    if "floats" not in members:
        return client
    instead = replace(
        client,
        encoding_format=FLOAT,
        relies_on=(*(_with_floats(one) for one in relies_on), *with_floats),
        needs={name: effect for name, effect in needs.items() if name != BASE64},
    )
    return replace(client, floats=members["floats"].text(), with_floats=instead)


def _needs(item: Field) -> dict[str, str]:
    members = item.members((), tuple(shipped_capabilities()))
    return {name: member.choice((*EFFECTS, WORKS)) for name, member in members.items()}


def _reliance(item: Field) -> Reliance:
    members = item.members(("requirement", "why"), ("request", "effect", "assumed"))
    return Reliance(
        requirement=members["requirement"].text(),
        why=members["why"].text(),
        request=_request(members["request"]) if "request" in members else {},
        effect=members["effect"].choice(EFFECTS) if "effect" in members else "",
        assumed="assumed" in members and members["assumed"].flag(),
    )


def _with_own_format(reliance: Reliance, format: str) -> Reliance:
    """*reliance* with the client's *format* in place of OWN."""
    request = {name: format if value == OWN else value for name, value in reliance.request.items()}
    return replace(reliance, request=request)


def _with_floats(reliance: Reliance) -> Reliance:
    """*reliance* of a client that asks for arrays of numbers instead of base64."""
    in_base64 = reliance.request.get("encoding_format") == BASE64
    return (
        replace(reliance, request={**reliance.request, "encoding_format": FLOAT}) if in_base64 else reliance
    )


def _request(item: Field) -> dict[str, str]:
    known = {"input": (ANY, *FORMS), "encoding_format": (OWN, *FORMATS)}
    return {name: member.choice(known[name]) for name, member in item.members((), tuple(known)).items()}
