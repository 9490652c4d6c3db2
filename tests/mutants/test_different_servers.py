"""No false alarms: correct servers that differ from the reference server pass."""

from __future__ import annotations

import fnmatch
from collections import Counter

import pytest

from conformance.checks.state.concurrency import short_texts
from conformance.checks.state.disconnects import ROUNDS, SERVED
from conformance.contract import Contract
from conformance.engine import Load
from conformance.exit_codes import Exit
from tests.faulty_servers.messages import Request, Response, error
from tests.faulty_servers.servers import Server
from tests.mutants.busy import busy_servers
from tests.mutants.different import different_servers
from tests.mutants.different_transports import servers_with_few_transports
from tests.mutants.setup import Setup, exit_of, failed
from tests.sampling import sampled

NAMES = [server.name for server in different_servers(Contract.load())]

QUICK = ()
"""Servers that the default tests run the suite against alone; COMBINED has all kinds."""

COMBINED = (
    "returns errors as plain text",
    "returns 403 for missing credentials",
    "redirects requests with other methods",
    "returns a dated model name",
    "returns items in another order",
    "uses the last of two inputs",
    "returns gzip",
    "returns 429 for every 9th request, with Retry-After 0",
)
"""Differences of all kinds that one server can have: errors, statuses, methods, payloads, leniency, codings, load."""

TRANSPORTS = ("http.expect*", "http.response.http10", "http.transport.*", "http.trailer", "auth.values.*")

LOAD = Load(retry_seconds=60.0)


@pytest.mark.parametrize("name", sampled(NAMES, QUICK))
def test_a_correct_server_passes(name: str, small: Setup) -> None:
    assert_passes(small, name)


def test_a_server_with_many_differences_passes(small: Setup) -> None:
    assert_passes(small, *COMBINED)


def test_a_server_that_requests_a_retry_after_disconnects_passes(small: Setup) -> None:
    one_at_a_time = dict(busy_servers())["accepts one request at a time"]
    for fault in (_RequestsRetries(), one_at_a_time):
        result = small.run(fault, selected=["state.disconnect"])
        assert result.outcomes["state.disconnect"].verdict == "pass"


@pytest.mark.parametrize("name", [name for name, _ in servers_with_few_transports()])
def test_a_server_may_reject_unusual_ways_to_send_requests(name: str, small: Setup) -> None:
    """The requirements that send requests in these ways; a whole run of each server is slow."""
    selected = [id for glob in TRANSPORTS for id in fnmatch.filter(small.contract.catalogue, glob)]
    fault = dict(servers_with_few_transports())[name]
    assert failed(small.run(fault, selected=selected)) == set()


def test_a_server_that_is_busy_beside_all_disconnects_passes_with_a_remark(small: Setup) -> None:
    result = small.run(_BusyBesideDisconnects(), selected=["state.disconnect"])
    outcome = result.outcomes["state.disconnect"]
    assert outcome.verdict == "pass"
    assert outcome.reason.startswith("the server was busy at each try beside disconnects")


class _BusyBesideDisconnects:
    """Returns 429 at each try of the requests that are sent beside disconnects, and serves them before and after."""

    def __init__(self) -> None:
        self._times: Counter[bytes] = Counter()

    async def __call__(self, request: Request, correct: Server) -> Response:
        payload = request.payload()
        if isinstance(payload, dict) and payload.get("input") in short_texts()[:SERVED]:
            self._times[request.body] += 1
            if 1 < self._times[request.body] <= 1 + ROUNDS * LOAD.tries:
                return error(429).with_header("retry-after", "0")
        return await correct(request)


class _RequestsRetries:
    """Returns 429 at every other request with the same body."""

    def __init__(self) -> None:
        self._accepts: set[bytes] = set()

    async def __call__(self, request: Request, correct: Server) -> Response:
        if request.body in self._accepts:
            self._accepts.discard(request.body)
            return await correct(request)
        self._accepts.add(request.body)
        return error(429).with_header("retry-after", "0")


def assert_passes(small: Setup, *names: str) -> None:
    """Check that a server with these differences fails no other requirements than they do."""
    by_name = {server.name: server for server in different_servers(small.contract)}
    chosen = [by_name[name] for name in names]
    result = small.run(*(server.fault for server in chosen), load=LOAD)
    assert failed(result) == {id for server in chosen for id in server.fails}
    unsettled = {id for id, outcome in result.outcomes.items() if outcome.verdict not in ("pass", "fail")}
    untested = {id for server in chosen for id in server.untested}
    assert unsettled == untested, [result.outcomes[id] for id in unsettled]
    assert exit_of(result) is Exit.OK


def test_there_are_at_least_forty_correct_servers() -> None:
    assert len(set(NAMES)) == len(NAMES) >= 40


def test_correct_servers_fail_only_should_requirements(small: Setup) -> None:
    for server in different_servers(small.contract):
        assert {small.contract.catalogue[id].level for id in server.fails} <= {"should"}
