"""The evidence of a report as an HTTP archive."""

from __future__ import annotations

import json
from io import BytesIO
from typing import Any

from conformance.auditing.har_entries import har_entry_texts
from conformance.report.render.har import har
from tests.report.documents import document, exchange, row


def archive(*rows: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(har(document(*rows)))["log"]
    return found


def test_each_exchange_is_an_entry_of_the_page_of_its_requirement() -> None:
    two = row("http.b", "fail", evidence=[exchange(), exchange()])
    log = archive(row("http.a"), two)
    assert log["version"] == "1.2"
    assert [page["id"] for page in log["pages"]] == ["http.b"]
    assert [entry["pageref"] for entry in log["entries"]] == ["http.b", "http.b"]


def test_an_entry_has_the_request_and_the_response() -> None:
    request = {
        "method": "POST",
        "url": "http://127.0.0.1/v1/embeddings?a=1",
        "headers": [["Content-Type", "application/json"]],
        "body": "{}",
    }
    response = {"status": 404, "headers": [["content-type", "text/html"]], "body": "no", "seconds": 0.25}
    (entry,) = archive(row("http.a", "fail", evidence=[exchange(request=request, response=response)]))[
        "entries"
    ]
    assert entry["time"] == 250
    assert entry["request"]["queryString"] == [{"name": "a", "value": "1"}]
    assert entry["request"]["headers"] == [{"name": "Content-Type", "value": "application/json"}]
    assert entry["request"]["postData"] == {"mimeType": "application/json", "params": [], "text": "{}"}
    assert (entry["response"]["status"], entry["response"]["statusText"]) == (404, "Not Found")
    assert entry["response"]["content"] == {"size": -1, "mimeType": "text/html", "text": "no"}


def test_a_missing_response_has_status_0() -> None:
    response = {"failure": "dropped", "detail": "the connection was closed", "seconds": 0.1}
    (entry,) = archive(row("http.a", "fail", evidence=[exchange(response=response)]))["entries"]
    assert (entry["response"]["status"], entry["response"]["_error"]) == (
        0,
        "dropped: the connection was closed",
    )


def test_an_excerpt_is_marked() -> None:
    response = {"status": 200, "headers": [], "body": "[0.1 ... (9,999 bytes) ... ]", "seconds": 0.1}
    (entry,) = archive(row("http.a", "fail", evidence=[exchange(response=response)]))["entries"]
    assert "excerpt" in entry["response"]["content"]["comment"]


def test_the_command_validate_can_read_it() -> None:
    text = har(document(row("http.a", "fail")))
    assert len(list(har_entry_texts(BytesIO(text.encode()), 10**6))) == 1
