"""Record a target, and check some of its vectors again."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import pytest

from conformance.drift import Form, Grade, Snapshot, Text, snapshot_text
from conformance.drift.corpus import packaged_texts
from conformance.engine.preflight import Unreachable
from conformance.http_client import open_url
from conformance.snapshot import NothingRecorded, check_some, record_snapshot
from tests.faulty_servers.embeddings import (
    changes_vectors,
    embeds_texts,
    is_base64,
    is_text_batch,
    only_for_input,
)
from tests.faulty_servers.faults import rejects, responds
from tests.faulty_servers.messages import Request, Response, error
from tests.faulty_servers.servers import Fault, Server
from tests.stability.runs import requests_of, small_setup

URL = "http://testserver/v1"
SOME = packaged_texts()[::9]


def recorded(*faults: Fault, texts: Sequence[Text] = SOME) -> Snapshot:
    setup = small_setup()
    return asyncio.run(record_snapshot(setup.target(*faults), requests_of(setup), texts, shown_url=URL))


def test_two_recordings_of_one_server_are_equal() -> None:
    one = recorded()
    assert snapshot_text(one) == snapshot_text(recorded())
    assert (one.length, one.dimensions, one.encodings, one.batch) == (96, 48, ("float", "base64"), len(SOME))
    assert all(record.tokens == len(record.text.text.encode()) for record in one.records)


def test_rejected_texts_are_recorded_as_such() -> None:
    rejects_long = rejects(lambda payload: len(str(payload.get("input"))) > 400)
    snapshot = recorded(rejects_long)
    assert {record.text.kind for record in snapshot.records if record.vector is None} == {"long"}
    assert 0 < len(snapshot.vectors) < len(SOME)


def test_a_target_without_batches_and_options_is_recorded() -> None:
    plain = [
        rejects(lambda p: is_text_batch(p.get("input"))),
        rejects(is_base64),
        rejects(lambda p: "dimensions" in p),
    ]
    snapshot = recorded(*plain)
    assert (snapshot.batch, snapshot.encodings, snapshot.dimensions) == (1, ("float",), None)
    assert len(snapshot.vectors) == len(SOME)


def test_the_noise_of_a_target_is_recorded() -> None:
    requests = iter(range(10_000))

    async def unsteady(request: Request, correct: Server) -> Response:
        text = request.json_object.get("input")
        changed = isinstance(text, str) and next(requests) % 7 == 0
        return await correct(request.with_input(f"{text} x") if changed else request)

    noisy = recorded(unsteady)
    assert max(record.noise for record in noisy.records) > 0.01
    assert min(record.noise for record in noisy.records) == 0


def test_a_busy_target_is_asked_again() -> None:
    requests = iter(range(10_000))
    busy = responds(lambda _: next(requests) % 5 == 1, error(429).with_header("retry-after", "0"))
    assert snapshot_text(recorded(busy)) == snapshot_text(recorded())


@pytest.mark.parametrize("status", [401, 404, 500])
def test_a_target_without_vectors_is_one_sentence(status: int) -> None:
    with pytest.raises(NothingRecorded, match=str(status)) as raised:
        recorded(rejects(lambda _: True, status))
    assert ("credentials" in str(raised.value)) == (status < 500)


def test_a_response_without_vectors_is_one_sentence() -> None:
    with pytest.raises(NothingRecorded, match="no response has a vector"):
        recorded(responds(lambda _: True, Response((), b"{}")))


def test_an_unreachable_target_is_one_sentence() -> None:
    requests = requests_of(small_setup())
    with pytest.raises(Unreachable):
        asyncio.run(record_snapshot(open_url("http://127.0.0.1:9/v1"), requests, SOME, shown_url=URL))


def checked(*faults: Fault) -> Grade:
    setup = small_setup()
    return asyncio.run(check_some(setup.target(*faults), requests_of(setup), recorded(), shown_url=URL)).grade


def test_a_check_of_some_texts_finds_what_has_changed() -> None:
    assert checked() is Grade.IDENTICAL
    assert checked(embeds_texts(lambda text: text[::-1])) is Grade.RE_EMBED
    assert checked(only_for_input(is_text_batch, embeds_texts(lambda text: text[::-1]))) is Grade.RE_EMBED


def test_a_check_sends_few_requests() -> None:
    sent: list[object] = []

    async def counts(request: Request, correct: Server) -> Response:
        sent.append(request)
        return await correct(request)

    setup = small_setup()
    snapshot = recorded()
    comparison = asyncio.run(check_some(setup.target(counts), requests_of(setup), snapshot, shown_url=URL))
    assert len(sent) == 13
    assert len(comparison.observation.vectors[Form.SINGLE]) == 12


@pytest.mark.parametrize("limit", [3, 4, 7])
def test_the_recorded_size_of_batches_is_one_that_the_target_accepts(limit: int) -> None:
    has_many = rejects(lambda p: is_text_batch(p.get("input")) and len(p["input"]) > limit)
    assert 1 < recorded(has_many, texts=packaged_texts()[:38]).batch <= limit


def test_a_check_does_not_call_an_error_a_change() -> None:
    is_batch = only_for_input(is_text_batch, rejects(lambda _: True, 413))
    assert checked(is_batch) is Grade.IDENTICAL
    with pytest.raises(NothingRecorded, match="500"):
        checked(only_for_input(is_text_batch, rejects(lambda _: True, 500)))
    with pytest.raises(NothingRecorded, match="no response has a vector"):
        checked(responds(lambda _: True, Response((), b"{}")))


@pytest.mark.parametrize("status", [401, 502])
def test_texts_without_an_answer_are_not_recorded_as_rejected(status: int) -> None:
    requests = iter(range(10_000))
    with pytest.raises(NothingRecorded, match=f"no answer .status {status}."):
        recorded(rejects(lambda _: next(requests) > 12, status))


def test_a_vector_that_no_snapshot_may_have_is_one_sentence() -> None:
    zeros = changes_vectors(lambda vectors, _: [0 * vector for vector in vectors])
    with pytest.raises(NothingRecorded, match="is zero"):
        recorded(zeros)
