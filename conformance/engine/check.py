"""Checks and their parts: probes, results, judges, and the order of sending."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Hashable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from types import TracebackType
from typing import Any, Protocol

from conformance.contract import Requirement
from conformance.contract.responses import success_phrase
from conformance.http_client import Exchange, Request

from .evidence import Evidence


class Expect(StrEnum):
    """The response of a correct target to a probe.

    ``accept``: the contract's status of success, usually 200. ``reject``: any 4xx. ``either``: a valid success or any
    4xx. Never a crash.
    """

    ACCEPT = "accept"
    REJECT = "reject"
    EITHER = "either"

    @property
    def phrase(self) -> str:
        """The accepted statuses in words, if the status of success is 200."""
        return self.phrase_with("200")

    def phrase_with(self, success: str) -> str:
        """The accepted statuses in words; *success* are those of success."""
        return {"accept": success, "reject": "a 4xx", "either": f"{success} or a 4xx"}[self.value]


class FaultKind(StrEnum):
    """A fault that any exchange can show.

    ``framing``: the response is not valid HTTP, or far too large. ``extra-bytes``: bytes follow a complete response.
    ``unread-body``: the target reads the body of one request as the beginning of the next one. ``load``: a request is
    answered wrongly only beside others. ``no-answer``: a request gets no answer in time, although others do.
    ``stopped``: the target no longer accepts connections. ``other-vector``: a text gets another vector than before.
    ``echo``: a response contains a credential of its request. ``after-rejection``, ``after-long-text``: a text gets
    another vector only after a rejected or a long request. ``kept-connection``: a text gets another vector only after
    other requests on its connection.
    """

    FRAMING = "framing"
    EXTRA_BYTES = "extra-bytes"
    UNREAD_BODY = "unread-body"
    LOAD = "load"
    NO_ANSWER = "no-answer"
    STOPPED = "stopped"
    OTHER_VECTOR = "other-vector"
    ECHO = "echo"
    AFTER_REJECTION = "after-rejection"
    AFTER_LONG_TEXT = "after-long-text"
    KEPT_CONNECTION = "kept-connection"


class Scenario(Protocol):
    """A condition for one request, which is sent without other requests in flight.

    The sender enters it before the request and exits it after the response.
    """

    def __enter__(self) -> object: ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None: ...

    def explains(self, status: int) -> bool:
        """Whether the scenario causes a response with *status*, so that it is no sign of overload."""
        ...

    def explains_silence(self) -> bool:
        """Whether the target may wait for the scenario. The probe's own check then judges a missing response."""
        ...


@dataclass(frozen=True, slots=True)
class Probe:
    """A request built to exercise a requirement.

    ``tokens`` is an estimate of its prompt tokens, ``inputs`` the number of its inputs. Equal probes are sent once in
    a run and share the result; a different ``occurrence`` makes equal requests different probes. ``scenario`` is in
    effect while it is sent.
    ``after``: None, or the requests that are sent first, on the same new connection.
    ``may_be_shed``: whether it is sent to load the target, which may then reject it with 429 or 503, or refuse or drop
    its connection. It is sent once.
    ``in_sequence``: whether its check waits for its response before it sends the next one.
    """

    description: str
    request: Request
    expect: Expect
    tokens: int = 0
    occurrence: object = 0
    scenario: Scenario | None = None
    after: tuple[Request, ...] | None = None
    inputs: int = 1
    may_be_shed: bool = False
    in_sequence: bool = False

    @property
    def key(self) -> Hashable:
        """Probes with equal keys are the same probe."""
        return self.request, self.expect, self.occurrence, self.after

    def is_met_by(self, status: int) -> bool:
        """Whether a response with *status* is one that the probe expects."""
        accepted, rejected = status in self.request.success, 400 <= status < 500
        return (accepted and self.expect is not Expect.REJECT) or (
            rejected and self.expect is not Expect.ACCEPT
        )

    @property
    def phrase(self) -> str:
        """The statuses that the probe expects, in words."""
        return self.expect.phrase_with(success_phrase(self.request.success))

    @property
    def payload(self) -> Any:
        """The request's body as parsed JSON; None if it is not JSON."""
        try:
            return json.loads(self.request.content or b"")
        except (ValueError, RecursionError):
            return None


@dataclass(frozen=True, slots=True)
class ProbeResult:
    """A probe and its exchange.

    ``inconclusive`` is the reason why the exchange cannot be judged (overload, after bounded retries), or empty.
    ``fault`` is what is wrong with the exchange that does not come from the probe, if there is anything. ``excuse`` is
    the reason why the target may reject the request, although the probe expects that it does not.
    """

    probe: Probe
    exchange: Exchange
    inconclusive: str = ""
    fault: FaultKind | None = None
    excuse: str = ""

    def of(self, probe: Probe) -> ProbeResult:
        """The same result for an equal *probe*, which then expects either if there is an excuse."""
        if self.excuse:
            return replace(self, probe=replace(probe, expect=Expect.EITHER))
        return self if self.probe is probe else replace(self, probe=probe)


@dataclass(frozen=True, slots=True)
class Judge:
    """Judges the conclusive results of a check. Without evidence, the requirement is met.

    ``expected`` states what it accepts, as ``requirements ID`` prints it. Empty: what each probe expects.
    ``of_each``: whether it judges each result without the others, so that it can judge some of them.
    """

    expected: str
    find_evidence: Callable[[Sequence[ProbeResult]], Iterable[Evidence]]
    of_each: bool = False

    def __call__(self, results: Sequence[ProbeResult]) -> Iterable[Evidence]:
        """The evidence against the target."""
        return self.find_evidence(results)


def judges_all(expected: str) -> Callable[[Callable[[Sequence[ProbeResult]], Iterable[Evidence]]], Judge]:
    """Decorate a function of all results: a judge that accepts *expected*."""
    return lambda find_evidence: Judge(expected, find_evidence)


def judges_each(expected: str) -> Callable[[Callable[[ProbeResult], Evidence | None]], Judge]:
    """Decorate a function of one result: a judge that applies it to each, and accepts *expected*."""

    def decorate(judge_one: Callable[[ProbeResult], Evidence | None]) -> Judge:
        def judge(results: Sequence[ProbeResult]) -> Iterator[Evidence]:
            for result in results:
                evidence = judge_one(result)
                if evidence is not None:
                    yield evidence

        return Judge(expected, judge, of_each=True)

    return decorate


class NothingToJudge(Exception):
    """The target's faults leave no response to judge; the verdict is ``blocked``, with this reason.

    ``because_of`` is the id of the requirement that explains it if that has failed. Otherwise the run searches for one.
    """

    def __init__(self, reason: str, because_of: str = "") -> None:
        self.because_of = because_of
        super().__init__(reason)


class NotObservable(Exception):
    """A correct target gave no response to judge; the verdict is ``not-tested``, with this reason."""


class Remark(Exception):
    """The requirement is met, and users should know something about the target: ``pass``, with this reason."""


Send = Callable[[Probe], Awaitable[ProbeResult]]
"""Sends a probe now, or shares the result of an equal one; the result is to be awaited."""

Procedure = Callable[[Send, Sequence[Probe]], Awaitable[Sequence[ProbeResult]]]
"""Sends the probes of a check, in the order that the check needs."""


async def send_concurrently(send: Send, probes: Sequence[Probe]) -> Sequence[ProbeResult]:
    """Send all probes at once, as far as the load limits allow. Raises what one of them raises, after all others."""
    pending = [send(probe) for probe in probes]
    results: list[ProbeResult] = []
    errors: list[Exception] = []
    for one in pending:
        try:
            results.append(await one)
        except Exception as error:
            errors.append(error)
    if errors:
        raise errors[0]
    return results


async def send_in_sequence(send: Send, probes: Sequence[Probe]) -> Sequence[ProbeResult]:
    """Send each probe after the response to the previous one."""
    return [await send(probe) for probe in probes]


@dataclass(frozen=True)
class Check:
    """Code that exercises one requirement.

    ``needs`` are the ids of prerequisites. ``untestable`` is the reason why it cannot be tested at all (a missing
    credential, say): the verdict is then ``not-tested``. ``unsupported`` names the capability that it needs and that
    is declared unsupported. ``procedure`` sends the probes, and may add at most ``extra`` probes of its own.
    It adds none if the run has sent ``enough_canaries``.
    ``observes``: a `FaultKind`, or another kind of fault that the suite's reader finds, that violates the requirement
    too, whichever exchange of the run shows it.
    ``last``: its turn after all others that have a smaller number: 0 for most, 1 if it is about the whole run.
    ``burst``: how many of its requests may be in flight, if that is more than usual.
    ``reduced``: the same check with fewer requests, for a budget that does not suffice for it. ``is_reduced``: whether
    it is such a check, so that it may pass although the whole one fails.
    ``narrow``: which further requests show what exactly its results fail for, if several causes explain them. They are
    sent alone after a failure, and judged together with the results.
    ``has_canary``: whether a canary follows if a probe may be rejected.
    ``of_connections``: whether it shows if kept connections can be used. Other checks then wait for it, and if it
    fails, the run goes on with a new connection for each request.
    ``of_load``: whether its subject is what happens beside other requests. It then keeps the failures that others have
    only because of `FaultKind.LOAD`.
    ``is_repeatable``: whether its requests can show a failure again when they are sent without its procedure.
    """

    requirement: Requirement
    probes: tuple[Probe, ...]
    judge: Judge
    needs: tuple[str, ...] = ()
    untestable: str = ""
    procedure: Procedure = send_concurrently
    extra: int = 0
    enough_canaries: int | None = None
    unsupported: str = ""
    observes: str | None = None
    of_connections: bool = False
    of_load: bool = False
    last: int = 0
    burst: int = 0
    reduced: Check | None = None
    is_reduced: bool = False
    narrow: Callable[[Sequence[ProbeResult]], Sequence[Probe]] | None = None
    has_canary: bool = True
    is_repeatable: bool = True

    def __post_init__(self) -> None:
        if not self.probes and not self.extra and not self.without_requests:
            raise ValueError(f"the check of {self.requirement.id} has no probes and gives no reason for that")

    @classmethod
    def skipped(cls, requirement: Requirement, *, untestable: str = "", unsupported: str = "") -> Check:
        """A check without requests, for one of these reasons."""
        never = Judge("", lambda results: ())
        return cls(requirement, (), never, untestable=untestable, unsupported=unsupported)

    @property
    def expected(self) -> str:
        """What the check accepts, in words; empty for a check without requests."""
        return self.judge.expected or _expected_by(self.probes)

    @property
    def without_requests(self) -> str:
        """The reason why no request is needed for a verdict; empty for most."""
        return self.untestable or self.unsupported

    @property
    def explains(self) -> bool:
        """Whether its failure explains failures of other checks."""
        return self.observes is not None or self.of_connections

    @property
    def risky(self) -> bool:
        """Whether a canary follows, because a probe may be rejected."""
        may_be_rejected = self.extra > 0 or any(probe.expect is not Expect.ACCEPT for probe in self.probes)
        return self.has_canary and may_be_rejected


def _expected_by(probes: Iterable[Probe]) -> str:
    phrases = {probe.expect: probe.phrase for probe in probes}
    if len(phrases) == 1:
        return next(iter(phrases.values()))
    requests = {
        Expect.ACCEPT: "valid requests",
        Expect.REJECT: "invalid requests",
        Expect.EITHER: "requests that a server may reject",
    }
    return "; ".join(f"{phrases[kind]} for {what}" for kind, what in requests.items() if kind in phrases)
