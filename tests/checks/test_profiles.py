"""The shipped profiles: the reference keeps each, and what one leaves to the server costs no server anything."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

import pytest

from conformance.checks.context import Context
from conformance.checks.property.generated import expectation
from conformance.contract import Contract
from conformance.contract.credentials import Credentials
from conformance.contract.spec_files import profile_overlays
from conformance.engine import Expect, RunResult, Verdict
from conformance.generators.case import make_case
from conformance.generators.examples import base_payload
from conformance.report import Exit
from conformance.report.model.standing import overall
from tests.mutants.asgi import Call, Fault, Reply, Serve, error
from tests.mutants.ground import Ground, credentials, exit_of, failed
from tests.mutants.mutant import accepts, crashes_on_payloads

SHIPPED = sorted(profile_overlays())
WITHOUT_GATEWAY = ("azure", "open", "openai")
LEFT = frozenset(
    {"request.additional-properties"}
    | {f"request.{name}.null" for name in ("dimensions", "encoding_format", "user")}
)
"""What those without a gateway leave to the server."""

SAMPLE = (
    *("auth.*", "request.type", "request.*.type", "request.*.enum", "request.additional-properties"),
    *("request.*.null", "response.count", "property.invalid", "http.error.*"),
)
"""Requirements that profiles change, some beside them, and generated requests."""


@cache
def ground(profile: str) -> Ground:
    return Ground.of(Contract.load(profile=profile))


def sample(contract: Contract) -> list[str]:
    matched = {requirement.id for pattern in SAMPLE for requirement in contract.catalogue.matching(pattern)}
    return [id for id in contract.catalogue if id in matched]


def lenient(contract: Contract) -> Fault:
    """A server that ignores unknown properties, and takes null for an optional one as if it were left out."""
    known, required = contract.request.properties, contract.request.required

    def mended(payload: dict[str, Any]) -> dict[str, Any]:
        return {k: v for k, v in payload.items() if k in known and (k in required or v is not None)}

    return accepts(lambda payload: mended(payload) != payload, mended)


def strict(contract: Contract) -> Fault:
    """A server that refuses null and unknown properties in its own way, once it has looked at credentials."""
    known, plain = contract.request.properties, base_payload(contract, contract.example_model or "")

    async def serve(call: Call, correct: Serve) -> Reply:
        payload = call.payload()
        if isinstance(payload, dict) and (payload.keys() - known or None in payload.values()):
            answer = await correct(call.with_payload(plain))
            return error(422) if answer.status == 200 else answer
        return await correct(call)

    return serve


def unmet(result: RunResult) -> dict[str, str]:
    """What did not pass of all that was selected, with the reasons."""
    outcomes = {id: result.outcomes[id] for id in result.selected}
    return {id: o.reason for id, o in outcomes.items() if o.verdict is not Verdict.PASS}


@pytest.mark.parametrize("profile", SHIPPED)
def test_the_reference_keeps_what_a_profile_changes(profile: str) -> None:
    tried = ground(profile)
    assert unmet(tried.run(selected=sample(tried.contract))) == {}


@pytest.mark.slow
@pytest.mark.parametrize("profile", SHIPPED)
def test_the_reference_is_conformant_under_every_profile(profile: str) -> None:
    result = ground(profile).run()
    assert unmet(result) == {}
    assert (overall(result), exit_of(result)) == ("conformant", Exit.OK)


@pytest.mark.parametrize("profile", WITHOUT_GATEWAY)
@pytest.mark.parametrize("make", [lenient, strict])
def test_a_server_may_take_null_and_unknown_properties_or_refuse_them(
    profile: str, make: Callable[[Contract], Fault]
) -> None:
    tried = ground(profile)
    assert unmet(tried.run(make(tried.contract), selected=sample(tried.contract))) == {}


@pytest.mark.slow
@pytest.mark.parametrize("make", [lenient, strict])
def test_whichever_it_does_it_is_conformant_as_openai_is(make: Callable[[Contract], Fault]) -> None:
    tried = ground("openai")
    result = tried.run(make(tried.contract))
    assert unmet(result) == {}
    assert (overall(result), exit_of(result)) == ("conformant", Exit.OK)


@pytest.mark.parametrize("profile", ["portkey", "portkey-oss"])
def test_a_gateway_that_takes_null_and_unknown_properties_fails_that_and_no_stranger(profile: str) -> None:
    tried = ground(profile)
    catalogue = tried.contract.catalogue
    found = failed(tried.run(lenient(tried.contract), selected=sample(tried.contract)))
    assert found >= LEFT
    assert found <= LEFT.union(*(catalogue[id].related for id in LEFT))
    assert {id for id in found - LEFT if not id.startswith("property.")} == set()
    assert unmet(tried.run(strict(tried.contract), selected=sample(tried.contract))) == {}


def test_a_may_crashes_nobody() -> None:
    tried = ground("openai")
    broken = crashes_on_payloads(lambda payload: "user" in payload and payload["user"] is None)
    found = failed(tried.run(broken, selected=sample(tried.contract)))
    assert "request.user.null" in found
    assert found <= {"request.user.null", *tried.contract.catalogue["request.user.null"].related}


@pytest.mark.parametrize(
    ("more", "gateway", "other"),
    [
        ({"user": None}, Expect.REJECT, Expect.EITHER),
        ({"user": None, "dimensions": None, "unknown": 1}, Expect.REJECT, Expect.EITHER),
        ({"user": None, "dimensions": 0}, Expect.REJECT, Expect.REJECT),
        ({"unknown": 1, "encoding_format": "river"}, Expect.REJECT, Expect.REJECT),
        ({"dimensions": "8", "user": None}, Expect.REJECT, Expect.REJECT),
        ({"model": None}, Expect.REJECT, Expect.REJECT),
    ],
)
def test_what_violates_a_must_beside_a_may_is_to_be_refused(
    more: dict[str, Any], gateway: Expect, other: Expect
) -> None:
    for profile, expected in (("portkey", gateway), ("openai", other)):
        contract = ground(profile).contract
        context = Context(contract, Credentials.sort(contract.security, credentials(contract)), "m")
        case = make_case(contract, "", "a payload", base_payload(contract, "m") | more)
        assert context.probe(case, Expect.REJECT).expect is expected
        assert expectation(context, case) is expected


def test_a_may_hides_no_must_from_generated_requests() -> None:
    """A server that stops to look where it finds null, or a property that it does not know."""
    tried = ground("openai")
    contract = tried.contract
    plain = base_payload(contract, contract.example_model or "")
    careless = accepts(
        lambda payload: payload.keys() - contract.request.properties or None in payload.values(),
        lambda _: plain,
    )
    assert "property.invalid" in failed(tried.run(careless, selected=["property.invalid"]))
