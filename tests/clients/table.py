"""Read and write the table of the clients' requests."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from tests.clients.catalogue import Client
from tests.clients.rows import Row

FILE = Path(__file__).with_name("sends.yaml")

HEAD = """\
# The recorded requests of the clients in clients.yaml to the reference server, one for each. Written by
# python -m tests.clients.run --update; each other run compares its requests with this file.
#
# given            the form of the caller's input
# input            the form in the request: string, strings, tokens, token arrays
# decodes          what the caller gets as an embedding: floats, or the base64 string
# encoding_format  the value in the body, or absent
# nulls, unknown   properties of the body that are null, and properties that the contract does not define
# authorization    the header, with "a credential" in place of the client's credential, or absent
# headers          names of all headers, in lowercase
"""


def load_table(path: Path = FILE) -> dict[str, Row]:
    """The rows by the client's name; empty if there is no table."""
    if not path.exists():
        return {}
    rows: dict[str, Row] = yaml.safe_load(path.read_text("utf-8"))["sends"]
    return rows


def save_table(rows: Mapping[str, Row], path: Path = FILE) -> None:
    """Write the whole table."""
    form: dict[str, Any] = {
        "sort_keys": False,
        "default_flow_style": None,
        "width": 100,
        "allow_unicode": True,
    }
    text = yaml.safe_dump({"sends": dict(rows)}, **form)
    path.write_text(f"{HEAD}{text}", "utf-8")


def about(client: Client) -> dict[str, Any]:
    """The part of a row that does not depend on the request."""
    return {
        "client": client.client,
        "package": client.package,
        "version": client.version,
        "language": client.language,
        "documentation": client.documentation,
        "call": client.call,
        "credentials": list(client.alternative) or ["Bearer"],
        "given": client.input,
    }
