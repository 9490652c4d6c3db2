from __future__ import annotations

import pytest

from conformance.report.model.root_causes import causes
from tests.report.documents import row


def test_among_equals_the_cause_that_blocks_more_comes_first() -> None:
    rows = [row("a", "fail"), row("b", "fail"), row("c", "blocked", blocked_by="b")]
    assert [cause.row["id"] for cause in causes(rows)] == ["b", "a"]


def test_a_cause_has_the_most_severe_standing_of_what_it_blocks() -> None:
    known = row("a", "fail", level="should", standing="known")
    rows = [row("b", "fail", level="should"), known, row("c", "blocked", blocked_by="a")]
    assert [(cause.row["id"], cause.standing) for cause in causes(rows)] == [("a", "bad"), ("b", "bad")]


def test_a_blocking_requirement_is_a_cause_even_if_it_did_not_fail() -> None:
    rows = [row("a", "not-tested"), row("b", "blocked", blocked_by="a")]
    (cause,) = causes(rows)
    assert (cause.row["id"], [blocked["id"] for blocked in cause.blocked]) == ("a", ["b"])


def test_a_blocked_requirement_without_blocked_by_is_its_own_cause() -> None:
    (cause,) = causes([row("a", "blocked")])
    assert (cause.row["id"], cause.blocked) == ("a", ())


def test_passed_and_unsupported_requirements_are_not_causes() -> None:
    assert causes([row("a"), row("b", "unsupported")]) == []


def test_an_unknown_blocked_by_is_an_error() -> None:
    with pytest.raises(KeyError):
        causes([row("a", "blocked", blocked_by="missing")])
