"""JSON reports for tests."""

from __future__ import annotations

from collections import Counter
from typing import Any

STANDINGS = {"pass": "good", "not-tested": "open", "unsupported": "open"}
VERDICTS = ("pass", "fail", "blocked", "inconclusive", "error", "unsupported", "not-tested")


def exchange(**changes: Any) -> dict[str, Any]:
    """An entry of ``evidence``."""
    request = {"method": "POST", "url": "http://127.0.0.1:8787/v1/embeddings", "headers": [], "body": "{}"}
    response = {"status": 200, "headers": [["server", "it"]], "body": "{}", "seconds": 0.25}
    texts = {"probe": "an empty object", "expected": "a 4xx", "actual": "accepted: 200 {}"}
    return {**texts, "request": request, "response": response, "curl": "curl -sS -i -X POST url", **changes}


def shape(**changes: Any) -> dict[str, Any]:
    """An entry of ``shapes``."""
    one = {"expected": "200", "input": "string", "encoding_format": "absent", "status": 200, "failures": 1}
    return {**one, **changes}


def row(id: str, verdict: str = "pass", **changes: Any) -> dict[str, Any]:
    """A requirement with its verdict; a failure has evidence."""
    evidence = changes.pop("evidence", [exchange()] if verdict == "fail" else [])
    return {
        "id": id,
        "selected": True,
        "level": "must",
        "area": id.partition(".")[0],
        "title": f"The title of {id}",
        "source": {"kind": "http", "reference": "RFC 9110, section 12.5.1"},
        "verdict": verdict,
        "standing": STANDINGS.get(verdict, "bad"),
        "reason": "" if verdict == "pass" else f"the reason of {id}",
        "blocked_by": None,
        "baseline": None,
        "requests": 1,
        "failures": len(evidence),
        "shapes": [],
        "evidence": evidence,
        **changes,
    }


def document(*rows: dict[str, Any], **changes: Any) -> dict[str, Any]:
    """A report of these requirements."""
    levels = {level: dict.fromkeys(VERDICTS, 0) for level in ("must", "should", "may")}
    for level, counts in levels.items():
        counts.update(Counter(row["verdict"] for row in rows if row["level"] == level))
    failed = any(row["standing"] == "bad" for row in rows)
    return {
        "format": 1,
        "suite": {"name": "embeddings-conformance", "version": "0.1.0"},
        "contract": {"file": "contract.yaml", "sha256": "0" * 64, "overlays": [], "dropped": []},
        "profile": "portkey",
        "target": {"url": "http://127.0.0.1:8787/v1", "server_header": "it"},
        "started": "2026-01-31T12:00:00+00:00",
        "seconds": 1.25,
        "requests": 1156,
        "prompt_tokens": 59_342,
        "seed": 0,
        "interrupted": False,
        "verdict": "nonconformant" if failed else "conformant",
        "exit_code": int(failed),
        "summary": levels,
        "requirements": list(rows),
        "credentials": {
            "schemes": [],
            "sets": [{"schemes": [], "expected": "accepted", "found": None, "status": None}],
        },
        "latency": [],
        "generator": {},
        "errata": [],
        **changes,
    }
