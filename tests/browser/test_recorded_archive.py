"""HTTP archives that Chromium records, in each way in which Playwright can write them."""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from conformance import audit
from conformance.contract import Contract
from conformance.reference import background_server, create_app, default_credentials, inject
from tests.auditing.test_formats import found

if TYPE_CHECKING:
    from playwright.sync_api import Browser

pytestmark = pytest.mark.browser

MODEL = "text-embedding-3-small"
TEXTS: tuple[Any, ...] = ("river", "river", "river \u00fcber \u2603", ["a", "b", "c"])
BODIES = [
    {"model": MODEL, "input": text, "dimensions": 8, "encoding_format": encoding}
    for encoding in ("float", "base64")
    for text in TEXTS
]

FETCH = """async ([path, headers, body]) => {
  const response = await fetch(path, {method: "POST", headers, body: JSON.stringify(body)});
  await response.text();
  return response.status;
}"""

Record = Callable[..., dict[str, Any]]


def serve(*faults: str) -> AbstractContextManager[str]:
    contract = Contract.load()
    return background_server(inject(create_app(contract), fail=faults, contract=contract))


def record(browser: Browser, url: str, file: Path, **options: Any) -> None:
    """Record what a page receives from the server at *url*: responses, rejections, and another operation."""
    security, values = Contract.load().security, default_credentials(Contract.load())
    headers = {one.header: one.prefix + values[one.name] for one in security.schemes}
    context = browser.new_context(record_har_path=file, **options)
    page = context.new_page()
    page.goto(url.removesuffix("/v1"))
    headers["Content-Type"] = "application/json"
    sent = [("/v1/embeddings", headers, body) for body in BODIES]
    sent.append(("/v1/embeddings", headers, {"model": MODEL, "input": ""}))
    sent.append(("/v1/embeddings", {"Content-Type": "application/json"}, BODIES[0]))
    sent.append(("/v1/chat/completions", headers, {"model": "m", "messages": []}))
    statuses = [page.evaluate(FETCH, [*one]) for one in sent]
    context.close()
    assert statuses == [200] * len(BODIES) + [400, 401, 404]


@pytest.mark.parametrize("mode", ["full", "minimal"])
def test_an_archive_of_a_correct_server_has_no_failure(browser: Browser, tmp_path: Path, mode: str) -> None:
    file = tmp_path / "page.har"
    with serve() as url:
        record(browser, url, file, record_har_mode=mode)
    report = audit(file, workers=0)
    assert found(report) == {}
    section = report.as_dict()["audit"]
    assert [one["name"] for one in section["formats"]] == ["har"]
    assert (section["exchanges"], section["skipped"], section["unread"]) == (len(BODIES) + 2, 2, [])
    assert {one["name"]: one["exchanges"] for one in section["by_status"]} == {
        "200": len(BODIES),
        "400": 1,
        "401": 1,
    }
    passed = {row["id"] for row in report.as_dict()["requirements"] if row["verdict"] == "pass"}
    assert {
        "state.same-text",
        "response.base64.equals-float",
        "response.count",
        "http.error.json",
        "request.input.string.min-length",
    } <= passed


@pytest.mark.parametrize(
    ("fault", "failures"),
    [
        ("missing-vector", {"response.count": len(BODIES)}),
        ("missing-usage", {"response.usage.required": len(BODIES)}),
        ("shuffled", {"response.order": 2}),
        ("base64-ignored", {"response.encoding": len(TEXTS)}),
    ],
)
def test_faults_in_an_archive_are_found(
    browser: Browser, tmp_path: Path, fault: str, failures: dict[str, int]
) -> None:
    with serve(fault) as url:
        record(browser, url, tmp_path / "page.har")
    assert found(audit(tmp_path / "page.har", workers=0)) == failures


@pytest.mark.parametrize("content", ["omit", "attach"])
def test_an_archive_without_bodies_is_noted(browser: Browser, tmp_path: Path, content: str) -> None:
    with serve("missing-vector") as url:
        record(browser, url, tmp_path / "page.har", record_har_content=content)
    section = audit(tmp_path / "page.har", workers=0).as_dict()["audit"]
    (note,) = section["notes"]
    assert note.startswith(f"{len(BODIES)} successes were recorded without the body of the response")
    assert json.dumps(section["unread"]) == "[]"
