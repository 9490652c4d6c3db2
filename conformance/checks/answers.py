"""What the checks need to know of each response. Its body is read once, and only its beginning is kept."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Container, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import chain
from typing import Any

import numpy as np
from numpy.typing import NDArray

from conformance.contract import Contract
from conformance.contract.credentials import WRONG
from conformance.contract.roles import Roles, value_at
from conformance.engine import NotObservable
from conformance.http_client import Exchange, Failure, FailureKind, Request, Response
from conformance.text import clip
from conformance.validation import MISSING, Parsed, UnreadableRequest, Violation
from conformance.validation.embeddings import ResponseVectors, embedding_in, numbers_in, vectors_in
from conformance.validation.large_json import NotRead, TooManyValues, parse_large
from conformance.validation.response import read_request, violations_in
from conformance.validation.semantic_rules import count_inputs
from conformance.validation.violation import describe_value

from .echoes import echoed_header
from .error_body import ErrorBody
from .exchange_cache import ExchangeCache
from .kept_exchange import shortened_exchange
from .kept_vectors import KeptVectors
from .observable import has_value_at, places_of

FIRST = 32
"""The vectors at so many first places of each response are kept."""

PROMPT, TOTAL = "prompt_tokens", "total_tokens"
"""The names of the counts of tokens in an answer."""

MAX_VECTORS = 32 * 2**20
"""Bytes of all vectors that are kept. The vectors of further responses are not compared."""


@dataclass(frozen=True, slots=True)
class Answer:
    """The facts of one response, found in its whole body.

    ``violations``: of a success, the first of each requirement. ``observable``: the requirements whose subject it has.
    ``vectors``: of a success, None if they cannot be compared. ``vectors_left_out``: whether they could be compared,
    but are not kept, because the run has too many. ``numbers``: the vectors as they are, if the request is one of
    ``keep_numbers``. ``embedding``: the Python type of the first embedding, or None.
    ``usage``: the counts of prompt and total tokens, or descriptions of other values. ``secrets``: the known
    secrets in it. ``echoed``: the header of the request whose credential is in it, or empty. ``error``: the problems of
    an error body. ``is_object``: whether the body is a JSON object. If it is not ``is_complete``, only secrets and
    problems are searched for in its beginning.
    """

    violations: Mapping[str, Violation] = field(default_factory=dict)
    observable: frozenset[str] = frozenset()
    vectors: ResponseVectors | None = None
    vectors_left_out: bool = False
    numbers: Sequence[NDArray[np.float32] | None] | None = None
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
        return self._count(PROMPT)

    @property
    def total_tokens(self) -> int | None:
        """The total number of tokens, if it is a valid one."""
        return self._count(TOTAL)

    def _count(self, name: str) -> int | None:
        match self.usage.get(name):
            case int(count) if count >= 0:
                return count
            case float(count) if count >= 0 and count.is_integer():
                return int(count)  # Dialects of JSON Schema disagree whether 7.0 is an integer.
        return None


class Answers:
    """Reads the responses of a run. *secrets* are searched for in each of them, and a wrong credential.

    The values in *public* are no secrets: they belong to schemes such as the name of a provider.
    """

    def __init__(self, contract: Contract, secrets: Iterable[str] = (), public: Collection[str] = ()) -> None:
        self._contract, self._places, self._public = contract, places_of(contract), public
        self._all_places = frozenset(chain.from_iterable(self._places.values()))
        self._secrets: list[Callable[[], Iterable[str]]] = [lambda: (*secrets, str(WRONG))]
        self._answers = ExchangeCache(lambda exchange: self._within_memory(self._answer(exchange)))
        self._wanted: dict[Request, set[int]] = defaultdict(lambda: {*range(FIRST)})
        self._numbers: dict[Request, int] = {}
        self._vectors = KeptVectors(MAX_VECTORS)

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
        kept = shortened_exchange(exchange)
        self._answers.add(kept, self._within_memory(answer))
        return kept, answer

    def of(self, exchange: Exchange) -> Answer:
        """The facts of *exchange*, which is one that ``read`` returned, or a complete one."""
        return self._answers.of(exchange)

    def vectors_of(self, exchange: Exchange) -> ResponseVectors | None:
        """The vectors of *exchange*; None if they cannot be compared. Raises NotObservable if they are not kept."""
        answer = self.of(exchange)
        if answer.vectors_left_out:
            raise NotObservable(f"the vectors of this run need more than {MAX_VECTORS // 2**20} MiB")
        return answer.vectors

    def prompt_tokens(self, exchange: Exchange) -> int | None:
        """The prompt tokens that the target counted; None without a valid count in a success."""
        return self.of(exchange).prompt_tokens if exchange.succeeded else None

    def keep_vectors(self, request: Request, places: Iterable[int]) -> None:
        """Keep the vectors at *places* of the response to *request*, besides the first ones."""
        self._wanted[request].update(places)

    def keep_numbers(self, request: Request, most: int) -> None:
        """Keep all vectors of the response to *request* as they are, if they have at most *most* numbers."""
        self._numbers[request] = most

    def search_for(self, secrets: Callable[[], Iterable[str]]) -> None:
        """Search for more *secrets* in each response."""
        self._secrets.append(secrets)

    def _answer(self, exchange: Exchange) -> Answer:
        response = exchange.response
        if response is None:
            return Answer()
        answer = Answer(
            secrets=self._secrets_in(response),
            echoed=echoed_header(exchange.sent, response, self._contract.security, self._public),
            error=ErrorBody.of(response) if response.status >= 400 else ErrorBody(),
        )
        if response.omitted:
            return replace(answer, is_complete=False)
        parsed = parse_large(response.body)
        embedding = embedding_in(parsed.value, self._contract.roles)
        answer = replace(
            answer,
            embedding=list if isinstance(embedding, list) else _type_of(embedding),
            usage=usage_in(parsed.value, self._contract.roles),
            is_object=isinstance(parsed.value, dict),
        )
        return self._with_facts_of_success(answer, exchange, parsed) if exchange.succeeded else answer

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
            vectors=self._vectors_in(parsed.value, exchange.request, sent or {}),
            numbers=self._numbers_in(parsed.value, exchange.request),
        )

    def _observable(self, value: object) -> frozenset[str]:
        known = {place for place in self._all_places if has_value_at(value, place)}
        return frozenset(id for id, places in self._places.items() if not known.isdisjoint(places))

    def _payload(self, request: Request) -> Mapping[str, Any] | None:
        body = request.content
        try:
            return None if body is None else read_request(body, self._contract)
        except UnreadableRequest:
            return None

    def _vectors_in(self, value: object, request: Request, sent: Mapping[str, Any]) -> ResponseVectors | None:
        wanted: Container[int] = self._wanted[request] if request in self._wanted else range(FIRST)
        roles = self._contract.roles
        return vectors_in(value, count_inputs(roles.texts_of(sent)), wanted, roles)

    def _numbers_in(self, value: object, request: Request) -> Sequence[NDArray[np.float32] | None] | None:
        most = self._numbers.get(request) if self._numbers else None
        return None if most is None else numbers_in(value, self._contract.roles, most)

    def _within_memory(self, answer: Answer) -> Answer:
        """*answer* without its vectors if they exceed MAX_VECTORS together with those that are kept."""
        if answer.vectors is None:
            return answer
        shared = self._vectors.shared(answer.vectors)
        return replace(answer, vectors=shared, vectors_left_out=shared is None)

    def _secrets_in(self, response: Response) -> frozenset[str]:
        headers = "\n".join(value for _, value in response.headers)
        known = {secret for secrets in self._secrets for secret in secrets()}
        return frozenset(
            s for s in known if s in headers or s.encode("utf-8", "surrogatepass") in response.body
        )


def usage_in(value: object, roles: Roles) -> dict[str, object]:
    """The counts of tokens in a parsed response, as they were sent; for another value, its description."""
    paths = {PROMPT: roles.prompt_tokens, TOTAL: roles.total_tokens}
    counts = {name: value_at(value, path, MISSING) for name, path in paths.items() if path is not None}
    known = {name: count for name, count in counts.items() if count is not MISSING}
    return {name: c if isinstance(c, int | float) else describe_value(c) for name, c in known.items()}


def _type_of(embedding: object) -> type[object] | None:
    return None if embedding is None else type(embedding)
