"""The commands of a report that repeat its requests, as one script for bash.

A report contains what a server sent, so each text in a comment is one line, and each argument is quoted.
"""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Mapping
from typing import Any

from conformance.text import clip, visible

from .text import (
    commands_of,
    curl_variables,
    importance,
    more_failures,
    needs_rerun,
    rerun_variables,
    target_label,
)

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
    variables = sorted({name for row in rows for name in _variables(row)})
    needed = "".join(f': "${{{name}:?export it with your credential}}"\n' for name in variables)
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
    if rerun := _rerun(row):
        yield visible(rerun)
    elif _is_useless(row):
        yield "echo 'no command can repeat it: the application was an object, or the request is too long'"
    if not _is_useless(row):
        for command in commands_of(row["evidence"][0]):
            yield visible(command)
            yield "echo"
    if more := more_failures(row["failures"] - 1):
        yield f"# {more}"


def _rerun(row: Row) -> str:
    """The command of the whole test of *row*, if the script needs it; else empty."""
    return (row.get("reproduce") or "") if needs_rerun(row) or _is_useless(row) else ""


def _is_useless(row: Row) -> bool:
    """Whether no curl command repeats the failed request of *row*."""
    return bool(row.get("in_process", False) or row["evidence"][0]["curl"].startswith("#"))


def _variables(row: Row) -> Iterator[str]:
    """The variables with credentials that the commands of *row* in the script read."""
    yield from curl_variables(row)
    yield from rerun_variables(_rerun(row))
