"""Write the output of commands into pages: ``python -m tests.docs.update docs/index.md``.

An output with ``...`` in the page is not changed; if it does not match, it is printed.
"""

from __future__ import annotations

import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.docs.output import ANY, matches
from tests.docs.pages import Command, Example, steps
from tests.docs.session import session


def update(page: Path) -> None:
    """Run *page*, and write the output of its commands into it."""
    lines = page.read_text("utf-8").splitlines()
    moved = 0
    with TemporaryDirectory() as folder, session(Path(folder)) as reader:
        for step in steps("\n".join(lines) + "\n"):
            printed = reader.run(step)
            if isinstance(step, Example) and printed:
                print(f"{page}:{step.line}:\n{printed}")
            if not isinstance(step, Command) or matches(step.shown, printed):
                continue
            if any(line.endswith(ANY) for line in step.shown):
                print(f"{page}:{step.line}: $ {step.text}\n{printed}")
                continue
            begin = step.line - 1 + moved + len(step.text.splitlines())
            first = lines[step.line - 1 + moved]
            indent = " " * (len(first) - len(first.lstrip()))
            new = [f"{indent}{line}".rstrip() for line in printed.strip("\n").splitlines()]
            lines[begin : begin + len(step.shown)] = new
            moved += len(new) - len(step.shown)
    page.write_text("\n".join(lines) + "\n", "utf-8")


if __name__ == "__main__":
    for name in sys.argv[1:]:
        update(Path(name))
