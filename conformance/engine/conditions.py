"""The conditions under which a request fails, in words, and the kind of fault that each condition shows."""

from __future__ import annotations

from dataclasses import dataclass

from conformance.http_client import Exchange, Request

from .check import Expect, FaultKind, Probe
from .evidence import BESIDE

CRASH = 500
"""The least status that no request may get."""

LONG = 500
"""Bytes of a request that is long."""


@dataclass(frozen=True, slots=True)
class Condition:
    """A sentence. ``kind``: the kind of fault that explains the failure; None if it may have other causes.

    ``earlier``: the request that the sentence names.
    """

    sentence: str
    kind: FaultKind | None = None
    earlier: Request | None = None


ALONE = Condition("It failed again when it was sent alone.")
NOT_ALONE = Condition("It did not fail when it was sent alone.")
AFTER_SEVERAL = Condition("It failed again only after several other requests.")
NOT_REPEATED = Condition(
    "It was not sent again: a limit of the run was reached, or the server did not respond."
)
TOO_COSTLY = Condition("The run did not repeat it: the request is large, and its response takes long.")
SPECIAL = Condition(
    "The run did not repeat it: it needs a special procedure, such as a slow client or the mock upstream."
)
BESIDE_OTHERS = Condition(BESIDE, FaultKind.LOAD)
VARYING = Condition("Equal requests, sent alone, got different vectors.", FaultKind.OTHER_VECTOR)
CHANGED = Condition(
    "The server changed during the run: equal requests, sent alone, get another vector now.",
    FaultKind.OTHER_VECTOR,
)
KEPT_CONNECTION = Condition(
    "It failed again only after other requests on the same connection.", FaultKind.KEPT_CONNECTION
)

UNSTABLE = "It did not fail again in"
AFTER_ONE = "It failed again only after this request: "


def unstable_condition(tries: int) -> Condition:
    """The condition of a failure that did not come back."""
    return Condition(f"{UNSTABLE} {tries} tries. The server is unstable.")


def condition_after(probe: Probe, exchange: Exchange, *, of_vectors: bool, is_crash: bool) -> Condition:
    """The condition of a failure after one other *probe*, which got *exchange*.

    *of_vectors*: whether the failure is that a request got other vectors. *is_crash*: whether it got a 5xx.
    """
    sentence = f"{AFTER_ONE}{probe.description}."
    if not of_vectors and not is_crash:
        return Condition(sentence, earlier=probe.request)
    if 400 <= exchange.status < CRASH or (exchange.status >= CRASH and probe.expect is Expect.REJECT):
        return Condition(sentence, FaultKind.AFTER_REJECTION, probe.request)
    is_long = of_vectors and body_size(probe) >= LONG
    return Condition(sentence, FaultKind.AFTER_LONG_TEXT if is_long else None, probe.request)


def request_before(sentence: str) -> str:
    """The description of the request that *sentence*, a condition, names as the one before; empty without one."""
    return sentence.removeprefix(AFTER_ONE).removesuffix(".") if sentence.startswith(AFTER_ONE) else ""


def body_size(probe: Probe) -> int:
    """The bytes of the body."""
    return len(probe.request.content or b"")
