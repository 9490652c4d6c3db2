"""From a contract and the user's settings to all checks of a run."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import chain

from conformance.checks.response_vectors import Vectors
from conformance.contract import Contract, DeclaredCapabilities
from conformance.contract.credentials import Credentials
from conformance.engine import Check, Expect, Probe, Suite, all_at_once
from conformance.reference import load_tokenizer
from conformance.secret import Secret

from .auth.bypass import door_checks
from .auth.credential_sets import auth_checks, credential_sets
from .auth.presentation import presentation_checks
from .capability.capabilities import capability_checks
from .context import Context
from .forwarding.arrivals import Played
from .forwarding.request import UPSTREAM, forwarding_checks
from .http.errors import error_checks
from .http.methods import http_checks
from .meaning.batches import size_checks
from .meaning.tokens import token_checks
from .meaning.vectors import meaning_checks
from .property.generated import Generation, generated_checks
from .request.schema import request_checks
from .request.texts import text_checks
from .response.consistency import answer_checks
from .response.schema import response_checks
from .state.caches import cache_checks
from .state.isolation import state_checks


def build_suite(
    contract: Contract,
    headers: Iterable[tuple[str, Secret]],
    model: str | None = None,
    *,
    tokenizer: str | None = None,
    generation: Generation | None = None,
    claims: DeclaredCapabilities | None = None,
    upstream: Played | None = None,
) -> Suite:
    """Build the checks for *contract*, with the user's *headers* (name and value) and *model*.

    The model is the contract's example by default, *tokenizer* names the target's, *generation* says how much is
    generated, *claims* what the target claims; *upstream* is the one that the
    suite plays for a gateway. Raises TokenizerUnavailable, and MissingCredentials when the headers satisfy
    none of the contract's security alternatives.
    """
    credentials = Credentials.sort(contract.security, headers)
    tokenize = load_tokenizer(tokenizer).encode if tokenizer is not None else None
    claims = claims or DeclaredCapabilities()
    context = Context(contract, credentials, model or contract.example_model or "model", tokenize, claims)
    vectors, generation = Vectors(), generation or Generation()
    beside = [
        *auth_checks(context),
        *presentation_checks(context),
        *door_checks(context),
        *text_checks(context),
        *meaning_checks(context, vectors),
        *size_checks(context, vectors),
        *state_checks(context, vectors),
        *cache_checks(context, vectors),
        *http_checks(context),
        *error_checks(context),
        *capability_checks(context),
    ]
    made = chain(
        beside,
        request_checks(context),
        response_checks(context, _answered(context, beside)),
        answer_checks(context, vectors),
        token_checks(context, vectors),
        generated_checks(context, generation),
        forwarding_checks(context, upstream) if upstream is not None else (),
    )
    checks = {check.requirement.id: check for check in made}
    catalogue = contract.catalogue.under(
        claims.circumstances | ({UPSTREAM} if upstream is not None else set())
    )
    ordered = {id: checks[id] for id in catalogue if id in checks}
    return Suite(catalogue, ordered, context.canary, generation.classes, credential_sets(context))


def _answered(context: Context, checks: Iterable[Check]) -> Iterator[Probe]:
    """The probes of *checks* that may be answered, but for those that are to be put in a certain order."""
    for check in checks:
        if check.conduct is all_at_once:
            for probe in check.probes:
                runs = probe.request.method == context.contract.method.upper()
                if runs and probe.expect is not Expect.REJECT:
                    yield probe
