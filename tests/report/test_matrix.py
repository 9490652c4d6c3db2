"""The matrix as data."""

from __future__ import annotations

from typing import Any

import pytest

from conformance.contract import load_clients
from conformance.report.matrix.model import SIGNS, TONES, Matrix, compare_servers, result_sign
from tests.report.documents import document, row


def server(name: str | None, *rows: dict[str, Any], **changes: Any) -> dict[str, Any]:
    """The report of a server with a name, or without one."""
    url = "http://127.0.0.1:8787/v1"
    return document(*rows, target={"url": url, "server_header": "it", "name": name}, **changes)


def side_by_side(*documents: dict[str, Any]) -> Matrix:
    return compare_servers(documents, load_clients())


def test_servers_are_in_the_given_order_with_their_names_or_urls() -> None:
    found = side_by_side(server("zeta", row("a.b")), server(None, row("a.b")), document(row("a.b")))
    assert [(one.letter, one.label) for one in found.servers] == [
        ("A", "zeta"),
        ("B", "http://127.0.0.1:8787/v1"),
        ("C", "http://127.0.0.1:8787/v1"),
    ]


def test_letters_continue_after_z() -> None:
    found = side_by_side(*(server(str(number), row("a.b")) for number in range(703)))
    assert [found.servers[n].letter for n in (25, 26, 51, 52, 701, 702)] == [
        "Z",
        "AA",
        "AZ",
        "BA",
        "ZZ",
        "AAA",
    ]


def test_a_cell_has_the_requirements_of_an_area_by_result_most_severe_first() -> None:
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
def test_a_cell_is_green_if_all_requirements_were_tested_and_passed(verdicts: list[str], tone: str) -> None:
    rows = (row(f"a.{number}", verdict) for number, verdict in enumerate(verdicts))
    (cell,) = side_by_side(server("one", *rows)).areas["a"]
    assert cell.tone == tone


def test_a_failed_should_differs_from_a_failed_must() -> None:
    assert result_sign(row("a.b", "fail", level="should")) == "failed SHOULD"
    assert TONES["failed SHOULD"] != TONES["failed MUST"]
    assert result_sign(None) == "absent"


def test_every_verdict_has_a_unique_sign() -> None:
    verdicts = ("pass", "fail", "blocked", "inconclusive", "error", "unsupported", "not-tested")
    assert {result_sign(row("a.b", verdict)) for verdict in verdicts} <= set(SIGNS)
    assert len(set(SIGNS.values())) == len(SIGNS)
    assert set(TONES) <= set(SIGNS)


def test_failing_differing_and_same_requirements_are_separate() -> None:
    one = [
        row("a.same"),
        row("a.fails"),
        row("a.differs"),
        row("a.alone"),
        row("a.should", "fail", level="should"),
    ]
    other = [row("a.same"), row("a.fails", "fail"), row("a.differs", "unsupported"), row("a.should")]
    found = side_by_side(server("one", *one), server("other", *other))
    assert [line.row["id"] for line in found.failing] == ["a.fails", "a.should"]
    assert [line.row["id"] for line in found.differing] == ["a.differs", "a.alone"]
    assert found.same == 1
    assert found.differing[1].results == ["passed", "absent"]
    assert found.failing[0].results == ["passed", "failed MUST"]
    assert [(s.letter, r["id"]) for s, r in found.not_passed(found.failing[0])] == [("B", "a.fails")]
    assert {
        k: [s.letter for s in some] for k, some in found.servers_by_result(found.differing[1]).items()
    } == {
        "passed": ["A"],
        "absent": ["B"],
    }


def test_a_requirement_has_the_levels_of_all_profiles() -> None:
    found = side_by_side(
        server("one", row("a.b", "fail", level="should")), server("other", row("a.b", "fail"))
    )
    (line,) = found.failing
    assert line.levels == "MUST / SHOULD"
    assert line.results == ["failed SHOULD", "failed MUST"]


def test_notes_list_the_differences_between_runs() -> None:
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


def test_notes_list_interrupted_and_failed_runs() -> None:
    bad = [server("one", row("a.b"), interrupted=True), server("two", row("a.b"), exit_code=5)]
    assert [note.partition(":")[0] for note in side_by_side(*bad).notes] == [
        "The run of A was interrupted",
        "The run of B ended with exit code 5.",
    ]


def test_each_client_has_a_label_for_each_server() -> None:
    found = side_by_side(server("one", row("a.b")), server("two", row("a.b")))
    assert [client.name for client in found.clients] == [client.name for client in load_clients()]
    assert {one.label for compatibilities in found.clients.values() for one in compatibilities} == {
        "not known"
    }
    assert {len(compatibilities) for compatibilities in found.clients.values()} == {2}
