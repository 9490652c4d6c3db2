"""What the exchanges of a run show together: different vectors of one text, repeated credentials, response times."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from conformance.contract import Contract
from conformance.engine import Evidence, FaultKind, Moment, Probe
from conformance.http_client import Exchange, Request

from .answers import Answer, Answers
from .long_texts import LongTexts
from .same_texts import SameTexts

NO_CREDENTIAL = "no credential in the response"

MAX_ECHOES = 10
"""Responses with a credential that are kept."""

MAX_TIMES = 5000
"""Canaries whose times are kept."""


class WholeRun:
    """Reads each exchange of a run.

    ``canary_times`` are the moments and the durations of the successful requests that are equal to *canary*. *secrets*
    are the valid credentials.
    """

    def __init__(
        self, contract: Contract, answers: Answers, canary: Request, secrets: Collection[str] = ()
    ) -> None:
        self._answers, self._canary, self._secrets = answers, canary, frozenset(secrets)
        self._texts, self._long_texts = SameTexts(contract), LongTexts()
        self._echoes: list[Evidence] = []
        self.canary_times: list[tuple[float, float]] = []

    def read(self, exchange: Exchange, probe: Probe, moment: Moment) -> Exchange:
        """Find the facts of *exchange*, and return what is kept of it."""
        kept, answer = self._answers.read_fully(exchange)
        self._texts.observe(kept, answer.vectors, probe, moment)
        self._long_texts.observe(probe, self._answers.prompt_tokens(kept))
        if (echo := self.echo_in(answer)) and len(self._echoes) < MAX_ECHOES:
            self._echoes.append(Evidence(NO_CREDENTIAL, echo, kept, probe.description))
        is_canary = kept.status == 200 and kept.request == self._canary
        if is_canary and len(self.canary_times) < MAX_TIMES:
            self.canary_times.append((moment.seconds, kept.seconds))
        return kept

    def excuse(self, probe: Probe, exchange: Exchange) -> str:
        """Why the target may reject a valid request, if it may."""
        return self._long_texts.excuse(probe, exchange)

    def echo_in(self, answer: Answer) -> str:
        """The credential in a response, in words: one of its own request, or a valid one; empty if there is none."""
        if answer.echoed:
            return f"the credential of the request's header {answer.echoed}"
        return "" if answer.secrets.isdisjoint(self._secrets) else "a valid credential"

    def found(self, kind: FaultKind) -> Sequence[Evidence]:
        """The evidence of one kind of fault."""
        match kind:
            case FaultKind.OTHER_VECTOR:
                return self._texts.evidence()
            case FaultKind.ECHO:
                return self._echoes
        return ()
