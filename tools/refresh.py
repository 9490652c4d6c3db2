"""Regenerate the files that are generated: ``tox -e refresh``, or ``tox -e refresh -- PART ...`` for some parts."""

from __future__ import annotations

import re
import subprocess
import sys
from argparse import ArgumentParser, RawDescriptionHelpFormatter
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from conformance.checks import build_suite
from conformance.contract import Contract
from conformance.engine import Budget, make_plan, plan_totals
from conformance.reference import default_credentials
from conformance.secret import Secret

ROOT = Path(__file__).resolve().parents[1]

COUNTED = (ROOT / "README.md", ROOT / "docs" / "how-to" / "load.md")
"""The pages that state the cost of a full run."""

COST = re.compile(r"about [\d,]+ requests\. `plan` estimates about [\d,]+ prompt tokens")


def refresh_ids() -> int:
    """The ids of all requirements, in tests/contract/requirement-ids.txt."""
    from tests.contract.requirement_ids import write_ids

    write_ids()
    return 0


def refresh_counts() -> int:
    """The cost of a full run, in the README and in docs/how-to/load.md."""
    for page in COUNTED:
        page.write_text(with_cost(page.read_text("utf-8")), "utf-8")
    return 0


def refresh_blocks() -> int:
    """The generated parts of the pages below docs/: options, commands, tables."""
    from tools.pages import refresh

    refresh()
    return 0


def refresh_pages() -> int:
    """The output of the commands, in the README and the pages below docs/ (a few minutes)."""
    from tests.docs.pages import PAGES, commands
    from tests.docs.update import update

    return sum(update(page) for page in PAGES if any(commands(page.read_text("utf-8"))))


def refresh_side_by_side() -> int:
    """The comparison with Schemathesis, in benchmarks/ (measures only the servers that are new; minutes)."""
    return subprocess.run([sys.executable, "-m", "benchmarks.side_by_side"], cwd=ROOT, check=False).returncode


def refresh_kill_matrix() -> int:
    """The kill matrix, in docs/kill-matrix.md (many minutes)."""
    from tests.mutants.matrix import main

    return main()


PARTS: Mapping[str, Callable[[], int]] = {
    "ids": refresh_ids,
    "counts": refresh_counts,
    "blocks": refresh_blocks,
    "pages": refresh_pages,
    "side-by-side": refresh_side_by_side,
    "kill-matrix": refresh_kill_matrix,
}
"""The functions that write each part, in their order. Each returns the number of problems, which it has printed."""


def with_cost(page: str) -> str:
    """*page* with the current cost of a full run."""
    requests, tokens = full_run()
    changed, number = COST.subn(
        f"about {rounded(requests):,} requests. `plan` estimates about {rounded(tokens):,} prompt tokens",
        page,
    )
    assert number == 1, f"expected one sentence of the form {COST.pattern}, found {number}"
    return changed


def full_run() -> tuple[int, int]:
    """The requests and prompt tokens that a full run plans, with the credentials of one alternative."""
    contract = Contract.load()
    given = default_credentials(contract)
    rendered = (
        contract.security[scheme].render(given[scheme]) for scheme in contract.security.alternatives[0]
    )
    suite = build_suite(contract, [(header, Secret(value)) for header, value in rendered])
    return plan_totals(make_plan(suite.checks, list(suite.catalogue), suite.canary, Budget()), suite.canary)


def rounded(number: int) -> int:
    """*number* with two significant digits."""
    return round(number, 2 - len(str(number)))


def main() -> int:
    """Refresh the parts that the arguments name. Returns 1 if one of them has a problem."""
    parser = ArgumentParser(
        prog="tox -e refresh --",
        description="Regenerate the files that are generated.",
        epilog="\n".join(["parts:", *_described()]),
        formatter_class=RawDescriptionHelpFormatter,
    )
    parser.add_argument("parts", nargs="*", metavar="PART", help="the parts to refresh (default: all)")
    asked = parser.parse_args().parts
    unknown = [name for name in asked if name not in PARTS]
    if unknown:
        parser.error(f"unknown part {unknown[0]}; use one of {', '.join(PARTS)}")
    problems = 0
    for name, refresh in PARTS.items():
        if name in asked or not asked:
            print(f"{name}: {_summary(refresh)}", flush=True)
            problems += refresh()
    return min(problems, 1)


def _described() -> Iterator[str]:
    return (f"  {name:<14}{_summary(refresh)}" for name, refresh in PARTS.items())


def _summary(refresh: Callable[[], int]) -> str:
    return (refresh.__doc__ or "").strip()


if __name__ == "__main__":
    sys.exit(main())
