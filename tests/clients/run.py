"""Real clients, and the contract's own code samples, against the reference server.

    python -m tests.clients.run [--update] [--directory DIR] [NAME...]

Ends with 0 when each gets right vectors and sends what ``sends.yaml`` says, and each sample needs the changes that
``samples.yaml`` says; with 1 when not; with 2 for a name that there is not; with 3 when something could not be
installed or started, so that nothing was learnt.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from conformance import Contract
from conformance.contract import closest
from conformance.reference import TokenizerUnavailable
from tests.clients.catalogue import HERE, Client, load_clients
from tests.clients.samples import Sample, extract
from tests.clients.sending import Row, differences
from tests.clients.session import Finding
from tests.clients.starting import running_session
from tests.clients.table import FILE, load_table, save_table
from tests.installing import SetupError

DIRECTORY = HERE.parents[1] / "build" / "clients"


def main(arguments: Sequence[str] | None = None) -> int:
    """Run, compare and print; the exit code."""
    parser = _parser()
    given = parser.parse_args(arguments)
    subjects: list[Sample | Client] = [*extract(Contract.load()), *load_clients()]
    known = {subject.name: subject for subject in subjects}
    for name in given.names:
        if name not in known:
            near = closest(name, known) or ", ".join(known)
            parser.error(f"expected a client or a sample, found {name!r}; did you mean {near}?")
    try:
        findings = list(_run([known[name] for name in given.names or known], given.directory, given.update))
    except (SetupError, TokenizerUnavailable, TimeoutError) as error:
        print(f"nothing was learnt, what is needed is not there: {error}", file=sys.stderr)
        return 3
    bad = [finding.name for finding in findings if finding.problems]
    print(f"\n{len(findings) - len(bad)} of {len(findings)} as expected; all files are in {given.directory}")
    return 1 if bad else 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tests.clients.run", allow_abbrev=False)
    parser.add_argument("names", nargs="*", metavar="NAME", help="of clients and samples; default: all")
    parser.add_argument(
        "--update", action="store_true", help=f"write what is sent to {FILE.name}, in place of comparing it"
    )
    parser.add_argument(
        "--directory", type=Path, default=DIRECTORY, help="for all that is installed and written"
    )
    return parser


def _run(subjects: Sequence[Sample | Client], directory: Path, update: bool) -> Iterator[Finding]:
    table = load_table()
    rows: dict[str, Row] = {}
    directory.mkdir(parents=True, exist_ok=True)
    with running_session(directory) as session:
        for subject in subjects:
            found = session.sample(subject) if isinstance(subject, Sample) else session.client(subject)
            if found.row is not None:
                rows[found.name] = found.row
                if not update:
                    changes = differences(table.get(found.name), found.row)
                    found = replace(found, problems=[*found.problems, *changes])
            _print(found)
            yield found
    if update:
        names = [client.name for client in load_clients()]
        merged = {**table, **rows}
        save_table({name: merged[name] for name in names if name in merged})
        print(f"\n{FILE.name} is written: look at what changed")


def _print(finding: Finding) -> None:
    sign = "WRONG" if finding.problems else "right"
    print(f"{sign} {finding.name:<28} {finding.seconds:4.1f} s  {finding.summary}", flush=True)
    for problem in finding.problems:
        print(f"      {problem}", flush=True)


if __name__ == "__main__":
    sys.exit(main())
