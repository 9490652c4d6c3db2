"""Area ``auth``: requests with a missing, wrong or misplaced credential are rejected, however they are sent."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from conformance.checks.context import Context
from conformance.checks.covering import Combinations
from conformance.checks.makers import Makers
from conformance.contract import Requirement
from conformance.engine import Check, Probe
from conformance.generators.covering import Choice, Factors, Row

from .places import PLACES, MakeProbe, is_needed, with_wrong_credential, without_credential

CREDENTIAL, STATE = "credential", "state"

STATES: Mapping[str, MakeProbe] = {
    "a missing credential": without_credential,
    "a wrong credential": with_wrong_credential,
    **{f"a credential {place}": make for place, make in PLACES.items()},
}


def _transport(context: Context, requirement: Requirement) -> Check:
    security = context.contract.security
    if security.accepts(()):
        return Check.skipped(requirement, untestable="the contract requires no credentials")
    given = [scheme for scheme in security.schemes if context.alternative_with(scheme.name) is not None]
    needed = [scheme for scheme in given if is_needed(context, scheme)]
    if not needed:
        return Check.skipped(
            requirement,
            untestable="no given credential is required: requests without any single one of them are accepted",
        )
    factors: Factors = {
        CREDENTIAL: [Choice(CREDENTIAL, f"the credential {scheme.name}", scheme) for scheme in needed],
        STATE: [Choice(STATE, state, make) for state, make in STATES.items()],
    }

    def make(row: Row) -> Probe:
        probe: Probe = row[STATE].value(context, row[CREDENTIAL].value)
        return probe

    def must_be_rejected(chosen: Sequence[Choice]) -> bool:
        """Whether a request is rejected: another value of a credential that is not secret is valid too."""
        values = [choice.value for choice in chosen]
        return with_wrong_credential not in values or all(
            scheme not in values or scheme.secret for scheme in needed
        )

    together = (CREDENTIAL, STATE)
    return Combinations(context, factors, make, must_be_rejected, together=together).rejection_check(
        requirement
    )


CHECKS: Makers = {"auth.transport": _transport}
