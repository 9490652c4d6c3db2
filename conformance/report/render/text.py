"""Requirements and failures as text for a terminal, from a report in its JSON form."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

WIDTH = 300

Row = Mapping[str, Any]


def explain(row: Row) -> str:
    """A requirement's verdict with its source, and each exchange that shows it."""
    if not row["evidence"]:
        return f"{row['id']}: {row['verdict']}: {visible(row['reason'])}"
    lines = [*head(row), f"  Verdict      {clip(row['reason'])}"]
    for item in row["evidence"]:
        lines += ["", *_exchange(item)]
    more = row["failures"] - len(row["evidence"])
    return "\n".join([*lines, *(["", f"... and {exchanges(more)} more of the kind"] if more else [])])


def head(row: Row) -> Iterator[str]:
    """What the requirement is, and where it is written."""
    yield f"{row['id']} ({row['level'].upper()})"
    yield f"  Requirement  {visible(row['title'])}"
    yield f"  Source       {visible(source(row['source']))}"


def source(found: Mapping[str, str]) -> str:
    """Where a requirement is written, in one line."""
    place = found.get("pointer") or found.get("reference", "")
    place = f"{place}/{found['keyword']}" if "keyword" in found else place
    return f'{place} "{found["quote"]}"' if "quote" in found else place


def target_named(target: Mapping[str, Any]) -> str:
    """What the user calls a report's *target*, with its base URL, or that alone."""
    name, url = target.get("name"), target["url"]
    return f"{name} ({url})" if name else str(url)


def visible(text: str) -> str:
    """*text* with control characters and the like made visible: a server's words must not drive a terminal."""
    return "".join(c if c.isprintable() else repr(c)[1:-1] for c in text)


def clip(text: str) -> str:
    """*text* made visible, in a line of bounded length."""
    shown = visible(text)
    return shown if len(shown) <= WIDTH else f"{shown[:WIDTH]}... ({len(shown):,} characters)"


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


def exchanges(count: int) -> str:
    """So many exchanges, in words."""
    return f"{count} exchange{'s' if count != 1 else ''}"
