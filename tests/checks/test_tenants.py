"""What shows that a cache mixes up tenants, and what does not."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from itertools import count

import pytest

from conformance.checks import build_suite
from conformance.contract import Contract
from conformance.engine import Outcome, RunResult
from conformance.errors import ConfigurationError
from conformance.secret import Secret
from tests.faulty_servers.messages import Request, Response
from tests.faulty_servers.servers import Fault, Server
from tests.faulty_servers.tenants import is_mixed, is_of_second, other_value
from tests.mutants.setup import Setup, credentials

TENANTS, MIXED = "state.tenants", "auth.tenants"
CONTRACT = Contract.load()


def run(small: Setup, *faults: Fault) -> RunResult:
    return small.of_two_tenants().run(*faults, selected=[TENANTS, MIXED])


def outcome(small: Setup, fault: Fault, id: str = TENANTS) -> Outcome:
    return run(small, fault).outcomes[id]


def sets(name: str, value: Callable[[Request], str]) -> Fault:
    """Add the response header *name* to successes."""

    async def fault(request: Request, server: Server) -> Response:
        response = await server(request)
        return response.with_header(name, value(request)) if response.ok else response

    return fault


def test_a_correct_server_needs_few_requests(small: Setup) -> None:
    result = run(small)
    assert {id: result.outcomes[id].verdict for id in (TENANTS, MIXED)} == {TENANTS: "pass", MIXED: "pass"}
    assert result.outcomes[TENANTS].requests + result.outcomes[MIXED].requests <= 12


def test_a_cache_of_vectors_that_says_nothing_about_tenants_is_no_fault(small: Setup) -> None:
    numbers, kept = count(), dict[str, Response]()

    async def cache(request: Request, server: Server) -> Response:
        response = await server(request)
        if not response.ok:
            return response
        response = kept.setdefault(repr(request.json_object), response)
        return response.with_header("x-request-id", f"response-{next(numbers):06}")

    assert outcome(small, cache).verdict == "pass"


def test_a_constant_id_is_no_fault(small: Setup) -> None:
    assert outcome(small, sets("x-request-id", lambda _: "the-only-response")).verdict == "pass"


def test_its_own_ids_may_come_back_to_a_tenant(small: Setup) -> None:
    echo = sets("x-request-id", lambda request: request.header("x-request-id") or "none")
    assert outcome(small, echo).verdict == "pass"


def test_a_cache_hit_across_tenants_is_a_remark(small: Setup) -> None:
    seen: set[str] = set()

    def status(request: Request) -> str:
        known = repr(request.json_object.get("input"))
        hit = known in seen
        seen.add(known)
        return "HIT" if hit else "MISS"

    found = outcome(small, sets("x-cache", status))
    assert found.verdict == "pass"
    assert "cache hit (x-cache: HIT) for a request that only the first tenant had sent" in found.reason


@pytest.mark.parametrize("second", [True, False])
def test_values_in_the_body_show_a_shared_cache(small: Setup, second: bool) -> None:
    """Only one tenant gets responses that the other one's requests have made."""
    ids: dict[str, tuple[bool, str]] = {}

    async def shares(request: Request, server: Server) -> Response:
        response, is_second = await server(request), is_of_second(request)
        if not response.ok:
            return response
        own = (is_second, request.header("x-request-id") or "")
        first, id = ids.setdefault(repr(request.json_object.get("input")), own)
        shown = id if is_second == second and first != second else own[1]
        return response.with_payload({**response.payload(), "request": shown})

    found = outcome(small, shares)
    assert found.verdict == "fail"
    other = "first" if second else "other"
    assert found.reason.endswith(f"got the X-Request-Id of a request of the {other} tenant")


def test_credentials_that_are_rejected_judge_nothing(small: Setup) -> None:
    async def rejects(request: Request, server: Server) -> Response:
        return Response((), b"{}", 401) if is_of_second(request) else await server(request)

    result = run(small, rejects)
    for id in (TENANTS, MIXED):
        assert result.outcomes[id].verdict == "blocked"
        assert "of the other tenant got 401; check the option other-header" in result.outcomes[id].reason


@pytest.mark.parametrize("kept", [False, True])
def test_mixed_credentials_are_sent_on_new_and_kept_connections(small: Setup, kept: bool) -> None:
    """Only one of the two mixed requests is accepted."""

    async def accepts(request: Request, server: Server) -> Response:
        is_second = (request.header("x-portkey-api-key") or "").endswith("-2")
        if not is_mixed(request) or is_second is not kept:
            return await server(request)
        value = request.header("x-portkey-api-key") or ""
        virtual = dict(credentials(small.contract))["x-portkey-virtual-key"]
        return await server(
            request.with_header("x-portkey-virtual-key", other_value(virtual) if is_second else str(virtual))
            if value
            else request
        )

    found = outcome(small, accepts, MIXED)
    assert found.verdict == "fail"
    assert ("after a request of that one" in found.evidence[0].probe) is kept


def test_one_credential_cannot_be_mixed() -> None:
    contract = Contract.load(profile="openai")
    own = [("Authorization", Secret("Bearer the-key-of-one", "KEY"))]
    other = [("Authorization", Secret("Bearer the-key-of-another", "OTHER"))]
    suite = build_suite(contract, own, other_headers=other, only=[TENANTS, MIXED])
    assert "do not differ in two credentials" in suite.checks[MIXED].untestable
    assert suite.checks[TENANTS].probes


def test_without_other_credentials_nothing_changes() -> None:
    suite = build_suite(CONTRACT, credentials(CONTRACT))
    assert not {TENANTS, MIXED} & suite.checks.keys()


def test_the_other_tenant_has_the_headers_that_are_not_secret() -> None:
    headers = [*credentials(CONTRACT), ("x-region", Secret("eu", "REGION"))]
    other = [(name, Secret(other_value(value), "OTHER")) for name, value in credentials(CONTRACT)]
    probes = build_suite(CONTRACT, headers, other_headers=other, only=[TENANTS]).checks[TENANTS].probes
    assert all(dict(probe.request.headers)["x-region"] == "eu" for probe in probes)


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (
            lambda lines: lines[:1],
            "other-header: the credentials are incomplete; give the same headers as in the option header",
        ),
        (
            lambda lines: lines,
            "other-header: has the same credentials as the option header; give those of another",
        ),
    ],
)
def test_unusable_credentials_of_another_tenant_are_an_error(
    change: Callable[[list[tuple[str, Secret]]], list[tuple[str, Secret]]], expected: str
) -> None:
    with pytest.raises(ConfigurationError, match=expected):
        build_suite(CONTRACT, credentials(CONTRACT), other_headers=change(credentials(CONTRACT)))


def test_tenants_that_share_a_credential_may_see_it(small: Setup) -> None:
    two = small.of_two_tenants()
    own = dict(credentials(small.contract))
    shared = replace(two, others=[(n, own[n] if n == "x-portkey-virtual-key" else v) for n, v in two.others])

    async def accepts_shared(request: Request, server: Server) -> Response:
        return await server(request.with_header("x-portkey-api-key", str(own["x-portkey-api-key"])))

    result = shared.run(accepts_shared, selected=[TENANTS])
    assert result.outcomes[TENANTS].verdict == "pass"
