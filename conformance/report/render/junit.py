"""A report as JUnit XML that Jenkins and GitLab can read, with one test case for each requirement."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any
from xml.etree import ElementTree as ET

from conformance.report.model.headline import verdict_text
from conformance.text import clip, visible

from .page import bounded_line
from .text import Row, explain_requirement, source_line

Document = Mapping[str, Any]

SUITE = "embeddings-conformance"

MAX_DETAIL_BYTES = 5_000_000
"""Bytes of the texts of all failures. GitLab rejects a file of more than 30 MB."""

LEFT_OUT = "The details are left out because of the size limit. See the HTML or JSON report."


def junit(document: Document) -> str:
    """The JSON report as JUnit XML 1.0. Characters that XML does not allow are shown as escapes.

    A requirement that makes the run fail is a ``failure``, an error of the suite an ``error``. Known failures and
    requirements that were not tested are ``skipped``. Id, level and source of a requirement are properties of its case.
    The details of a failure are left out if those of earlier ones need all the space.
    """
    suite = ET.Element("testsuite", {"name": SUITE, **_counts(document)})
    about = ET.SubElement(suite, "properties")
    for name, value in _facts(document):
        ET.SubElement(about, "property", {"name": name, "value": bounded_line(value)})
    suite.extend(_cases(document["requirements"]))
    suites = ET.Element("testsuites")
    suites.append(suite)
    ET.indent(suites)
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{ET.tostring(suites, encoding="unicode")}\n'


def _counts(document: Document) -> dict[str, str]:
    results = [_result(row) for row in document["requirements"]]
    return {
        "tests": str(len(results)),
        "failures": str(results.count("failure")),
        "errors": str(results.count("error")),
        "skipped": str(results.count("skipped")),
        "time": f"{document['seconds']:.3f}",
        "timestamp": visible(document["started"]),
    }


def _facts(document: Document) -> Iterator[tuple[str, str]]:
    yield "target", document["target"]["url"]
    yield "contract", document["contract"]["file"]
    yield "profile", document["profile"]
    yield "version", document["suite"]["version"]
    yield "verdict", verdict_text(document)
    yield "seed", str(document["seed"])


def _cases(rows: Iterable[Row]) -> Iterator[ET.Element]:
    room = MAX_DETAIL_BYTES
    for row in rows:
        details = "\n".join(map(visible, explain_requirement(row).split("\n"))) if row["evidence"] else ""
        room -= len(details.encode())
        yield _case(row, details if room >= 0 else LEFT_OUT)


def _case(row: Row, details: str) -> ET.Element:
    case = ET.Element(
        "testcase", {"classname": visible(f"{SUITE}.{row['area']}"), "name": visible(row["id"])}
    )
    about = ET.SubElement(case, "properties")
    for name, value in (("id", row["id"]), ("level", row["level"]), ("source", source_line(row["source"]))):
        ET.SubElement(about, "property", {"name": name, "value": bounded_line(value)})
    if result := _result(row):
        element = ET.SubElement(case, result, {"type": _kind(row), "message": clip(row["reason"])})
        element.text = details or None
    return case


def _result(row: Row) -> str:
    """The name of the element for the result of a requirement; empty if it passed."""
    if row["standing"] == "good":
        return ""
    if row["standing"] != "bad":
        return "skipped"
    return "error" if row["verdict"] == "error" else "failure"


def _kind(row: Row) -> str:
    return "stale" if row["verdict"] == "pass" else str(row["verdict"])
