"""An exchange of Schemathesis, as our judges take it: what was really sent, what came, and by what it is judged."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import schemathesis
from schemathesis.core.failures import Failure, Severity

from .checks import Credentials
from .checks.context import Context
from .checks.judges import meets_expectation
from .checks.property.generated import expectation
from .config.settings import configure
from .contract import LEVELS, Contract, Requirement
from .engine import Evidence, Expect, Probe, ProbeResult
from .generators.case import make_case
from .generators.schemathesis_source import LONGEST
from .http_client import Exchange, Request, Response
from .secret import Secret
from .validation import Violation, validate_request


class UnmetRequirement(Failure):
    """A requirement that one exchange shows to be unmet; Schemathesis lists each requirement once."""

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
    """The target has only said who may ask, or that it is busy: a run must not end as if all was well."""

    kind_title = "Nothing exercised"

    __slots__ = ()

    def __init__(self, operation: str, answers: int, status: int) -> None:
        message = (
            f"The first {answers} requests with the credentials of one alternative came to nothing, this with {status}."
            " Are the credentials right, and is the target up?"
        )
        super().__init__(
            operation=operation, title="nothing exercised", message=message, severity=Severity.HIGH
        )

    @property
    def _unique_key(self) -> str:
        return "nothing exercised"


@dataclass(frozen=True)
class Settings:
    """What is judged by: a ``model`` that the target has, if one is configured, and the levels that fail."""

    contract: Contract
    configured: str | None
    levels: tuple[str, ...]

    @property
    def model(self) -> str:
        """The model that the target surely has."""
        return self.configured or self.contract.example_model or "model"


@dataclass(frozen=True)
class Sent:
    """An exchange of the contract's operation: the credentials and the body that were sent, and the answer."""

    settings: Settings
    headers: Mapping[str, str]
    body: bytes
    answer: Response
    operation: str
    origin: str

    @property
    def names(self) -> frozenset[str]:
        """The security schemes for which something was sent."""
        schemes = self.settings.contract.security.schemes
        return frozenset(s.name for s in schemes if s.extract(self.headers.get(s.header.lower(), "")))

    @property
    def violations(self) -> list[Violation]:
        """What is wrong with the body."""
        return validate_request(self.body, contract=self.settings.contract)

    @property
    def expectation(self) -> Expect:
        """What a correct target answers to the request, if its credentials are valid: they satisfy an alternative."""
        contract = self.settings.contract
        headers = [(name, Secret(value)) for name, value in self.headers.items()]
        context = Context(contract, Credentials.sort(contract.security, headers), self.settings.model)
        expect = expectation(context, make_case(contract, "", "", self.body))
        # Schemathesis sends texts of any length; a long one may be over the model's limit.
        return Expect.EITHER if expect is Expect.ACCEPT and len(self.body) > LONGEST else expect

    def judge(self, expect: Expect) -> Evidence | None:
        """Evidence against the target, unless the answer is what was expected."""
        exchange = Exchange(Request(body=self.body), self.answer, None, 0.0)
        return meets_expectation(ProbeResult(Probe("", exchange.request, expect), exchange))

    def unmet(self, id: str, expected: str, found: str) -> UnmetRequirement:
        """The failure of the requirement *id*."""
        return UnmetRequirement(self.settings.contract.catalogue[id], self.operation, expected, found)


def read_exchange(response: schemathesis.Response, case: schemathesis.Case[Any]) -> Sent | None:
    """The exchange, as far as it is one of the contract's operation, in JSON, whose answer was kept as a whole."""
    settings, request = settings_of(Path.cwd()), response.request
    contract, body = settings.contract, request.body
    headers = {name.lower(): _text(value) for name, value in request.headers.items()}
    runs = request.method == contract.method.upper() and urlsplit(request.url or "").path.endswith(
        contract.path
    )
    is_json = headers.get("content-type", "").partition(";")[0].strip().lower() == contract.media_type
    if not (runs and is_json and len(response.content) == response.content_size):
        return None
    answer = Response(response.status_code, (), response.content)
    whole = body.encode() if isinstance(body, str) else body if isinstance(body, bytes) else b""
    origin = "{0.scheme}://{0.netloc}".format(urlsplit(request.url or ""))
    return Sent(settings, headers, whole, answer, case.operation.label, origin)


@lru_cache(maxsize=8)
def settings_of(folder: Path) -> Settings:
    """The settings of the project in *folder*. Raises ConfigurationError."""
    c = configure({}, folder)
    contract = Contract.load(c.contract, profile=c.profile)
    levels = LEVELS[: LEVELS.index(c.level) + 1]
    return Settings(contract, c.model, levels)


def _text(value: str | bytes) -> str:
    return value.decode("latin-1") if isinstance(value, bytes) else value
