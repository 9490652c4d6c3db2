"""Checks and their parts: probes, results, judges, and the order of sending."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable, Hashable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from types import TracebackType
from typing import Any, Protocol

from conformance.contract import Requirement
from conformance.http_client import Exchange, Request


class Expect(StrEnum):
    """The response of a correct target to a probe.

    ``accept``: 200. ``reject``: any 4xx. ``either``: a valid 200 or any 4xx. Never a crash.
    """

    ACCEPT = "accept"
    REJECT = "reject"
    EITHER = "either"

    @property
    def phrase(self) -> str:
        """The accepted statuses in words."""
        return {"accept": "200", "reject": "a 4xx", "either": "200 or a 4xx"}[self.value]


class FaultKind(StrEnum):
    """A fault that any exchange can show.

    ``framing``: the response is not valid HTTP, or far too large. ``extra-bytes``: bytes follow a complete response.
    ``unread-body``: the target reads the body of one request as the beginning of the next one. ``load``: a request is
    answered wrongly only beside others. ``no-answer``: a request gets no answer in time, although others do.
    ``stopped``: the target no longer accepts connections. ``other-vector``: a text gets another vector than before.
    ``echo``: a response contains a credential of its request.
    """

    FRAMING = "framing"
    EXTRA_BYTES = "extra-bytes"
    UNREAD_BODY = "unread-body"
    LOAD = "load"
    NO_ANSWER = "no-answer"
    STOPPED = "stopped"
    OTHER_VECTOR = "other-vector"
    ECHO = "echo"


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


@dataclass(frozen=True, slots=True)
class Probe:
    """A request built to exercise a requirement.

    ``tokens`` is an estimate of its prompt tokens, ``inputs`` the number of its inputs. Equal probes are sent once in
    a run and share the result; a different ``occurrence`` makes equal requests different probes. ``scenario`` is in
    effect while it is sent.
    ``after``: None, or the requests that are sent first, on the same new connection.
    ``may_be_shed``: whether it is sent to load the target, which may then reject it with 429 or 503, or refuse or drop
    its connection. It is sent once.
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

    @property
    def key(self) -> Hashable:
        """Probes with equal keys are the same probe."""
        return self.request, self.expect, self.occurrence, self.after

    def is_met_by(self, status: int) -> bool:
        """Whether a response with *status* is one that the probe expects."""
        accepted, rejected = status == 200, 400 <= status < 500
        return (accepted and self.expect is not Expect.REJECT) or (
            rejected and self.expect is not Expect.ACCEPT
        )

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
        return replace(self, probe=replace(probe, expect=Expect.EITHER) if self.excuse else probe)


THE_SERVER = "the server "
"""The beginning of a sentence about what the server did."""

BESIDE = "It failed again only beside other requests."
"""The condition of a failure that is caused by load."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """One exchange that shows a violation: the expected and the actual outcome.

    ``actual`` is a sentence about the server, or completes "got ...". ``reproduction`` says under which condition the
    repeated request failed again; empty if it was not repeated.
    """

    expected: str
    actual: str
    exchange: Exchange
    probe: str = ""
    reproduction: str = ""

    @property
    def reason(self) -> str:
        """The expected and the actual outcome in one sentence."""
        joint = "; " if self.actual.startswith(THE_SERVER) else ", got "
        return f"expected {self.expected}{joint}{self.actual}"


@dataclass(frozen=True, slots=True)
class Judge:
    """Judges the conclusive results of a check. Without evidence, the requirement is met.

    ``expected`` states what it accepts, as ``requirements ID`` prints it. Empty: what each probe expects.
    """

    expected: str
    find_evidence: Callable[[Sequence[ProbeResult]], Iterable[Evidence]]

    def __call__(self, results: Sequence[ProbeResult]) -> Iterable[Evidence]:
        """The evidence against the target."""
        return self.find_evidence(results)


def judges_all(expected: str) -> Callable[[Callable[[Sequence[ProbeResult]], Iterable[Evidence]]], Judge]:
    """Decorate a function of all results: a judge that accepts *expected*."""
    return lambda find_evidence: Judge(expected, find_evidence)


def judges_each(expected: str) -> Callable[[Callable[[ProbeResult], Evidence | None]], Judge]:
    """Decorate a function of one result: a judge that applies it to each, and accepts *expected*."""

    def decorate(judge_one: Callable[[ProbeResult], Evidence | None]) -> Judge:
        @judges_all(expected)
        def judge(results: Sequence[ProbeResult]) -> Iterator[Evidence]:
            for result in results:
                evidence = judge_one(result)
                if evidence is not None:
                    yield evidence

        return judge

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
"""Sends a probe, or shares the result of an equal one."""

Procedure = Callable[[Send, Sequence[Probe]], Awaitable[Sequence[ProbeResult]]]
"""Sends the probes of a check, in the order that the check needs."""


async def send_concurrently(send: Send, probes: Sequence[Probe]) -> Sequence[ProbeResult]:
    """Send all probes at once, as far as the load limits allow."""
    results = await asyncio.gather(*(send(probe) for probe in probes), return_exceptions=True)
    for result in results:
        if isinstance(result, BaseException):
            raise result
    return [result for result in results if isinstance(result, ProbeResult)]


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
    ``observes``: a kind of fault that violates the requirement too, whichever exchange of the run shows it.
    ``last``: its turn after all others that have a smaller number: 0 for most, 1 if it is about the whole run.
    ``burst``: how many of its requests may be in flight, if that is more than usual.
    ``of_connections``: whether it shows if kept connections can be used. Other checks then wait for it, and if it
    fails, the run goes on with a new connection for each request.
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
    observes: FaultKind | None = None
    of_connections: bool = False
    last: int = 0
    burst: int = 0

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
    def risky(self) -> bool:
        """Whether a probe may be rejected, so that a canary must follow."""
        return self.extra > 0 or any(probe.expect is not Expect.ACCEPT for probe in self.probes)


def _expected_by(probes: Iterable[Probe]) -> str:
    kinds = {probe.expect for probe in probes}
    if len(kinds) == 1:
        return kinds.pop().phrase
    requests = {
        Expect.ACCEPT: "valid requests",
        Expect.REJECT: "invalid requests",
        Expect.EITHER: "requests that a target may reject",
    }
    return "; ".join(f"{kind.phrase} for {what}" for kind, what in requests.items() if kind in kinds)
