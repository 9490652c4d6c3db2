"""The report of a run as a JSON document; ``report.schema.json`` in this folder is its schema."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from html import escape
from importlib.metadata import version
from typing import Any

from conformance.contract import LEVELS, AppliedOverlay, Contract, catalogue_version, load_errata
from conformance.contract.roles import Roles
from conformance.engine import RunResult, Verdict
from conformance.exit_codes import Exit
from conformance.report.render.html import html
from conformance.report.render.terminal import last_screen
from conformance.text import counted

from .bounds import MAX_EVIDENCE_BYTES, MAX_SHAPE_BYTES, bounded_text, fitting_lists
from .compatibility import clients_as_list
from .exchange import evidence_as_dict
from .headline import verdict_text
from .metrics import canary_metrics, credential_metrics, latency_metrics
from .redaction import Redactor
from .shapes import count_shapes
from .standing import Judged, Standing, overall_verdict

FORMAT = 1
MAX_EVIDENCE = 5
"""Failed exchanges that a report contains for one requirement; ``failures`` counts all of them."""

Rerun = Callable[[str], str | None]
"""The command that tests the requirement with an id again; None if there is none."""


def without_command(_: str) -> str | None:
    """Return None: no command can test one requirement of this report again."""
    return None


@dataclass(frozen=True, repr=False)
class Report:
    """The result of a finished run. pytest, the command and ``check()`` give it.

    ``judged`` states how each requirement of the catalogue counts for the exit code. ``code`` is the exit code.
    ``target`` describes the target, with its base URL under ``url``. ``name`` is the user's name for it. ``reproduce``
    is the command that repeats the run, ``rerun`` gives the one that tests a requirement again. ``newer`` are the ids
    of the requirements that do not make the run fail, because they are newer than the version of the catalogue that was
    selected. ``stability`` compares the vectors with those of a snapshot; None without one. ``audit`` has the counts of
    an audit of recorded traffic, in addition to the verdicts; None for a run.
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
    rerun: Rerun = field(default_factory=lambda: without_command)
    newer: Collection[str] = frozenset()
    stability: Mapping[str, Any] | None = None
    audit: Mapping[str, Any] | None = None

    @property
    def verdict(self) -> str:
        """``conformant``, ``nonconformant`` or ``partial``."""
        return overall_verdict(self.result)

    @property
    def ok(self) -> bool:
        """Whether the exit code is 0."""
        return self.code == Exit.OK

    @property
    def failures(self) -> tuple[Judged, ...]:
        """The requirements that make the run fail, in the catalogue's order."""
        return tuple(
            self.judged[id] for id in self.result.selected if self.judged[id].standing is Standing.BAD
        )

    @property
    def clients(self) -> Mapping[str, str]:
        """For each client, by its name: it ``works`` with the target, it ``breaks``, or this is ``not known``."""
        return {one["name"]: one["result"] for one in clients_as_list(self._rows())}

    def __str__(self) -> str:
        """What the command prints at the end: clients, causes, and the result."""
        return "\n".join(line.text for line in last_screen(self.as_dict()))

    def __repr__(self) -> str:
        """One line: target, verdict and number of failures that make the run fail."""
        url = self.redactor.text(self.target["url"])
        verdict = verdict_text({"verdict": self.verdict, "exit_code": self.code})
        return f"<Report of {url}: {verdict}, {counted(len(self.failures), 'failure')}>"

    def _repr_html_(self) -> str:
        """The HTML report, for a notebook."""
        page = escape(html(self.as_dict()), quote=True)
        return f'<iframe srcdoc="{page}" style="width: 100%; height: 40em; border: 0"></iframe>'

    def as_dict(self) -> dict[str, Any]:
        """The report as JSON-compatible data, with credentials redacted."""
        contract, result, rows = self.contract, self.result, self._rows()
        return {
            "format": FORMAT,
            "suite": {"name": "embeddings-conformance", "version": version("embeddings-conformance")},
            "contract": _contract(contract),
            "profile": contract.profile,
            "target": {k: self.redactor.text(v) for k, v in self.target.items()}
            | {
                "server_header": bounded_text(result.server, self.redactor),
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
            "max_failures_reached": result.max_failures_reached,
            "verdict": self.verdict,
            "exit_code": int(self.code),
            "summary": verdict_counts(result),
            "clients": clients_as_list(rows),
            "requirements": rows,
            "catalogue": {"version": catalogue_version(), "newer": sorted(self.newer)},
            "credentials": credential_metrics(contract.security, result.answered),
            "latency": latency_metrics(result),
            "canaries": canary_metrics(result),
            "generator": dict(result.generated),
            "errata": [{"id": e.id, "title": e.title, "resolution": e.resolution} for e in load_errata()],
            **({"stability": _redacted(self.stability, self.redactor)} if self.stability is not None else {}),
            **({} if self.audit is None else {"audit": self.audit}),
        }

    def _rows(self) -> list[dict[str, Any]]:
        selected = set(self.result.selected)
        roles, judged = self.contract.roles, self.judged
        rows = {
            id: requirement_row(judged[id], self.target, self.redactor, self.rerun, roles)
            for id in self.result.outcomes
        }
        if self.audit is not None:
            rows = {id: without_commands(one) for id, one in rows.items()}
        evidence = fitting_lists({id: one["evidence"] for id, one in rows.items()}, MAX_EVIDENCE_BYTES)
        shown = fitting_lists({id: one["shapes"] for id, one in rows.items()}, MAX_SHAPE_BYTES)
        return [
            {**one, "shapes": shown[id], "evidence": evidence[id], "selected": id in selected}
            for id, one in rows.items()
        ]


def _redacted(value: Any, redactor: Redactor) -> Any:
    """*value*, JSON-compatible data, with credentials redacted in its texts."""
    if isinstance(value, str):
        return bounded_text(value, redactor)
    if isinstance(value, Mapping):
        return {name: _redacted(item, redactor) for name, item in value.items()}
    return [_redacted(item, redactor) for item in value] if isinstance(value, list) else value


def requirement_row(
    judged: Judged,
    target: Mapping[str, str],
    redactor: Redactor,
    rerun: Rerun = without_command,
    roles: Roles | None = None,
) -> dict[str, Any]:
    """One requirement with its verdict and evidence, as an entry of ``requirements`` in the JSON report.

    *roles* are the names of the properties of requests, by default the usual ones.
    """
    outcome, requirement = judged.outcome, judged.outcome.requirement
    return {
        "id": requirement.id,
        "level": requirement.level,
        "severity": requirement.severity,
        "since": requirement.since,
        "area": requirement.area,
        "title": requirement.title,
        "source": requirement.source.as_dict(),
        "verdict": outcome.verdict.value,
        "standing": judged.standing.value,
        "reason": bounded_text(verdict_reason(judged), redactor),
        "blocked_by": outcome.blocked_by or None,
        "baseline": bounded_text(judged.known.reason, redactor) if judged.known else None,
        "requests": outcome.requests,
        "reproduce": rerun(requirement.id) if outcome.evidence else None,
        "in_process": "app" in target,
        "failures": len(outcome.evidence) if outcome.failures is None else outcome.failures,
        "shapes": [
            {**one, "expected": bounded_text(one["expected"], redactor)}
            for one in count_shapes(outcome.evidence, roles)
        ],
        "evidence": [
            evidence_as_dict(item, target["url"], redactor) for item in outcome.evidence[:MAX_EVIDENCE]
        ],
    }


def without_commands(row: Mapping[str, Any]) -> dict[str, Any]:
    """The *row* of an audit. Its evidence has no commands, because a recording may lack parts of a request."""
    evidence = [{**item, "curl": f"# recorded at {item['probe']}"} for item in row["evidence"]]
    return {**row, "evidence": evidence}


def verdict_reason(judged: Judged) -> str:
    """The reason for the verdict and the standing of a requirement, in one or two sentences."""
    return "; ".join(part for part in (judged.outcome.reason, judged.note) if part)


def verdict_counts(result: RunResult) -> dict[str, dict[str, int]]:
    """The number of requirements by level and verdict."""
    counts = {level: Counter(dict.fromkeys((v.value for v in Verdict), 0)) for level in LEVELS}
    for outcome in result.outcomes.values():
        counts[outcome.requirement.level][outcome.verdict.value] += 1
    return {level: dict(count) for level, count in counts.items()}


def _contract(contract: Contract) -> dict[str, Any]:
    """The document; of another one than the vendored one, also the operation."""
    operation = {"method": contract.method.upper(), "path": contract.path, "id": contract.operation_id}
    return {
        "file": contract.file.name,
        "sha256": contract.sha256,
        **({} if contract.is_vendored else {"operation": operation}),
        "overlays": [_overlay(overlay) for overlay in contract.overlays],
        "dropped": list(contract.catalogue.dropped),
        "roles": contract.roles.as_dict(),
    }


def _overlay(overlay: AppliedOverlay) -> dict[str, Any]:
    return {
        "title": overlay.title,
        "file": overlay.file,
        "skipped": [f"{action.target}: {action.reason}" for action in overlay.skipped],
    }
