"""Real clients and the contract's own code samples against the reference server, and clients against faulty servers.

It also records the requests of HTTP stacks.

    python -m tests.clients.run [--update] [--directory DIR] [--contracts FOLDER] [NAME...]

Exit code 0: each client gets the right vectors and sends the request in ``sends.yaml``, each sample needs its
changes in ``samples.yaml``, each HTTP stack sends the request in ``spec/client-requests.yaml``, and openai-python
works with the reference server of each contract: of the included one under each profile, and of the documents in
FOLDER. At each faulty server (all of them: ``faults``), the suite's table of clients says what the clients did, as
in ``faulty/record.yaml``. 1: otherwise. 2: an unknown name. 3: something could not be installed or started.
"""

from __future__ import annotations

import argparse
import sys
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from conformance import Contract
from conformance.contract import closest_name
from conformance.reference import TokenizerUnavailable
from tests.clients.catalogue import HERE, Client, load_clients
from tests.clients.contracts import ContractCase, cases_in, included_cases, run_case
from tests.clients.faulty.comparison import changes_of_entry
from tests.clients.faulty.faults import FAULTY_SERVERS, FaultyServer
from tests.clients.faulty.record import FILE as RECORD
from tests.clients.faulty.record import load_record, save_record
from tests.clients.faulty.verification import verify, versions
from tests.clients.rows import Row, differences
from tests.clients.samples import Sample, extract
from tests.clients.session import Finding, recording_runner, running_session
from tests.clients.stacks import REQUESTS, Stack, load_entries, load_stacks, record, save_entries
from tests.clients.stacks import differences as differences_of_heads
from tests.clients.table import FILE, load_table, save_table
from tests.installing import SetupError

DIRECTORY = HERE.parents[1] / "build" / "clients"

Item = Sample | Client | Stack | ContractCase | FaultyServer

ALL_FAULTS = "faults"


def main(arguments: Sequence[str] | None = None) -> int:
    """Run, compare and print; return the exit code."""
    parser = _parser()
    given = parser.parse_args(arguments)
    known = _known(given.contracts)
    for name in given.names:
        if name not in known:
            near = closest_name(name, known) or ", ".join(known)
            parser.error(f"unknown client, sample or HTTP stack {name!r}; did you mean {near}?")
    chosen = [item for name in given.names or _names(known) for item in known[name]]
    stacks = [item for item in chosen if isinstance(item, Stack)]
    others = [item for item in chosen if isinstance(item, Sample | Client)]
    contracts = [item for item in chosen if isinstance(item, ContractCase)]
    faulty = [item for item in chosen if isinstance(item, FaultyServer)]
    try:
        findings = [
            *(_run(others, given.directory, given.update) if others else ()),
            *(_record(stacks, given.directory, given.update) if stacks else ()),
            *_run_contracts(contracts, given.directory),
            *(_verify(faulty, given.directory, given.update) if faulty else ()),
        ]
    except (SetupError, TokenizerUnavailable, TimeoutError) as error:
        print(f"could not install or start: {error}", file=sys.stderr)
        return 3
    bad = [finding.name for finding in findings if finding.problems]
    print(f"\n{len(findings) - len(bad)} of {len(findings)} as expected; the files are in {given.directory}")
    return 1 if bad else 0


def _known(contracts: Path | None) -> dict[str, list[Item]]:
    """Everything that can be run, by its name on the command line; *contracts* is a folder of documents."""
    known: dict[str, list[Item]] = defaultdict(list)
    items: list[Item] = [*extract(Contract.load()), *load_clients(), *load_stacks(), *_cases(contracts)]
    for item in items:
        known[item.name].append(item)
    for name, server in FAULTY_SERVERS.items():
        known[f"{ALL_FAULTS}:{name}"].append(server)
        known[ALL_FAULTS].append(server)
    return known


def _names(known: Iterable[str]) -> list[str]:
    """The names that select everything once."""
    return [name for name in known if not name.startswith(f"{ALL_FAULTS}:")]


def _cases(folder: Path | None) -> Iterator[ContractCase]:
    """The contracts, and those of the documents in *folder*; prints which of them the SDK cannot be used with."""
    yield from included_cases()
    for found in cases_in(folder) if folder else ():
        if isinstance(found, str):
            print(f"left out: {found}", flush=True)
        else:
            yield found


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tests.clients.run", allow_abbrev=False)
    parser.add_argument(
        "names",
        nargs="*",
        metavar="NAME",
        help="clients, samples, HTTP stacks, contracts, faults (default: all)",
    )
    parser.add_argument(
        "--update",
        action="store_true",
        help=f"write {FILE.name}, {REQUESTS.name} and {RECORD.name} instead of comparing with them",
    )
    parser.add_argument(
        "--contracts",
        type=Path,
        metavar="FOLDER",
        help="also run openai-python with the OpenAPI documents in it",
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


def _record(stacks: Sequence[Stack], directory: Path, update: bool) -> Iterator[Finding]:
    directory.mkdir(parents=True, exist_ok=True)
    entries = load_entries()
    for recorded in record(stacks, recording_runner(directory)):
        stack, problems = recorded.stack, list(recorded.problems)
        if update and not problems:
            entries[stack.name] = recorded.as_entry()
        elif not problems:
            problems = list(differences_of_heads(entries.get(stack.name), recorded))
        summary = f"{stack.package} {recorded.version}: {len(recorded.head)} lines"
        found = Finding(stack.name, summary, recorded.seconds, problems)
        _print(found)
        yield found
    if update:
        save_entries([entries[stack.name] for stack in load_stacks() if stack.name in entries])
        print(f"\n{REQUESTS.name} is written; review the changes")


def _run_contracts(cases: Sequence[ContractCase], directory: Path) -> Iterator[Finding]:
    directory.mkdir(parents=True, exist_ok=True)
    for case in cases:
        result = run_case(case, recording_runner(directory))
        summary = "; ".join(f"{name}: {text}" for name, text in result.results.items())
        found = Finding(case.name, summary, result.seconds, result.problems)
        _print(found)
        yield found


def _verify(servers: Sequence[FaultyServer], directory: Path, update: bool) -> Iterator[Finding]:
    directory.mkdir(parents=True, exist_ok=True)
    runner = recording_runner(directory)
    _, entries = load_record()
    for verified in verify(servers, runner):
        name, entry = verified.server.name, verified.as_entry()
        problems = list(verified.problems)
        if update:
            entries[name] = entry
        else:
            problems += changes_of_entry(entries.get(name), entry)
        summary = "\n      ".join(
            [f"{verified.server.does}: client, what it did, the table", *verified.lines()]
        )
        found = Finding(f"{ALL_FAULTS}:{name}", summary, verified.seconds, problems)
        _print(found)
        yield found
    if update:
        save_record(versions(), {name: entries[name] for name in FAULTY_SERVERS if name in entries})
        print(f"\n{RECORD.name} is written; review the changes")


def _print(finding: Finding) -> None:
    sign = "WRONG" if finding.problems else "right"
    print(f"{sign} {finding.name:<28} {finding.seconds:4.1f} s  {finding.summary}", flush=True)
    for problem in finding.problems:
        print(f"      {problem}", flush=True)


if __name__ == "__main__":
    sys.exit(main())
