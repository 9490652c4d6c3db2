"""What goes wrong on purpose, and when: the words of ``--latency`` and ``--fail``.

    latency  =  SECONDS  or  SECONDS-SECONDS               0.2   0.1-0.5
    fault    =  WHAT:WHEN                                  429:10%   503:first-3   drop:every-5   hang:1%
    WHAT     =  a status from 400 to 599, drop, or hang
    WHEN     =  SHARE%  or  first-COUNT  or  every-COUNT

``drop`` closes the connection without a byte of an answer, ``hang`` never answers. A share is of all requests,
``first-3`` the first three, ``every-5`` the fifth, the tenth and so on. Of several faults the first one that
applies is taken; shares are laid end to end, so ``429:10%`` and ``drop:5%`` together fail 15 % of the requests.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import count
from random import Random

from conformance.errors import UsageError

NUMBER = r"\d{1,9}(?:\.\d{1,9})?"
WHAT = r"drop|hang|[45]\d\d"
LATENCY = re.compile(rf"(?P<least>{NUMBER})(?:-(?P<most>{NUMBER}))?", re.ASCII)
FAULT = re.compile(
    rf"(?P<what>{WHAT}):(?:(?P<share>{NUMBER})%|(?P<rule>first|every)-(?P<count>[1-9]\d{{0,17}}))",
    re.ASCII,
)
ROUNDING = 1e-9
"""0.7 + 0.2 + 0.1 is more than 1 in some order."""

LATENCY_FORM = "SECONDS or SECONDS-SECONDS, such as 0.2 or 0.1-0.5"
FAULT_FORM = "WHAT:WHEN, such as 429:10%, 503:first-3, drop:every-5 or hang:1%"


class UnknownInjection(UsageError, ValueError):
    """Words for *option* that mean nothing."""

    def __init__(self, option: str, expected: str, found: str, mend: str) -> None:
        self.option, self.expected, self.found, self.mend = option, expected, found, mend
        super().__init__(f"{option}: expected {expected}; found {found!r}; {mend}")


@dataclass(frozen=True, slots=True)
class Latency:
    """What each answer waits, in seconds: evenly spread from ``least`` to ``most``."""

    least: float
    most: float

    @classmethod
    def parse(cls, text: str) -> Latency:
        """The latency that *text* stands for. Raises UnknownInjection."""
        found = LATENCY.fullmatch(text)
        if not found:
            raise UnknownInjection("latency", LATENCY_FORM, text, "seconds have no unit and no sign")
        least = float(found["least"])
        most = float(found["most"] or least)
        if most < least:
            raise UnknownInjection("latency", LATENCY_FORM, text, "the smaller number comes first")
        return cls(least, most)

    def draw(self, chance: Random) -> float:
        """The seconds of one answer."""
        return self.least + (self.most - self.least) * chance.random()


@dataclass(frozen=True, slots=True)
class Share:
    """One request in so many, by chance: ``fraction`` is from 0 to 1."""

    fraction: float


@dataclass(frozen=True, slots=True)
class First:
    """The first ``count`` requests."""

    count: int


@dataclass(frozen=True, slots=True)
class Every:
    """Each request whose number, from 1, is a multiple of ``count``."""

    count: int


RULES: dict[str, type[First] | type[Every]] = {"first": First, "every": Every}


@dataclass(frozen=True, slots=True)
class Fault:
    """``what`` is a status, ``drop`` or ``hang``; ``text`` is what it was read from."""

    text: str
    what: str
    when: Share | First | Every

    @classmethod
    def parse(cls, text: str) -> Fault:
        """The fault that *text* stands for. Raises UnknownInjection."""
        found = FAULT.fullmatch(text)
        if not found:
            raise UnknownInjection("fail", FAULT_FORM, text, _mend(text))
        if found["rule"]:
            return cls(text, found["what"], RULES[found["rule"]](int(found["count"])))
        if float(found["share"]) > 100:
            raise UnknownInjection("fail", FAULT_FORM, text, "a share is at most 100%")
        return cls(text, found["what"], Share(float(found["share"]) / 100))


def _mend(text: str) -> str:
    """What to change in a fault that can not be read."""
    what, colon, _ = text.partition(":")
    if not re.fullmatch(WHAT, what, re.ASCII):
        return "WHAT is a status from 400 to 599, drop, or hang"
    if not colon:
        return f"say when, for instance {what}:10%"
    return "WHEN is a share with its % sign, first-COUNT or every-COUNT, with a count of 1 or more"


class Schedule:
    """Which of *faults* meets each request: for one *seed* always the same, in the order of arrival.

    Raises UnknownInjection for shares of more than 100 % together.
    """

    def __init__(self, faults: Sequence[Fault], seed: int) -> None:
        shares = [(fault.when.fraction, fault.text) for fault in faults if isinstance(fault.when, Share)]
        if sum(fraction for fraction, _ in shares) > 1 + ROUNDING:
            texts = " ".join(text for _, text in shares)
            raise UnknownInjection("fail", "shares of at most 100% together", texts, "lower one of them")
        self._faults, self._numbers, self._chance = faults, count(1), Random(seed)

    def next(self) -> Fault | None:
        """The fault of the next request, None for one that is served."""
        number, point = next(self._numbers), self._chance.random()
        for fault in self._faults:
            match fault.when:
                case First(first) if number <= first:
                    return fault
                case Every(every) if number % every == 0:
                    return fault
                case Share(fraction) if point < fraction:
                    return fault
                case Share(fraction):
                    point -= fraction
        return None
