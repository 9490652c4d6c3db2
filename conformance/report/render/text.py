"""Requirements and failures of a JSON report as plain text."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from typing import Any

from conformance.report.model.hints import likely_cause
from conformance.text import clip, counted, visible

from .page import MAX_HEADERS, bounded_line, headers_left_out

Row = Mapping[str, Any]

MAX_COMMAND = 10_000
"""Characters of a command. A longer one is useless in a page that cannot copy it."""

MAX_ON_TERMINAL = 2_000
"""The same on a terminal, where a longer one hides what precedes it."""

INDENT = " " * 15

VARIABLE = re.compile(r"\$\{?([A-Za-z_]\w{,99})", re.ASCII)
"""A variable of the environment in a command."""

VARIABLE_OF_OPTION = re.compile(r"\benv:([A-Za-z_]\w{,99})", re.ASCII)
"""A variable of the environment in an option of a command."""

WITH_VARIABLES = ("--header", "--other-header", "--parameter")
"""The options whose values may name variables."""

MAX_VARIABLES = 20
"""Variables that are listed."""

MAX_VALUE = 500
"""Characters of a header in which a variable is searched."""

VARIABLES = "The commands read credentials from environment variables. Export these first"

NOT_FAILING = "Without effect on the exit code"
"""The title of the failures in the baseline, and of those at a level that does not make the run fail."""


SEVERAL = ("meaning", "state", "forwarding", "stability")
"""The areas whose requirements need several requests, an upstream or a snapshot: the command of one request is not
enough."""

COMPRESSED = (
    "(The command contains the body in compressed form, because it is long or has unusual characters.)"
)


def explain_requirement(row: Row) -> str:
    """The verdict on a requirement, with its source and the exchanges that show a failure."""
    if not row["evidence"]:
        return f"{row['id']}: {row['verdict']}: {bounded_line(row['reason'])}"
    lines = [*requirement_head(row), f"  Reason       {clip(row['reason'])}"]
    if cause := likely_cause(row):
        lines.append(f"  Hint         {cause}")
    for item in row["evidence"]:
        lines += ["", *_exchange(row, item)]
    if more := more_failures(row["failures"] - len(row["evidence"])):
        lines += ["", more]
    return "\n".join(lines)


def requirement_head(row: Row) -> Iterator[str]:
    """The id, level, severity, title and source of a requirement."""
    yield f"{row['id']} ({importance(row)})"
    yield f"  Requirement  {bounded_line(row['title'])}"
    yield f"  Source       {bounded_line(source_line(row['source']))}"


def importance(row: Row) -> str:
    """The level of a requirement, and its severity if the report has it."""
    return ", ".join(filter(None, [row["level"].upper(), row.get("severity")]))


def source_line(found: Mapping[str, str]) -> str:
    """The source of a requirement, in one line."""
    place = found.get("pointer") or found.get("reference", "")
    place = f"{place}/{found['keyword']}" if "keyword" in found else place
    return f'{place} "{found["quote"]}"' if "quote" in found else place


def operation_of(document: Mapping[str, Any]) -> str:
    """The operation that a report is about; empty for the vendored contract, which has only one."""
    operation = document["contract"].get("operation")
    if operation is None:
        return ""
    name = f" ({clip(operation['id'])})" if operation["id"] else ""
    return f"{operation['method']} {clip(operation['path'])}{name}"


def target_label(target: Mapping[str, Any]) -> str:
    """The user's name for a report's *target* and its place, or only the place: an application, or the base URL."""
    name, place = target.get("name"), str(target.get("app") or target["url"])
    return f"{name} ({place})" if name else place


def in_process_note(document: Mapping[str, Any]) -> str:
    """How to send requests with curl to an application that was tested in-process; empty for another target."""
    if "app" not in document["target"]:
        return ""
    text = "curl cannot reach the target, which is an application in-process. Serve it first"
    command = _serve_command(str(document["target"]["app"])) if document.get("reproduce") else ""
    return f"{text}: {command}" if command else f"{text}."


def _serve_command(app: str) -> str:
    """The command that serves the application MODULE:ATTR, or MODULE:ATTR() for a factory; empty for another name."""
    module, _, attribute = app.partition(":")
    factory = "--factory " if attribute.endswith("()") else ""
    return f"uvicorn {factory}{module}:{attribute.removesuffix('()')}" if attribute else ""


def more_failures(number: int) -> str:
    """A note about *number* further failed exchanges; empty for 0."""
    return (
        f"({counted(number, 'more request')} of this requirement also failed in the run)"
        if number > 0
        else ""
    )


def commands_of(item: Mapping[str, Any]) -> list[str]:
    """The curl commands that show the failure of an exchange: the last one is its own."""
    earlier = item.get("earlier")
    return [*([earlier["curl"]] if earlier else []), item["curl"]]


def curl_or_note(line: str, longest: int = MAX_COMMAND) -> str:
    """The curl command *line*, or a note that it has more than *longest* characters."""
    if len(line) <= longest:
        return visible(line)
    return f"the curl command has {len(line):,} characters; see the JSON report, or use the command replay."


def exchange_facts(item: Mapping[str, Any]) -> Iterator[str]:
    """What an exchange tests, and how it differs from what was expected."""
    yield f"  {'Recorded at' if is_recorded(item) else 'Request':<12} {bounded_line(item['probe'])}"
    yield f"  Expected     {bounded_line(item['expected'])}"
    yield f"  Actual       {clip(item['actual'])}"
    if pattern := item.get("pattern"):
        yield f"  Pattern      {bounded_line(pattern)}"
    if condition := item.get("condition"):
        yield f"  Repeated     {bounded_line(condition)}"


def reproduction_commands(row: Row, item: Mapping[str, Any], longest: int = MAX_COMMAND) -> Iterator[str]:
    """The commands that repeat an exchange of *row*: its request, and the whole check if it needs several requests.

    A curl command has at most *longest* characters.
    """
    rerun = row.get("reproduce")
    if is_recorded(item):
        return
    if row.get("in_process"):
        yield f"  Reproduce    {visible(rerun) if rerun else _rerun_in_python(row)}"
        return
    label = "Reproduce"
    if rerun and needs_rerun(row):
        yield f"  Reproduce    {visible(rerun)}"
        label = "One request"
    *earlier, own = commands_of(item)
    for line in earlier:
        yield f"  {label:<12} {curl_or_note(line, longest)}"
        label = "and then"
    yield f"  {label:<12} {curl_or_note(own, longest)}"
    if is_compressed(item):
        yield f"{INDENT}{COMPRESSED}"


def needs_rerun(row: Row) -> bool:
    """Whether the command of one request does not show the failure of *row*."""
    return row.get("in_process", False) or row["area"] in SEVERAL


def is_recorded(item: Mapping[str, Any]) -> bool:
    """Whether an exchange was recorded, not sent by the suite. A command cannot repeat it."""
    return bool(item["curl"].startswith("# recorded at "))


def credential_variables(row: Row) -> Iterator[str]:
    """The variables with credentials that the commands of *row* read; one may come twice."""
    yield from rerun_variables(row.get("reproduce") or "")
    yield from curl_variables(row)


def rerun_variables(rerun: str) -> Iterator[str]:
    """The variables that the command *rerun* of the suite reads; none of a command that is too long."""
    try:
        words = shlex.split(rerun) if len(rerun) <= MAX_COMMAND else []
    except ValueError:
        return
    for name, value in pairwise(words):
        if name in WITH_VARIABLES:
            yield from VARIABLE_OF_OPTION.findall(value)


def curl_variables(row: Row) -> Iterator[str]:
    """The variables that the curl command of the first failure of *row* reads, in its first or last characters."""
    for item in row["evidence"][:1] if not row.get("in_process") else ():
        yield from _variables(item["curl"], item["request"]["headers"])
        if earlier := item.get("earlier"):
            yield from _variables(earlier["curl"], earlier["headers"])


def _variables(curl: str, headers: Sequence[Sequence[str]]) -> Iterator[str]:
    command = curl[:MAX_COMMAND] + curl[MAX_COMMAND:][-MAX_COMMAND:]
    for name, value in headers[:MAX_HEADERS]:
        if f'"{name[:MAX_VALUE]}: {value[:MAX_VALUE]}"' in command:
            yield from VARIABLE.findall(value[:MAX_VALUE])


def all_variables(document: Mapping[str, Any]) -> list[str]:
    """The variables that the commands of a report read, sorted."""
    rows = (row for row in document["requirements"] if row["evidence"])
    return sorted({name for row in rows for name in credential_variables(row)})[:MAX_VARIABLES]


def is_compressed(item: Mapping[str, Any]) -> bool:
    """Whether the curl command of an exchange decompresses the body."""
    return bool(item["curl"].startswith("printf "))


def _rerun_in_python(row: Row) -> str:
    return f"repeat the call with only=[{bounded_line(row['id'])!r}]"


def _exchange(row: Row, item: Mapping[str, Any]) -> Iterator[str]:
    yield from exchange_facts(item)
    yield from exchange_messages(item)
    yield from reproduction_commands(row, item)


def exchange_messages(item: Mapping[str, Any]) -> Iterator[str]:
    """The request and the response of an exchange."""
    request, response = item["request"], item["response"]
    yield f"  Sent         {clip(request['method'])} {bounded_line(request['url'])}"
    if sent_as := request.get("transport"):
        yield f"  Sent as      {clip(sent_as)}"
    yield from _header_lines(request)
    if request["body"] is not None:
        yield f"{INDENT}{clip(request['body'])}"
    if "status" not in response:
        yield f"  Response     none: {clip(response['detail'])} ({clip(response['failure'])})"
    else:
        after = f", after {response['seconds']:.3f} s" if response["seconds"] else ""
        yield f"  Response     {response['status']}{after}"
        yield from _header_lines(response)
        yield f"{INDENT}{clip(response['body'])}"


def _header_lines(message: Mapping[str, Any]) -> Iterator[str]:
    for name, value in message["headers"][:MAX_HEADERS]:
        yield f"{INDENT}{clip(name)}: {clip(value)}"
    if more := headers_left_out(message):
        yield f"{INDENT}... and {counted(more, 'more header')}"
