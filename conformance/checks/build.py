"""Builds all checks of a run from a contract and the user's settings."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial

from conformance.contract import Contract, DeclaredCapabilities, Requirement, UnsupportedSchema
from conformance.contract.credentials import Credentials
from conformance.contract.roles import known_roles
from conformance.drift import Snapshot
from conformance.engine import Check, Expect, Probe, Reader, Suite, send_concurrently
from conformance.engine.suite import no_comparison
from conformance.reference import load_tokenizer
from conformance.reference.mock_upstream import MockUpstream
from conformance.secret import Secret

from . import auth, capability, http, meaning, request, state
from .context import BURST, Context, secrets_of
from .forwarding import UPSTREAM, forwarding_checks
from .makers import Makers, check_of, checks_of
from .property import Generation, generated_checks
from .reduced import EXAMPLES, reduced_checks
from .response import consistency, large_batch_usage, response_checks, usage
from .stability import SNAPSHOT, stability_checks, study_of
from .state.tenants import OTHER_TENANT

Headers = Sequence[tuple[str, Secret]]

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
    **meaning.duplicates.CHECKS,
    **meaning.combinations.CHECKS,
    **meaning.positions.CHECKS,
    **meaning.dimensions.CHECKS,
    **meaning.requested_lengths.CHECKS,
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
    **state.tenants.CHECKS,
    **http.methods.CHECKS,
    **http.media_types.CHECKS,
    **http.framing.CHECKS,
    **http.expect.CHECKS,
    **http.sizes.CHECKS,
    **http.transports.CHECKS,
    **http.connections.CHECKS,
    **http.long_connections.CHECKS,
    **http.closing.CHECKS,
    **http.conflicting_lengths.CHECKS,
    **http.trailers.CHECKS,
    **http.errors.CHECKS,
    **http.declared.CHECKS,
    **capability.unsupported.CHECKS,
}
"""Makers of checks whose accepted responses are judged by area ``response`` too."""

OTHER_MAKERS: Makers = {
    **request.bodies.CHECKS,
    **request.rejections.CHECKS,
    **request.parameters.CHECKS,
    **http.clients.CHECKS,
    **request.values.CHECKS,
    **consistency.CHECKS,
    **usage.CHECKS,
    **large_batch_usage.CHECKS,
    **meaning.models.CHECKS,
    **meaning.tokens.CHECKS,
}

ALL_MAKERS: Makers = {**MAKERS, **OTHER_MAKERS}

FORWARDING, STABILITY = "forwarding", "stability"
"""The areas that are only tested under a condition."""

Conditional = Mapping[str, Callable[[], Iterable[Check]]]
"""What makes the checks of these areas; none without their condition."""


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
    parameters: Mapping[str, str] | None = None,
    base_path: str = "",
    reduced: bool = False,
    other_headers: Headers = (),
    snapshot: Snapshot | None = None,
    snapshot_tolerance: float | None = None,
) -> Suite:
    """Build the checks for *contract*, with the user's *headers* (name and value) and *model*.

    *model* is by default the contract's example. *tokenizer* is the name of the target's, *generation* the number of
    generated requests, *capabilities* what is declared unsupported or limited, *upstream* the mock upstream of a
    gateway, *burst* the number of requests in the burst at the end, *parameters* the user's values of the contract's
    parameters, *base_path* the path of the base URL, *other_headers* the credentials of another tenant, *snapshot*
    the recorded vectors, with the user's tolerance. With *reduced*,
    each check has few requests. With *only*, some checks are enough: those of these requirements, and all that they
    need. Raises TokenizerUnavailable, ParameterError, MissingCredentials if the headers satisfy no security
    alternative, ConfigurationError for unusable *other_headers*, and UnsupportedSchema for a contract without a known
    valid request.
    """
    if contract.roles.texts is None:
        known = ", ".join(known_roles()["texts"].names)
        found = f"a request without a property for texts, such as {known},"
        fix = (
            "a profile that names it, as in x-conformance: {roles: {texts: NAME}} or {roles: {texts: /list/*/NAME}}"
            " (the command validate needs none)"
        )
        raise UnsupportedSchema(contract.form.pointer, found, fix)
    tokenize = load_tokenizer(tokenizer).encode if tokenizer is not None else None
    headers = tuple(headers)
    credentials = Credentials.sort(contract, headers)
    other = Credentials.of_other_tenant(contract, headers, other_headers) if other_headers else None
    capabilities = replace(capabilities or DeclaredCapabilities(), roles=contract.roles)
    model = model or contract.default_model
    context = Context(
        contract, credentials, model, tokenize, capabilities, burst, parameters or {}, base_path, other
    )
    _check_plain(context)
    generation = generation or Generation()
    if reduced:
        generation = replace(generation, examples=min(generation.examples, EXAMPLES))
    study = study_of(context, snapshot, snapshot_tolerance) if snapshot is not None else None
    conditional = {
        FORWARDING: partial(forwarding_checks, context, upstream) if upstream is not None else tuple,
        STABILITY: partial(stability_checks, context, study) if study is not None else tuple,
    }
    some = None if only is None else _some_checks(context, only, conditional)
    built = some if some is not None else _all_checks(context, generation, conditional)
    checks = {check.requirement.id: check for check in built}
    if reduced:
        checks = reduced_checks(context, checks)
    conditions = capabilities.conditions | ({UPSTREAM} if upstream is not None else set())
    conditions |= {OTHER_TENANT} if other is not None else set()
    conditions |= {SNAPSHOT} if study is not None else set()
    catalogue = contract.catalogue.applicable(conditions)
    ordered = {id: checks[id] for id in catalogue if id in checks}
    sets = auth.credential_sets.credential_sets(context)
    whole = context.whole_run
    reader = Reader(
        whole.read, context.answers.prompt_tokens, whole.found, whole.excuse, whole.differ, whole.change
    )

    def on_headers(headers: Headers, others: Headers) -> None:
        whole.add_secrets(secrets_of(Credentials.sort(contract, headers)))
        if others:
            whole.add_secrets(secrets_of(Credentials.of_other_tenant(contract, headers, others)))

    return Suite(
        catalogue,
        ordered,
        context.canary,
        generation.classes,
        sets,
        reader,
        canary_times=whole.canary_times,
        on_headers=on_headers,
        stability=study.whole if study is not None else no_comparison,
    )


def _all_checks(context: Context, generation: Generation, conditional: Conditional) -> Iterator[Check]:
    checks = list(checks_of(MAKERS, context))
    yield from checks
    yield from checks_of(OTHER_MAKERS, context)
    for requirement in context.contract.catalogue.values():
        if _has_bodies(requirement):
            yield request.bodies.body_check(context, requirement)
    yield from response_checks(context, _possibly_accepted(context, checks))
    yield from generated_checks(context, generation)
    for make in conditional.values():
        yield from make()


def _some_checks(context: Context, only: Collection[str], conditional: Conditional) -> list[Check] | None:
    """The checks of the requirements *only* and of all that they need; None if one of them needs all checks."""
    catalogue = context.contract.catalogue
    areas = {catalogue[id].area for id in only if id in catalogue}
    made = (check for area, make in conditional.items() if area in areas for check in make())
    of_areas = {check.requirement.id: check for check in made}
    if any(id in catalogue and id not in of_areas and not _is_made_alone(catalogue[id]) for id in only):
        return None
    checks: dict[str, Check] = {}
    waiting = list(only)
    while waiting:
        requirement = catalogue.get(waiting.pop())
        if requirement is None or requirement.id in checks:
            continue
        check = of_areas.get(requirement.id) or check_of(ALL_MAKERS, context, requirement)
        if check is None and _has_bodies(requirement):
            check = request.bodies.body_check(context, requirement)
        if check is None:
            return None
        checks[requirement.id] = check
        waiting += check.needs
    return list(checks.values())


def _is_made_alone(requirement: Requirement) -> bool:
    """Whether the check of *requirement* can be made without the checks of others."""
    return requirement.template in ALL_MAKERS or _has_bodies(requirement)


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


def _example_of(contract: Contract) -> str:
    """The action of a profile that adds an example of a request to the document."""
    place = f"$.paths['{contract.path}'].{contract.method}.requestBody.content['{contract.media_types[0]}']"
    return f"{{target: {place}, update: {{example: {{...}}}}}}"


def _check_plain(context: Context) -> None:
    """Raise UnsupportedSchema if the plain request is invalid: most requests of a run have its properties.

    The user may give another model than the contract allows.
    """
    contract = context.contract
    found = [
        id
        for id in context.plain.violations
        if not id.startswith(f"{contract.form.name}.{contract.roles.model}.")
    ]
    if found:
        source = contract.catalogue[min(found)].source
        raise UnsupportedSchema(
            f"{source.pointer}/{source.keyword}",
            "a request schema without a known valid example",
            f"an example of a whole request, in the document or with an action of a profile: {_example_of(contract)}",
        )
