"""Real clients, and the contract's own code samples, against the reference server.

    python -m tests.clients.run [--update] [--directory DIR] [NAME...]

Exit code 0: each client gets the right vectors and sends the request in ``sends.yaml``, and each sample needs its
changes in ``samples.yaml``. 1: otherwise. 2: an unknown name. 3: something could not be installed or started.
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
from tests.clients.rows import Row, differences
from tests.clients.samples import Sample, extract
from tests.clients.session import Finding, running_session
from tests.clients.table import FILE, load_table, save_table
from tests.installing import SetupError

DIRECTORY = HERE.parents[1] / "build" / "clients"


def main(arguments: Sequence[str] | None = None) -> int:
    """Run, compare and print; return the exit code."""
    parser = _parser()
    given = parser.parse_args(arguments)
    items: list[Sample | Client] = [*extract(Contract.load()), *load_clients()]
    known = {item.name: item for item in items}
    for name in given.names:
        if name not in known:
            near = closest(name, known) or ", ".join(known)
            parser.error(f"unknown client or sample {name!r}; did you mean {near}?")
    try:
        findings = list(_run([known[name] for name in given.names or known], given.directory, given.update))
    except (SetupError, TokenizerUnavailable, TimeoutError) as error:
        print(f"could not install or start: {error}", file=sys.stderr)
        return 3
    bad = [finding.name for finding in findings if finding.problems]
    print(f"\n{len(findings) - len(bad)} of {len(findings)} as expected; the files are in {given.directory}")
    return 1 if bad else 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tests.clients.run", allow_abbrev=False)
    parser.add_argument("names", nargs="*", metavar="NAME", help="clients and samples (default: all)")
    parser.add_argument(
        "--update", action="store_true", help=f"write the requests to {FILE.name} instead of comparing them"
    )
    parser.add_argument(
        "--directory", type=Path, default=DIRECTORY, help="folder for packages and written files"
    )
    return parser


def _run(items: Sequence[Sample | Client], directory: Path, update: bool) -> Iterator[Finding]:
    table = load_table()
    rows: dict[str, Row] = {}
    directory.mkdir(parents=True, exist_ok=True)
    with running_session(directory) as session:
        for item in items:
            found = session.sample(item) if isinstance(item, Sample) else session.client(item)
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
        print(f"\n{FILE.name} is written; review the changes")


def _print(finding: Finding) -> None:
    sign = "WRONG" if finding.problems else "right"
    print(f"{sign} {finding.name:<28} {finding.seconds:4.1f} s  {finding.summary}", flush=True)
    for problem in finding.problems:
        print(f"      {problem}", flush=True)


if __name__ == "__main__":
    sys.exit(main())
