"""Audits of object storage, of zstd, and on a Dask cluster: ``tox -e storage`` has the packages."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from conformance import UsageError, audit
from tests.auditing.logs import lines, make_log, write
from tests.auditing.test_continuing import PLANTED, without_times
from tests.auditing.test_formats import found

pytestmark = [pytest.mark.storage, pytest.mark.filterwarnings("default")]


@pytest.fixture(scope="module")
def bucket() -> Iterator[Any]:
    """A bucket of a server of S3 on this machine."""
    from moto.server import ThreadedMotoServer

    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0)
    server.start()
    host, port = server.get_host_and_port()
    names = {
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_ENDPOINT_URL": f"http://{host}:{port}",
    }
    before = {name: os.environ.get(name) for name in names}
    os.environ.update(names)
    try:
        import s3fs

        system = s3fs.S3FileSystem()
        system.mkdir("logs")
        yield system
    finally:
        server.stop()
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value


def test_objects_of_s3_are_a_log(bucket: Any, tmp_path: Path) -> None:
    log = make_log(20, 60, PLANTED)
    for number, line in enumerate(lines(log, "litellm")):
        bucket.pipe(f"logs/2030/{number:05}.json", line)
    bucket.pipe("logs/day.jsonl.gz", write(log, tmp_path / "day.jsonl.gz").read_bytes())
    assert found(audit("s3://logs/2030/*.json", workers=0)) == dict(log.planted)
    assert found(audit("s3://logs/2030", workers=0)) == dict(log.planted)
    report = audit("s3://logs/day.jsonl.gz", workers=0)
    assert found(report) == dict(log.planted)
    assert report.as_dict()["audit"]["problems"] == []


@pytest.mark.usefixtures("bucket")
def test_a_bucket_that_does_not_exist_is_a_usage_error() -> None:
    with pytest.raises(UsageError, match="s3://nothing-here"):
        audit("s3://nothing-here/day.jsonl", workers=0)


def test_zstd_is_read(tmp_path: Path) -> None:
    import zstandard

    log = make_log(21, 60, PLANTED)
    packed = zstandard.compress(b"".join(lines(log, "exchanges")))
    (tmp_path / "log.zst").write_bytes(packed)
    (tmp_path / "cut.zst").write_bytes(packed[: len(packed) // 2])
    assert found(audit(tmp_path / "log.zst", workers=0)) == dict(log.planted)
    (problem,) = audit(tmp_path / "cut.zst", workers=0).as_dict()["audit"]["problems"]
    assert "zstd" in problem["problem"]


def test_a_cluster_that_loses_a_worker_gives_the_same_report(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from distributed import Client, LocalCluster

    for number in range(24):
        write(make_log(number, 250, PLANTED, mixed=False), tmp_path / f"{number:02}.jsonl")
    expected = without_times(audit(tmp_path, workers=0))
    with (
        LocalCluster(n_workers=4, threads_per_worker=1, dashboard_address=None, host="127.0.0.1") as cluster,
        Client(cluster) as client,
    ):
        killed: list[Any] = []

        def kill_one(done: Any) -> None:
            if not killed and done.records:
                killed.append(next(iter(cluster.workers.values())))
                killed[0].process.process._process.kill()

        monkeypatch.setattr("conformance.auditing.pieces.PIECE", 2**17)
        report = audited_with(tmp_path, client, kill_one)
        assert killed
        assert without_times(report) == expected
        address = client.scheduler.address
        assert without_times(audit(tmp_path, scheduler=address)) == expected


def audited_with(folder: Path, client: Any, on_progress: Any) -> Any:
    from conformance.auditing.command import AuditOptions, prepare_audit
    from conformance.config.settings import configure

    prepared = prepare_audit([str(folder)], configure({}, None), AuditOptions(client=client))
    return prepared.run(on_progress)


def test_a_scheduler_that_does_not_respond_is_a_usage_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("conformance.auditing.executors.CONNECT_SECONDS", 1)
    with pytest.raises(UsageError, match=r"scheduler: cannot connect to tcp://127\.0\.0\.1:1"):
        audit(write(make_log(1, 3), tmp_path / "log"), scheduler="tcp://127.0.0.1:1")
