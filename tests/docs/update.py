"""Write the output of commands into pages: ``python -m tests.docs.update docs/index.md``.

In an output with ``...``, only numbers are updated. If more differs, the new output is printed, and the exit code is 1.
"""

from __future__ import annotations

import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.docs.output import ANY, VOLATILE, matches, renumbered
from tests.docs.pages import Command, Example, steps
from tests.docs.session import session


def update(page: Path) -> int:
    """Run *page*, and write the output of its commands into it. Returns the number of steps that it cannot update."""
    lines = page.read_text("utf-8").splitlines()
    moved = failures = 0
    with TemporaryDirectory() as folder, session(Path(folder)) as reader:
        for step in steps("\n".join(lines) + "\n"):
            printed = reader.run(step)
            if isinstance(step, Example) and printed:
                failures += 1
                print(f"{page}:{step.line}:\n{printed}")
            if not isinstance(step, Command) or matches(step.shown, printed, VOLATILE):
                continue
            abbreviated = any(line.endswith(ANY) for line in step.shown)
            new = renumbered(step.shown, printed) if abbreviated else printed.strip("\n").splitlines()
            if new is None:
                failures += 1
                print(f"{page}:{step.line}: $ {step.text}\n{printed}")
                continue
            begin = step.line - 1 + moved + len(step.text.splitlines())
            first = lines[step.line - 1 + moved]
            indent = " " * (len(first) - len(first.lstrip()))
            lines[begin : begin + len(step.shown)] = [f"{indent}{line}".rstrip() for line in new]
            moved += len(new) - len(step.shown)
    page.write_text("\n".join(lines) + "\n", "utf-8")
    return failures


if __name__ == "__main__":
    sys.exit(min(1, sum(update(Path(name)) for name in sys.argv[1:])))
