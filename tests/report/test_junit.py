from __future__ import annotations

from typing import Any
from xml.etree import ElementTree as ET

import pytest
from junitparser import Error, Failure, JUnitXml, Skipped

from conformance.report.render.junit import junit
from tests.report.documents import document, exchange, row


def suite(*rows: dict[str, Any]) -> ET.Element:
    (found,) = ET.fromstring(junit(document(*rows)))
    return found


def only_case(found: dict[str, Any]) -> ET.Element:
    (case,) = suite(found).findall("testcase")
    return case


def properties(case: ET.Element) -> dict[str, str]:
    return {item.attrib["name"]: item.attrib["value"] for item in case.iterfind("properties/property")}


def test_each_requirement_is_one_case_with_its_id_level_and_source_as_properties() -> None:
    case = only_case(row("auth.a"))
    assert case.attrib == {"classname": "embeddings-conformance.auth", "name": "auth.a"}
    assert properties(case) == {"id": "auth.a", "level": "must", "source": "RFC 9110, section 12.5.1"}
    assert [child.tag for child in case] == ["properties"]


@pytest.mark.parametrize(
    ("verdict", "standing", "expected"),
    [
        ("fail", "bad", "failure"),
        ("blocked", "bad", "failure"),
        ("inconclusive", "bad", "failure"),
        ("pass", "bad", "failure"),
        ("error", "bad", "error"),
        ("fail", "known", "skipped"),
        ("blocked", "known", "skipped"),
        ("not-tested", "open", "skipped"),
        ("unsupported", "open", "skipped"),
    ],
)
def test_the_standing_decides_the_result_of_a_case(verdict: str, standing: str, expected: str) -> None:
    case = only_case(row("http.a", verdict, standing=standing, reason="because"))
    _, element = case
    kind = "stale" if (verdict, standing) == ("pass", "bad") else verdict
    assert (element.tag, element.attrib) == (expected, {"type": kind, "message": "because"})


def test_a_failure_shows_its_exchange() -> None:
    _, failure = only_case(row("http.a", "fail"))
    text = failure.text or ""
    for words in (
        "Requirement  The title of http.a",
        "Expected     a 4xx",
        "Reproduce    curl -sS -i -X POST url",
    ):
        assert words in text


def test_the_suite_counts_its_cases_and_has_no_hostname() -> None:
    rows = [
        row("http.a"),
        row("http.b", "fail"),
        row("http.c", "error"),
        row("http.d", "not-tested"),
        row("http.e"),
    ]
    assert suite(*rows).attrib == {
        "name": "embeddings-conformance",
        "tests": "5",
        "failures": "1",
        "errors": "1",
        "skipped": "1",
        "time": "1.250",
        "timestamp": "2026-01-31T12:00:00+00:00",
    }


def test_the_suite_has_the_target_and_the_verdict() -> None:
    about = properties(suite(row("http.a")))
    assert about["target"] == "http://127.0.0.1:8787/v1"
    assert about["verdict"] == "conformant"


def test_the_xml_is_valid_for_any_text_of_the_server() -> None:
    text = "".join(map(chr, range(0x100))) + "\u2028\u202e\ud800\udfff\ufffe\uffff\U0001ffff]]></failure>"
    response = {"status": 200, "headers": [[text, text]], "body": text, "seconds": 0.1}
    item = exchange(probe=text, expected=text, actual=text, curl=text, response=response)
    failing = row("http.a", "fail", evidence=[item], reason=text, title=text)
    xml = junit(document(failing, target={"url": text, "server_header": text}))
    _, failure = ET.fromstring(xml.encode("utf-8")).iterfind(".//testcase/*")
    assert "\\x1b" in (failure.text or "")
    assert "]]></failure>" in (failure.text or "")
    assert not [c for c in xml if c != "\n" and not c.isprintable()]


def test_a_junit_parser_finds_the_same_results() -> None:
    rows = [row("http.a"), row("http.b", "fail"), row("http.c", "error"), row("http.d", "not-tested")]
    read = JUnitXml.fromstring(junit(document(*rows)).encode())
    (found,) = read
    assert [[type(result) for result in case.result] for case in found] == [[], [Failure], [Error], [Skipped]]
    assert (found.tests, found.failures, found.errors, found.skipped) == (4, 1, 1, 1)
