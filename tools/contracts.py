"""Write the table of vendors' contracts: ``tox -e contracts -- FOLDER``, or ``python -m tools.contracts FOLDER``.

The folder has one OpenAPI document in each file. The documents are not in the repository, because they are large.
"""

from __future__ import annotations

import re
import sys
from argparse import ArgumentParser
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

from conformance.engine import Verdict
from tests.contract_mutants.runs import Findings, count, findings
from tools.pages.markdown import code, plain, rows

PAGE = Path(__file__).resolve().parents[1] / "docs" / "reference" / "contracts-table.md"

BLOCK = re.compile(r"(?<=<!-- table of tools\.contracts -->\n).*(?=<!-- table ends -->)", re.DOTALL)
"""The part of the page that is written."""

HEAD = (
    "document",
    "version",
    "loads in",
    "defects",
    "requirements",
    "passed",
    "not tested",
    "failed",
    "caught",
)

OTHERS = [verdict for verdict in Verdict if verdict not in (Verdict.PASS, Verdict.NOT_TESTED)]


def main() -> int:
    """Write the table of the documents in the folder that is the argument. Returns 1 without a document."""
    parser = ArgumentParser(prog="tox -e contracts --", description="Write the table of vendors' contracts.")
    parser.add_argument("folder", type=Path, help="a folder with an OpenAPI document in each file")
    parser.add_argument("--page", type=Path, default=PAGE, help="the page that has the table")
    asked = parser.parse_args()
    files = sorted(file for file in asked.folder.iterdir() if file.suffix in (".json", ".yaml", ".yml"))
    found = []
    with ProcessPoolExecutor() as pool:
        for one in pool.map(findings, files):
            print(f"{one.name}: {one.problem or 'done'}", flush=True)
            found.append(one)
    if found:
        asked.page.write_text(with_table(asked.page.read_text("utf-8"), found), "utf-8")
    return 0 if found else 1


def with_table(page: str, found: Sequence[Findings]) -> str:
    """*page* with the table of what was *found*, the list of problems, and the faults that were not caught."""
    written, number = BLOCK.subn(lambda _: "\n" + "\n\n".join(_parts(found)) + "\n\n", page)
    assert number == 1, "the page has no place for the table"
    return written


def _parts(found: Sequence[Findings]) -> Iterator[str]:
    yield rows(HEAD, map(_row, found))
    problems = [f"- {code(one.name)}: {plain(one.problem)}" for one in found if one.problem]
    if problems:
        yield "These documents cannot be tested:"
        yield "\n".join(problems)
    missed = [f"- {code(one.name)}: {', '.join(names)}" for one in found if (names := _missed(one))]
    if missed:
        yield "In these faulty servers, the suite does not find the fault:"
        yield "\n".join(missed)


def _row(one: Findings) -> list[str]:
    cells = [code(one.name), one.version]
    if one.requirements:
        cells += [f"{one.seconds * 1000:.0f} ms", str(one.defects), str(one.requirements)]
    if one.verdicts is not None:
        cells += [str(count(one, v)) for v in (Verdict.PASS, Verdict.NOT_TESTED)] + [str(count(one, *OTHERS))]
    if one.caught is not None:
        cells.append(f"{sum(one.caught.values())} of {len(one.caught)}")
    return [*cells, *[""] * (len(HEAD) - len(cells))]


def _missed(one: Findings) -> list[str]:
    return [name for name, is_caught in (one.caught or {}).items() if not is_caught]


if __name__ == "__main__":
    sys.exit(main())
