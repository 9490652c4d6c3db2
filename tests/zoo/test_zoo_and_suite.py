"""The suite finds every fault of the zoo with the requirement that describes it, and accepts unusual servers."""

from __future__ import annotations

import asyncio
import fnmatch
from collections.abc import Sequence

import pytest

from conformance.checks import build_suite
from conformance.contract import Contract
from conformance.engine import Load, Run, RunResult, Settings
from conformance.exit_codes import Exit
from conformance.http_client import open_app
from tests.mutants.setup import credentials, exit_of, failed
from tests.sampling import sampled
from tests.zoo.asking import Faulty, Unusual
from tests.zoo.index import FAULTY, UNUSUAL

CONTRACT = Contract.load()

FOUND = {
    "base64-ignored-in-batches": "response.encoding",
    "base64-of-doubles": "response.base64.equals-float",
    "url-safe-base64": "response.base64",
    "base64-big-endian-for-tokens": "response.finite",
    "unknown-format-as-float": "request.encoding_format.enum",
    "user-rejected": "request.user.type",
    "null-ignored": "request.encoding_format.null",
    "properties-in-any-case": "request.additional-properties",
    "properties-ignored-with-config": "response.encoding",
    "dimensions-ignored-in-base64": "response.dimensions",
    "dimensions-not-normalized": "meaning.prefix",
    "dimensions-clamped": "response.dimensions",
    "dimensions-converted-to-int": "request.dimensions.type",
    "nested-for-one-text": "response.data.items.embedding.numbers.items.type",
    "json-text-from-cache": "state.cache.encodings",
    "nan-in-batches": "response.json.not-a-number",
    "null-for-padded-texts": "response.data.items.embedding.numbers.items.type",
    "last-word-pooling": "meaning.different.beginnings",
    "vector-per-token": "response.count",
    "booleans-as-tokens": "request.input.integers.items.type",
    "fails-after-unknown-token": "state.out-of-vocabulary",
    "crash-on-negative-token": "state.out-of-vocabulary",
    "crash-on-surrogate": "request.text.edge-cases",
    "ascii-only": "meaning.different.scripts",
    "2049-texts-accepted": "request.input.strings.max-items",
    "101-texts-rejected": "meaning.batch.large",
    "truncated-after-100-words": "meaning.truncation",
    "sorted-by-length": "meaning.permutation",
    "duplicates-removed": "response.count",
    "index-by-part": "response.index",
    "equal-lengths-mixed": "meaning.batch.equal-lengths",
    "padding-embedded": "meaning.batch.mixed-lengths",
    "no-data-for-tokens-in-base64": "response.count",
    "cached-by-prefix": "meaning.different.endings",
    "cached-without-dimensions": "state.cache.dimensions",
    "index-of-uncached-texts": "response.index",
    "cache-before-credentials": "auth.reject.without-portkey-key",
    "shared-buffer": "response.count",
    "stale-buffer": "meaning.batch.mixed-lengths",
    "every-third-is-zero": "response.not-zero",
    "usage-of-all-requests": "response.usage.sums",
    "error-with-200": "response.data.required",
    "html-with-stack-trace": "http.error.stack-trace",
    "crash-on-non-object": "request.type",
    "key-repeated-in-404": "auth.echo",
    "redirect-to-login": "auth.reject.without-portkey-key",
    "hang-on-empty-tokens": "request.input.integer-arrays.items.min-items",
    "gzip-always": "http.content-coding",
    "preflight-fails": "http.method.options",
    "chunked-body-ignored": "http.chunked",
    "base64-as-text": "response.media-type",
    "get-accepted": "http.method.status",
    "large-responses-truncated": "http.response.framing",
    "bare-token-accepted": "auth.scheme.missing",
    "virtual-key-prefix-accepted": "auth.secret.virtual-key.character-appended",
    "key-in-any-case": "auth.secret.portkey-key.case-changed",
    "key-in-query": "auth.headers-only",
    "config-without-key": "auth.reject.without-portkey-key",
    "placeholder-token-rejected": "auth.placeholder-authorization",
}
"""For each faulty server, the failed requirement that describes its fault best."""

SHOWN_BY = {"large-responses-truncated": ("request.input.strings.max-items",)}
"""Requirements whose requests show a fault of any exchange."""

LOWER_LEVEL = {
    "ascii-only": "a model may support only one language: different vectors for other scripts are a SHOULD",
    "truncated-after-100-words": "a model may have such a limit: that longer texts are not truncated is a SHOULD",
}
"""Faults that violate a MUST in the opinion of their author, but only a SHOULD of the suite, with the reason."""

ACCEPTED = {"own-model-name": "a server may return its own name of a model, for instance a name with a date"}
"""Faults in the opinion of their author that the suite accepts, with the reason."""

FOUNDABLE = [server for server in FAULTY if server.name in FOUND]

LONG = {"2049-texts-accepted", "hang-on-empty-tokens"}
QUICK_FAULTS = {
    name
    for name, id in FOUND.items()
    if not id.startswith(("response.", "state.out-of-vocabulary")) and name not in LONG
}
"""The faulty servers in every test run.

The others are found with the largest batches, like all faults in responses, or after the timeout. tests/mutants has
such servers for a small contract.
"""

ODDITIES = {
    "lenient": ("request.json.byte-order-mark", "request.model.unknown", "request.text.*"),
    "strict-old-model": ("response.base64.equals-float", "meaning.user", "request.text.*"),
}
"""Unusual servers in every test run, with requirements that their oddities concern."""


def run(server: Faulty | Unusual, selected: Sequence[str] | None = None) -> RunResult:
    suite = build_suite(CONTRACT, credentials(CONTRACT), tokenizer="bytes", only=selected)
    target = open_app(server.app_factory(), base_path="/v1", timeout=20)
    return asyncio.run(Run(suite, target, Settings(Load()), selected=selected).execute())


def test_every_faulty_server_has_an_expected_result() -> None:
    assert {server.name for server in FAULTY} == FOUND.keys() | ACCEPTED.keys()
    assert not FOUND.keys() & ACCEPTED.keys()
    for server in FAULTY:
        if server.name in FOUND:
            level = CONTRACT.catalogue[FOUND[server.name]].level
            assert (level != "must") <= (server.level == "should" or server.name in LOWER_LEVEL), server.name


@pytest.mark.parametrize("server", sampled(FOUNDABLE, QUICK_FAULTS, lambda server: server.name))
def test_a_fault_is_found(server: Faulty) -> None:
    id = FOUND[server.name]
    assert id in failed(run(server, [id, *SHOWN_BY.get(server.name, ())]))


@pytest.mark.slow
@pytest.mark.parametrize("server", FOUNDABLE, ids=lambda server: server.name)
def test_a_whole_run_finds_the_fault(server: Faulty) -> None:
    result = run(server)
    assert FOUND[server.name] in failed(result)
    assert {outcome.verdict for outcome in result.outcomes.values()} & {"error"} == set()


@pytest.mark.parametrize("name", ODDITIES)
def test_an_oddity_is_accepted(name: str) -> None:
    (server,) = (server for server in UNUSUAL if server.name == name)
    selected = [id for pattern in ODDITIES[name] for id in fnmatch.filter(CONTRACT.catalogue, pattern)]
    result = run(server, selected)
    assert {id for id in selected if result.outcomes[id].verdict != "pass"} == set()


@pytest.mark.slow
@pytest.mark.parametrize("server", UNUSUAL, ids=lambda server: server.name)
def test_an_unusual_server_passes(server: Unusual) -> None:
    result = run(server)
    assert {id for id in failed(result) if CONTRACT.catalogue[id].level == "must"} == set()
    assert exit_of(result) is Exit.OK


@pytest.mark.slow
def test_servers_with_accepted_faults_pass() -> None:
    for server in FAULTY:
        if server.name in ACCEPTED:
            assert failed(run(server)) == set()
