"""The report of a run as a JSON document; ``report.schema.json`` in this folder is its schema."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.metadata import version
from typing import Any

from conformance.contract import LEVELS, AppliedOverlay, Contract, load_errata
from conformance.engine import RunResult, Verdict

from .bounds import MAX_EVIDENCE_BYTES, MAX_SHAPE_BYTES, bounded, fitting
from .exchange import evidence_as_dict
from .metrics import canaries, credentials, latency
from .redaction import Redactor
from .shapes import shapes
from .standing import Judged, overall

FORMAT = 1
MAX_EVIDENCE = 5
"""Failed exchanges that a report contains for one requirement; ``failures`` counts all of them."""


@dataclass(frozen=True)
class Report:
    """A finished run, as pytest, the command and ``check()`` report it.

    ``judged`` has the standing of each requirement of the catalogue. ``code`` is the exit code. ``target`` describes
    the target, with its base URL under ``url``. ``name`` is the user's name for it. ``reproduce`` is the command that
    repeats the run.
    """

    contract: Contract
    result: RunResult
    judged: Mapping[str, Judged]
    code: int
    target: Mapping[str, str]
    redactor: Redactor
    seed: int = 0
    name: str | None = None
    reproduce: str | None = None

    @property
    def verdict(self) -> str:
        """``conformant``, ``nonconformant`` or ``partial``."""
        return overall(self.result)

    def as_dict(self) -> dict[str, Any]:
        """The report as JSON-compatible data, with credentials redacted."""
        contract, result = self.contract, self.result
        return {
            "format": FORMAT,
            "suite": {"name": "embeddings-conformance", "version": version("embeddings-conformance")},
            "contract": {
                "file": contract.file.name,
                "sha256": contract.sha256,
                "overlays": [_overlay(overlay) for overlay in contract.overlays],
                "dropped": list(contract.catalogue.dropped),
            },
            "profile": contract.profile,
            "target": {k: self.redactor.text(v) for k, v in self.target.items()}
            | {
                "server_header": bounded(result.server, self.redactor),
                "name": self.redactor.text(self.name) if self.name is not None else None,
            },
            "reproduce": self.reproduce,
            "started": result.started,
            "seconds": round(result.seconds, 3),
            "requests": result.requests,
            "prompt_tokens": result.tokens,
            "seed": self.seed,
            "interrupted": result.interrupted,
            "out_of_time": result.out_of_time,
            "verdict": self.verdict,
            "exit_code": int(self.code),
            "summary": summary(result),
            "requirements": self._rows(),
            "credentials": credentials(contract.security, result.answered),
            "latency": latency(result),
            "canaries": canaries(result),
            "generator": dict(result.generated),
            "errata": [{"id": e.id, "title": e.title, "resolution": e.resolution} for e in load_errata()],
        }

    def _rows(self) -> list[dict[str, Any]]:
        selected = set(self.result.selected)
        rows = {id: row(self.judged[id], self.target["url"], self.redactor) for id in self.result.outcomes}
        evidence = fitting({id: one["evidence"] for id, one in rows.items()}, MAX_EVIDENCE_BYTES)
        shown = fitting({id: one["shapes"] for id, one in rows.items()}, MAX_SHAPE_BYTES)
        return [
            {**one, "shapes": shown[id], "evidence": evidence[id], "selected": id in selected}
            for id, one in rows.items()
        ]


def row(judged: Judged, base_url: str, redactor: Redactor) -> dict[str, Any]:
    """One requirement with its verdict and evidence, as an entry of ``requirements`` in the JSON report."""
    outcome, requirement = judged.outcome, judged.outcome.requirement
    return {
        "id": requirement.id,
        "level": requirement.level,
        "severity": requirement.severity,
        "area": requirement.area,
        "title": requirement.title,
        "source": requirement.source.as_dict(),
        "verdict": outcome.verdict.value,
        "standing": judged.standing.value,
        "reason": bounded(reason(judged), redactor),
        "blocked_by": outcome.blocked_by or None,
        "baseline": bounded(judged.known.reason, redactor) if judged.known else None,
        "requests": outcome.requests,
        "failures": len(outcome.evidence),
        "shapes": [
            {**one, "expected": bounded(one["expected"], redactor)} for one in shapes(outcome.evidence)
        ],
        "evidence": [evidence_as_dict(item, base_url, redactor) for item in outcome.evidence[:MAX_EVIDENCE]],
    }


def reason(judged: Judged) -> str:
    """The reason for the verdict and the standing of a requirement, in one or two sentences."""
    return "; ".join(part for part in (judged.outcome.reason, judged.note) if part)


def summary(result: RunResult) -> dict[str, dict[str, int]]:
    """The number of requirements by level and verdict."""
    counts = {level: Counter(dict.fromkeys((v.value for v in Verdict), 0)) for level in LEVELS}
    for outcome in result.outcomes.values():
        counts[outcome.requirement.level][outcome.verdict.value] += 1
    return {level: dict(count) for level, count in counts.items()}


def _overlay(overlay: AppliedOverlay) -> dict[str, Any]:
    return {
        "title": overlay.title,
        "file": overlay.file,
        "skipped": [f"{action.target}: {action.reason}" for action in overlay.skipped],
    }
