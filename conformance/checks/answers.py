"""What the checks need to know of each response. Its body is read once, and only its beginning is kept."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Container, Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from conformance.contract import Contract
from conformance.contract.credentials import WRONG
from conformance.http_client import Exchange, Failure, FailureKind, Request, Response
from conformance.text import clip
from conformance.validation import Parsed, UnreadableRequest, Violation
from conformance.validation.embeddings import ResponseVectors, embedding_in, vectors_in
from conformance.validation.large_json import NotRead, TooManyValues, parse_large
from conformance.validation.response import read_request, violations_in
from conformance.validation.semantic_rules import count_inputs
from conformance.validation.violation import describe

from .echoes import echoed_header
from .error_body import ErrorBody
from .exchange_cache import ExchangeCache
from .kept_exchange import shortened
from .observable import PROMPT, TOTAL, has_value_at, places_of

FIRST = 32
"""The vectors at so many first places of each response are kept."""

MAX_VECTORS = 64 * 2**20
"""Bytes of all vectors that are kept. The vectors of further responses are not compared."""


@dataclass(frozen=True, slots=True)
class Answer:
    """The facts of one response, found in its whole body.

    ``violations``: of a 200, the first of each requirement. ``observable``: the requirements whose subject it has.
    ``vectors``: of a 200, None if they cannot be compared. ``embedding``: the Python type of the first embedding, or
    None. ``usage``: the counts of prompt and total tokens, or descriptions of other values. ``secrets``: the known
    secrets in it. ``echoed``: the header of the request whose credential is in it, or empty. ``error``: the problems of
    an error body. ``is_object``: whether the body is a JSON object. If it is not ``is_complete``, only secrets and
    problems are searched for in its beginning.
    """

    violations: Mapping[str, Violation] = field(default_factory=dict)
    observable: frozenset[str] = frozenset()
    vectors: ResponseVectors | None = None
    embedding: type[object] | None = None
    usage: Mapping[str, object] = field(default_factory=dict)
    secrets: frozenset[str] = frozenset()
    echoed: str = ""
    is_object: bool = False
    is_complete: bool = True
    error: ErrorBody = field(default_factory=ErrorBody)

    @property
    def prompt_tokens(self) -> int | None:
        """The number of prompt tokens, if it is a valid one."""
        match self.usage.get(PROMPT[-1]):
            case int(count) if count >= 0:
                return count
            case float(count) if count >= 0 and count.is_integer():
                return int(count)  # Dialects of JSON Schema disagree whether 7.0 is an integer.
        return None


class Answers:
    """Reads the responses of a run. *secrets* are searched for in each of them, and a wrong credential."""

    def __init__(self, contract: Contract, secrets: Iterable[str] = ()) -> None:
        self._contract, self._places = contract, places_of(contract)
        self._secrets: list[Callable[[], Iterable[str]]] = [lambda: (*secrets, str(WRONG))]
        self._answers = ExchangeCache(lambda exchange: self._within_memory(self._answer(exchange)))
        self._wanted: dict[Request, set[int]] = defaultdict(lambda: {*range(FIRST)})
        self._vector_bytes = 0

    def read(self, exchange: Exchange) -> Exchange:
        """Find the facts of *exchange*, and return it with only the beginning of its body."""
        return self.read_fully(exchange)[0]

    def read_fully(self, exchange: Exchange) -> tuple[Exchange, Answer]:
        """As ``read``, and the facts with vectors that are not kept if they exceed MAX_VECTORS."""
        try:
            answer = self._answer(exchange)
        except NotRead as error:
            kind = FailureKind.TOO_LARGE if isinstance(error, TooManyValues) else FailureKind.NOT_READ
            failure = Failure(kind, str(error))
            exchange, answer = replace(exchange, response=None, failure=failure), Answer()
        kept = shortened(exchange)
        self._answers.add(kept, self._within_memory(answer))
        return kept, answer

    def of(self, exchange: Exchange) -> Answer:
        """The facts of *exchange*, which is one that ``read`` returned, or a complete one."""
        return self._answers.of(exchange)

    def prompt_tokens(self, exchange: Exchange) -> int | None:
        """The prompt tokens that the target counted; None without a valid count in a 200."""
        return self.of(exchange).prompt_tokens if exchange.status == 200 else None

    def keep_vectors(self, request: Request, places: Iterable[int]) -> None:
        """Keep the vectors at *places* of the response to *request*, besides the first ones."""
        self._wanted[request].update(places)

    def search_for(self, secrets: Callable[[], Iterable[str]]) -> None:
        """Search for more *secrets* in each response."""
        self._secrets.append(secrets)

    def _answer(self, exchange: Exchange) -> Answer:
        response = exchange.response
        if response is None:
            return Answer()
        answer = Answer(
            secrets=self._secrets_in(response),
            echoed=echoed_header(exchange.request, response, self._contract.security),
            error=ErrorBody.of(response) if response.status >= 400 else ErrorBody(),
        )
        if response.omitted:
            return replace(answer, is_complete=False)
        parsed = parse_large(response.body)
        embedding = embedding_in(parsed.value)
        answer = replace(
            answer,
            embedding=list if isinstance(embedding, list) else _type_of(embedding),
            usage=usage_in(parsed.value),
            is_object=isinstance(parsed.value, dict),
        )
        return self._with_facts_of_success(answer, exchange, parsed) if response.status == 200 else answer

    def _with_facts_of_success(self, answer: Answer, exchange: Exchange, parsed: Parsed) -> Answer:
        sent = self._payload(exchange.request)
        violations: dict[str, Violation] = {}
        for violation in violations_in(parsed, sent, self._contract):
            if violation.requirement not in violations:
                violations[violation.requirement] = replace(violation, pointer=clip(violation.pointer))
        return replace(
            answer,
            violations=violations,
            observable=self._observable(parsed.value),
            vectors=self._vectors(parsed.value, exchange.request, sent or {}),
        )

    def _observable(self, value: object) -> frozenset[str]:
        return frozenset(
            id for id, places in self._places.items() if any(has_value_at(value, place) for place in places)
        )

    def _payload(self, request: Request) -> Mapping[str, Any] | None:
        body = request.content
        try:
            return None if body is None else read_request(body, self._contract)
        except UnreadableRequest:
            return None

    def _vectors(self, value: object, request: Request, sent: Mapping[str, Any]) -> ResponseVectors | None:
        wanted: Container[int] = self._wanted[request] if request in self._wanted else range(FIRST)
        return vectors_in(value, count_inputs(sent.get("input")), wanted)

    def _within_memory(self, answer: Answer) -> Answer:
        """*answer* without its vectors if they exceed MAX_VECTORS together with those that are kept."""
        if answer.vectors is None:
            return answer
        if self._vector_bytes + answer.vectors.bytes > MAX_VECTORS:
            return replace(answer, vectors=None)
        self._vector_bytes += answer.vectors.bytes
        return answer

    def _secrets_in(self, response: Response) -> frozenset[str]:
        headers = "\n".join(value for _, value in response.headers)
        known = {secret for secrets in self._secrets for secret in secrets()}
        return frozenset(
            s for s in known if s in headers or s.encode("utf-8", "surrogatepass") in response.body
        )


def usage_in(value: object) -> dict[str, object]:
    """The counts of tokens in a parsed response, as they were sent; for another value, its description."""
    match value:
        case {"usage": dict(usage)}:
            counts = {name: usage[name] for name in (PROMPT[-1], TOTAL[-1]) if name in usage}
            return {n: c if isinstance(c, int | float) else describe(c) for n, c in counts.items()}
    return {}


def _type_of(embedding: object) -> type[object] | None:
    return None if embedding is None else type(embedding)
