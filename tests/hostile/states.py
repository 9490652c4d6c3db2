"""Faults that depend on the state of a server: what each run must name."""

from __future__ import annotations

from dataclasses import dataclass

ONE_BY_ONE = "It failed again only after "
BESIDE = "It failed again only together with other requests."


@dataclass(frozen=True, slots=True)
class StateFault:
    """The requirement that must fail alone of all MUSTs, and the beginning of the condition in its evidence.

    ``also``: requirements about the same subject, which may fail too. ``cause``: a part of what was found, if the
    evidence has no condition.
    """

    requirement: str
    condition: str = ""
    cause: str = ""
    also: tuple[str, ...] = ()


FAULTS = {
    "unread-body": StateFault("http.connection.unread-body", cause="the body of the GET request before it"),
    "previous-answer": StateFault(
        "http.connection.own-response",
        "It failed again when it was sent alone.",
        "the vector of request 1",
        also=("auth.reused-connection",),
    ),
    "wrong-replica": StateFault(
        "state.same-text",
        "Equal requests, sent alone, got different vectors.",
        also=("meaning.deterministic",),
    ),
    "wrong-after-long-text": StateFault("meaning.after-long-text", f"{ONE_BY_ONE}this request:"),
    "wrong-after-rejection": StateFault(
        "state.after-rejection", f"{ONE_BY_ONE}this request:", also=("state.out-of-vocabulary",)
    ),
    "wrong-fifth-of-connection": StateFault(
        "http.connection.many-requests", f"{ONE_BY_ONE}other requests on the same connection."
    ),
    "wrong-beside-others": StateFault("state.concurrent", BESIDE, also=("state.concurrent.large",)),
    "fails-under-load": StateFault("state.concurrent", BESIDE),
    "dies-at-value": StateFault("state.running", cause="in flight when the server stopped"),
    "hangs-at-huge-dimensions": StateFault("state.answering", cause="no response in 6 s"),
}
"""By the name of the server. A probe whose connection is part of it fails alone."""
