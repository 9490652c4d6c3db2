"""The table of what clients send: read, compared and written."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from tests.clients.catalogue import Client
from tests.clients.sending import Row

FILE = Path(__file__).with_name("sends.yaml")

HEAD = """\
# What each client of clients.yaml really sent to the reference, one request for each. Written by
# python -m tests.clients.run --update, and compared with each run.
#
# given            the form of what the caller gave; `input` is what was sent: string, strings, tokens, token arrays
# decodes          what the caller gets of an embedding: floats, or the base64 string that came
# encoding_format  as it stands in the body, or absent
# nulls, unknown   properties of the body that are null, and that the contract does not know
# authorization    the header, with "a credential" for one that it was given, or absent
# headers          names of all headers, in lower case
"""


def load_table(path: Path = FILE) -> dict[str, Row]:
    """The rows by the client's name; none where there is no table yet."""
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
    """The part of a row that is known beforehand."""
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
