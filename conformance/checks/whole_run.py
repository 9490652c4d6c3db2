"""What the exchanges of a run show together: vectors and token counts that vary, credentials, response times."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from conformance.contract import Contract
from conformance.engine import Evidence, FaultKind, Moment, Probe
from conformance.http_client import Exchange, Request
from conformance.validation.embeddings import same_vector

from .answers import Answer, Answers
from .comparable_requests import comparable_request, is_comparable
from .declared_responses import DeclaredResponses
from .long_texts import LongTexts
from .same_texts import SameTexts
from .token_counts import TokenCounts

TOKEN_COUNTS = "token-counts"
"""The kind of fault that equal inputs have different token counts."""

NO_CREDENTIAL = "no credential in the response"

MAX_ECHOES = 10
"""Responses with a credential that are kept."""

MAX_TIMES = 5000
"""Canaries whose times are kept."""


class WholeRun:
    """Reads each exchange of a run.

    ``canary_times`` are the moments and the durations of the successful requests that are equal to *canary*. *secrets*
    are the valid credentials. ``declared`` compares the responses with those that the contract declares.
    """

    def __init__(
        self, contract: Contract, answers: Answers, canary: Request, secrets: Collection[str] = ()
    ) -> None:
        self._contract, self._answers, self._canary, self._secrets = contract, answers, canary, set(secrets)
        answers.search_for(lambda: self._secrets)
        self._texts, self._counts = SameTexts(), TokenCounts()
        self._long_texts = LongTexts(contract.roles)
        self._echoes: list[Evidence] = []
        self.declared = DeclaredResponses(contract)
        self.canary_times: list[tuple[float, float]] = []

    def add_secrets(self, secrets: Collection[str]) -> None:
        """Search the responses for these valid credentials too, from now on."""
        self._secrets.update(secrets)

    def read(self, exchange: Exchange, probe: Probe, moment: Moment) -> Exchange:
        """Find the facts of *exchange*, and return what is kept of it."""
        kept, answer = self._answers.read_fully(exchange)
        if kept.response is not None and not probe.may_be_shed:
            self.declared.observe(exchange, kept, probe)
        if kept.succeeded and is_comparable(probe):
            self._compare(kept, answer, probe, moment)
        self._long_texts.observe(probe, self._answers.prompt_tokens(kept))
        if (echo := self.echo_in(answer)) and len(self._echoes) < MAX_ECHOES:
            self._echoes.append(Evidence(NO_CREDENTIAL, echo, kept, probe.description))
        is_canary = kept.succeeded and kept.request == self._canary
        if is_canary and len(self.canary_times) < MAX_TIMES:
            self.canary_times.append((moment.seconds, kept.seconds))
        return kept

    def _compare(self, exchange: Exchange, answer: Answer, probe: Probe, moment: Moment) -> None:
        place = self._canary.path, self._canary.query
        sent = comparable_request(exchange.request, self._contract, place)
        if sent is None:
            return
        is_other_text = self._texts.observe(exchange, answer.vectors, sent, probe, moment)
        if not is_other_text:
            self._counts.observe(exchange, answer, sent.input_key, probe, moment)

    def excuse(self, probe: Probe, exchange: Exchange) -> str:
        """Why the target may reject a valid request, if it may."""
        return self._long_texts.excuse(probe, exchange)

    def differ(self, one: Exchange, other: Exchange) -> bool:
        """Whether the vectors of two responses differ. Vectors that are not kept are not compared."""
        first, second = self._answers.of(one).vectors, self._answers.of(other).vectors
        if first is None or second is None:
            return False
        places = first.kept.keys() & second.kept.keys()
        return len(first) != len(second) or not all(
            same_vector(first[place], second[place]) for place in places
        )

    def change(self) -> Probe | None:
        """The probe from which on vectors vary, if they did not vary for a long time before."""
        return self._texts.change

    def echo_in(self, answer: Answer) -> str:
        """The credential in a response, in words: one of its own request, or a valid one; empty if there is none."""
        if answer.echoed:
            return f"the credential of the request's header {answer.echoed}"
        return "" if answer.secrets.isdisjoint(self._secrets) else "a valid credential"

    def found(self, kind: str) -> Sequence[Evidence]:
        """The evidence of one kind of fault, or against one requirement on declared responses."""
        match kind:
            case FaultKind.OTHER_VECTOR:
                return self._texts.evidence()
            case FaultKind.ECHO:
                return self._echoes
            case str(kind) if kind == TOKEN_COUNTS:
                return self._counts.evidence()
        return self.declared.evidence(kind)
