"""The table of all measurements: its rows, as text for a terminal, as Markdown, and as JSON."""

from __future__ import annotations

import json
import os
import platform
import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from importlib.metadata import version
from pathlib import Path
from statistics import quantiles
from typing import Any, Self

HERE = Path(__file__).parent
RESULTS, PAGE = HERE / "speed.json", HERE / "speed.md"
PACKAGES = (
    "aiohttp",
    "fastjsonschema",
    "jsonschema",
    "jsonschema-rs",
    "msgspec",
    "openapi-core",
    "orjson",
    "pydantic",
    "schemathesis",
)
HEAD = ("measured", "against", "ours", "theirs", "result", "spread", "target", "reached")


@dataclass(frozen=True)
class Spread:
    """The median of several values, and their quartiles."""

    low: float
    middle: float
    high: float

    @classmethod
    def of(cls, values: Sequence[float]) -> Self:
        """The spread of one value or more."""
        return cls(*(quantiles(values, n=4, method="inclusive") if len(values) > 1 else [*values] * 3))


@dataclass(frozen=True)
class Row:
    """One line of the table.

    ``result`` is what the ``target`` limits, in ``unit``: a ratio without a unit. A row without a target is for
    information. ``ours`` and ``theirs`` have their own units.
    """

    measured: str
    against: str
    ours: str
    theirs: str
    result: Spread
    target: float | None = None
    unit: str = ""

    @property
    def reached(self) -> str:
        """Whether the median is within the target, in a word; empty without a target."""
        if self.target is None:
            return ""
        return "yes" if self.result.middle <= self.target else "no"

    @property
    def cells(self) -> tuple[str, ...]:
        """The row as texts, in the order of HEAD."""
        shown = [
            f"{value:.3g}{self.unit}" for value in (self.result.middle, self.result.low, self.result.high)
        ]
        target = "" if self.target is None else f"{self.target:g}{self.unit}"
        spread = f"{shown[1]} to {shown[2]}"
        return (self.measured, self.against, self.ours, self.theirs, shown[0], spread, target, self.reached)


def time_text(seconds: float) -> str:
    """A time in the unit that suits it."""
    for factor, unit in ((1, "s"), (1e3, "ms")):
        if seconds * factor >= 1:
            return f"{seconds * factor:.3g} {unit}"
    return f"{seconds * 1e6:.3g} µs"


def machine() -> str:
    """The processor, the number of its cores, and the interpreter."""
    found = re.search(r"^model name\s*: (.*)$", Path("/proc/cpuinfo").read_text("utf-8"), re.M)
    model = found[1] if found else platform.processor()
    python = f"{platform.python_implementation()} {platform.python_version()}"
    return f"{model}, {os.cpu_count()} cores, {platform.system()} {platform.machine()}, {python}"


def saved() -> dict[str, Sequence[Row]]:
    """The rows of each group from the last time, if they are of this machine."""
    if not RESULTS.exists():
        return {}
    document: Mapping[str, Any] = json.loads(RESULTS.read_text("utf-8"))
    if document["machine"] != machine():
        return {}
    return {
        group: [Row(**{**row, "result": Spread(**row["result"])}) for row in rows]
        for group, rows in document["groups"].items()
    }


def save(groups: Mapping[str, Sequence[Row]]) -> None:
    """Write the rows of all *groups*, as JSON and as Markdown."""
    document = {
        "machine": machine(),
        "groups": {name: list(map(asdict, rows)) for name, rows in groups.items()},
    }
    RESULTS.write_text(json.dumps(document, indent=1, ensure_ascii=False) + "\n", "utf-8")
    lines = [
        "# Speed",
        "",
        "`tox -e bench` writes this page. Each row was measured side by side in one run. `result` is the median of",
        "the ratio or of the difference that `target` limits, and `spread` has its quartiles. Rows without a target",
        "are for information. The docstrings in this folder describe the method of each group.",
        "",
        f"Machine: {machine()}.",
        f"Packages: {', '.join(f'{name} {version(name)}' for name in PACKAGES)}.",
    ]
    for name, rows in groups.items():
        lines += ["", f"## {name}", "", f"| {' | '.join(HEAD)} |", "|---" * len(HEAD) + "|"]
        lines += [f"| {' | '.join(row.cells)} |" for row in rows]
    PAGE.write_text("\n".join(lines) + "\n", "utf-8")


def as_text(rows: Sequence[Row]) -> str:
    """The *rows* in columns."""
    table = [HEAD, *(row.cells for row in rows)]
    widths = [max(len(cells[column]) for cells in table) for column in range(len(HEAD))]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(cells, widths, strict=True)).rstrip()
        for cells in table
    )
