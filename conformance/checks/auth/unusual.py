"""Area ``auth``: unusual bytes as credentials, as far as a header admits them (RFC 9110, section 5.5)."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace

from conformance.checks.context import Context
from conformance.checks.judges import AS_EACH_PROBE_EXPECTS, NO_SERVER_ERROR, meets_expectation, server_error
from conformance.checks.makers import Makers
from conformance.contract import Requirement, Scheme
from conformance.engine import Check, Evidence, Expect, Probe, ProbeResult, judges_each
from conformance.secret import Secret

from .secrets import rejects_values

LONG = 4_096
"""Characters of a long credential. Servers limit all headers together, the smallest known limit is 8,192 bytes."""


def _with_non_ascii(secret: Secret) -> Secret:
    return Secret(f"{secret}é", secret.variable, f"${{{secret.variable}}}é")


def _percent_encoded(secret: Secret) -> Secret:
    encoded = "".join(f"%{byte:02x}" for byte in secret.encode())
    command = f"printf %s \"{secret.shown}\" | od -An -v -tx1 | tr -d '\\n' | tr ' ' %"
    return Secret(encoded, secret.variable, f"$({command})")


UNUSUAL: Mapping[str, Callable[[Secret], Secret]] = {
    f"of {LONG:,} characters": lambda secret: Secret("0" * LONG),
    "with a non-ASCII character appended": _with_non_ascii,
    "percent-encoded": _percent_encoded,
    "that is an SQL expression": lambda secret: Secret("' OR '1'='1' --"),
    "that is the word undefined": lambda secret: Secret("undefined"),
    "that is the word null": lambda secret: Secret("null"),
    "that is the word EMPTY": lambda secret: Secret("EMPTY"),
    "that is a JSON object": lambda secret: Secret('{"$ne":null,"in":["x"]}'),
}
"""Credentials that must be rejected, made from a valid one. Only the second and third contain it.

Clients without a key send the words.
"""

OPAQUE = ("Größe 河", '{"$ne":null}')
"""Values for a credential that is not secret: a target may accept or reject them."""


def _rejected(context: Context, requirement: Requirement) -> Check:
    given = context.credentials.given.get(requirement.subject[0])
    values = {} if given is None else {what: change(given) for what, change in UNUSUAL.items()}
    check = rejects_values(context, requirement, values, "no valid credential was given", most=1)
    return replace(check, judge=_is_rejected) if check.probes else check


def _no_crash(context: Context, requirement: Requirement) -> Check:
    """All values that are sent for secrets, and values for credentials that are not secret."""
    catalogue = context.contract.catalogue.values()
    checks = [_rejected(context, r) for r in catalogue if r.template == REJECTED]
    probes = [probe for check in checks for probe in check.probes]
    probes += [probe for scheme in context.contract.security.schemes for probe in _of_public(context, scheme)]
    needs = context.acceptance_of(*context.given_alternatives)
    if not probes:
        return Check.skipped(requirement, untestable="no valid credentials were given")
    return Check(requirement, tuple(probes), _does_not_crash, needs)


@judges_each(AS_EACH_PROBE_EXPECTS)
def _is_rejected(result: ProbeResult) -> Evidence | None:
    return None if _closes_at_long_header(result) else meets_expectation(result)


@judges_each(NO_SERVER_ERROR)
def _does_not_crash(result: ProbeResult) -> Evidence | None:
    return None if _closes_at_long_header(result) else server_error(result)


def _closes_at_long_header(result: ProbeResult) -> bool:
    """Whether the server closed the connection of a client that sent a long credential, as it may."""
    return result.exchange.was_dropped and any(
        len(value) >= LONG for _, value in result.probe.request.headers
    )


def _of_public(context: Context, scheme: Scheme) -> Iterator[Probe]:
    """Not for an address: a gateway that cannot reach it responds with a 5xx, as it should."""
    names = context.alternative_with(scheme.name)
    if scheme.secret or names is None or "://" in (scheme.placeholder or ""):
        return
    for value in OPAQUE:
        headers = context.credentials.headers(names, {scheme.name: Secret(value)})
        yield context.plain_probe(f"{scheme.name} {value[:20]}", Expect.EITHER, headers=headers)


REJECTED = "auth.secret.{label}.unusual"
CHECKS: Makers = {REJECTED: _rejected, "auth.values.no-crash": _no_crash}
