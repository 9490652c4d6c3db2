"""The shipped profiles: the reference meets each, and a server may accept or reject what a profile leaves open."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

import pytest

from conformance.checks.context import Context
from conformance.checks.property.generated import expected_result
from conformance.contract import Contract
from conformance.contract.credentials import Credentials
from conformance.contract.spec_files import profile_overlays
from conformance.engine import Expect, RunResult, Verdict
from conformance.exit_codes import Exit
from conformance.generators.base import base_payload
from conformance.generators.case import make_case
from conformance.report.model.standing import overall_verdict
from tests.faulty_servers.faults import changes_payload, crashes_on_invalid_payload
from tests.faulty_servers.messages import Request, Response, error
from tests.faulty_servers.servers import Fault, Server
from tests.mutants.setup import Setup, credentials, exit_of, failed, small_contract
from tests.sampling import sampled

SHIPPED = sorted(profile_overlays())
WITHOUT_GATEWAY = ("azure", "open", "openai")
OPTIONAL = frozenset(
    {"request.additional-properties"}
    | {f"request.{name}.null" for name in ("dimensions", "encoding_format", "user")}
)
"""Requirements that these profiles lower to MAY."""

SAMPLE = (
    *("auth.*", "request.type", "request.*.type", "request.*.enum", "request.additional-properties"),
    *("request.*.null", "response.base64.equals-float", "property.invalid", "http.error.*"),
)
"""Requirements that profiles change, some others, and generated requests."""


@cache
def setup_of(profile: str) -> Setup:
    return Setup.of(Contract.load(profile=profile))


@pytest.fixture(scope="session")
def small_under(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Setup]:
    """The setup of a profile with a small limit for arrays, which makes its runs short."""
    file = small_contract(tmp_path_factory.mktemp("contract")).file
    return cache(lambda profile: Setup.of(Contract.load(file, profile=profile)))


def sample(contract: Contract) -> list[str]:
    matched = {requirement.id for pattern in SAMPLE for requirement in contract.catalogue.matching(pattern)}
    return [id for id, requirement in contract.catalogue.items() if id in matched and not requirement.when]


def lenient(contract: Contract) -> Fault:
    """A server that ignores unknown properties and optional properties that are null."""
    known, required = contract.request.properties, contract.request.required

    def cleaned(payload: dict[str, Any]) -> dict[str, Any]:
        return {k: v for k, v in payload.items() if k in known and (k in required or v is not None)}

    return changes_payload(lambda payload: cleaned(payload) != payload, cleaned)


def strict(contract: Contract) -> Fault:
    """A server that rejects null and unknown properties with 422, after it has checked the credentials."""
    known, plain = contract.request.properties, base_payload(contract, contract.example_model or "")

    async def server(request: Request, correct: Server) -> Response:
        payload = request.payload()
        if isinstance(payload, dict) and (payload.keys() - known or None in payload.values()):
            response = await correct(request.with_payload(plain))
            return error(422) if response.status == 200 else response
        return await correct(request)

    return server


def unmet(result: RunResult) -> dict[str, str]:
    """The reasons of all selected requirements that did not pass."""
    outcomes = {id: result.outcomes[id] for id in result.selected}
    return {id: o.reason for id, o in outcomes.items() if o.verdict is not Verdict.PASS}


@pytest.mark.parametrize("profile", sampled(SHIPPED, ["azure"]))
def test_the_reference_meets_the_requirements_that_a_profile_changes(
    profile: str, small_under: Callable[[str], Setup]
) -> None:
    tested = small_under(profile)
    assert unmet(tested.run(selected=sample(tested.contract))) == {}


@pytest.mark.slow
@pytest.mark.parametrize("profile", SHIPPED)
def test_the_reference_is_conformant_under_every_profile(profile: str) -> None:
    result = setup_of(profile).run()
    assert unmet(result) == {}
    assert (overall_verdict(result), exit_of(result)) == ("conformant", Exit.OK)


@pytest.mark.parametrize("profile", sampled(WITHOUT_GATEWAY, ["openai"]))
@pytest.mark.parametrize("make", [lenient, strict])
def test_a_server_may_accept_or_reject_null_and_unknown_properties(
    profile: str, make: Callable[[Contract], Fault], small_under: Callable[[str], Setup]
) -> None:
    tested = small_under(profile)
    assert unmet(tested.run(make(tested.contract), selected=sample(tested.contract))) == {}


@pytest.mark.slow
@pytest.mark.parametrize("make", [lenient, strict])
def test_lenient_and_strict_servers_are_conformant_under_the_openai_profile(
    make: Callable[[Contract], Fault],
) -> None:
    tested = setup_of("openai")
    result = tested.run(make(tested.contract))
    assert unmet(result) == {}
    assert (overall_verdict(result), exit_of(result)) == ("conformant", Exit.OK)


@pytest.mark.parametrize("profile", sampled(["portkey", "portkey-oss"], ["portkey"]))
def test_a_lenient_gateway_fails_only_the_requirements_on_null_and_unknown_properties(
    profile: str, small_under: Callable[[str], Setup]
) -> None:
    tested = small_under(profile)
    catalogue = tested.contract.catalogue
    found = failed(tested.run(lenient(tested.contract), selected=sample(tested.contract)))
    assert found >= OPTIONAL
    assert found <= OPTIONAL.union(*(catalogue[id].related for id in OPTIONAL))
    assert {id for id in found - OPTIONAL if not id.startswith("property.")} == set()
    assert unmet(tested.run(strict(tested.contract), selected=sample(tested.contract))) == {}


def test_a_crash_fails_a_may(small_under: Callable[[str], Setup]) -> None:
    tested = small_under("openai")
    broken = crashes_on_invalid_payload(lambda payload: "user" in payload and payload["user"] is None)
    found = failed(tested.run(broken, selected=sample(tested.contract)))
    assert "request.user.null" in found
    assert found <= {"request.user.null", *tested.contract.catalogue["request.user.null"].related}


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
def test_a_request_that_violates_a_must_and_a_may_must_be_rejected(
    more: dict[str, Any], gateway: Expect, other: Expect
) -> None:
    for profile, expected in (("portkey", gateway), ("openai", other)):
        contract = setup_of(profile).contract
        context = Context(contract, Credentials.sort(contract, credentials(contract)), "m")
        case = make_case(contract, "", "a payload", base_payload(contract, "m") | more)
        assert context.case_probe(case, Expect.REJECT).expect is expected
        assert expected_result(context, case) is expected


def test_generated_requests_find_a_server_that_stops_validating_at_a_may(
    small_under: Callable[[str], Setup],
) -> None:
    """The server accepts every request with a null or an unknown property, without further validation."""
    tested = small_under("openai")
    contract = tested.contract
    plain = base_payload(contract, contract.example_model or "")
    incomplete = changes_payload(
        lambda payload: payload.keys() - contract.request.properties or None in payload.values(),
        lambda _: plain,
    )
    assert "property.invalid" in failed(tested.run(incomplete, selected=["property.invalid"]))
