"""Compatibility of clients with a server, derived from its report."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from conformance.contract import Client, Contract, Reliance, load_clients
from conformance.contract.capabilities import AS_IF_SUPPORTED
from conformance.contract.clients import ANY, FORMATS, FORMS
from conformance.engine import Evidence
from conformance.http_client import Exchange, Request, Response
from conformance.report.model.compatibility import Compatibility, client_compatibility
from conformance.report.model.loader import SCHEMA
from conformance.report.model.shapes import MOST_SHAPES, count_shapes, shape_of
from tests.report.documents import exchange, row, shape


def compatible(
    *rows: dict[str, Any], inputs: tuple[str, ...] = ("string",), **reliance: Any
) -> Compatibility:
    """The compatibility of a client that relies on ``a.*`` with a server of these requirements."""
    relies_on = Reliance(**{"requirement": "a.*", "why": "It does", **reliance})
    client = Client("c", "PyPI c", inputs, "base64", "it", "all", "https://example.org", (relies_on,))
    return client_compatibility(client, {one["id"]: one for one in rows})


def test_a_client_works_if_all_its_requirements_passed() -> None:
    assert compatible(row("a.b"), row("b.a", "fail", shapes=[shape()])).label == "works"


def test_a_failure_of_the_clients_own_requests_breaks_it() -> None:
    found = compatible(row("a.b", "fail", shapes=[shape(input="string", status=500)]), row("a.c"))
    assert found.label == "breaks"
    assert [(one.row["id"], one.consequence) for one in found.breaks] == [("a.b", "error")]
    assert found.consequences == "an error"


def test_a_wrong_200_is_silently_wrong_data_and_a_missing_response_an_error() -> None:
    wrong, none = shape(status=200), shape(status=None)
    rows = row("a.b", "fail", shapes=[wrong]), row("a.c", "fail", shapes=[none])
    assert compatible(rows[0]).consequences == "silently wrong data"
    assert compatible(*rows).consequences == "an error and silently wrong data"
    assert compatible(rows[0], effect="error").consequences == "an error"


def test_a_requirement_that_is_blocked_by_a_broken_answer_in_the_clients_format_breaks_it() -> None:
    blocked = row("a.b", "blocked", blocked_by="r")
    of_format = {name: row("r", "fail", shapes=[shape(encoding_format=name)]) for name in ("base64", "float")}
    found = compatible(blocked, of_format["base64"])
    assert [(one.row["id"], one.consequence) for one in found.breaks] == [("r", "wrong data")]
    assert compatible(blocked, of_format["float"]).label == "not known"
    rejected = row("r", "fail", shapes=[shape(encoding_format="base64", status=401)])
    assert compatible(blocked, rejected).label == "not known"


def test_a_caller_can_ask_for_floats_if_only_base64_is_wrong() -> None:
    in_base64 = Reliance("response.*", "It does", {"input": ANY, "encoding_format": "base64"})
    any_format = Reliance("state.*", "It does", {"input": ANY})
    instead = Reliance("response.*", "It does", {"input": ANY, "encoding_format": "float"})
    client = Client(
        "c",
        "PyPI c",
        FORMS,
        "base64",
        "it",
        "all",
        "https://x.example",
        (in_base64, any_format),
        {"base64": "works"},
    )
    with_floats = replace(client, encoding_format="float", relies_on=(instead, any_format), needs={})
    client = replace(client, floats='format="float"', with_floats=with_floats)

    def workaround(*rows: dict[str, Any]) -> str:
        return client_compatibility(client, {one["id"]: one for one in rows}).workaround

    base64, floats = shape(encoding_format="base64"), shape(encoding_format="float")
    wrong, works = row("response.base64", "fail", shapes=[base64]), row("state.latency")
    assert workaround(wrong, works) == 'format="float"'
    assert workaround(wrong, row("state.same-text", "fail", shapes=[base64, floats])) == 'format="float"'
    assert workaround(row("capability.base64"), row("response.count"), works) == 'format="float"'
    assert not workaround(wrong, row("response.length", "fail", shapes=[floats]), works)
    assert not workaround(wrong, row("state.concurrent", "fail", shapes=[base64]))
    assert not workaround(row("response.base64"), row("state.same-text", "fail", shapes=[base64]))
    assert not workaround(row("response.base64"), works)


@pytest.mark.parametrize(
    ("actual", "label"),
    [("accepted it, with a wrong response: numbers", "works"), (f"{AS_IF_SUPPORTED}: 200", "not known")],
)
def test_a_feature_that_is_declared_unsupported_and_returned_is_not_known(actual: str, label: str) -> None:
    client = Client("c", "PyPI c", FORMS, "base64", "it", "all", "https://x.example", (), {"base64": "works"})
    declared = row("capability.base64", "fail", shapes=[shape()], evidence=[exchange(actual=actual)])
    assert client_compatibility(client, {declared["id"]: declared}).label == label


def test_the_effect_is_that_of_the_reliance_on_what_failed() -> None:
    rows = (
        row("a.a", "blocked", blocked_by="a.b"),
        row("a.b", "fail", shapes=[shape(encoding_format="base64")]),
    )
    client = Client(
        "c", "PyPI c", ("string",), "base64", "it", "all", "x",
        (Reliance("a.a", "It does"), Reliance("a.b", "It does", effect="error")),
    )  # fmt: skip
    assert client_compatibility(client, {one["id"]: one for one in rows}).consequences == "an error"


def test_what_is_blocked_adds_nothing_to_a_failure_that_the_client_relies_on() -> None:
    base64 = shape(encoding_format="base64")
    failed = row("a.a", "fail", shapes=[shape(status=400)]), row("r", "fail", shapes=[base64])
    assert compatible(*failed, row("a.b", "blocked", blocked_by="r")).consequences == "an error"
    assert compatible(failed[1], row("a.b", "blocked", blocked_by="r")).consequences == "silently wrong data"


def test_failures_of_any_form_of_input_count_where_the_reliance_says_so() -> None:
    one = row("a.b", "fail", shapes=[shape(input="tokens")])
    assert compatible(one).label == "works"
    assert compatible(one, request={"input": ANY}).label == "breaks"
    assert compatible(one, request={"input": ANY, "encoding_format": "float"}).label == "works"


def test_an_assumed_requirement_holds_if_it_was_not_judged() -> None:
    assert compatible(row("a.b", "not-tested")).label == "not known"
    assert compatible(row("a.b", "not-tested"), assumed=True).label == "works"
    assert compatible(row("b.a"), assumed=True).label == "works"
    failed = row("r", "fail", shapes=[shape(encoding_format="base64")])
    assert compatible(row("a.b", "blocked", blocked_by="r"), failed).label == "breaks"
    assert compatible(row("a.b", "blocked", blocked_by="r"), failed, assumed=True).label == "works"
    assert compatible(row("a.b", "fail", shapes=[shape()]), assumed=True).label == "breaks"


@pytest.mark.parametrize(
    "other",
    [shape(input="token arrays"), shape(encoding_format="float"), shape(expected="a 4xx")],
)
def test_a_failure_of_requests_that_the_client_never_sends_does_not_break_it(other: dict[str, Any]) -> None:
    own_request = {"encoding_format": "absent"}
    assert compatible(row("a.b", "fail", shapes=[other]), request=own_request).label == "works"
    assert (
        compatible(row("a.b", "fail", shapes=[other, shape()], failures=2), request=own_request).label
        == "breaks"
    )


@pytest.mark.parametrize("verdict", ["blocked", "inconclusive", "error", "unsupported", "not-tested"])
def test_a_requirement_that_was_not_judged_makes_the_result_unknown(verdict: str) -> None:
    found = compatible(row("a.b", verdict), row("a.c"))
    assert found.label == "not known"
    assert found.unknown == [("a.b", verdict.replace("-", " "))]


def test_missing_requirements_and_missing_shapes_make_the_result_unknown() -> None:
    assert compatible(row("b.a")).unknown == [("a.*", "not in this report")]
    ((id, reason),) = compatible(row("a.b", "fail")).unknown
    assert (id, reason.partition(",")[0]) == ("a.b", "fails")
    other = shape(input="tokens", failures=3)
    assert compatible(row("a.b", "fail", shapes=[other], failures=4)).label == "not known"
    assert compatible(row("a.b", "fail", shapes=[other], failures=3)).label == "works"


def using_base64(verdict: str, *shapes: dict[str, Any], if_accepted: str = "wrong data") -> Compatibility:
    """The compatibility of a client that uses base64 with a server that declares it unsupported."""
    relies_on = Reliance("a.*", "It does")
    client = Client(
        "c", "PyPI c", ("string",), "base64", "it", "all", "x", (relies_on,), {"base64": if_accepted}
    )
    declared = row("capability.base64", verdict, shapes=list(shapes))
    return client_compatibility(client, {"a.b": row("a.b", "unsupported"), "capability.base64": declared})


def test_a_feature_that_the_server_does_not_support_breaks_the_client() -> None:
    assert using_base64("pass").consequences == "an error"
    assert using_base64("fail", shape(status=500)).consequences == "an error"
    assert using_base64("fail", shape(status=200)).consequences == "silently wrong data"
    assert using_base64("fail", shape(status=200), if_accepted="works").label == "works"
    assert using_base64("blocked").label == "not known"


def test_a_break_has_an_exchange_of_its_own_shape() -> None:
    sent = {"method": "POST", "url": "u", "headers": [], "body": '{"input":["a"],"encoding_format":"base64"}'}
    shown = [exchange(expected="200"), exchange(expected="200", request=sent, actual="rejected: 400")]
    strings = shape(input="strings", encoding_format="base64", status=400)
    one = row("a.b", "fail", evidence=shown, shapes=[strings], failures=2)
    (broken,) = compatible(one, inputs=("strings",)).breaks
    assert broken.item == shown[1]
    (broken,) = compatible(row("a.b", "fail", shapes=[strings]), inputs=("strings",)).breaks
    assert broken.item is None


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
def test_the_shape_of_a_request(body: bytes | None, found: tuple[str, str]) -> None:
    assert shape_of(body) == found


def test_shapes_are_counted_and_bounded() -> None:
    def one(body: bytes, status: int, expected: str = "200") -> Evidence:
        return Evidence(
            expected, "it", Exchange(Request(body=body), Response(status, (), b""), None, 0.1), "p"
        )

    twice = [one(b'{"input":"a"}', 400), one(b'{"input":"b"}', 400), one(b'{"input":"b"}', 200)]
    assert count_shapes(twice) == [shape(status=400, failures=2), shape(status=200)]
    assert len(count_shapes(one(b"{}", 200, str(number)) for number in range(MOST_SHAPES + 9))) == MOST_SHAPES


def test_the_shipped_clients_rely_on_existing_requirements() -> None:
    catalogue = Contract.load().catalogue
    named = {one.requirement for client in load_clients() for one in client.relies_on}
    assert [pattern for pattern in named if not list(catalogue.matching(pattern))] == []


def test_the_shipped_clients_have_unique_names_and_rely_only_on_what_they_send() -> None:
    clients = load_clients()
    assert len({client.name for client in clients}) == len(clients) >= 8
    for client in clients:
        for reliance in client.relies_on:
            assert reliance.request.get("input", client.inputs[0]) in (*client.inputs, ANY)
            assert reliance.request.get("encoding_format", client.encoding_format) == client.encoding_format


def test_the_report_schema_has_the_forms_and_formats_of_the_clients() -> None:
    text = SCHEMA.read_text("utf-8")
    assert json.dumps([*FORMS, "other"]) in text
    assert json.dumps([*FORMATS, "other"]) in text
