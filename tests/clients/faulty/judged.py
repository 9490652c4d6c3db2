"""What the suite finds at a faulty server: the requirements that clients rely on, in the form of the record."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from fnmatch import fnmatchcase
from functools import cache
from typing import Any

from conformance import check
from conformance.contract import Client, Contract, load_clients
from conformance.report.model.compatibility import (
    EXPECTED_REJECTION,
    Compatibility,
    client_compatibility,
    clients_as_list,
)
from tests.clients.vocabulary import NAME as TOKENIZER

from .serving import RunningServer

PASS = "pass"
REJECTION, OTHER = "rejection", "200"

Findings = dict[str, dict[str, Any]]
"""By id: the verdict of each requirement that did not pass, what blocks it, and the shapes of its failures."""


def relied_on(contract: Contract) -> list[str]:
    """The ids and globs of all reliances that *contract* has requirements for."""
    return [pattern for pattern in _patterns() if list(contract.catalogue.matching(pattern))]


@cache
def _patterns() -> list[str]:
    return sorted({reliance.requirement for client in _clients() for reliance in client.relies_on})


@cache
def _ids(contract: Contract) -> list[str]:
    """The ids of all requirements of *contract* that clients rely on."""
    return sorted({one.id for pattern in relied_on(contract) for one in contract.catalogue.matching(pattern)})


def run_suite(running: RunningServer) -> tuple[Findings, dict[str, dict[str, Any]]]:
    """The findings of a run with the usual options, and the client table of its report, by the client's name."""
    contract = running.contract
    headers = dict(scheme.render(running.credentials[scheme.name]) for scheme in contract.security.schemes)
    report = check(
        running.base_url,
        headers=headers,
        profile=running.server.profile,
        tokenizer=TOKENIZER,
        only=relied_on(contract),
    ).as_dict()
    return findings_of(report["requirements"]), {one["name"]: one for one in report["clients"]}


def findings_of(rows: Iterable[Mapping[str, Any]]) -> Findings:
    """The selected requirements in the *rows* of a report that did not pass, and those that block them."""
    found = [row for row in rows if row["verdict"] != PASS]
    blockers = {row["blocked_by"] for row in found}
    return {row["id"]: _finding(row) for row in found if row["selected"] or row["id"] in blockers}


def client_table(findings: Findings, contract: Contract) -> dict[str, dict[str, Any]]:
    """The client table of a report with *findings*, by the client's name."""
    return {one["name"]: one for one in clients_as_list(rows_of(findings, contract))}


def reasons(found: Compatibility) -> list[str]:
    """What breaks a client: the failed requirements, each with the reliance on what it blocks, if that is another."""
    return [
        one.row["id"]
        if fnmatchcase(one.row["id"], one.reliance.requirement)
        else f"{one.row['id']}, which blocks {one.reliance.requirement}"
        for one in found.breaks
    ]


def reasons_by_client(findings: Findings, contract: Contract) -> dict[str, list[str]]:
    """The reasons of each client that breaks, by its name."""
    rows = {row["id"]: row for row in rows_of(findings, contract)}
    found = {client.name: reasons(client_compatibility(client, rows)) for client in _clients()}
    return {name: texts for name, texts in found.items() if texts}


@cache
def _clients() -> tuple[Client, ...]:
    return load_clients()


def rows_of(findings: Findings, contract: Contract) -> list[dict[str, Any]]:
    """The rows of a report with *findings*, in which everything else that clients rely on passed."""
    return [_row(id, findings.get(id, {"verdict": PASS})) for id in sorted({*_ids(contract), *findings})]


def _finding(row: Mapping[str, Any]) -> dict[str, Any]:
    found = {"verdict": row["verdict"]}
    if row["blocked_by"]:
        found["blocked_by"] = row["blocked_by"]
    if row["shapes"]:
        found["shapes"] = list(dict.fromkeys(map(_shape_text, row["shapes"])))
    return found


def _shape_text(shape: Mapping[str, Any]) -> str:
    expected = REJECTION if shape["expected"] == EXPECTED_REJECTION else OTHER
    return ", ".join((shape["input"], shape["encoding_format"], str(shape["status"]), expected))


def _row(id: str, finding: Mapping[str, Any]) -> dict[str, Any]:
    shapes = list(map(_shape, finding.get("shapes", ())))
    return {
        "id": id,
        "verdict": finding["verdict"],
        "blocked_by": finding.get("blocked_by"),
        "failures": len(shapes),
        "shapes": shapes,
        "evidence": [],
    }


def _shape(text: str) -> dict[str, Any]:
    form, encoding, status, expected = text.split(", ")
    return {
        "expected": EXPECTED_REJECTION if expected == REJECTION else expected,
        "input": form,
        "encoding_format": encoding,
        "status": int(status) if status.isdecimal() else None,
        "failures": 1,
    }
