"""Which requests fail, and how: the syntax of ``--latency`` and ``--fail``.

    latency  =  SECONDS  or  SECONDS-SECONDS               0.2   0.1-0.5
    fault    =  WHAT:WHEN  or  KIND                        429:10%   503:first-3   drop:every-5   nan
    WHAT     =  a status from 400 to 599, drop, hang, or a KIND of wrong data
    WHEN     =  SHARE%  or  first-COUNT  or  every-COUNT

``drop`` closes the connection without a response. ``hang`` never responds. ``data_faults`` has the kinds of wrong data;
a KIND without WHEN is in each response that can have it. ``10%`` is a random share of all requests,
``first-3`` the first three requests, ``every-5`` the fifth, the tenth and so on. If several faults match, the first one
is used. Shares do not overlap: ``429:10%`` and ``drop:5%`` together fail 15 % of the requests.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from itertools import count
from random import Random

from conformance.errors import UsageError

from .data_faults import DATA_FAULTS

NUMBER = r"\d{1,9}(?:\.\d{1,9})?"
KINDS = ", ".join(DATA_FAULTS)
WHAT = rf"drop|hang|[45]\d\d|{'|'.join(DATA_FAULTS)}"
LATENCY = re.compile(rf"(?P<least>{NUMBER})(?:-(?P<most>{NUMBER}))?", re.ASCII)
FAULT = re.compile(
    rf"(?P<what>{WHAT}):(?:(?P<share>{NUMBER})%|(?P<rule>first|every)-(?P<count>[1-9]\d{{0,17}}))",
    re.ASCII,
)
ROUNDING = 1e-9
"""0.7 + 0.2 + 0.1 exceeds 1 in some orders of addition."""

LATENCY_FORM = "write SECONDS or SECONDS-SECONDS without a unit, such as 0.2 or 0.1-0.5"
FAULT_FORM = "write WHAT:WHEN, such as 429:10%, 503:first-3, drop:every-5 or hang:1%"
ALWAYS = "every-1"
"""The WHEN of wrong data if it is left out."""


class InvalidFault(UsageError, ValueError):
    """An invalid *value* of *option*; *fix* is what to change."""

    def __init__(self, option: str, value: str, fix: str) -> None:
        self.option, self.value, self.fix = option, value, fix
        super().__init__(f"{option} {value!r}: {fix}")


@dataclass(frozen=True, slots=True)
class Latency:
    """The delay of each response, in seconds: uniformly distributed from ``least`` to ``most``."""

    least: float
    most: float

    @classmethod
    def parse(cls, text: str) -> Latency:
        """Parse *text*. Raises InvalidFault."""
        found = LATENCY.fullmatch(text)
        if not found:
            raise InvalidFault("latency", text, LATENCY_FORM)
        least = float(found["least"])
        most = float(found["most"] or least)
        if most < least:
            raise InvalidFault("latency", text, "write the smaller number first")
        return cls(least, most)

    def draw(self, random: Random) -> float:
        """The delay of one response, in seconds."""
        return self.least + (self.most - self.least) * random.random()


@dataclass(frozen=True, slots=True)
class Share:
    """A random share of the requests; ``fraction`` is from 0 to 1."""

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
    """``what`` is a status, ``drop``, ``hang``, or a kind of wrong data; ``text`` is the parsed text."""

    text: str
    what: str
    when: Share | First | Every

    @classmethod
    def parse(cls, text: str) -> Fault:
        """Parse *text*. Raises InvalidFault."""
        found = FAULT.fullmatch(f"{text}:{ALWAYS}" if text in DATA_FAULTS else text)
        if not found:
            raise InvalidFault("fail", text, f"{_problem(text)}; {FAULT_FORM}")
        if found["rule"]:
            return cls(text, found["what"], RULES[found["rule"]](int(found["count"])))
        if float(found["share"]) > 100:
            raise InvalidFault("fail", text, "a share is at most 100%")
        return cls(text, found["what"], Share(float(found["share"]) / 100))


def _problem(text: str) -> str:
    """What is wrong with *text*, which is not a valid fault."""
    what, colon, _ = text.partition(":")
    if not re.fullmatch(WHAT, what, re.ASCII):
        near = get_close_matches(what, DATA_FAULTS, n=1)
        hint = f"did you mean {near[0]}" if near else f"or a kind of wrong data: {KINDS}"
        return f"WHAT is a status from 400 to 599, drop, hang, {hint}"
    if not colon:
        return "WHEN is missing"
    return "WHEN is a share with its % sign, first-COUNT or every-COUNT, with a count of at least 1"


class Schedule:
    """Selects the fault of each request, in the order of arrival. One *seed* always gives the same sequence.

    Raises InvalidFault if the shares of *faults* exceed 100 % together.
    """

    def __init__(self, faults: Sequence[Fault], seed: int) -> None:
        shares = [(fault.when.fraction, fault.text) for fault in faults if isinstance(fault.when, Share)]
        if sum(fraction for fraction, _ in shares) > 1 + ROUNDING:
            texts = " ".join(text for _, text in shares)
            raise InvalidFault("fail", texts, "the shares exceed 100% together; reduce one of them")
        self._faults, self._numbers, self._random = faults, count(1), Random(seed)

    def next(self) -> Fault | None:
        """The fault of the next request, or None."""
        number, point = next(self._numbers), self._random.random()
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
