"""The command's door to a run: ``embeddings-conformance run``."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from .background import BackgroundRun, SuiteBroke
from .configuration import Configuration, configure
from .contract import Contract
from .preparation import USAGE_ERRORS, prepare, written
from .reference import background_server, create_app, default_credentials
from .report import Exit, Report, Standing, conclusion, explain, table, visible
from .suite import BYTES


def run(given: Mapping[str, Any]) -> int:
    """Run the suite with the options *given*, by key, against the embedded reference by default; the exit code."""
    try:
        configuration = configure(given, Path())
        if configuration.url or configuration.app:
            return _carry_out(configuration)
        with _embedded_reference(configuration.contract, configuration.profile) as (url, headers):
            its_own = {"url": url, "header": headers, "tokenizer": BYTES}
            return _carry_out(configure({**given, **its_own}, Path()))
    except USAGE_ERRORS as error:
        print(f"embeddings-conformance: {visible(str(error))}", file=sys.stderr)
        return Exit.USAGE


def header_lines(contract: Contract, credentials: Mapping[str, str]) -> list[str]:
    """The headers that carry *credentials* (by scheme name), as users write them."""
    return [": ".join(scheme.render(credentials[scheme.name])) for scheme in contract.security.schemes]


def _carry_out(configuration: Configuration) -> int:
    prepared = prepare(configuration)
    if configuration.plan:
        print("\n".join(prepared.plan()))
        return Exit.OK
    background = BackgroundRun(prepared)
    code = None
    try:
        background.start()
        background.wait()
    except KeyboardInterrupt:
        code = Exit.INTERRUPTED
    except SuiteBroke as broken:
        print(f"{broken.traceback}{broken}", file=sys.stderr)
        code = Exit.INTERNAL_ERROR
    report = prepared.report(background.stop(), code)
    try:
        prepared.write(report)
    finally:
        _print(report)
    for line in written(configuration):
        print(line)
    return report.code


def _print(report: Report) -> None:
    print("\n".join(table(report)))
    for judged in report.judged.values():
        if judged.standing is Standing.BAD and judged.outcome.evidence:
            print(f"\n{explain(judged, report.target['url'], report.redactor)}")
    print(f"\n{report.target['url']}: {conclusion(report)}")
    if report.code == Exit.NOTHING_EXERCISED:
        print("Nothing was exercised: no requirement passed that shows the target at work.")


@contextmanager
def _embedded_reference(contract_file: Path | None, profile: str) -> Iterator[tuple[str, list[str]]]:
    contract = Contract.load(contract_file, profile=profile)
    with background_server(create_app(contract)) as url:
        yield url, header_lines(contract, default_credentials(contract))
