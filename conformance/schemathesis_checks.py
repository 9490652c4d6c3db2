"""Checks for those who run Schemathesis: ``SCHEMATHESIS_HOOKS=conformance.schemathesis_checks schemathesis run ...``.

Schemathesis generates and sends; what the target should have said is decided here, by our own validators, from the
bytes that were sent. The contract, the profile, the model and the failing level are those of the project's
configuration file (``[tool.embeddings-conformance]``). A ``model`` that is named there takes the place of each that
Schemathesis makes up, which no target has. Give Schemathesis the headers of one alternative: it fills the
others with values of its own, and beside those only what was wrongly served is judged.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import schemathesis
from schemathesis.core.failures import FailureGroup

from .contract import Security
from .engine import Expect
from .schemathesis_exchange import NothingExercised, Sent, UnmetRequirement, read_exchange, settings_of
from .validation import Violation, first_of, validate_response

UNINFORMATIVE = frozenset({401, 403, 429, 503})
"""Answers that speak of who asks, or of the load: which credentials are valid is not known here."""

AS_THE_CONTRACT_SAYS = "property.schemathesis"

ENOUGH = 10
"""So many such answers, and no other before, to requests with the credentials of one alternative: nothing is tested."""

silence: dict[str, int] = {}
"""How many there were from each target, by its origin; -1 for one that has answered otherwise."""


@schemathesis.hook
def before_call(
    _context: schemathesis.HookContext, case: schemathesis.Case[Any], _arguments: dict[str, Any]
) -> None:
    """Ask for the configured model: with one that the target does not have, nothing else would be looked at."""
    settings, body = settings_of(Path.cwd()), case.body
    if not (settings.configured and case.path.endswith(settings.contract.path)):
        return
    if isinstance(body, dict) and isinstance(body.get("model"), str):
        case.body = {**body, "model": settings.configured}


@schemathesis.check
def embeddings_credentials(
    _context: schemathesis.CheckContext, response: schemathesis.Response, case: schemathesis.Case[Any]
) -> bool | None:
    """A request without the headers of any alternative is not served."""
    sent = read_exchange(response, case)
    if sent is None or (security := sent.settings.contract.security).accepts(sent.names):
        return True
    if 200 <= sent.answer.status < 300:
        raise sent.unmet(_refusal_of(security, sent.names), "a 4xx", f"accepted: {sent.answer.status}")
    return None


@schemathesis.check
def embeddings_request(
    _context: schemathesis.CheckContext, response: schemathesis.Response, case: schemathesis.Case[Any]
) -> bool | None:
    """A plainly valid request gets 200, an invalid one a 4xx, what the target may decide either; none a crash."""
    sent = read_exchange(response, case)
    if sent is None or _says_nothing(sent):
        return True
    contract = sent.settings.contract
    if not contract.security.accepts(sent.names):
        return True
    expect, served = sent.expectation, 200 <= sent.answer.status < 300
    if not served and sent.names not in contract.security.minimal_accepted():
        return True
    problem = sent.judge(expect)
    if problem is None:
        return None
    violated = first_of(sent.violations) if expect is Expect.REJECT else None
    if violated is not None:
        raise sent.unmet(violated.requirement, f"a 4xx, for {violated.message}", problem.actual)
    raise sent.unmet(AS_THE_CONTRACT_SAYS, problem.expected, problem.actual)


@schemathesis.check
def embeddings_response(
    _context: schemathesis.CheckContext, response: schemathesis.Response, case: schemathesis.Case[Any]
) -> bool | None:
    """An answer of 200 is valid: JSON, schema, encoding of the vectors, and its relations to the request."""
    sent = read_exchange(response, case)
    if sent is None or sent.answer.status != 200 or first_of(sent.violations):
        return True
    found = validate_response(sent.answer.body, sent.body, contract=sent.settings.contract)
    failing = {v.requirement: v for v in reversed(found) if v.level in sent.settings.levels}
    if failing:
        raise FailureGroup(list(_failures(sent, failing)))
    return None


def _says_nothing(sent: Sent) -> bool:
    """Whether the answer tells nothing of the request. Raises NothingExercised where none ever did."""
    uninformative = sent.answer.status in UNINFORMATIVE
    if sent.names in sent.settings.contract.security.minimal_accepted():
        so_far = silence.get(sent.origin, 0)
        silence[sent.origin] = (
            so_far + 1 if uninformative and so_far >= 0 else -1 if not uninformative else so_far
        )
        if silence[sent.origin] >= ENOUGH:
            raise NothingExercised(sent.operation, ENOUGH, sent.answer.status)
    return uninformative


def _failures(sent: Sent, violations: Mapping[str, Violation]) -> Iterator[UnmetRequirement]:
    for id, violation in violations.items():
        yield sent.unmet(id, f"{violation.expected} at {violation.pointer or 'the body'}", violation.found)


def _refusal_of(security: Security, names: frozenset[str]) -> str:
    """The id of the requirement that *names* are refused: as a part of the largest set that is."""
    largest = next(refused for refused in security.maximal_rejected() if names <= refused)
    return f"auth.reject.{security.label_rejected(largest)}"
