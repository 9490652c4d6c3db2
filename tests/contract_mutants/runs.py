"""What the suite finds with one contract: on its reference server, and on servers with one fault."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase
from pathlib import Path
from time import perf_counter
from typing import Any

from conformance.contract import Contract
from conformance.contract.openapi.source_file import read_file
from conformance.engine import Probe, Run, RunResult, Settings, Suite, Verdict, send_concurrently
from conformance.exit_codes import Exit
from conformance.reference import BASE_PATH, create_app
from tests.faulty_servers.servers import cached, server_of
from tests.mutants.setup import Setup, exit_of, failed

from .mutants import Mutant, mutants

MUTANTS = 10
"""The faulty servers of one contract."""

MAX_PROBES = 60
"""The probes of one requirement in the run against a faulty server."""

MAX_BATCHES = 10
"""Those of them that are chosen because they have the most texts."""

MAX_BYTES = 1_000
"""The bytes of a small request."""

MAX_SECONDS = 30.0
"""The time of the run against a faulty server. Most take a second."""

MAX_SECONDS_OF_ALL = 120.0
"""The time of the run against the reference server."""


@dataclass(frozen=True)
class Findings:
    """What the suite finds with one document, or the ``problem`` why it cannot be used.

    ``seconds``: the time to load it. ``verdicts``: the requirements of the run against the reference server, by
    verdict. ``caught``: the names of the faulty servers, and whether the suite finds the fault of each.
    """

    name: str
    version: str = ""
    seconds: float = 0.0
    defects: int = 0
    requirements: int = 0
    verdicts: Counter[str] | None = None
    caught: dict[str, bool] | None = None
    problem: str = ""


def findings(file: Path) -> Findings:
    """Load the document in *file*, and run the suite against its reference server and its faulty servers."""
    found = Findings(file.stem)
    try:
        Contract.load(file, profile="open")  # the first document of a process also loads code
        found = replace(found, version=version_of(read_file(file).value))
        start = perf_counter()
        contract = Contract.load(file)
        found = replace(found, seconds=perf_counter() - start, defects=len(contract.defects))
        found = replace(found, requirements=len(contract.catalogue.applicable(())))
        return with_runs(found, contract)
    except Exception as problem:  # of any kind: the table shows it
        return replace(found, problem=str(problem).replace(str(file), file.name).splitlines()[0])


def with_runs(
    found: Findings, contract: Contract, *, number: int = MUTANTS, area: str | None = None
) -> Findings:
    """*found* with the results of the runs; *number* is the number of faulty servers, *area* by default all."""
    setup = setup_of(contract)
    selected = [id for id, requirement in contract.catalogue.items() if area in (None, requirement.area)]
    result = execute(setup, setup.suite(), MAX_SECONDS_OF_ALL, selected=selected)
    outcomes = {id: outcome for id, outcome in result.outcomes.items() if id in selected}
    found = replace(found, verdicts=Counter(outcome.verdict.value for outcome in outcomes.values()))
    return replace(
        found, caught={mutant.name: is_caught(setup, mutant) for mutant in mutants(contract, number)}
    )


def setup_of(contract: Contract) -> Setup:
    """The reference server of *contract*, at the path that the runs expect."""
    return Setup(contract, cached(server_of(create_app(contract, base_path=BASE_PATH))))


def is_caught(setup: Setup, mutant: Mutant) -> bool:
    """Whether the run fails because of a requirement that *mutant* violates."""
    contract = setup.contract
    ids = [requirement.id for pattern in mutant.fails for requirement in contract.catalogue.matching(pattern)]
    suite = limited(setup.suite())
    selected = [id for id in dict.fromkeys(ids) if id in suite.checks]
    selected = [id for id in selected if all(map(_is_small, suite.checks[id].probes))] or selected
    result = execute(setup, suite, MAX_SECONDS, selected=selected, fault=mutant.fault(contract))
    expected = {id for id in failed(result) if any(fnmatchcase(id, pattern) for pattern in mutant.fails)}
    return bool(expected) and exit_of(result) == Exit.NONCONFORMANT


def limited(suite: Suite) -> Suite:
    """*suite* with at most MAX_PROBES small probes of a requirement that only sends them."""
    checks = {
        id: replace(check, probes=few(check.probes) or check.probes)
        if check.procedure is send_concurrently
        else check
        for id, check in suite.checks.items()
    }
    return replace(suite, checks=checks)


def few(probes: Sequence[Probe]) -> tuple[Probe, ...]:
    """The first small ones of *probes*, and those with the most texts: a fault in batches may need these."""
    small = list(filter(_is_small, probes))
    batches = sorted(small, key=lambda probe: -probe.inputs)[:MAX_BATCHES]
    return tuple(dict.fromkeys([*small[: MAX_PROBES - MAX_BATCHES], *batches]))


def _is_small(probe: Probe) -> bool:
    body = probe.request.body or b""
    return sum(map(len, [body] if isinstance(body, bytes) else body)) <= MAX_BYTES


def execute(
    setup: Setup, suite: Suite, seconds: float, *, selected: Any = None, fault: Any = None
) -> RunResult:
    """Run *suite*, or what is *selected* of it, against the correct server, or against the server with *fault*."""
    target = setup.target(*([fault] if fault else []))
    return asyncio.run(Run(suite, target, Settings(max_seconds=seconds), selected=selected).execute())


def version_of(document: Any) -> str:
    """The version of OpenAPI that *document* names."""
    if "swagger" in document:
        return f"Swagger {document['swagger']}"
    return f"OpenAPI {document['openapi']}"


def count(found: Findings, *verdicts: Verdict) -> int:
    """The requirements with one of these *verdicts* on the reference server."""
    return sum((found.verdicts or Counter())[verdict.value] for verdict in verdicts)
