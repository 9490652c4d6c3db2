"""A response of a batch is judged with its request, which is in another file."""

from __future__ import annotations

import gzip
import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from conformance import audit
from tests.auditing.logs import lines, make_log, write
from tests.auditing.test_formats import found

PLANTED = {"response.count": 2, "state.same-text": 2, "response.usage.total": 1}


def write_batch(folder: Path, ending: str = "") -> Counter[str]:
    """Write the files of a batch with the violations PLANTED; returns these."""
    log = make_log(31, 80, PLANTED, mixed=False)
    write(log, folder / f"output.jsonl{ending}", "batch-output")
    write(log, folder / f"input.jsonl{ending}", "batch-input")
    return log.planted


@pytest.mark.parametrize("ending", ["", ".gz"])
@pytest.mark.parametrize("workers", [0, 2])
def test_both_files_show_what_a_log_shows(tmp_path: Path, workers: int, ending: str) -> None:
    planted = write_batch(tmp_path, ending)
    assert found(audit(tmp_path, workers=workers)) == dict(planted)


def test_without_its_input_an_output_shows_less(tmp_path: Path) -> None:
    planted = write_batch(tmp_path)
    shown = found(audit(tmp_path / "output.jsonl", workers=0))
    assert shown == {id: planted[id] for id in ("response.usage.total",)}


def test_an_id_of_two_batches_joins_nothing(tmp_path: Path) -> None:
    write_batch(tmp_path)
    other = make_log(32, 80, {})
    write(other, tmp_path / "other-input.jsonl", "batch-input")
    assert "response.count" not in found(audit(tmp_path, workers=0))


def test_damaged_input_is_no_crash(tmp_path: Path) -> None:
    write_batch(tmp_path)
    deep: Any = "river"
    for _ in range(400):
        deep = [deep]
    record = {"custom_id": "deep", "method": "POST", "url": "/v1/embeddings", "body": {"input": deep}}
    broken = [b'{"custom_id": ', b"\xff", b"[]", b'{"custom_id": 7, "method": 1, "url": 2, "body": 3}', b""]
    content = b"\n".join([*broken, json.dumps(record).encode()])
    (tmp_path / "broken.jsonl").write_bytes(content)
    (tmp_path / "cut.jsonl.gz").write_bytes(
        gzip.compress(b"".join(lines(make_log(33, 9, {}), "batch-input")))[:300]
    )
    assert found(audit(tmp_path / "output.jsonl", tmp_path / "broken.jsonl", workers=0))
    assert audit(tmp_path, workers=0).as_dict()["audit"]["files"] == 4
