"""The reproductions of a report as one script for bash.

A report contains what a server sent, so each text in a comment is one line, and each argument is quoted.
"""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Mapping
from typing import Any

from conformance.text import clip, visible

from .text import all_variables, importance, more_failures, needs_rerun, target_label

Row = Mapping[str, Any]

HEAD = """\
#!/usr/bin/env bash
# Repeats the failures of a report: bash FILE, or bash FILE ID... for some of the requirements.
# {target}, {started}
"""

WANTED = """\
ids=("$@")
wanted() {
  if [ ${#ids[@]} -eq 0 ]; then return 0; fi
  for id in "${ids[@]}"; do
    if [ "$id" = "$1" ]; then return 0; fi
  done
  return 1
}
"""


def script(document: Mapping[str, Any]) -> str:
    """A script that repeats the first failed request of each requirement, or its whole test if one is not enough."""
    rows = [row for row in document["requirements"] if row["evidence"]]
    head = HEAD.format(target=clip(target_label(document["target"])), started=clip(document["started"]))
    needed = "".join(f': "${{{name}:?export it with your credential}}"\n' for name in all_variables(document))
    return "\n".join([f"{head}{needed}", WANTED, *(_part(row) for row in rows)])


def _part(row: Row) -> str:
    quoted = shlex.quote(visible(row["id"]))
    lines = [
        f"# {visible(row['id'])} ({importance(row)}): {clip(row['title'])}",
        f"# {clip(row['reason'])}",
        f"if wanted {quoted}; then",
        f"  echo; echo {shlex.quote('== ' + visible(row['id']))}",
        *(f"  {line}" for line in _commands(row)),
        "fi",
    ]
    return "\n".join(lines) + "\n"


def _commands(row: Row) -> Iterator[str]:
    """The command of the failed request, and that of the whole test where it is needed."""
    line, rerun = row["evidence"][0]["curl"], row.get("reproduce")
    is_useless = row.get("in_process", False) or line.startswith("#")
    if rerun and (needs_rerun(row) or is_useless):
        yield visible(rerun)
    elif is_useless:
        yield "echo 'no command can repeat it: the application was an object, or the request is too long'"
    if not is_useless:
        yield visible(line)
        yield "echo"
    if more := more_failures(row["failures"] - 1):
        yield f"# {more}"
