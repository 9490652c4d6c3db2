"""What a report means for a client."""

from __future__ import annotations

import json
from typing import Any

import pytest

from conformance.checks.judges import EXPECTED
from conformance.contract import Client, Contract, Reliance, load_clients
from conformance.contract.clients import FORMATS, FORMS
from conformance.engine import Evidence, Expect
from conformance.http_client import Exchange, Request, Response
from conformance.report.matrix.clients import OF_NO_CLIENT, Fit, fit
from conformance.report.model.loader import SCHEMA
from conformance.report.model.shapes import MOST_SHAPES, shape_of, shapes
from tests.report.documents import exchange, row, shape


def judged(*rows: dict[str, Any], inputs: tuple[str, ...] = ("string",), **reliance: Any) -> Fit:
    """Whether a client that relies on ``a.*`` works with a server of these requirements."""
    relies_on = Reliance(**{"requirement": "a.*", "why": "It does", **reliance})
    client = Client("c", "PyPI c", inputs, "base64", "it", "all", "https://example.org", (relies_on,))
    return fit(client, {one["id"]: one for one in rows})


def test_a_client_works_where_all_that_it_relies_on_passed() -> None:
    assert judged(row("a.b"), row("b.a", "fail", shapes=[shape()])).word == "works"


def test_a_client_breaks_on_a_failure_of_its_own_requests() -> None:
    found = judged(row("a.b", "fail", shapes=[shape(input="string", status=500)]), row("a.c"))
    assert found.word == "breaks"
    assert [(one.row["id"], one.harm) for one in found.breaks] == [("a.b", "error")]
    assert found.harms == "an error"


def test_a_wrong_200_is_silently_wrong_data_and_no_answer_an_error() -> None:
    wrong, none = shape(status=200), shape(status=None)
    rows = row("a.b", "fail", shapes=[wrong]), row("a.c", "fail", shapes=[none])
    assert judged(rows[0]).harms == "silently wrong data"
    assert judged(*rows).harms == "an error and silently wrong data"
    assert judged(rows[0], harm="error").harms == "an error"


@pytest.mark.parametrize(
    "other",
    [shape(input="token arrays"), shape(encoding_format="float"), shape(expected=OF_NO_CLIENT)],
)
def test_a_failure_of_requests_that_a_client_never_sends_is_none_for_it(other: dict[str, Any]) -> None:
    its_own = {"encoding_format": "absent"}
    assert judged(row("a.b", "fail", shapes=[other]), request=its_own).word == "works"
    assert judged(row("a.b", "fail", shapes=[other, shape()], failures=2), request=its_own).word == "breaks"


@pytest.mark.parametrize("verdict", ["blocked", "inconclusive", "error", "unsupported", "not-tested"])
def test_what_was_not_judged_leaves_it_open(verdict: str) -> None:
    found = judged(row("a.b", verdict), row("a.c"))
    assert found.word == "not known"
    assert found.unknown == [("a.b", verdict.replace("-", " "))]


def test_what_a_report_lacks_or_does_not_tell_leaves_it_open() -> None:
    assert judged(row("b.a")).unknown == [("a.*", "not in this report")]
    ((id, reason),) = judged(row("a.b", "fail")).unknown
    assert (id, reason.partition(",")[0]) == ("a.b", "fails")
    elsewhere = shape(input="tokens", failures=3)
    assert judged(row("a.b", "fail", shapes=[elsewhere], failures=4)).word == "not known"
    assert judged(row("a.b", "fail", shapes=[elsewhere], failures=3)).word == "works"


def taking(verdict: str, *shapes: dict[str, Any], misread: str = "wrong data") -> Fit:
    """Whether a client that takes base64 works with a server that is declared not to have it."""
    relies_on = Reliance("a.*", "It does")
    client = Client("c", "PyPI c", ("string",), "base64", "it", "all", "x", (relies_on,), {"base64": misread})
    declared = row("capability.base64", verdict, shapes=list(shapes))
    return fit(client, {"a.b": row("a.b", "unsupported"), "capability.base64": declared})


def test_a_client_breaks_on_what_the_server_does_not_claim_with_an_error_or_worse() -> None:
    assert taking("pass").harms == "an error"
    assert taking("fail", shape(status=500)).harms == "an error"
    assert taking("fail", shape(status=200)).harms == "silently wrong data"
    assert taking("fail", shape(status=200), misread="works").word == "works"
    assert taking("blocked").word == "not known"


def test_a_break_has_the_exchange_of_its_own_kind() -> None:
    sent = {"method": "POST", "url": "u", "headers": [], "body": '{"input":["a"],"encoding_format":"base64"}'}
    shown = [exchange(expected="200"), exchange(expected="200", request=sent, actual="refused: 400")]
    strings = shape(input="strings", encoding_format="base64", status=400)
    one = row("a.b", "fail", evidence=shown, shapes=[strings], failures=2)
    (broken,) = judged(one, inputs=("strings",)).breaks
    assert broken.item == shown[1]
    (broken,) = judged(row("a.b", "fail", shapes=[strings]), inputs=("strings",)).breaks
    assert broken.item is None


def test_no_client_sends_what_the_suite_expects_to_be_refused() -> None:
    assert EXPECTED[Expect.REJECT] == OF_NO_CLIENT


@pytest.mark.parametrize(
    ("body", "found"),
    [
        (b'{"input":"a"}', ("string", "absent")),
        (b'{"input":["a"],"encoding_format":"float"}', ("strings", "float")),
        (b'{"input":[1],"encoding_format":"base64"}', ("tokens", "base64")),
        (b'{"input":[[1]],"encoding_format":null}', ("token arrays", "other")),
        (b'{"input":[[1]],"encoding_format":["float"]}', ("token arrays", "other")),
        (b'{"input":{}}', ("other", "absent")),
        (b'{"input":[]}', ("other", "absent")),
        (b"[]", ("other", "other")),
        (b"", ("other", "other")),
        (None, ("other", "other")),
        (b"\xff", ("other", "other")),
        (b"[" * 100_000, ("other", "other")),
    ],
)
def test_a_request_has_a_shape(body: bytes | None, found: tuple[str, str]) -> None:
    assert shape_of(body) == found


def test_shapes_are_counted_and_bounded() -> None:
    def one(body: bytes, status: int, expected: str = "200") -> Evidence:
        return Evidence(
            expected, "it", Exchange(Request(body=body), Response(status, (), b""), None, 0.1), "p"
        )

    twice = [one(b'{"input":"a"}', 400), one(b'{"input":"b"}', 400), one(b'{"input":"b"}', 200)]
    assert shapes(twice) == [shape(status=400, failures=2), shape(status=200)]
    assert len(shapes(one(b"{}", 200, str(number)) for number in range(MOST_SHAPES + 9))) == MOST_SHAPES


def test_the_shipped_clients_rely_on_requirements_that_exist() -> None:
    catalogue = Contract.load().catalogue
    named = {one.requirement for client in load_clients() for one in client.relies_on}
    assert [pattern for pattern in named if not list(catalogue.matching(pattern))] == []


def test_the_shipped_clients_have_names_of_their_own_and_rely_on_what_they_send() -> None:
    clients = load_clients()
    assert len({client.name for client in clients}) == len(clients) >= 8
    for client in clients:
        for reliance in client.relies_on:
            assert reliance.request.get("input", client.inputs[0]) in client.inputs
            assert reliance.request.get("encoding_format", client.encoding_format) == client.encoding_format


def test_a_report_knows_the_forms_and_formats_of_the_clients() -> None:
    text = SCHEMA.read_text("utf-8")
    assert json.dumps([*FORMS, "other"]) in text
    assert json.dumps([*FORMATS, "other"]) in text
