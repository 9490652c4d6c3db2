"""A run needs less than 300 MB, on servers with large responses too."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from conformance.config.headers import header_lines
from conformance.contract import Contract
from conformance.reference import default_credentials
from tests.reference.server_process import served_process

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="the limit is that of Linux")

MEGABYTES = 300
OF_CORRECT_SERVER = 250
"""Megabytes of a run against a server whose responses are not unusually large."""

STOPPED_AT_MEGABYTES = 2000
SECONDS = 400
MEASURED = Path(__file__).parents[1] / "hostile" / "measured.py"
LARGEST = {"long_numbers": "meaning.batch.largest", "padded": "http.error.json"}
"""Requirements that need the largest responses of some servers."""


def measured_run(app: str, folder: Path, *options: str) -> dict[str, float]:
    """Run the suite against an application of ``large_answers``; gives the exit code and the peak of the memory."""
    contract, result = Contract.load(), folder / "result.json"
    keys = [f"--header={line}" for line in header_lines(contract, default_credentials(contract))]
    served = f"__import__('tests.checks.large_answers', fromlist=['{app}']).{app}"
    with served_process(folder / "server.log", served) as server, (folder / "run.log").open("wb") as log:
        url = f"http://127.0.0.1:{server.port}/v1"
        run = [sys.executable, "-m", "conformance", "run", url, *keys, *options]
        limits = [str(SECONDS), str(STOPPED_AT_MEGABYTES), str(result)]
        subprocess.run([sys.executable, str(MEASURED), *limits, *run], stdout=log, stderr=log, check=True)
    measures: dict[str, float] = json.loads(result.read_text("utf-8"))
    print(app, measures)
    return measures


@pytest.mark.parametrize("app", [pytest.param("long_numbers", marks=pytest.mark.slow), "padded"])
def test_large_responses_need_little_memory(app: str, tmp_path: Path) -> None:
    measures = measured_run(app, tmp_path, f"--only={LARGEST[app]}")
    assert measures["code"] == 0, (tmp_path / "run.log").read_text("utf-8")
    assert measures["megabytes"] < MEGABYTES


@pytest.mark.slow
@pytest.mark.parametrize(
    ("app", "megabytes"),
    [("reference", OF_CORRECT_SERVER), *((app, MEGABYTES) for app in ("long_numbers", "padded", "bombs"))],
)
def test_a_whole_run_needs_little_memory(app: str, megabytes: int, tmp_path: Path) -> None:
    measures = measured_run(app, tmp_path)
    assert measures["code"] == 0, (tmp_path / "run.log").read_text("utf-8")
    assert measures["megabytes"] < megabytes
