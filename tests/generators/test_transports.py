"""A request keeps its content by every transport."""

from __future__ import annotations

import pytest

from conformance.generators.covering import Choice, covering_rows
from conformance.generators.transports import can_be_sent, send_by, transport_factors
from conformance.http_client import Request

FACTORS = transport_factors("application/json", "/embeddings")
PLAIN = Request(headers=(("Content-Type", "application/json"),), body=b'{"input": "river"}' * 20)
ROWS = covering_rows(FACTORS, lambda chosen: can_be_sent(*chosen))


def choice(label: str) -> Choice:
    return next(choice for choices in FACTORS.values() for choice in choices if choice.label == label)


@pytest.mark.parametrize("number", range(len(ROWS)))
def test_the_content_stays_the_same(number: int) -> None:
    assert send_by(PLAIN, list(ROWS[number].values())).content == PLAIN.body


@pytest.mark.parametrize(
    "labels",
    [
        ("HTTP/1.0", "a chunked body"),
        ("HTTP/1.0", "a kept connection"),
        ("HTTP/1.0", "Expect: 100-continue"),
        ("pipelining", "Expect: 100-continue"),
        ("pipelining", "a slow body"),
    ],
)
def test_some_ways_exclude_each_other(labels: tuple[str, str]) -> None:
    assert not can_be_sent(*map(choice, labels))


def test_each_way_occurs() -> None:
    labels = {choice.label for row in ROWS for choice in row.values()}
    assert labels == {choice.label for choices in FACTORS.values() for choice in choices}


def test_a_media_type_replaces_the_usual_one() -> None:
    sent = send_by(PLAIN, [choice('the media type application/json; charset="UTF-8"')])
    assert [name for name, _ in sent.headers] == ["Content-Type"]


def test_a_compressed_body_is_divided_into_chunks_after_its_compression() -> None:
    sent = send_by(PLAIN, [choice("a body in small chunks"), choice("a gzip body")])
    assert isinstance(sent.body, tuple)
    assert b"".join(sent.body).startswith(b"\x1f\x8b")


def test_one_letter_of_the_path_is_encoded() -> None:
    assert send_by(PLAIN, [choice("a percent-encoded path")]).path == "/%65mbeddings"
