"""Checks for users of Schemathesis: ``SCHEMATHESIS_HOOKS=conformance.schemathesis_checks schemathesis run ...``.

Schemathesis generates and sends the requests. These checks judge the responses with our own validators, from the bytes
that were sent. Contract, profile, model and failing level come from the project's configuration file
(``[tool.embeddings-conformance]``). A ``model`` there replaces the models that Schemathesis generates, which no target
has. Give Schemathesis the headers of one security alternative. It fills the other headers with generated values; a
request with such headers is only judged if it was wrongly accepted.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import schemathesis
from schemathesis.core.failures import Failure, FailureGroup, Severity

from .checks import Credentials
from .checks.context import Context
from .checks.judges import meets_expectation
from .checks.property.generated import expected_result
from .config.contract import contract_of
from .config.settings import configure
from .contract import LEVELS, Contract, Requirement, Security
from .engine import Evidence, Expect, Probe, ProbeResult
from .generators.case import make_case
from .generators.schemathesis_source import MAX_BYTES
from .http_client import Exchange, Request, Response
from .secret import Secret
from .text import counted
from .validation import Violation, first_of, validate_request, validate_response

UNINFORMATIVE = frozenset({401, 403, 429, 503})
"""Statuses that depend on the client or the load: the valid credentials are not known here."""

PROPERTY = "property.schemathesis"
"""The requirement that a response violates if no other one is more specific."""

MAX_UNINFORMATIVE = 10
"""After this number of uninformative responses, and no other one, a target counts as not tested."""

uninformative_responses: dict[str, int] = {}
"""The number of such responses by the target's origin; -1 for a target that has responded otherwise.

Only requests with the credentials of exactly one alternative count.
"""


@schemathesis.hook
def before_call(
    _context: schemathesis.HookContext, case: schemathesis.Case[Any], _arguments: dict[str, Any]
) -> None:
    """Replace a generated model by the configured one: the target would reject every request with another model."""
    settings, body = load_settings(Path.cwd()), case.body
    if not (settings.configured_model and case.path.endswith(settings.contract.path)):
        return
    roles = settings.contract.roles
    if isinstance(body, dict) and isinstance(roles.model_of(body), str):
        case.body = {**body, **roles.named(model=settings.configured_model)}


@schemathesis.check
def embeddings_credentials(
    _context: schemathesis.CheckContext, response: schemathesis.Response, case: schemathesis.Case[Any]
) -> bool | None:
    """A request without the headers of any security alternative is not accepted."""
    exchange = read_exchange(response, case)
    if exchange is None:
        return True
    security = exchange.settings.contract.security
    if security.accepts(exchange.schemes):
        return True
    status = exchange.response.status
    if 200 <= status < 300:
        raise exchange.unmet(_rejection_id(security, exchange.schemes), "a 4xx", f"accepted: {status}")
    return None


@schemathesis.check
def embeddings_request(
    _context: schemathesis.CheckContext, response: schemathesis.Response, case: schemathesis.Case[Any]
) -> bool | None:
    """A valid request gets a success, an invalid one a 4xx, one that the target may decide on either; none a crash."""
    exchange = read_exchange(response, case)
    if exchange is None or _is_uninformative(exchange):
        return True
    security = exchange.settings.contract.security
    if not security.accepts(exchange.schemes):
        return True
    expect, accepted = exchange.expectation, 200 <= exchange.response.status < 300
    if not accepted and exchange.schemes not in security.minimal_accepted():
        return True
    problem = exchange.judge(expect)
    if problem is None:
        return None
    violated = first_of(exchange.violations) if expect is Expect.REJECT else None
    if violated is not None:
        raise exchange.unmet(violated.requirement, f"a 4xx, for {violated.message}", problem.actual)
    raise exchange.unmet(PROPERTY, problem.expected, problem.actual)


@schemathesis.check
def embeddings_response(
    _context: schemathesis.CheckContext, response: schemathesis.Response, case: schemathesis.Case[Any]
) -> bool | None:
    """A success is valid: its JSON, its schema, the encoding of its vectors, and its relations to the request."""
    exchange = read_exchange(response, case)
    if exchange is None or not exchange.is_success or first_of(exchange.violations):
        return True
    settings = exchange.settings
    found = validate_response(exchange.response.body, exchange.body, contract=settings.contract)
    failing = {v.requirement: v for v in reversed(found) if v.level in settings.levels}
    if failing:
        raise FailureGroup(list(_failures(exchange, failing)))
    return None


class UnmetRequirement(Failure):
    """A requirement that an exchange violates. Schemathesis lists each requirement once."""

    kind_title = "Requirement of the embeddings contract unmet"

    __slots__ = ("requirement",)

    def __init__(self, requirement: Requirement, operation: str, expected: str, found: str) -> None:
        self.requirement = requirement
        lines = (
            f"Requirement  {requirement.title} ({requirement.level.upper()})",
            f"Source       {requirement.source}",
            f"Expected     {expected}",
            f"Actual       {found}",
        )
        super().__init__(
            operation=operation, title=requirement.id, message="\n".join(lines), severity=Severity.HIGH
        )

    @property
    def _unique_key(self) -> str:
        return self.requirement.id


class NothingExercised(Failure):
    """The target has only sent uninformative responses, so that the run must not end as a success."""

    kind_title = "Nothing exercised"

    __slots__ = ()

    def __init__(self, operation: str, status: int) -> None:
        message = (
            f"The first {counted(MAX_UNINFORMATIVE, 'request')} with valid combinations of headers were not processed,"
            f" the last one with {status}. Check the credentials, and that the target is running."
        )
        super().__init__(
            operation=operation, title="nothing exercised", message=message, severity=Severity.HIGH
        )

    @property
    def _unique_key(self) -> str:
        return "nothing exercised"


@dataclass(frozen=True)
class Settings:
    """The project's settings: the contract, the configured model if there is one, and the levels that fail."""

    contract: Contract
    configured_model: str | None
    levels: tuple[str, ...]

    @property
    def model(self) -> str | None:
        """A model that the target has; None if requests need to name none."""
        return self.configured_model or self.contract.default_model


@lru_cache(maxsize=8)
def load_settings(folder: Path) -> Settings:
    """The settings of the project in *folder*. Raises ConfigurationError."""
    c = configure({}, folder)
    contract = contract_of(c)
    levels = LEVELS[: LEVELS.index(c.level) + 1]
    return Settings(contract, c.model, levels)


@dataclass(frozen=True)
class SchemathesisExchange:
    """An exchange of the contract's operation: the request's headers and body, and the response."""

    settings: Settings
    headers: Mapping[str, str]
    body: bytes
    response: Response
    operation: str
    origin: str

    @property
    def schemes(self) -> frozenset[str]:
        """The names of the security schemes with a value in the headers."""
        schemes = self.settings.contract.security.schemes
        return frozenset(s.name for s in schemes if s.extract(self.headers.get(s.header.lower(), "")))

    @property
    def violations(self) -> list[Violation]:
        """The violations of the request's body."""
        return validate_request(self.body, contract=self.settings.contract)

    @property
    def is_success(self) -> bool:
        """Whether the response has a status of success."""
        return self.response.status in self.settings.contract.success

    @property
    def expectation(self) -> Expect:
        """The expected response, if the credentials are valid and satisfy an alternative."""
        contract = self.settings.contract
        headers = [(name, Secret(value)) for name, value in self.headers.items()]
        context = Context(contract, Credentials.sort(contract, headers), self.settings.model)
        expect = expected_result(context, make_case(contract, "", "", self.body))
        # Schemathesis sends texts of any length; a long one may be over the model's limit.
        return Expect.EITHER if expect is Expect.ACCEPT and len(self.body) > MAX_BYTES else expect

    def judge(self, expect: Expect) -> Evidence | None:
        """Evidence against the target if the response is not what *expect* says."""
        exchange = Exchange(
            Request(body=self.body, success=self.settings.contract.success), self.response, None, 0.0
        )
        return meets_expectation(ProbeResult(Probe("", exchange.request, expect), exchange))

    def unmet(self, id: str, expected: str, found: str) -> UnmetRequirement:
        """The failure of the requirement *id*."""
        return UnmetRequirement(self.settings.contract.catalogue[id], self.operation, expected, found)


def read_exchange(
    response: schemathesis.Response, case: schemathesis.Case[Any]
) -> SchemathesisExchange | None:
    """The exchange; None for another operation or media type, and for a response that was not kept completely."""
    settings, request = load_settings(Path.cwd()), response.request
    contract, url = settings.contract, urlsplit(request.url or "")
    headers = {name.lower(): _text(value) for name, value in request.headers.items()}
    is_operation = request.method == contract.method.upper() and contract.is_path_of(url.path)
    is_json = headers.get("content-type", "").partition(";")[0].strip().lower() == contract.media_type
    if not (is_operation and is_json and len(response.content) == response.content_size):
        return None
    body = request.body.encode() if isinstance(request.body, str) else request.body
    return SchemathesisExchange(
        settings,
        headers,
        body if isinstance(body, bytes) else b"",
        Response(response.status_code, (), response.content),
        case.operation.label,
        f"{url.scheme}://{url.netloc}",
    )


def _text(value: str | bytes) -> str:
    return value.decode("latin-1") if isinstance(value, bytes) else value


def _is_uninformative(exchange: SchemathesisExchange) -> bool:
    """Whether the response says nothing about the request. Raises NothingExercised if no response ever did."""
    uninformative = exchange.response.status in UNINFORMATIVE
    if exchange.schemes in exchange.settings.contract.security.minimal_accepted():
        count = uninformative_responses.get(exchange.origin, 0)
        if not uninformative:
            count = -1
        elif count >= 0:
            count += 1
        uninformative_responses[exchange.origin] = count
        if count >= MAX_UNINFORMATIVE:
            raise NothingExercised(exchange.operation, exchange.response.status)
    return uninformative


def _failures(
    exchange: SchemathesisExchange, violations: Mapping[str, Violation]
) -> Iterator[UnmetRequirement]:
    for id, violation in violations.items():
        yield exchange.unmet(id, violation.expectation, violation.found)


def _rejection_id(security: Security, schemes: frozenset[str]) -> str:
    """The id of the requirement that requests with *schemes* are rejected: that of the largest rejected set."""
    largest = next(rejected for rejected in security.maximal_rejected() if schemes <= rejected)
    return f"auth.reject.{security.label_rejected(largest)}"
