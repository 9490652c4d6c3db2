"""What cannot be read is counted by reason, and never a violation; the rest is audited."""

from __future__ import annotations

import gzip
import json
import os
import pickle
import re
import sqlite3
import sys
from pathlib import Path
from random import Random
from typing import Any

import numpy as np
import pytest

from conformance import UsageError, audit
from conformance.auditing import lines as lines_module
from conformance.auditing import observations, run, store
from conformance.auditing.files import MissingPackage, open_log
from conformance.auditing.vectors import Vectors
from conformance.errors import ConfigurationError
from tests.auditing.logs import as_exchange, as_litellm, lines, make_log, plain, write
from tests.auditing.test_formats import found

GOOD = make_log(5, 20, mixed=False)


def records() -> list[bytes]:
    return [*lines(GOOD, "exchanges")]


def audited(file: Path, **options: Any) -> dict[str, Any]:
    report = audit(file, workers=0, **options)
    assert found(report) == {}
    section: dict[str, Any] = report.as_dict()["audit"]
    return section


def reasons(section: dict[str, Any]) -> dict[str, int]:
    return {one["reason"]: one["records"] for one in section["unread"]}


def test_damaged_lines_are_counted_by_reason(tmp_path: Path) -> None:
    good = records()
    damaged = [
        good[0][:200] + b"\n",
        b"\xff\xfe{}\n",
        b"hello\n",
        b"[1, 2]\n",
        b'{"a": 1}\n',
        b"\n",
        b" \r\n",
    ]
    (tmp_path / "log").write_bytes(b"\xef\xbb\xbf" + b"".join([*damaged, *good]))
    section = audited(tmp_path / "log")
    assert reasons(section) == {
        "it is not JSON; it ends early": 1,
        "it is not UTF-8": 1,
        "it is not JSON": 1,
        "its format is not known": 2,
    }
    assert section["exchanges"] == len(good)
    assert section["unread"][0]["first"].startswith(str(tmp_path / "log"))


def test_a_line_that_is_too_long_is_skipped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lines_module, "MAX_LINE", 50_000)
    good = records()
    long = b'{"request": "' + b"a" * 3_000_000 + b'"}\n'
    (tmp_path / "log").write_bytes(good[0] + long + b"".join(good[1:]))
    section = audited(tmp_path / "log")
    assert reasons(section) == {"it is longer than 64 MiB": 1}
    assert section["unread"][0]["first"].endswith(":2")
    assert section["exchanges"] == len(good)


def test_gzip_that_ends_early_is_audited_up_to_there(tmp_path: Path) -> None:
    packed = gzip.compress(b"".join(records()), 1)
    (tmp_path / "log.gz").write_bytes(packed[: len(packed) // 2])
    section = audited(tmp_path / "log.gz")
    assert section["problems"] == [{"file": str(tmp_path / "log.gz"), "problem": "its gzip data ends early"}]
    assert 0 < section["exchanges"] < len(records())


def test_several_members_of_gzip_are_one_file(tmp_path: Path) -> None:
    (tmp_path / "log").write_bytes(b"".join(gzip.compress(one) for one in records()))
    assert audited(tmp_path / "log")["exchanges"] == len(records())


def test_bodies_that_a_logger_cut_or_redacted_are_no_violation(tmp_path: Path) -> None:
    cut = as_exchange(plain(1, Random(1)))
    cut["response"]["body"] = cut["response"]["body"][:100]
    redacted = as_litellm(plain(2, Random(2)))
    redacted["response"] = {"text": "redacted-by-litellm"}
    texts = [as_litellm(plain(number, Random(number))) for number in (3, 4, 5)]
    for one in texts:
        one["messages"] = "redacted-by-litellm"
    (tmp_path / "log").write_bytes(
        b"".join(json.dumps(one).encode() + b"\n" for one in (cut, redacted, *texts))
    )
    section = audited(tmp_path / "log")
    assert reasons(section)["its body ends early; the logger may have cut it"] == 1
    assert reasons(section)["the logger has redacted or cut its body"] >= 1


def test_a_file_without_permission_and_one_that_vanishes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(GOOD, tmp_path / "good.jsonl")
    write(GOOD, tmp_path / "secret.jsonl")
    write(GOOD, tmp_path / "gone.jsonl")

    def opened(name: str) -> Any:
        if "secret" in name:
            raise PermissionError(13, "Permission denied")
        if "gone" in name:
            raise FileNotFoundError(2, "No such file")
        return open_log(name)

    monkeypatch.setattr("conformance.auditing.worker.open_log", opened)
    section = audited(tmp_path)
    assert section["exchanges"] == len(GOOD.exchanges)
    assert [(Path(one["file"]).name, one["problem"]) for one in section["problems"]] == [
        ("gone.jsonl", "it does not exist any more"),
        ("secret.jsonl", "permission denied"),
    ]


def test_a_full_disk_ends_the_comparison_and_the_rest_is_audited(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(make_log(6, 30, {"response.usage.total": 2}), tmp_path / "log")
    add = store.Store._add

    def full(self: store.Store, result: Any, *, with_rows: bool) -> None:
        if with_rows:
            raise sqlite3.OperationalError("database or disk is full")
        add(self, result, with_rows=with_rows)

    monkeypatch.setattr(store.Store, "_add", full)
    report = audit(tmp_path / "log", workers=0)
    assert found(report) == {"response.usage.total": 2}
    assert report.as_dict()["audit"]["notes"] == [
        "The disk was full, so only a part of the texts was compared."
    ]


@pytest.mark.parametrize("sources", [["no-such-file"], ["no-such-*"], []])
def test_sources_without_files_are_a_usage_error(sources: list[str]) -> None:
    with pytest.raises(UsageError):
        audit(*sources)


def test_a_process_that_is_killed_costs_only_its_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(GOOD, tmp_path / "a.jsonl")
    write(GOOD, tmp_path / "b.jsonl")
    monkeypatch.setattr(run, "audit_pieces", kill_for_b)
    report = audit(tmp_path, workers=1)
    section = report.as_dict()["audit"]
    assert section["exchanges"] == len(GOOD.exchanges)
    assert [one["problem"] for one in section["problems"]] == [run.KILLED]


def test_a_missing_package_is_named_with_the_command_that_installs_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("fsspec", "zstandard", "distributed"):
        monkeypatch.setitem(sys.modules, name, None)
    (tmp_path / "log.zst").write_bytes(b"\x28\xb5\x2f\xfd rest")
    with pytest.raises(UsageError, match="needs zstandard; run: pip install zstandard"):
        audit(tmp_path / "log.zst", workers=0)
    with pytest.raises(UsageError, match="needs fsspec and s3fs; run: pip install fsspec s3fs"):
        audit("s3://bucket/log.jsonl", workers=0)
    with pytest.raises(UsageError, match=r"run: pip install 'embeddings-conformance\[cluster\]'"):
        audit(tmp_path, scheduler="tcp://127.0.0.1:1")


def test_an_error_of_another_process_keeps_its_message() -> None:
    error = pickle.loads(pickle.dumps(MissingPackage("zstd", "a file with zstd", "zstandard")))
    assert isinstance(error, ConfigurationError)
    assert str(error) == "zstd: a file with zstd needs zstandard; run: pip install zstandard"


def test_of_too_many_texts_a_part_is_compared(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("conformance.auditing.observations.MAX_VECTORS", 60)
    report = audit(write(make_log(6, 30), tmp_path / "log"), workers=0)
    assert found(report) == {}
    (note,) = report.as_dict()["audit"]["notes"]
    assert re.fullmatch(r"One text in \d+ was compared, chosen by its hash\.", note)


def test_texts_after_the_first_ones_are_sampled_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(observations, "MAX_VECTORS", 100)
    monkeypatch.setattr(observations, "WAITING", 10)
    monkeypatch.setattr(observations, "WAITING_COUNTS", 10)
    kept = observations.Observations()
    random = np.random.default_rng(1)
    for number in range(1_000):
        matrix = random.normal(size=(1, 8)).astype(np.float32)
        key, where = random.bytes(observations.KEY), (0, number, -1.0, 0, False)
        kept.add_vectors([key], Vectors(matrix, [1.0]), where)
        kept.add_count(key, where, 1)
    for rows in kept.packed():
        assert 25 < len(rows) <= 100
        assert not (rows["low"] % 2**kept.sampled).any()


def kill_for_b(pieces: Any, task: Any) -> Any:
    """Does what the worker does, unless a piece has to end the process."""
    from conformance.auditing.worker import audit_pieces

    if any("b.jsonl" in piece.name for piece in pieces):
        os._exit(9)
    return audit_pieces(pieces, task)
