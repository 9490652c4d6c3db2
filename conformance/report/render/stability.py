"""The vectors of a target beside those of a snapshot, for a terminal and for charts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from conformance.text import Line, clip, visible

STYLES = {"identical": "green", "within noise": "green", "compatible": "yellow", "re-embed": "bold red"}
"""The style of each grade."""

BAR = 20
"""Characters of a bar on the terminal."""

PARTS = ("minimum", "lower_quartile", "median", "upper_quartile", "maximum")


def stability_lines(document: Mapping[str, Any]) -> Iterator[Line]:
    """The sentence on the vectors, and the likely causes; nothing for a run without a snapshot."""
    found = document.get("stability")
    if not found:
        return
    yield Line(f"Vectors: {clip(found['sentence'])}", STYLES.get(found["grade"], ""))
    for number, cause in enumerate(found["causes"]):
        yield Line(f"  {'Or' if number else 'Likely cause'}: {clip(cause['likely'])} {clip(cause['fix'])}")


def stability_picture(document: Mapping[str, Any]) -> Iterator[Line]:
    """The cosines by kind of text, and the texts that have changed most; nothing if all are identical."""
    found = document.get("stability")
    if not found or found["grade"] == "identical":
        return
    yield Line("Cosine with the recorded vector, by kind of text", "bold")
    width = max((len(_short(kind["kind"])) for kind in found["kinds"]), default=0)
    yield Line(f"{'kind':<{width}}  texts  {'least':>9}  {'median':>9}  neighbors kept")
    for kind in found["kinds"]:
        bar = "#" * round(BAR * kind["neighbors_kept"])
        yield Line(
            f"{_short(kind['kind']):<{width}}  {kind['texts']:>5}  {kind['minimum']:>9.6f}  {kind['median']:>9.6f}"
            f"  {kind['neighbors_kept']:>4.0%} {bar}".rstrip()
        )
    for one in found["worst"]:
        yield Line("")
        yield Line(
            f"{_short(one['id'])}: cosine {one['cosine']:.6f}, {one['neighbors_kept']:.0%} of neighbors kept"
        )
        yield Line(f"  text    {visible(one['text'])}")
        for moment in ("before", "after"):
            for place, text in enumerate(one[moment]):
                yield Line(f"  {'' if place else moment:<7} {visible(text)}", "dim")


def _short(name: str) -> str:
    return clip(visible(name))[:40]


@dataclass(frozen=True, slots=True)
class CosineBox:
    """The box of a kind of texts: its entry in the report, and the places of its parts, from 0 to 100."""

    entry: Mapping[str, Any]
    minimum: float
    lower_quartile: float
    median: float
    upper_quartile: float
    maximum: float


@dataclass(frozen=True, slots=True)
class CosineChart:
    """Box plots of cosines. ``ticks`` are places with their texts."""

    ticks: tuple[tuple[float, str], ...]
    boxes: tuple[CosineBox, ...]


def cosine_chart(document: Mapping[str, Any]) -> CosineChart | None:
    """The chart of the cosines by kind of text; None without a snapshot."""
    found = document.get("stability")
    if not found or not found["kinds"]:
        return None
    least = min(kind["minimum"] for kind in found["kinds"])
    span = max(1 - float(least), 1e-6)

    def place(cosine: float) -> float:
        return round(1 + 98 * (1 - (1 - cosine) / float(span)), 2)

    digits = max(2, min(7, 2 - _magnitude(span)))
    marks = [1 - span * part / 4 for part in range(4, -1, -1)]
    return CosineChart(
        tuple((place(mark), f"{mark:.{digits}f}") for mark in marks),
        tuple(CosineBox(kind, *(place(kind[part]) for part in PARTS)) for kind in found["kinds"]),
    )


def _magnitude(span: float) -> int:
    """The decimal exponent of *span*: -3 for 0.004."""
    return int(f"{span:e}".partition("e")[2])
