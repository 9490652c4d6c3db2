"""A report as a badge: what shields.io reads from an endpoint (https://shields.io/badges/endpoint-badge)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

LABEL = "embeddings"

COLOURS = {"conformant": "brightgreen", "nonconformant": "red", "partial": "yellow"}


def badge(document: Mapping[str, Any]) -> dict[str, Any]:
    """The report in its JSON form as an endpoint's answer: the verdict, or how many of the MUST requirements pass."""
    if any(counts["error"] for counts in document["summary"].values()) or document["exit_code"] == 3:
        return _badge("suite error", "lightgrey") | {"isError": True}
    if document["verdict"] == "conformant":
        return _badge("conformant", COLOURS["conformant"])
    musts = document["summary"]["must"]
    return _badge(f"{musts['pass']} of {sum(musts.values())} MUST", COLOURS[document["verdict"]])


def _badge(message: str, colour: str) -> dict[str, Any]:
    return {"schemaVersion": 1, "label": LABEL, "message": message, "color": colour}
