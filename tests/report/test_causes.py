from __future__ import annotations

import pytest

from conformance.report.model.root_causes import causes
from tests.report.documents import row


def test_what_blocks_more_comes_first_among_equals() -> None:
    rows = [row("a", "fail"), row("b", "fail"), row("c", "blocked", blocked_by="b")]
    assert [cause.row["id"] for cause in causes(rows)] == ["b", "a"]


def test_a_cause_is_as_bad_as_the_worst_that_it_blocks() -> None:
    known = row("a", "fail", level="should", standing="known")
    rows = [row("b", "fail", level="should"), known, row("c", "blocked", blocked_by="a")]
    assert [(cause.row["id"], cause.standing) for cause in causes(rows)] == [("a", "bad"), ("b", "bad")]


def test_what_blocks_is_told_although_nothing_is_wrong_with_it_itself() -> None:
    rows = [row("a", "not-tested"), row("b", "blocked", blocked_by="a")]
    (cause,) = causes(rows)
    assert (cause.row["id"], [blocked["id"] for blocked in cause.blocked]) == ("a", ["b"])


def test_what_is_blocked_by_nothing_that_is_named_stands_by_itself() -> None:
    (cause,) = causes([row("a", "blocked")])
    assert (cause.row["id"], cause.blocked) == ("a", ())


def test_what_passes_or_says_nothing_is_no_cause() -> None:
    assert causes([row("a"), row("b", "unsupported")]) == []


def test_a_row_that_is_blocked_by_an_unknown_one_is_an_error() -> None:
    with pytest.raises(KeyError):
        causes([row("a", "blocked", blocked_by="gone")])
