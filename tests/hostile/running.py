"""Start a hostile target in its own process, run the suite against it in another one, and judge the run."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from conformance.config.headers import header_lines
from conformance.contract import Contract
from conformance.contract.spec_files import vendored_document
from conformance.reference import default_credentials
from conformance.report.model.loader import UnreadableReport, load_report

from .expected import Expected
from .heads import encodings
from .serve import PROFILE

ROOT = Path(__file__).resolve().parents[2]
TO_END = 10.0
"""Seconds in which a run starts, and ends after its time is up."""

MEGABYTES = 300
STOPPED_AT_MEGABYTES = 1500
"""A run that takes so much memory is killed."""


@dataclass(frozen=True, slots=True)
class Finished:
    """A run that has ended: exit code, seconds, peak of memory; output of the run and of the target; the report."""

    code: int
    seconds: float
    megabytes: int
    output: str
    target_output: str
    report: Path

    def problems(self, expected: Expected) -> Iterator[str]:
        """Yield what is wrong with this run."""
        if self.code not in expected.codes:
            yield f"expected exit code {' or '.join(map(str, expected.codes))}, found {self.code}"
        if self.seconds > expected.seconds:
            yield f"expected at most {expected.seconds:g} s, found {self.seconds:.1f} s"
        if self.megabytes > MEGABYTES:
            yield f"expected at most {MEGABYTES} MB, found {self.megabytes} MB"
        if not re.search(expected.sentence, self.output):
            yield f"expected {expected.sentence!r} in the output, found {self.output[-300:]!r}"
        if self.target_output:
            yield f"the target wrote {self.target_output[-300:]!r}"
        yield from self._leaks()
        try:
            yield from expected.problems(load_report(self.report))
        except UnreadableReport as error:
            yield str(error)

    def _leaks(self) -> Iterator[str]:
        written = self.output + (self.report.read_text("utf-8") if self.report.exists() else "")
        for secret in default_credentials(Contract.load(profile=PROFILE)).values():
            yield from (
                f"the credential was printed: {form}" for form in encodings(secret) if form in written
            )


def run(
    name: str, expected: Expected, small_contract: Path, folder: Path, only: Sequence[str] = ()
) -> Finished:
    """Run the suite against the target *name*, with files in *folder*; all of it, or requirements by their globs."""
    contract = vendored_document() if expected.whole else small_contract
    result, output, errors = folder / "result.json", folder / "output.txt", folder / "target.txt"
    report = folder / "report.json"
    with serving(name, contract, errors) as url, output.open("w") as file:
        selection = [f"--only={glob}" for glob in only]
        command = [*suite(url, expected, contract), *selection, f"--json={report}"]
        limits = [str(2 * expected.seconds), str(STOPPED_AT_MEGABYTES), str(result)]
        measured = [sys.executable, str(ROOT / "tests/hostile/measured.py"), *limits, *command]
        subprocess.run(measured, stdout=file, stderr=file, check=True, cwd=folder)
    measures = json.loads(result.read_text("utf-8"))
    return Finished(
        **measures, output=output.read_text("utf-8"), target_output=errors.read_text("utf-8"), report=report
    )


@contextmanager
def serving(name: str, contract: Path, errors: Path) -> Iterator[str]:
    """Serve the target *name* in a process until the end of the block. Gives its base URL."""
    command = [sys.executable, "-m", "tests.hostile.serve", name, str(contract)]
    with (
        errors.open("w") as file,
        subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=file, text=True) as process,
    ):
        assert process.stdout is not None
        try:
            yield process.stdout.readline().strip()
        finally:
            process.kill()


def suite(url: str, expected: Expected, contract: Path) -> list[str]:
    """The command that runs the suite against *url*."""
    loaded = Contract.load(contract, profile=PROFILE)
    keys = [f"--header={line}" for line in header_lines(loaded, default_credentials(loaded))]
    limit = f"--max-seconds={expected.seconds - TO_END:g}"
    options = [f"--contract={contract}", f"--profile={PROFILE}", "--examples=5", limit, *expected.options]
    return [sys.executable, "-m", "conformance", "run", url, *options, *keys]
