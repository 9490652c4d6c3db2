"""Requirements and failures of a JSON report as plain text."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from conformance.text import clip, counted, visible

Row = Mapping[str, Any]


def explain(row: Row) -> str:
    """The verdict on a requirement, with its source and the exchanges that show a failure."""
    if not row["evidence"]:
        return f"{row['id']}: {row['verdict']}: {visible(row['reason'])}"
    lines = [*head(row), f"  Verdict      {clip(row['reason'])}"]
    for item in row["evidence"]:
        lines += ["", *_exchange(item)]
    if more := similar_failures(row["failures"] - len(row["evidence"])):
        lines += ["", more]
    return "\n".join(lines)


def head(row: Row) -> Iterator[str]:
    """The id, level, title and source of a requirement."""
    yield f"{row['id']} ({row['level'].upper()})"
    yield f"  Requirement  {visible(row['title'])}"
    yield f"  Source       {visible(source(row['source']))}"


def source(found: Mapping[str, str]) -> str:
    """The source of a requirement, in one line."""
    place = found.get("pointer") or found.get("reference", "")
    place = f"{place}/{found['keyword']}" if "keyword" in found else place
    return f'{place} "{found["quote"]}"' if "quote" in found else place


def target_label(target: Mapping[str, Any]) -> str:
    """The user's name for a report's *target* and its base URL, or only the URL."""
    name, url = target.get("name"), target["url"]
    return f"{name} ({url})" if name else str(url)


def similar_failures(number: int) -> str:
    """A note about *number* further failed exchanges; empty for 0."""
    return f"(and {counted(number, 'similar failure')})" if number > 0 else ""


def _exchange(item: Mapping[str, Any]) -> Iterator[str]:
    yield f"  Probe        {visible(item['probe'])}"
    yield f"  Expected     {visible(item['expected'])}"
    yield f"  Actual       {clip(item['actual'])}"
    request, response = item["request"], item["response"]
    yield f"  Request      {request['method']} {visible(request['url'])}"
    for name, value in request["headers"]:
        yield f"               {visible(name)}: {visible(value)}"
    if request["body"] is not None:
        yield f"               {clip(request['body'])}"
    if "status" not in response:
        yield f"  Response     none: {visible(response['detail'])} ({response['failure']})"
    else:
        yield f"  Response     {response['status']}, after {response['seconds']:.3f} s"
        for name, value in response["headers"]:
            yield f"               {visible(name)}: {clip(value)}"
        yield f"               {clip(response['body'])}"
    yield f"  Reproduce    {visible(item['curl'])}"
