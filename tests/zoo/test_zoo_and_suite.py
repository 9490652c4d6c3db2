"""The suite, measured on the zoo: the requirement that a fault is about finds it, and nothing unusual fails."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import pytest

from conformance.checks import build_suite
from conformance.contract import Contract
from conformance.engine import Load, Run, RunResult, Settings
from conformance.http_client import open_app
from conformance.report import Exit
from tests.mutants.ground import credentials, exit_of, failed
from tests.zoo.asking import Faulty, Unusual
from tests.zoo.index import FAULTY, UNUSUAL

CONTRACT = Contract.load()

CAUGHT = {
    "base64-ignored-in-batches": "response.encoding",
    "base64-of-doubles": "response.base64.equals-float",
    "base64-for-urls": "response.base64",
    "base64-big-endian-for-tokens": "response.finite",
    "unknown-format-as-float": "request.encoding_format.enum",
    "user-refused": "request.user.type",
    "null-as-absent": "request.encoding_format.null",
    "properties-in-any-case": "request.additional-properties",
    "config-drops-fields": "response.encoding",
    "dimensions-ignored-in-base64": "response.dimensions",
    "dimensions-not-renormalised": "meaning.prefix",
    "dimensions-clamped": "response.dimensions",
    "dimensions-through-int": "request.dimensions.type",
    "nested-for-one-text": "response.data.items.embedding.numbers.items.type",
    "text-from-cache": "state.cache.encodings",
    "nan-in-batches": "response.json.not-a-number",
    "null-where-padded": "response.data.items.embedding.numbers.items.type",
    "last-word-pooling": "meaning.different.beginnings",
    "vector-per-token": "response.count",
    "booleans-as-tokens": "request.input.integers.items.type",
    "poisoned-by-unknown-token": "state.out-of-vocabulary",
    "killed-by-negative-token": "state.out-of-vocabulary",
    "crash-on-surrogate": "request.text.edge-cases",
    "ascii-alone": "meaning.different.scripts",
    "2049-texts-accepted": "request.input.strings.max-items",
    "101-texts-refused": "meaning.batch.large",
    "cut-after-100-words": "meaning.truncation",
    "sorted-by-length": "meaning.permutation",
    "duplicates-dropped": "response.count",
    "index-by-part": "response.index",
    "equal-lengths-mixed": "meaning.batch.equal-lengths",
    "padding-counts": "meaning.batch.mixed-lengths",
    "no-data-for-tokens-in-base64": "response.count",
    "cached-by-prefix": "meaning.different.endings",
    "cached-without-dimensions": "state.cache.dimensions",
    "numbered-by-cache": "response.index",
    "served-before-the-door": "auth.reject.without-portkey-key",
    "shared-scratch": "response.count",
    "stale-tail": "meaning.batch.mixed-lengths",
    "every-third-is-zero": "response.not-zero",
    "usage-of-all-requests": "response.usage.sums",
    "error-with-200": "response.data.required",
    "html-with-stack-trace": "http.error.stack-trace",
    "crash-without-object": "request.type",
    "key-told-in-404": "auth.echo",
    "redirect-to-login": "auth.reject.without-portkey-key",
    "hang-on-empty-tokens": "request.input.integer-arrays.items.min-items",
    "gzip-always": "http.content-coding",
    "preflight-fails": "http.method.options",
    "chunks-not-read": "http.chunked",
    "base64-as-text": "response.media-type",
    "get-answered": "http.method.status",
    "large-answers-cut": "request.input.strings.max-items",
    "bare-token-accepted": "auth.scheme.missing",
    "virtual-key-by-prefix": "auth.secret.virtual-key.character-appended",
    "key-in-any-case": "auth.secret.portkey-key.case-changed",
    "key-in-query": "auth.headers-only",
    "config-without-key": "auth.reject.without-portkey-key",
    "spare-token-judged": "auth.placeholder-authorization",
}
"""By each faulty server what it fails, of all that it fails the requirement that says best what is wrong."""

LESS = {
    "ascii-alone": "a model of one language may know nothing else: that texts in other scripts differ is a SHOULD",
    "cut-after-100-words": "a model may have so short a limit: that nothing is cut in silence is a SHOULD",
    "usage-of-all-requests": "no client counts on the sums of usage: they are a SHOULD",
}
"""Faults that are a MUST to who planted them, and fail a SHOULD; with the reason."""

NONE = {"own-model-name": "a server may call its model by a name of its own, as those with dated names do"}
"""What is a fault to who planted it, and none to the suite; with the reason."""

QUICK = ("lenient", "reversed", "errors-like-vllm", "strict-old-model")
"""Unusual servers that each run of the tests asks; the others are left to whole runs against many servers."""


def run(server: Faulty | Unusual, selected: Sequence[str] | None = None) -> RunResult:
    suite = build_suite(CONTRACT, credentials(CONTRACT), tokenizer="bytes")
    target = open_app(server.app_factory(), base_path="/v1", timeout=20)
    return asyncio.run(Run(suite, target, Settings(Load()), selected=selected).execute())


def test_every_faulty_server_is_accounted_for() -> None:
    assert {server.name for server in FAULTY} == CAUGHT.keys() | NONE.keys()
    assert not CAUGHT.keys() & NONE.keys()
    for server in FAULTY:
        if server.name in CAUGHT:
            level = CONTRACT.catalogue[CAUGHT[server.name]].level
            assert (level != "must") <= (server.level == "should" or server.name in LESS), server.name


@pytest.mark.parametrize("server", [s for s in FAULTY if s.name in CAUGHT], ids=lambda server: server.name)
def test_a_fault_is_found(server: Faulty) -> None:
    id = CAUGHT[server.name]
    assert id in failed(run(server, [id]))


@pytest.mark.slow
@pytest.mark.parametrize("server", [s for s in FAULTY if s.name in CAUGHT], ids=lambda server: server.name)
def test_a_whole_run_finds_the_fault(server: Faulty) -> None:
    result = run(server)
    assert CAUGHT[server.name] in failed(result)
    assert {outcome.verdict for outcome in result.outcomes.values()} & {"error"} == set()


@pytest.mark.parametrize(
    "server",
    [pytest.param(s, marks=[] if s.name in QUICK else [pytest.mark.slow]) for s in UNUSUAL],
    ids=lambda server: server.name,
)
def test_what_is_only_unusual_passes(server: Unusual) -> None:
    result = run(server)
    assert {id for id in failed(result) if CONTRACT.catalogue[id].level == "must"} == set()
    assert exit_of(result) is Exit.OK


@pytest.mark.slow
def test_what_is_no_fault_to_the_suite_passes() -> None:
    for server in FAULTY:
        if server.name in NONE:
            assert failed(run(server)) == set()
