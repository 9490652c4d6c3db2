"""The record of a verification: what each client did at each faulty server, and what the suite found there."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from .judged import Findings

FILE = Path(__file__).with_name("record.yaml")

HEAD = """\
# What real clients did at faulty servers, and what the suite found there. Written by
# python -m tests.clients.run --update faults; a test compares spec/clients.yaml with it.
#
# versions  the package of each client
# does      what is wrong with the server
# calls     for each call of clients.yaml with default settings: works, error, or wrong data
# failed    for each client that breaks by the suite's table: the requirements that break it, and what it relies on
#           instead, if they block that
# findings  the requirements that did not pass; shapes: input, encoding_format, status, what was expected
"""


@dataclass(frozen=True, slots=True)
class Entry:
    """One faulty server: the effect of each call on its caller, and the findings and the client table of the suite."""

    does: str
    profile: str
    calls: Mapping[str, str]
    failed: Mapping[str, list[str]]
    findings: Findings = field(default_factory=dict)


def load_record(path: Path = FILE) -> tuple[dict[str, str], dict[str, Entry]]:
    """The versions of the clients, and the entries by the server's name; both empty without a file."""
    if not path.exists():
        return {}, {}
    content: dict[str, Any] = yaml.load(path.read_text("utf-8"), _Loader)
    return content["versions"], {name: Entry(**entry) for name, entry in content["servers"].items()}


def save_record(versions: Mapping[str, str], entries: Mapping[str, Entry], path: Path = FILE) -> None:
    """Write the whole record."""
    servers = {
        name: {
            "does": entry.does,
            "profile": entry.profile,
            "calls": dict(entry.calls),
            "failed": dict(entry.failed),
            "findings": entry.findings,
        }
        for name, entry in entries.items()
    }
    text = yaml.safe_dump(
        {"versions": dict(versions), "servers": servers},
        sort_keys=False,
        default_flow_style=None,
        width=110,
        allow_unicode=True,
    )
    path.write_text(f"{HEAD}{text}", "utf-8")


_Loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
