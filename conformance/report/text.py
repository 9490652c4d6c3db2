"""Requirements and failures as text for a terminal."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any

from conformance.contract import Requirement
from conformance.engine import Outcome, Verdict

from .document import MAX_EVIDENCE, Report, reason
from .exchange import evidence_as_dict
from .redaction import Redactor
from .standing import Judged

WIDTH = 300


def explain(judged: Judged, base_url: str, redactor: Redactor) -> str:
    """A verdict with its requirement, its source, and each exchange that shows it."""
    outcome = judged.outcome
    if not outcome.evidence:
        return f"{outcome.requirement.id}: {outcome.verdict.value}: {visible(redactor.text(reason(judged)))}"
    lines = [*_head(outcome.requirement, redactor.text(reason(judged)))]
    for item in outcome.evidence[:MAX_EVIDENCE]:
        lines += ["", *_evidence(evidence_as_dict(item, base_url, redactor))]
    if len(outcome.evidence) > MAX_EVIDENCE:
        lines += ["", f"... and {len(outcome.evidence) - MAX_EVIDENCE} exchanges more of the kind"]
    return "\n".join(lines)


def table(report: Report) -> Iterator[str]:
    """The verdict on each selected requirement, a line each, by area, and the counts."""
    width = max((len(id) for id in report.result.selected), default=0)
    area = ""
    for id in sorted(report.result.selected, key=lambda i: report.judged[i].outcome.requirement.area):
        judged = report.judged[id]
        requirement = judged.outcome.requirement
        if requirement.area != area:
            area = requirement.area
            yield from ("", area)
        said = report.redactor.text(reason(judged))
        note = f"  {visible(said)[:WIDTH]}" if said else ""
        yield f"  {judged.outcome.verdict.value:<12} {requirement.level:<6} {id:<{width}}{note}"


def conclusion(report: Report) -> str:
    """One line: verdict, counts, size and time of the run."""
    counts = _counts([report.judged[id].outcome for id in report.result.selected])
    result = report.result
    return (
        f"{report.verdict}: {counts}; {result.requests} requests, about {result.tokens:,} prompt tokens,"
        f" {result.seconds:.1f} s"
    )


def visible(text: str) -> str:
    """*text* with control characters and the like made visible: a server's words must not drive a terminal."""
    return "".join(c if c.isprintable() else repr(c)[1:-1] for c in text)


def _counts(outcomes: list[Outcome]) -> str:
    counts = Counter(outcome.verdict for outcome in outcomes)
    listed = [f"{counts[verdict]} {verdict.value}" for verdict in Verdict if counts[verdict]]
    return ", ".join(listed) or "nothing tested"


def _head(requirement: Requirement, why: str) -> Iterator[str]:
    yield f"{requirement.id} ({requirement.level.upper()})"
    yield f"  Requirement  {requirement.title}"
    yield f"  Source       {requirement.source}"
    yield f"  Verdict      {visible(why)[:WIDTH]}"


def _evidence(item: dict[str, Any]) -> Iterator[str]:
    yield f"  Probe        {item['probe']}"
    yield f"  Expected     {visible(item['expected'])}"
    yield f"  Actual       {visible(item['actual'])[:WIDTH]}"
    request, response = item["request"], item["response"]
    yield f"  Request      {request['method']} {request['url']}"
    for name, value in request["headers"]:
        yield f"               {name}: {visible(value)}"
    if request["body"] is not None:
        yield f"               {_clip(request['body'])}"
    if "status" not in response:
        yield f"  Response     none: {visible(response['detail'])} ({response['failure']})"
    else:
        yield f"  Response     {response['status']}, after {response['seconds']:.3f} s"
        for name, value in response["headers"]:
            yield f"               {visible(name)}: {visible(value)[:WIDTH]}"
        yield f"               {_clip(response['body'])}"
    yield f"  Reproduce    {item['curl']}"


def _clip(body: str) -> str:
    shown = visible(body)
    return shown if len(shown) <= WIDTH else f"{shown[:WIDTH]}... ({len(shown):,} characters)"
