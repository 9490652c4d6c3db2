"""An audit continues from its state: after an interruption, and with a log that has grown."""

from __future__ import annotations

import pickle
import sqlite3
from concurrent.futures import Future
from pathlib import Path
from typing import Any

import pytest

from conformance import UsageError, audit
from conformance.auditing import pieces
from conformance.auditing.worker import audit_pieces
from conformance.exit_codes import Exit
from tests.auditing.logs import lines, make_log, write
from tests.auditing.test_formats import found

PLANTED = {
    "state.same-text": 3,
    "response.usage.total": 2,
    "response.usage.repeated": 2,
    "response.constant-length": 1,
}


def without_times(report: Any) -> dict[str, Any]:
    document: dict[str, Any] = report.as_dict()
    return {name: value for name, value in document.items() if name not in ("started", "seconds")}


@pytest.fixture
def small_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    """A log has many pieces."""
    monkeypatch.setattr(pieces, "PIECE", 20_000)


@pytest.mark.usefixtures("small_pieces")
def test_a_log_in_many_pieces_gets_the_same_report(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    log = write(make_log(7, 200, PLANTED), tmp_path / "log")
    many = without_times(audit(log, workers=0))
    monkeypatch.setattr(pieces, "PIECE", 10**9)
    assert many == without_times(audit(log, workers=0))


@pytest.mark.usefixtures("small_pieces")
def test_an_interrupted_audit_continues(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    log = write(make_log(7, 200, PLANTED), tmp_path / "log")
    whole = without_times(audit(log, workers=0))
    calls = 0

    def interrupted(*arguments: Any) -> Any:
        nonlocal calls
        calls += 1
        if calls == 3:
            raise KeyboardInterrupt
        return audit_pieces(*arguments)

    monkeypatch.setattr("conformance.auditing.run.audit_pieces", interrupted)
    first = audit(log, workers=0, state=tmp_path / "state")
    assert first.code == Exit.INTERRUPTED
    assert 0 < first.as_dict()["audit"]["exchanges"] < whole["audit"]["exchanges"]
    second = without_times(audit(log, workers=0, state=tmp_path / "state"))
    assert second == whole


def test_a_log_that_has_grown_is_audited_from_where_it_ended(tmp_path: Path) -> None:
    log = make_log(8, 120, PLANTED)
    written = [*lines(log, "exchanges")]
    file, state = tmp_path / "log", tmp_path / "state"
    half = b"".join(written[:150])
    file.write_bytes(half + written[150][:40])  # the last line is not complete yet
    assert audit(file, workers=0, state=state).as_dict()["audit"]["unread"] == []
    file.write_bytes(b"".join(written))
    report = audit(file, workers=0, state=state)
    assert found(report) == dict(log.planted)
    assert without_times(report) == without_times(audit(file, workers=0))
    again = audit(file, workers=0, state=state)
    assert without_times(again) == without_times(report)


def test_another_log_of_the_same_name_replaces_what_was_known(tmp_path: Path) -> None:
    file, state = tmp_path / "log", tmp_path / "state"
    audit(write(make_log(9, 50, {"response.usage.total": 4}), file), workers=0, state=state)
    other = make_log(10, 80)
    other.exchanges = other.exchanges[10:]
    new = write(other, file)
    assert without_times(audit(new, workers=0, state=state)) == without_times(audit(new, workers=0))


def test_compressed_files_are_known_as_a_whole(tmp_path: Path) -> None:
    file, state = tmp_path / "log.gz", tmp_path / "state"
    write(make_log(11, 30), file)
    first = without_times(audit(file, workers=0, state=state))
    assert without_times(audit(file, workers=0, state=state)) == first


def test_a_state_of_other_settings_or_of_another_program_is_a_usage_error(tmp_path: Path) -> None:
    file, state = write(make_log(12, 10), tmp_path / "log"), tmp_path / "state"
    audit(file, workers=0, state=state)
    with pytest.raises(UsageError, match="another profile"):
        audit(file, workers=0, state=state, profile="openai")
    state.write_bytes(b"no database" * 100)
    with pytest.raises(UsageError, match=r"state: .* cannot be used"):
        audit(file, workers=0, state=state)


def test_a_state_cannot_run_code(tmp_path: Path) -> None:
    file, state = write(make_log(12, 10), tmp_path / "log"), tmp_path / "state"
    audit(file, workers=0, state=state)
    with sqlite3.connect(state) as database:
        database.execute("update pieces set summary = ?", (pickle.dumps(Future),))
    database.close()
    with pytest.raises(UsageError, match="is damaged"):
        audit(file, workers=0, state=state)
