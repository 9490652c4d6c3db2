"""Probes, and the checks that are made of them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

from conformance.contract import Requirement
from conformance.target import Exchange, Request

from .verdict import Evidence


class Expect(StrEnum):
    """What a correct target answers to a probe.

    ``accept``: 200. ``refuse``: any 4xx. ``either``: an honest 200 or an honest 4xx. Never a crash.
    """

    ACCEPT = "accept"
    REFUSE = "refuse"
    EITHER = "either"


@dataclass(frozen=True, slots=True)
class Probe:
    """A request built to exercise a requirement; ``tokens`` is an estimate of its prompt tokens."""

    description: str
    request: Request
    expect: Expect
    tokens: int = 0


@dataclass(frozen=True, slots=True)
class Answer:
    """A probe and how the target took it.

    ``inconclusive`` says why the exchange tells nothing (overload, after bounded retries); it is empty otherwise.
    """

    probe: Probe
    exchange: Exchange
    inconclusive: str = ""


Judge = Callable[[Sequence[Answer]], Iterable[Evidence]]
"""Looks at a check's conclusive answers; no evidence means that the requirement is met."""


class NothingToJudge(Exception):
    """The target's faults let the requirement show in no answer; the verdict is ``blocked``, with this reason."""


class NotShown(Exception):
    """The target rightly gave no answer that shows the requirement; the verdict is ``not-tested``, with this reason."""


@dataclass(frozen=True)
class Check:
    """Code that exercises one requirement.

    ``needs`` are requirements without which this one can not be judged. ``untestable`` says what is missing where it
    can not be tested at all (a credential, say): the verdict is then ``not-tested``.
    """

    requirement: Requirement
    probes: tuple[Probe, ...]
    judge: Judge
    needs: tuple[str, ...] = ()
    untestable: str = ""

    @property
    def refuses(self) -> bool:
        """Whether a probe of it must be refused, so that a canary has to follow."""
        return any(probe.expect is Expect.REFUSE for probe in self.probes)


def each(judge_one: Callable[[Answer], Evidence | None]) -> Judge:
    """A judge that looks at every answer by itself."""

    def judge(answers: Sequence[Answer]) -> Iterator[Evidence]:
        for answer in answers:
            evidence = judge_one(answer)
            if evidence is not None:
                yield evidence

    return judge
