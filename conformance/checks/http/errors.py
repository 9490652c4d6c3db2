"""Area ``http``: what refusals look like, and what a server does with methods, codings and time."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from functools import partial
from statistics import median

from conformance.checks.admitted import if_admitted
from conformance.checks.context import Context
from conformance.checks.judges import evidence, meets_expectation
from conformance.contract import Requirement
from conformance.engine import Check, Evidence, Expect, NothingToJudge, Probe, ProbeResult, each
from conformance.http_client import Response

from .methods import NOT_IMPLEMENTED

TRACES = "http.error.stack-trace"
TRACE = re.compile(
    r"Traceback \(most recent call last\)|File \"[^\"]+\", line \d+"
    r"|^\s+at \S+ ?\(\S+:\d+|\bgoroutine \d+ \[|panicked at ",
    re.MULTILINE,
)
"""Stack traces of Python, JavaScript, Java, Go and Rust, once JSON's escapes are undone."""

MARKUP = re.compile(r"<!doctype html|<html[\s>]", re.IGNORECASE)
SLOWER = 10
"""How many times the time of an answer a refusal may take."""

NOTICEABLE = 2.0
"""Seconds under which nobody minds."""


def error_checks(context: Context) -> Iterator[Check]:
    """A check for each requirement on refusals and on HTTP beside them."""
    nobody = context.plain_probe("no credentials", Expect.REJECT, headers=context.credentials.headers(()))
    refusals = (*context.refusals, nobody)
    for id, judge_one in ((k, v) for k, v in BODIES.items() if k in context.contract.catalogue):
        judge = _judge_bodies(judge_one, 599 if id == TRACES else 499)
        yield Check(context.contract.catalogue[id], refusals, judge, (context.authorized_by,))
    for id, make in CHECKS.items():
        if id in context.contract.catalogue:
            requirement = context.contract.catalogue[id]
            yield if_admitted(requirement, partial(make, context, requirement))


def _judge_bodies(
    judge_one: Callable[[Response], tuple[str, str] | None], worst: int
) -> Callable[[Sequence[ProbeResult]], Iterable[Evidence]]:
    """Looks at the bodies of answers from 400 to *worst*: a crash is no refusal, and may show too much all the same."""

    def judge(answers: Sequence[ProbeResult]) -> Iterator[Evidence]:
        refused = [a for a in answers if 400 <= a.exchange.status <= worst]
        if not refused:
            raise NothingToJudge("no request was refused")
        for answer in refused:
            assert answer.exchange.response is not None
            problem = judge_one(answer.exchange.response)
            if problem is not None:
                yield evidence(answer, problem[0], found=problem[1])

    return judge


def _is_json(response: Response) -> tuple[str, str] | None:
    try:
        body = json.loads(response.body)
    except (ValueError, RecursionError):
        return "a body that is JSON", f"{response.status} {response.body[:80]!r}"
    return None if isinstance(body, dict) else ("a JSON object", f"{response.status} {response.body[:80]!r}")


def _no_trace(response: Response) -> tuple[str, str] | None:
    text = response.body.decode("utf-8", "replace")
    found = TRACE.search(text.replace(r"\n", "\n").replace(r"\"", '"'))
    return ("no stack trace in the body", repr(found.group()[:80])) if found else None


def _no_markup(response: Response) -> tuple[str, str] | None:
    found = MARKUP.search(response.body.decode("utf-8", "replace"))
    return ("no HTML in the body", repr(found.group()[:80])) if found else None


BODIES: dict[str, Callable[[Response], tuple[str, str] | None]] = {
    "http.error.json": _is_json,
    TRACES: _no_trace,
    "http.error.markup": _no_markup,
}


def _delay(context: Context, requirement: Requirement) -> Check:
    """Compares the median of several refusals with that of several answers, so that one slow moment is none."""
    good = tuple(context.relating("a valid text", f"river {number}") for number in range(5))
    cases = [cases[0] for cases in context.invalid.values() if cases and len(cases[0].body) < 1000][:5]
    bad = tuple(context.probe(case, Expect.REJECT) for case in cases)

    def judge(answers: Sequence[ProbeResult]) -> Iterator[Evidence]:
        answered = [a for a in answers if a.exchange.status == 200]
        refused = [a for a in answers if 400 <= a.exchange.status < 500]
        if not answered or not refused:
            raise NothingToJudge("there are not both answers and refusals to compare")
        usual = median(a.exchange.seconds for a in answered)
        late = sorted(refused, key=lambda a: a.exchange.seconds)[len(refused) // 2]
        if late.exchange.seconds > max(NOTICEABLE, SLOWER * usual):
            yield evidence(
                late,
                f"a refusal as prompt as an answer ({usual:.2f} s)",
                found=f"{late.exchange.seconds:.2f} s",
            )

    return Check(requirement, (*good, *bad), judge, (context.authorized_by,))


def _alive(method: str) -> Callable[[Context, Requirement], Check]:
    """OPTIONS and HEAD may be served or refused, also as not implemented, and bring nothing down."""

    def judge_one(answer: ProbeResult) -> Evidence | None:
        status = answer.exchange.status
        fine = 200 <= status < 500 or status == NOT_IMPLEMENTED
        return None if fine else evidence(answer, "an answer below 500, or 501")

    def make(context: Context, requirement: Requirement) -> Check:
        plain = context.plain_probe(f"the method {method}", Expect.EITHER, method=method)
        probes = [replace(plain, request=replace(plain.request, body=None), tokens=0)]
        if method == "OPTIONS":
            probes.append(_preflight(context))
        return Check(requirement, tuple(probes), each(judge_one), (context.authorized_by,))

    return make


def _preflight(context: Context) -> Probe:
    """What a browser asks before it sends a page's request; it carries no credentials."""
    method = context.contract.method.upper()
    asked = (("Origin", "https://example.org"), ("Access-Control-Request-Method", method))
    headers = (*context.credentials.headers(()), *asked)
    probe = context.plain_probe("a browser's preflight", Expect.EITHER, method="OPTIONS", headers=headers)
    return replace(probe, request=replace(probe.request, headers=headers, body=None), tokens=0)


def _unasked_coding(context: Context, requirement: Requirement) -> Check:
    probes = tuple(
        context.plain_probe(
            f"Accept-Encoding: {asked}",
            Expect.ACCEPT,
            headers=(*context.authorized, ("Accept-Encoding", asked)),
        )
        for asked in ("identity", "identity, gzip;q=0")
    )

    def judge_one(answer: ProbeResult) -> Evidence | None:
        response = answer.exchange.response
        coding = (response.header("content-encoding") if response is not None else None) or "identity"
        if answer.exchange.status != 200:
            return meets_expectation(answer)
        return None if coding == "identity" else evidence(answer, "no content coding", found=coding)

    return Check(requirement, probes, each(judge_one), (context.authorized_by,))


CHECKS: dict[str, Callable[[Context, Requirement], Check]] = {
    "http.error.delay": _delay,
    "http.method.options": _alive("OPTIONS"),
    "http.method.head": _alive("HEAD"),
    "http.content-coding": _unasked_coding,
}
