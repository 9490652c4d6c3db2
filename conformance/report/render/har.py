"""The evidence of a report as an HTTP archive (HAR 1.2), which browsers and HTTP tools can open.

Bodies are the excerpts of the report, and credentials are redacted. A report has no time for each request, so all
entries have the time at which the run started.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from http import HTTPStatus
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from conformance.report.model.exchange import shown_result

Document = Mapping[str, Any]

VERSION = "HTTP/1.1"
UNKNOWN_SIZE = -1
"""The size of what was not measured (HAR 1.2)."""

EXCERPT = re.compile(r" \.\.\. \((at least )?[\d,]+ bytes\)")
"""The mark of a body that is not complete in a report."""


def har(document: Document) -> str:
    """An archive with a page for each requirement that failed, and an entry for each exchange of its evidence."""
    rows = [row for row in document["requirements"] if row["evidence"]]
    log = {
        "version": "1.2",
        "creator": document["suite"],
        "pages": [_page(row, document["started"]) for row in rows],
        "entries": [_entry(row, item, document["started"]) for row in rows for item in row["evidence"]],
    }
    return json.dumps({"log": log}, indent=1)


def _page(row: Mapping[str, Any], started: str) -> Mapping[str, Any]:
    title = f"{row['id']}: {row['title']}"
    return {"startedDateTime": started, "id": row["id"], "title": title, "pageTimings": {}}


def _entry(row: Mapping[str, Any], item: Mapping[str, Any], started: str) -> Mapping[str, Any]:
    milliseconds = round(item["response"]["seconds"] * 1000, 3)
    condition = f" {item['condition']}" if item.get("condition") else ""
    return {
        "pageref": row["id"],
        "startedDateTime": started,
        "time": milliseconds,
        "request": _request(item["request"]),
        "response": _response(item["response"]),
        "cache": {},
        "timings": {"send": 0, "wait": milliseconds, "receive": 0},
        "comment": f"{item['probe']}: expected {item['expected']}; {shown_result(item)}.{condition}",
    }


def _request(request: Mapping[str, Any]) -> Mapping[str, Any]:
    query = parse_qsl(urlsplit(request["url"]).query, keep_blank_values=True)
    made = {
        "method": request["method"],
        "url": request["url"],
        "httpVersion": VERSION,
        "cookies": [],
        "headers": _pairs(request["headers"]),
        "queryString": _pairs(query),
        "headersSize": UNKNOWN_SIZE,
        "bodySize": UNKNOWN_SIZE,
    }
    if request.get("transport"):
        made["comment"] = f"sent as: {request['transport']}"
    body = request["body"]
    if body is None:
        return made
    media_type = _media_type(request["headers"])
    return {**made, "postData": {"mimeType": media_type, "params": [], "text": body, **_excerpt(body)}}


def _response(response: Mapping[str, Any]) -> Mapping[str, Any]:
    """The response; status 0 if there was none, as browsers write it."""
    status, headers = response.get("status", 0), response.get("headers", [])
    body = response.get("body", "")
    content = {"size": UNKNOWN_SIZE, "mimeType": _media_type(headers), "text": body, **_excerpt(body)}
    failure = {"_error": f"{response['failure']}: {response['detail']}"} if "failure" in response else {}
    return {
        "status": status,
        "statusText": _phrase(status),
        "httpVersion": VERSION,
        "cookies": [],
        "headers": _pairs(headers),
        "content": content,
        "redirectURL": next(_values(headers, "location"), ""),
        "headersSize": UNKNOWN_SIZE,
        "bodySize": UNKNOWN_SIZE,
        **failure,
    }


def _excerpt(body: str) -> Mapping[str, str]:
    return {"comment": "an excerpt: the report does not have the whole body"} if EXCERPT.search(body) else {}


def _pairs(pairs: Sequence[Sequence[str]]) -> Sequence[Mapping[str, str]]:
    return [{"name": name, "value": value} for name, value in pairs]


def _media_type(headers: Sequence[Sequence[str]]) -> str:
    return next(_values(headers, "content-type"), "")


def _values(headers: Sequence[Sequence[str]], wanted: str) -> Iterator[str]:
    return (value for name, value in headers if name.lower() == wanted)


def _phrase(status: int) -> str:
    return HTTPStatus(status).phrase if status in {one.value for one in HTTPStatus} else ""
