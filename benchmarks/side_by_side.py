"""This suite and Schemathesis side by side, on servers of which it is known what is wrong with them.

    python -m benchmarks.side_by_side [--new]

Each tool tests each server over HTTP on loopback, with the same valid credentials, from a fresh start: the reference,
40 mutants of it spread over all areas, and every server that is correct in another way. Schemathesis runs all its
checks with 100 examples, and goes on after a failure; once on the vendored document, once on the one that our overlays
make of it. What a run gave is kept in ``side-by-side.jsonl``, so that an interrupted benchmark goes on where it was
(``--new`` begins again); the table goes to ``side-by-side.md``.

A fault is caught when something fails that does not fail on the reference. A false alarm is a kind of failure (a
requirement that is a MUST, a failure code of Schemathesis) on a server that is correct.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from random import Random
from threading import Thread

import uvicorn

from conformance import Contract
from conformance.contract.spec_files import vendored_document
from conformance.reference import BASE_PATH
from tests.faulty_servers.messages import Request, Response
from tests.faulty_servers.servers import Fault, Server, application, with_faults
from tests.mutants.all_mutants import mutants
from tests.mutants.different import different_servers
from tests.mutants.setup import Setup, credentials

HERE = Path(__file__).parent
RESULTS, TABLE = HERE / "side-by-side.jsonl", HERE / "side-by-side.md"
MUTANTS = 40
PATIENCE = 300
"""Seconds after which a run is given up."""

BIN = Path(sys.executable).parent


@dataclass(frozen=True)
class TestedServer:
    """``kind``: reference, mutant or different; ``breaks``: the requirement that a mutant was made to break."""

    kind: str
    name: str
    breaks: str = ""


@dataclass(frozen=True)
class Result:
    """What one tool said of one server: ``failed`` are kinds of failure; those of ``alarms`` say that it is wrong."""

    tool: str
    kind: str
    name: str
    breaks: str
    failed: Sequence[str]
    alarms: Sequence[str]
    requests: int
    seconds: float


Said = tuple[Sequence[str], Sequence[str]]


def ours(url: str, headers: Sequence[str], folder: Path) -> Said:
    """The requirements that fail, and those of them that are a MUST."""
    file = folder / "report.json"
    given = [part for header in headers for part in ("--header", header)]
    options = ["--tokenizer", "bytes", "--json", file]
    run([BIN / "embeddings-conformance", "run", url, *given, *options], folder)
    rows = json.loads(file.read_text("utf-8"))["requirements"]
    failed = [row["id"] for row in rows if row["verdict"] == "fail"]
    bad = [
        row["id"] for row in rows if row["level"] == "must" and row["verdict"] not in ("pass", "not-tested")
    ]
    return failed, bad


def schemathesis(document: Path) -> Callable[[str, Sequence[str], Path], Said]:
    """Schemathesis on *document*: the kinds of failure that it tells apart."""

    def said(url: str, headers: Sequence[str], folder: Path) -> Said:
        file = folder / "report.json"
        given = [part for header in headers for part in ("-H", header)]
        options = [
            "-c",
            "all",
            "-n",
            "100",
            "--seed",
            "1",
            "--generation-database",
            "none",
            "--continue-on-failure",
        ]
        report = ["--report", "json", "--report-json-path", file]
        run([BIN / "schemathesis", "run", document, "-u", url, *options, *report, *given], folder)
        titles = [failure["title"] for failure in json.loads(file.read_text("utf-8"))["failures"]]
        return titles, titles

    return said


def run(command: Sequence[object], folder: Path) -> None:
    """Run *command* to its end, whatever it finds."""
    subprocess.run(
        [str(part) for part in command], cwd=folder, capture_output=True, timeout=PATIENCE, check=False
    )


def chosen(contract: Contract) -> Iterator[TestedServer]:
    """The servers: as many mutants of each area as of every other, as far as there are so many."""
    yield TestedServer("reference", "the reference")
    left: dict[str, list[str]] = {}
    for name, mutant in mutants(contract).items():
        left.setdefault(mutant.breaks.split(".")[0], []).append(name)
    chance = Random(MUTANTS)
    names = [area.pop(chance.randrange(len(area))) for _ in range(MUTANTS) for area in left.values() if area]
    for name in sorted(names[:MUTANTS]):
        yield TestedServer("mutant", name, mutants(contract)[name].breaks)
    for different in different_servers(contract):
        yield TestedServer("different", different.name)


def fault_of(server: TestedServer, contract: Contract) -> Fault | None:
    """The fault of *server*, fresh; None for the reference."""
    if server.kind == "mutant":
        return mutants(contract)[server.name].fault
    return next((d.fault for d in different_servers(contract) if d.name == server.name), None)


@contextmanager
def served(server: Server) -> Iterator[tuple[str, list[int]]]:
    """*server* over HTTP: its base URL, and a list that grows with each request."""
    calls: list[int] = []

    async def counting(request: Request, correct: Server) -> Response:
        calls.append(1)
        return await correct(request)

    config = uvicorn.Config(application(with_faults(server, counting)), port=0, log_level="critical")
    http_server = uvicorn.Server(config)
    thread = Thread(target=http_server.run, daemon=True)
    thread.start()
    while not http_server.started:
        time.sleep(0.01)
    try:
        port = http_server.servers[0].sockets[0].getsockname()[1]
        yield f"http://127.0.0.1:{port}{BASE_PATH}", calls
    finally:
        http_server.should_exit = True
        thread.join()


def measure(
    tool: str, said: Callable[[str, Sequence[str], Path], Said], server: TestedServer, setup: Setup
) -> Result:
    """Let *tool* test *server*."""
    fault = fault_of(server, setup.contract)
    tested = with_faults(setup.correct, *([fault] if fault else []))
    headers = [f"{name}: {value}" for name, value in credentials(setup.contract)]
    with served(tested) as (url, calls), tempfile.TemporaryDirectory() as folder:
        begin = time.monotonic()
        try:
            failed, alarms = said(url, headers, Path(folder))
        except (subprocess.TimeoutExpired, FileNotFoundError) as error:
            failed, alarms = [], [f"no report: {type(error).__name__}"]
        seconds = round(time.monotonic() - begin, 1)
    return Result(tool, **asdict(server), failed=failed, alarms=alarms, requests=len(calls), seconds=seconds)


def table(results: Sequence[Result], tools: Sequence[str]) -> str:
    """The file: what each tool caught, server by server, after the sums."""
    found = {(r.tool, r.kind, r.name): r for r in results}
    usual = {tool: set(found[tool, "reference", "the reference"].failed) for tool in tools}

    def cell(tool: str, server: TestedServer) -> str:
        result = found[tool, server.kind, server.name]
        if server.kind == "mutant":
            return "caught" if set(result.failed) - usual[tool] else "missed"
        return ", ".join(result.alarms) or "none"

    servers = [TestedServer(r.kind, r.name, r.breaks) for r in results if r.tool == tools[0]]
    broken = [server for server in servers if server.kind == "mutant"]
    correct = [server for server in servers if server.kind != "mutant"]
    sums = []
    for tool in tools:
        own = [result for result in results if result.tool == tool]
        caught = sum(cell(tool, server) == "caught" for server in broken)
        kinds = {alarm for r in own if r.kind != "mutant" for alarm in r.alarms}
        alarmed = sum(bool(r.alarms) for r in own if r.kind != "mutant")
        requests, seconds = (
            sum(getattr(r, name) for r in own) / len(own) for name in ("requests", "seconds")
        )
        sums.append(
            f"| {tool} | {caught} | {len(broken) - caught} | {alarmed} of {len(correct)} ({len(kinds)} kinds) "
            f"| {requests:,.0f} | {seconds:.1f} |"
        )
    lines = [
        "# Side by side",
        "",
        "`python -m benchmarks.side_by_side` writes this page. The docstring of that module describes the method "
        "and defines the terms.",
        f"The tools tested {len(broken)} servers with one fault each, and {len(correct)} correct servers.",
        "Requests and seconds are averages per server.",
        "",
        "| tool | caught | missed | correct servers with a false alarm | requests | seconds |",
        "|---|---|---|---|---|---|",
        *sums,
    ]
    for title, part in (("Faults", broken), ("False alarms", correct)):
        lines += ["", f"## {title}", "", f"| server | {' | '.join(tools)} |", "|---" * (len(tools) + 1) + "|"]
        for server in part:
            shown = f"{server.name} (`{server.breaks}`)" if server.breaks else server.name
            lines.append(f"| {shown} | {' | '.join(cell(tool, server) for tool in tools)} |")
    return "\n".join(lines) + "\n"


def main() -> None:
    """Run what is not yet there, and write the table."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.side_by_side", allow_abbrev=False)
    parser.add_argument("--new", action="store_true", help="forget the results that are there")
    if parser.parse_args().new:
        RESULTS.unlink(missing_ok=True)
    contract = Contract.load()
    setup = Setup.of(contract)
    with tempfile.NamedTemporaryFile("w", suffix=".json") as overlaid:
        json.dump(contract.document, overlaid, default=dict)
        overlaid.flush()
        tools: Mapping[str, Callable[[str, Sequence[str], Path], Said]] = {
            "embeddings-conformance": ours,
            "Schemathesis, vendored document": schemathesis(vendored_document()),
            "Schemathesis, overlaid document": schemathesis(Path(overlaid.name)),
        }
        lines = RESULTS.read_text("utf-8").splitlines() if RESULTS.exists() else []
        done = {(r.tool, r.kind, r.name): r for r in (Result(**json.loads(line)) for line in lines)}
        wanted = [(tool, server) for server in chosen(contract) for tool in tools]
        for tool, server in wanted:
            if (tool, server.kind, server.name) not in done:
                result = measure(tool, tools[tool], server, setup)
                done[tool, server.kind, server.name] = result
                with RESULTS.open("a", encoding="utf-8") as file:
                    file.write(json.dumps(asdict(result)) + "\n")
                print(
                    f"{tool:<34} {server.kind:<10} {server.name}: {', '.join(result.failed) or 'nothing'}",
                    flush=True,
                )
    TABLE.write_text(table([done[tool, s.kind, s.name] for tool, s in wanted], [*tools]), "utf-8")
    print(f"{TABLE} is written")


if __name__ == "__main__":
    main()
