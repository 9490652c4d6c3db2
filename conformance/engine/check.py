"""Probes, and the checks that are made of them."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Hashable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from types import TracebackType
from typing import Protocol

from conformance.contract import Requirement
from conformance.http_client import Exchange, Request

from .outcome import Evidence


class Expect(StrEnum):
    """What a correct target answers to a probe.

    ``accept``: 200. ``refuse``: any 4xx. ``either``: an honest 200 or an honest 4xx. Never a crash.
    """

    ACCEPT = "accept"
    REJECT = "reject"
    EITHER = "either"


class Scenario(Protocol):
    """What is set for one request, which is then sent with nothing else under way: entered before, left after it."""

    def __enter__(self) -> object: ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None: ...

    def explains(self, status: int) -> bool:
        """Whether an answer with *status* is owed to what is set, and says nothing of the target's own load."""
        ...


@dataclass(frozen=True, slots=True)
class Probe:
    """A request built to exercise a requirement.

    ``tokens`` is an estimate of its prompt tokens. Equal probes are sent once in a run and share the answer;
    ``occurrence`` tells apart those that are to be sent again. ``scene`` is what is set while it is sent.
    """

    description: str
    request: Request
    expect: Expect
    tokens: int = 0
    occurrence: object = 0
    scenario: Scenario | None = None

    @property
    def key(self) -> Hashable:
        """What makes two probes the same."""
        return self.request, self.expect, self.occurrence


@dataclass(frozen=True, slots=True)
class ProbeResult:
    """A probe and how the target took it.

    ``inconclusive`` says why the exchange tells nothing (overload, after bounded retries); it is empty otherwise.
    """

    probe: Probe
    exchange: Exchange
    inconclusive: str = ""


Judge = Callable[[Sequence[ProbeResult]], Iterable[Evidence]]
"""Looks at a check's conclusive answers; no evidence means that the requirement is met."""


Ask = Callable[[Probe], Awaitable[ProbeResult]]
"""Sends a probe, or shares the answer of an equal one."""

Conduct = Callable[[Ask, Sequence[Probe]], Awaitable[Sequence[ProbeResult]]]
"""How a check puts its probes to the target."""


async def all_at_once(ask: Ask, probes: Sequence[Probe]) -> Sequence[ProbeResult]:
    """Put all probes at once, as far as the load that the target is to bear allows."""
    answers = await asyncio.gather(*(ask(probe) for probe in probes), return_exceptions=True)
    for answer in answers:
        if isinstance(answer, BaseException):
            raise answer
    return [answer for answer in answers if isinstance(answer, ProbeResult)]


async def one_by_one(ask: Ask, probes: Sequence[Probe]) -> Sequence[ProbeResult]:
    """Put each probe after the answer to the one before it."""
    return [await ask(probe) for probe in probes]


class NothingToJudge(Exception):
    """The target's faults let the requirement show in no answer; the verdict is ``blocked``, with this reason."""


class NotObservable(Exception):
    """The target rightly gave no answer that shows the requirement; the verdict is ``not-tested``, with this reason."""


@dataclass(frozen=True)
class Check:
    """Code that exercises one requirement.

    ``needs`` are requirements without which this one can not be judged. ``untestable`` says what is missing where it
    can not be tested at all (a credential, say): the verdict is then ``not-tested``. ``unsupported`` names the
    capability that it needs and the target does not claim. ``conduct`` puts the probes, and may add at most ``extra``
    ones of its own.
    """

    requirement: Requirement
    probes: tuple[Probe, ...]
    judge: Judge
    needs: tuple[str, ...] = ()
    untestable: str = ""
    conduct: Conduct = all_at_once
    extra: int = 0
    unsupported: str = ""

    def __post_init__(self) -> None:
        if not self.probes and not self.extra and not self.without_requests:
            raise ValueError(f"the check of {self.requirement.id} has no probes, and does not say why")

    @property
    def without_requests(self) -> str:
        """Why it is settled without a request; empty for most."""
        return self.untestable or self.unsupported

    @property
    def risky(self) -> bool:
        """Whether a probe of it may be refused, so that a canary has to follow."""
        return self.extra > 0 or any(probe.expect is not Expect.ACCEPT for probe in self.probes)


def each(judge_one: Callable[[ProbeResult], Evidence | None]) -> Judge:
    """A judge that looks at every answer by itself."""

    def judge(answers: Sequence[ProbeResult]) -> Iterator[Evidence]:
        for answer in answers:
            evidence = judge_one(answer)
            if evidence is not None:
                yield evidence

    return judge
