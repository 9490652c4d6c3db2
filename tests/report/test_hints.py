"""The table of likely causes, and what reports show of it."""

from __future__ import annotations

from fnmatch import fnmatchcase
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from conformance.contract import Contract
from conformance.contract.openapi.source_file import read_file
from conformance.contract.spec_files import hint_list, profile_overlays, spec_file
from conformance.report.model.hints import hint_table, likely_cause
from tests.report.documents import exchange, row


def failed(id: str, status: int = 200, body: str = "{}", actual: str = "") -> dict[str, Any]:
    response = {"status": status, "headers": [], "body": body, "seconds": 0.1}
    return row(id, "fail", evidence=[exchange(response=response, actual=actual)])


def test_the_table_conforms_to_its_schema() -> None:
    schema = Draft202012Validator(read_file(spec_file("schemas/hints.schema.yaml")).value)
    assert list(schema.iter_errors(read_file(hint_list()).value)) == []


@pytest.mark.parametrize("pattern", sorted({hint.requirement for hint in hint_table()}))
def test_each_entry_is_about_a_requirement_that_exists(pattern: str) -> None:
    ids = {id for name in profile_overlays() for id in Contract.load(profile=name).catalogue}
    assert any(fnmatchcase(id, pattern) for id in ids)


@pytest.mark.parametrize("number", range(len(hint_table())))
def test_no_entry_is_hidden_by_an_earlier_one(number: int) -> None:
    hint = hint_table()[number]
    hiding = [
        other
        for other in hint_table()[:number]
        if fnmatchcase(hint.requirement, other.requirement)
        and other.status in ("", hint.status)
        and other.found in ("", hint.found)
    ]
    assert hiding == []


@pytest.mark.parametrize(
    ("found", "words"),
    [
        (failed("auth.accept.bearer", 401), "--profile openai"),
        (failed("auth.accept.bearer", 422, '{"detail": [{"loc": ["body"]}]}'), "FastAPI"),
        (failed("auth.accept.bearer", 400, "unknown Model"), "--model"),
        (failed("response.base64.equals-float"), "big-endian"),
        (
            failed("response.base64.equals-float", actual="vectors of 8 and 4 numbers: twice as many"),
            "64-bit floats",
        ),
        (
            failed("response.base64.equals-float", actual="vectors of 2 and 4 numbers: half as many"),
            "16-bit floats",
        ),
        (failed("meaning.different.token-texts"), "as a text"),
        (failed("state.cache.dimensions"), "cache key"),
        (failed("request.input.string.type", 503), "Validate it first"),
        (failed("request.dimensions.type", 200), "strict types"),
    ],
)
def test_a_symptom_has_its_likely_cause(found: dict[str, Any], words: str) -> None:
    assert words in likely_cause(found)


@pytest.mark.parametrize(
    "found",
    [row("state.cache.dimensions"), failed("http.method.allow", 405), failed("auth.accept.bearer", 302)],
)
def test_without_a_known_symptom_there_is_no_cause(found: dict[str, Any]) -> None:
    assert likely_cause(found) == ""
