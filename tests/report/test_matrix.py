"""Reports of several servers side by side, as data."""

from __future__ import annotations

from typing import Any

import pytest

from conformance.contract import load_clients
from conformance.report.matrix.model import SIGNS, TONES, Matrix, kind, matrix
from tests.report.documents import document, row


def server(name: str | None, *rows: dict[str, Any], **changes: Any) -> dict[str, Any]:
    """The report of a server that has a name, or none."""
    url = "http://127.0.0.1:8787/v1"
    return document(*rows, target={"url": url, "server_header": "it", "name": name}, **changes)


def side_by_side(*documents: dict[str, Any]) -> Matrix:
    return matrix(documents, load_clients())


def test_servers_stand_in_the_order_given_by_their_names_or_urls() -> None:
    found = side_by_side(server("zeta", row("a.b")), server(None, row("a.b")), document(row("a.b")))
    assert [(one.letter, one.label) for one in found.servers] == [
        ("A", "zeta"),
        ("B", "http://127.0.0.1:8787/v1"),
        ("C", "http://127.0.0.1:8787/v1"),
    ]


def test_letters_go_on_behind_z() -> None:
    found = side_by_side(*(server(str(number), row("a.b")) for number in range(703)))
    assert [found.servers[n].letter for n in (25, 26, 51, 52, 701, 702)] == [
        "Z",
        "AA",
        "AZ",
        "BA",
        "ZZ",
        "AAA",
    ]


def test_a_cell_counts_what_the_requirements_of_an_area_come_to_the_worst_first() -> None:
    rows = [
        row("a.p"),
        row("a.q"),
        row("a.n", "not-tested"),
        row("a.s", "fail", level="should"),
        row("a.m", "fail"),
        row("a.u", "unsupported"),
        row("b.a"),
    ]
    found = side_by_side(server("one", *rows), server("other", row("c.a", "blocked")))
    assert list(found.areas) == ["a", "b", "c"]
    first, second = found.areas["a"]
    assert {name: len(some) for name, some in first.rows.items()} == {
        "failed MUST": 1,
        "failed SHOULD": 1,
        "passed": 2,
        "unsupported": 1,
        "not tested": 1,
    }
    assert list(first.rows) == [name for name in SIGNS if name in first.rows]
    assert second.rows == {}
    assert [cell.tone for cell in found.areas["c"]] == ["", "known"]


@pytest.mark.parametrize(
    ("verdicts", "tone"),
    [
        (["pass"], "good"),
        (["pass", "unsupported"], "good"),
        (["pass", "not-tested"], ""),
        (["not-tested"], ""),
        (["pass", "not-tested", "blocked"], "known"),
        (["pass", "inconclusive"], "known"),
        (["pass", "fail"], "bad"),
        (["pass", "error"], "bad"),
    ],
)
def test_a_cell_is_green_where_all_was_tested_and_passed(verdicts: list[str], tone: str) -> None:
    rows = (row(f"a.{number}", verdict) for number, verdict in enumerate(verdicts))
    (cell,) = side_by_side(server("one", *rows)).areas["a"]
    assert cell.tone == tone


def test_a_failed_should_is_no_failed_must() -> None:
    assert kind(row("a.b", "fail", level="should")) == "failed SHOULD"
    assert TONES["failed SHOULD"] != TONES["failed MUST"]
    assert kind(None) == "absent"


def test_every_verdict_has_a_sign_of_its_own() -> None:
    verdicts = ("pass", "fail", "blocked", "inconclusive", "error", "unsupported", "not-tested")
    assert {kind(row("a.b", verdict)) for verdict in verdicts} <= set(SIGNS)
    assert len(set(SIGNS.values())) == len(SIGNS)
    assert set(TONES) <= set(SIGNS)


def test_what_fails_what_differs_and_what_is_alike_are_told_apart() -> None:
    one = [
        row("a.alike"),
        row("a.fails"),
        row("a.differs"),
        row("a.alone"),
        row("a.should", "fail", level="should"),
    ]
    other = [row("a.alike"), row("a.fails", "fail"), row("a.differs", "unsupported"), row("a.should")]
    found = side_by_side(server("one", *one), server("other", *other))
    assert [line.row["id"] for line in found.failing] == ["a.fails", "a.should"]
    assert [line.row["id"] for line in found.differing] == ["a.differs", "a.alone"]
    assert found.alike == 1
    assert found.differing[1].kinds == ["passed", "absent"]
    assert found.failing[0].kinds == ["passed", "failed MUST"]
    assert [(s.letter, r["id"]) for s, r in found.told(found.failing[0])] == [("B", "a.fails")]
    assert {k: [s.letter for s in some] for k, some in found.groups(found.differing[1]).items()} == {
        "passed": ["A"],
        "absent": ["B"],
    }


def test_a_requirement_shows_each_level_that_a_profile_gives_it() -> None:
    found = side_by_side(
        server("one", row("a.b", "fail", level="should")), server("other", row("a.b", "fail"))
    )
    (line,) = found.failing
    assert line.levels == "MUST / SHOULD"
    assert line.kinds == ["failed SHOULD", "failed MUST"]


def test_reports_that_are_hard_to_compare_are_told() -> None:
    contract = {"file": "other.yaml", "sha256": "1" * 64, "overlays": [], "dropped": []}
    odd = server(
        "two",
        row("a.b"),
        profile="openai",
        contract=contract,
        seed=7,
        suite={"name": "embeddings-conformance", "version": "9"},
    )
    notes = side_by_side(server("one", row("a.b")), odd, server("three", row("a.b"))).notes
    assert len(notes) == 4
    for text in ("contract.yaml 000000000000 (A, C)", "openai (B)", "0.1.0 (A, C), 9 (B)", "0 (A, C), 7 (B)"):
        assert any(text in note for note in notes), text
    assert side_by_side(server("one", row("a.b")), server("two", row("a.b"))).notes == []


def test_a_run_that_did_not_end_well_is_told() -> None:
    bad = [server("one", row("a.b"), interrupted=True), server("two", row("a.b"), exit_code=5)]
    assert [note.partition(":")[0] for note in side_by_side(*bad).notes] == [
        "The run of A was interrupted",
        "The run of B ended with exit code 5.",
    ]


def test_each_client_has_a_word_for_each_server() -> None:
    found = side_by_side(server("one", row("a.b")), server("two", row("a.b")))
    assert [client.name for client in found.clients] == [client.name for client in load_clients()]
    assert {fit.word for fits in found.clients.values() for fit in fits} == {"not known"}
    assert {len(fits) for fits in found.clients.values()} == {2}
