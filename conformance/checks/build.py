"""Builds all checks of a run from a contract and the user's settings."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator

from conformance.contract import Contract, DeclaredCapabilities, Requirement, UnsupportedSchema
from conformance.contract.credentials import Credentials
from conformance.engine import Check, Expect, Probe, Reader, Suite, send_concurrently
from conformance.reference import load_tokenizer
from conformance.reference.mock_upstream import MockUpstream
from conformance.secret import Secret

from . import auth, capability, http, meaning, request, state
from .context import BURST, Context
from .forwarding import UPSTREAM, forwarding_checks
from .makers import Makers, check_of, checks_of
from .property import Generation, generated_checks
from .response import consistency, response_checks, usage

TEXTS = "input"
"""The property of a request that the checks put texts into."""

MAKERS: Makers = {
    **auth.credential_sets.CHECKS,
    **auth.secrets.CHECKS,
    **auth.rejections.CHECKS,
    **auth.headers.CHECKS,
    **auth.schemes.CHECKS,
    **auth.bypass.CHECKS,
    **auth.echo.CHECKS,
    **auth.unusual.CHECKS,
    **auth.transports.CHECKS,
    **request.texts.CHECKS,
    **request.models.CHECKS,
    **meaning.batches.CHECKS,
    **meaning.batch_sizes.CHECKS,
    **meaning.lengths.CHECKS,
    **meaning.differences.CHECKS,
    **meaning.distinct_inputs.CHECKS,
    **meaning.determinism.CHECKS,
    **meaning.combinations.CHECKS,
    **meaning.positions.CHECKS,
    **meaning.dimensions.CHECKS,
    **state.concurrency.CHECKS,
    **state.large.CHECKS,
    **state.request_ids.CHECKS,
    **state.slow_clients.CHECKS,
    **state.disconnects.CHECKS,
    **state.burst.CHECKS,
    **state.rejections.CHECKS,
    **state.caches.CHECKS,
    **state.cache_keys.CHECKS,
    **state.running.CHECKS,
    **state.whole_run.CHECKS,
    **http.methods.CHECKS,
    **http.media_types.CHECKS,
    **http.framing.CHECKS,
    **http.expect.CHECKS,
    **http.sizes.CHECKS,
    **http.transports.CHECKS,
    **http.connections.CHECKS,
    **http.errors.CHECKS,
    **capability.unsupported.CHECKS,
}
"""Makers of checks whose accepted responses are judged by area ``response`` too."""

OTHER_MAKERS: Makers = {
    **request.bodies.CHECKS,
    **request.rejections.CHECKS,
    **http.clients.CHECKS,
    **request.values.CHECKS,
    **consistency.CHECKS,
    **usage.CHECKS,
    **meaning.models.CHECKS,
    **meaning.tokens.CHECKS,
}

ALL_MAKERS: Makers = {**MAKERS, **OTHER_MAKERS}


def build_suite(
    contract: Contract,
    headers: Iterable[tuple[str, Secret]],
    model: str | None = None,
    *,
    tokenizer: str | None = None,
    generation: Generation | None = None,
    capabilities: DeclaredCapabilities | None = None,
    upstream: MockUpstream | None = None,
    burst: int = BURST,
    only: Collection[str] | None = None,
) -> Suite:
    """Build the checks for *contract*, with the user's *headers* (name and value) and *model*.

    *model* is by default the contract's example. *tokenizer* is the name of the target's, *generation* the number of
    generated requests, *capabilities* what is declared unsupported or limited, *upstream* the mock upstream of a
    gateway, *burst* the number of requests in the burst at the end. With *only*, some checks are enough: those of these
    requirements, and all that they need. Raises TokenizerUnavailable, and MissingCredentials if the headers satisfy no
    security alternative.
    """
    if TEXTS not in contract.form.properties:
        found = f"a request without the property {TEXTS}"
        raise UnsupportedSchema(
            contract.form.pointer, found, "a contract with it (the command validate needs none)"
        )
    credentials = Credentials.sort(contract, headers)
    tokenize = load_tokenizer(tokenizer).encode if tokenizer is not None else None
    capabilities = capabilities or DeclaredCapabilities()
    model = model or contract.example_model or "model"
    context = Context(contract, credentials, model, tokenize, capabilities, burst)
    generation = generation or Generation()
    some = None if only is None else _some_checks(context, only)
    built = some if some is not None else _all_checks(context, generation, upstream)
    checks = {check.requirement.id: check for check in built}
    conditions = capabilities.conditions | ({UPSTREAM} if upstream is not None else set())
    catalogue = contract.catalogue.applicable(conditions)
    ordered = {id: checks[id] for id in catalogue if id in checks}
    sets = auth.credential_sets.credential_sets(context)
    whole = context.whole_run
    reader = Reader(whole.read, context.answers.prompt_tokens, whole.found, whole.excuse)
    return Suite(
        catalogue, ordered, context.canary, generation.classes, sets, reader, canary_times=whole.canary_times
    )


def _all_checks(context: Context, generation: Generation, upstream: MockUpstream | None) -> Iterator[Check]:
    checks = list(checks_of(MAKERS, context))
    yield from checks
    yield from checks_of(OTHER_MAKERS, context)
    for requirement in context.contract.catalogue.values():
        if _has_bodies(requirement):
            yield request.bodies.body_check(context, requirement)
    yield from response_checks(context, _possibly_accepted(context, checks))
    yield from generated_checks(context, generation)
    if upstream is not None:
        yield from forwarding_checks(context, upstream)


def _some_checks(context: Context, only: Collection[str]) -> list[Check] | None:
    """The checks of the requirements *only* and of all that they need; None if one of them needs all checks."""
    checks: dict[str, Check] = {}
    waiting = list(only)
    while waiting:
        requirement = context.contract.catalogue.get(waiting.pop())
        if requirement is None or requirement.id in checks:
            continue
        check = check_of(ALL_MAKERS, context, requirement)
        if check is None and _has_bodies(requirement):
            check = request.bodies.body_check(context, requirement)
        if check is None:
            return None
        checks[requirement.id] = check
        waiting += check.needs
    return list(checks.values())


def _has_bodies(requirement: Requirement) -> bool:
    """Whether the check of a requirement only sends bodies that are valid or invalid for it."""
    return requirement.area == "request" and requirement.template not in ALL_MAKERS


def _possibly_accepted(context: Context, checks: Iterable[Check]) -> Iterator[Probe]:
    """The probes of *checks* that the target may accept, except those that need a certain order."""
    method = context.contract.method.upper()
    for check in checks:
        if check.procedure is send_concurrently:
            for probe in check.probes:
                if probe.request.method == method and probe.expect is not Expect.REJECT:
                    yield probe
