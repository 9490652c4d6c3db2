"""Run the suite against the open-source Portkey gateway, with the reference server as its upstream.

    python -m tests.gateway.run [--update] [--directory DIR]

Exit code 0: at each load, the verdicts agree with the example's ``baseline.yaml`` and the failing exchanges with
``findings.yaml``, and nothing connected outside loopback. 1: otherwise. 2: the gateway could not be installed or
tested.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import yaml

from conformance import Contract, Report, check
from conformance.engine import Unreachable
from conformance.report import Standing, conclusion_line, explain_requirement, requirement_row
from tests.gateway.comparison import changed_findings, findings, load_differences, unexpected_calls
from tests.gateway.gateway import Gateway, example, running_gateway
from tests.installing import SetupError
from tests.servers.verdicts import unexpected_verdicts

HERE = Path(__file__).resolve().parent
BASELINE = example().folder / "baseline.yaml"
FINDINGS = HERE / "findings.yaml"
PROFILE = "portkey-oss"
LOADS = (8, 1, 32)
"""Concurrent requests of successive runs, which must all have the same results."""

UNTESTABLE = {1: ["state.burst"]}
"""The requirements that a load cannot test."""

DIRECTORY = HERE.parents[1] / "build" / "servers"
REASON_WIDTH = 100


def main(arguments: Sequence[str] | None = None) -> int:
    """Run, compare and print; return the exit code."""
    given = _parser().parse_args(arguments)
    print(f"{_pinned()} in front of the reference server, profile {PROFILE}", flush=True)
    try:
        with running_gateway(given.directory.absolute()) as gateway:
            headers = _headers(gateway.variables)
            reports = [_check(gateway, headers, load, given) for load in LOADS]
            unexpected = list(unexpected_calls(gateway.redirected(), gateway.escapes()))
            calls = len(gateway.redirected())
    except (SetupError, Unreachable) as error:
        print(f"the gateway could not be tested: {error}", file=sys.stderr)
        return 2
    now = findings(reports[0].result.outcomes.values())
    if given.update:
        FINDINGS.write_text(yaml.safe_dump(now, sort_keys=False, width=110, allow_unicode=True), "utf-8")
        print(f"{FINDINGS.name} is written; review the changes\n")
    _print_failures(reports[-1])
    print(
        f"\n{calls} calls to the provider were redirected to the upstream; reports and logs are in {given.directory}"
    )
    problems = [*unexpected, *_problems(reports)]
    _print_problems(problems, reports[-1])
    return 1 if problems else 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tests.gateway.run", allow_abbrev=False)
    parser.add_argument(
        "--update",
        action="store_true",
        help=f"write the findings to {FINDINGS.name} (tests.servers.run --update writes the baseline)",
    )
    parser.add_argument(
        "--directory",
        type=Path,
        default=DIRECTORY,
        help="folder for the gateway, its logs, and a gateway-N.json for each load",
    )
    return parser


def _pinned() -> str:
    package = json.loads((example().install / "package.json").read_text("utf-8"))
    return " ".join(f"{name} {version}" for name, version in package["dependencies"].items())


def _headers(variables: Mapping[str, str]) -> dict[str, str]:
    """Headers with valid credentials for all schemes of the profile."""
    credentials = {
        "Provider-Auth": variables["PROVIDER_KEY"],
        "Provider-Name": "openai",
        "Config": variables["PORTKEY_CONFIG"],
        "Custom-Host": variables["UPSTREAM"],
    }
    schemes = Contract.load(profile=PROFILE).security.schemes
    return dict(scheme.render(credentials[scheme.name]) for scheme in schemes)


def _check(gateway: Gateway, headers: Mapping[str, str], load: int, given: argparse.Namespace) -> Report:
    report = check(
        gateway.base_url,
        headers=headers,
        profile=PROFILE,
        level="should",
        tokenizer="bytes",
        baseline=BASELINE,
        concurrency=load,
        json=given.directory / f"gateway-{load}.json",
    )
    print(f"{load:>2} concurrent: {conclusion_line(report.as_dict())}", flush=True)
    return report


def _problems(reports: Sequence[Report]) -> Iterator[str]:
    first, *others = reports
    known = yaml.safe_load(FINDINGS.read_text("utf-8")) or {}
    yield from unexpected_verdicts(first.as_dict(), {})
    yield from changed_findings(findings(first.result.outcomes.values()), known)
    for load, report in zip(LOADS[1:], others, strict=True):
        outcomes = report.result.outcomes.values()
        untestable = UNTESTABLE.get(load, [])
        yield from load_differences(
            first.result.outcomes.values(), outcomes, f"concurrency {load}", untestable
        )


def _print_failures(report: Report) -> None:
    for id, judged in report.judged.items():
        if judged.standing is not Standing.GOOD:
            why = judged.known.reason if judged.known else "not in the baseline"
            verdict, level = judged.outcome.verdict.value, judged.outcome.requirement.level
            short = why if len(why) <= REASON_WIDTH else f"{why[:REASON_WIDTH]}..."
            print(f"  {verdict} {level:<6} {id:<32} {len(judged.outcome.evidence):>2} exchanges: {short}")


def _print_problems(problems: Sequence[str], report: Report) -> None:
    if not problems:
        print("all as expected")
        return
    for judged in report.judged.values():
        if judged.standing is Standing.BAD and judged.outcome.evidence:
            print(
                f"\n{explain_requirement(requirement_row(judged, report.target, report.redactor, report.rerun))}"
            )
    print(f"\nproblems: {len(problems)}")
    print("\n".join(f"  {problem}" for problem in problems))


if __name__ == "__main__":
    sys.exit(main())
