"""All that a run needs: its checks, the files that it reads and writes, and the judging of its results."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

from conformance.checks import Generation, build_suite
from conformance.config.headers import headers_of, other_headers_of
from conformance.config.options import Configuration
from conformance.contract import Contract
from conformance.drift import comparison_picture, read_snapshot
from conformance.engine import (
    Budget,
    Load,
    Outcome,
    Probe,
    Renewal,
    Run,
    RunResult,
    Settings,
    Step,
    Suite,
    has_failed,
    make_plan,
    plan_totals,
)
from conformance.exit_codes import Exit
from conformance.reference.mock_upstream import MockUpstream
from conformance.report import (
    Baseline,
    Judged,
    Redactor,
    Report,
    Standing,
    deselect_prerequisites,
    exit_code,
    judge_standing,
    load_baseline,
)
from conformance.secret import Secret
from conformance.text import counted

from .gateway_pair import GatewayWithUpstream, mock_upstream
from .inputs import Inputs, preset_of, secrets_in_urls
from .outputs import report_files
from .renewals import renewal_of
from .rerun_command import rerun_command
from .wrong_url import UrlExamination


@dataclass(frozen=True)
class Prepared:
    """Everything that a run needs, checked. Nothing has been sent.

    headers: the headers to send, in the order of the configuration.
    others: the headers of another tenant.
    renewal: renews the credentials that commands print.
    upstream: the mock upstream behind a gateway, if the configuration names its address.
    load: the limits of the load, if they are not those of the configuration.
    """

    inputs: Inputs
    suite: Suite
    baseline: Baseline
    redactor: Redactor
    headers: Sequence[tuple[str, Secret]]
    others: Sequence[tuple[str, Secret]]
    renewal: Renewal
    upstream: MockUpstream | None = None
    load: Load | None = None

    @property
    def configuration(self) -> Configuration:
        """The settings of the run."""
        return self.inputs.configuration

    @property
    def target(self) -> Mapping[str, str]:
        """The target as reports show it, with its base URL under ``url``."""
        return self.inputs.description

    @property
    def url(self) -> str:
        """The target's base URL, without its secrets."""
        return self.target["url"]

    def run(
        self,
        selected: Sequence[str] | None = None,
        *,
        on_outcome: Callable[[Outcome], None] = lambda outcome: None,
        on_reached: Callable[[], None] = lambda: None,
    ) -> Run:
        """A run of the *selected* requirements, by default of those that the configuration selects.

        It can be executed once, since the target is the one that was opened with the inputs.
        """
        c = self.configuration
        load = Load(rate=c.rate) if c.concurrency is None else Load(c.concurrency, c.rate)
        settings = Settings(self.load or load, self._budget, c.wait, c.max_seconds, c.max_failures)
        target = self.inputs.target
        if self.upstream is not None:
            target = GatewayWithUpstream(target, self.upstream)
        return Run(
            self.suite,
            target,
            settings,
            selected=self.inputs.selected if selected is None else selected,
            on_outcome=on_outcome,
            on_reached=on_reached,
            examine=UrlExamination(self.inputs, self.suite.canary.request).examine,
            counts=self.is_counted,
            renewal=self.renewal,
        )

    @cached_property
    def newer(self) -> frozenset[str]:
        """The ids of the requirements that are newer than the catalogue that can make the run fail."""
        version = self.configuration.catalogue
        catalogue = self.inputs.catalogue.values()
        return frozenset(r.id for r in catalogue if version is not None and r.since > version)

    def judge(self, outcome: Outcome, *, selected: bool = True) -> Judged:
        """Whether *outcome* fails this run, by its level and the baseline."""
        return judge_standing(
            outcome,
            fail_level=self.configuration.level,
            fail_on=self.configuration.fail_on,
            baseline=self.baseline,
            selected=selected,
            newer=self.newer,
            updated=self.configuration.update_baseline,
        )

    def is_counted(self, outcome: Outcome) -> bool:
        """Whether *outcome* is a failure that fails this run."""
        return has_failed(outcome) and self.judge(outcome).standing is Standing.BAD

    def report(self, result: RunResult, code: Exit | None = None) -> Report:
        """The report of a run that ended with *code*, by default the code that follows from its verdicts."""
        kept = deselect_prerequisites(result)
        judged = {id: self.judge(o, selected=id in result.selected) for id, o in kept.outcomes.items()}
        by_verdicts = exit_code(result, {id: judged[id] for id in result.selected})
        ended = by_verdicts if code is None else code
        return Report(
            self.inputs.contract,
            kept,
            judged,
            ended,
            self.target,
            self.redactor,
            self.configuration.seed,
            self.configuration.name,
            self._rerun_command(result.selected),
            self.rerun,
            self.newer,
            comparison_picture(comparison) if (comparison := self.suite.stability()) is not None else None,
        )

    def rerun(self, id: str) -> str | None:
        """The command that tests the requirement *id* again; None for an application object."""
        if self.inputs.is_object:
            return None
        limits = dict.fromkeys(
            ("preset", "catalogue", "max_requests", "max_tokens", "max_seconds", "max_failures")
        )
        level = self.inputs.catalogue[id].level
        return self.command(only=(id,), level="must" if level == "may" else level, baseline=None, **limits)

    def plan(self, selected: Sequence[str] | None = None) -> Iterator[str]:
        """A line for the first request, one for each requirement with what a run would send for it, and the sum."""
        wanted = self.inputs.selected if selected is None else selected
        steps = make_plan(self.suite.checks, wanted, self.suite.canary, self._budget)
        details = list(_details(steps, self.suite.canary))
        yield from details
        requests, tokens = plan_totals(steps, self.suite.canary)
        yield f"{_cost(requests, tokens)}  in total, as estimated, without retries"

    def _rerun_command(self, selected: Sequence[str]) -> str | None:
        """The command that repeats the run; None for an application object, which a command cannot name."""
        if self.inputs.is_object:
            return None
        only = self.configuration.only if set(selected) == set(self.inputs.selected) else tuple(selected)
        return self.command(only=only)

    def command(self, **changes: Any) -> str:
        """The command of a run with *changes* of the configuration, except of its headers."""
        configuration = replace(self.configuration, **changes)
        return rerun_command(configuration, self.url, self.headers, self.redactor, self.others)

    @property
    def _budget(self) -> Budget:
        c, preset = self.configuration, preset_of(self.configuration)
        if preset is None:
            return Budget(c.max_requests, c.max_tokens)
        most = min(c.max_requests or preset.max_requests, preset.max_requests)
        return Budget(most, c.max_tokens, preset.first_ids(self.inputs.catalogue))


def prepare_run(inputs: Inputs, selected: Sequence[str] | None = None) -> Prepared:
    """Build the checks for *inputs*, and check the files of the run. Raises UsageError.

    *selected* are the requirements of the run, by default those that the configuration selects.
    """
    c, contract = inputs.configuration, inputs.contract
    wanted = inputs.selected if selected is None else selected
    headers, others = headers_of(c), other_headers_of(c)
    secrets = [(name, value) for name, value in inputs.parameters.items() if isinstance(value, Secret)]
    redactor = Redactor([*headers, *others, *secrets_in_urls(c), *secrets], contract.security)
    upstream = mock_upstream(c, contract, headers, redactor.add)
    snapshot = None if c.snapshot is None else read_snapshot(c.snapshot)
    suite = build_suite(
        contract,
        headers,
        c.model or (snapshot.model if snapshot else None),
        tokenizer=c.tokenizer,
        generation=Generation(c.examples, c.seed),
        capabilities=inputs.capabilities,
        upstream=upstream,
        burst=min(c.burst, c.concurrency or c.burst),
        only=wanted if len(wanted) < len(inputs.catalogue) else None,
        parameters=inputs.parameters,
        base_path=inputs.base_path,
        reduced=c.preset is not None,
        other_headers=others,
        snapshot=snapshot,
        snapshot_tolerance=c.snapshot_tolerance,
    )
    report_files(c)
    renewal = renewal_of(c, headers, others, contract, suite, redactor, upstream)
    return Prepared(inputs, suite, baseline_of(c, contract), redactor, headers, others, renewal, upstream)


def _details(steps: Iterable[Step], canary: Probe) -> Iterator[str]:
    yield f"{_cost(1, canary.tokens)}  the canary at the start"
    for step in steps:
        note = step.check.without_requests or ("" if step.fits else "over budget")
        yield f"{_cost(step.requests, step.tokens)}  {step.check.requirement.id}{note and f'  ({note})'}"


def _cost(requests: int, tokens: int) -> str:
    return f"{counted(requests, 'request'):>14} {counted(tokens, 'token'):>14}"


def baseline_of(configuration: Configuration, contract: Contract) -> Baseline:
    """The baseline that *configuration* names; an empty one if it does not, or if the run creates the file."""
    file = configuration.baseline
    if file is None or (configuration.update_baseline and not file.exists()):
        return {}
    return load_baseline(file, contract.catalogue)
