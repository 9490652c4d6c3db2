"""A report as a badge: the JSON that shields.io reads from an endpoint (https://shields.io/badges/endpoint-badge)."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

LABEL = "embeddings"

COLORS = {"conformant": "brightgreen", "nonconformant": "red", "partial": "yellow"}


def badge(document: Mapping[str, Any]) -> str:
    """The badge of a JSON report: the verdict ``conformant``, or the number of MUST requirements that pass."""
    return json.dumps(_fields(document)) + "\n"


def _fields(document: Mapping[str, Any]) -> dict[str, Any]:
    if any(counts["error"] for counts in document["summary"].values()) or document["exit_code"] == 3:
        return _badge("suite error", "lightgrey") | {"isError": True}
    if document["verdict"] == "conformant":
        return _badge("conformant", COLORS["conformant"])
    musts = document["summary"]["must"]
    return _badge(f"{musts['pass']} of {sum(musts.values())} MUST", COLORS[document["verdict"]])


def _badge(message: str, color: str) -> dict[str, Any]:
    return {"schemaVersion": 1, "label": LABEL, "message": message, "color": color}
