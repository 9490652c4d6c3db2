"""From a configuration to a run that is ready to go: what all doors share."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from conformance.checks import Generation, build_suite
from conformance.config.headers import headers_of
from conformance.config.settings import Configuration
from conformance.contract import Contract
from conformance.engine import Budget, Load, Outcome, Run, RunResult, Settings, Suite, make_plan, totals
from conformance.reference.mock_upstream.upstream import Upstream
from conformance.report import (
    Baseline,
    Exit,
    Judged,
    Redactor,
    Report,
    deselect,
    exit_code,
    judge_standing,
    load_baseline,
)

from .gateway_pair import Paired, upstream_of
from .opening import description_of, open_target, secrets_in_urls
from .outputs import report_files
from .rerun_command import reproduction
from .selection import chosen, claims_of


@dataclass(frozen=True)
class Prepared:
    """Everything that a run needs, checked, with nothing sent yet.

    ``target`` describes the target, with its base URL under ``url``. ``app`` is an application that was given as an
    object, ``upstream`` the one that is played for a gateway.
    """

    configuration: Configuration
    contract: Contract
    suite: Suite
    baseline: Baseline
    redactor: Redactor
    target: Mapping[str, str]
    app: object | None = None
    upstream: Upstream | None = None

    @property
    def url(self) -> str:
        """The target's base URL, as it may be shown."""
        return self.target["url"]

    def run(
        self,
        selected: Sequence[str] | None = None,
        *,
        on_outcome: Callable[[Outcome], None] = lambda outcome: None,
        on_reached: Callable[[], None] = lambda: None,
    ) -> Run:
        """A run of the *selected* requirements, by default of those that the configuration asks for."""
        c = self.configuration
        settings = Settings(Load(c.concurrency, c.rate), self._budget, c.wait)
        target = open_target(c, self.app)
        if self.upstream is not None:
            target = Paired(target, self.upstream)
        return Run(
            self.suite,
            target,
            settings,
            selected=self.asked_for if selected is None else selected,
            on_outcome=on_outcome,
            on_reached=on_reached,
        )

    def judge(self, outcome: Outcome, *, selected: bool = True) -> Judged:
        """How *outcome* counts in this run."""
        level = self.configuration.level
        return judge_standing(outcome, fail_level=level, baseline=self.baseline, selected=selected)

    def report(self, result: RunResult, code: Exit | None = None) -> Report:
        """The report of a run, and the *code* that it ended with: by default that of its verdicts."""
        chosen = deselect(result)
        judged = {id: self.judge(o, selected=id in result.selected) for id, o in chosen.outcomes.items()}
        by_verdicts = exit_code(result, {id: judged[id] for id in result.selected})
        ended = by_verdicts if code is None else code
        return Report(
            self.contract,
            chosen,
            judged,
            ended,
            self.target,
            self.redactor,
            self.configuration.seed,
            self.configuration.name,
            self._reproduce(result.selected),
        )

    @property
    def asked_for(self) -> tuple[str, ...]:
        """The requirements that the configuration asks for, in the catalogue's order."""
        return chosen(self.configuration, self.suite.catalogue, self.contract.catalogue)

    def plan(self, selected: Sequence[str] | None = None) -> Iterator[str]:
        """What a run would send, a line for each requirement, and the sum."""
        wanted = self.asked_for if selected is None else selected
        steps = make_plan(self.suite.checks, wanted, self.suite.canary, self._budget)
        for step in steps:
            requirement = step.check.requirement
            note = step.check.without_requests or ("" if step.fits else "over budget")
            yield f"{step.requests:5} requests {step.tokens:7} tokens  {requirement.id}{note and f'  ({note})'}"
        requests, tokens = totals(steps, self.suite.canary)
        yield f"{requests:5} requests {tokens:7} tokens  in total, as estimated, without retries"

    def _reproduce(self, selected: Sequence[str]) -> str | None:
        """The command that repeats the run; none repeats that of an application that was given as an object."""
        if self.app is not None:
            return None
        only = self.configuration.only if set(selected) == set(self.asked_for) else tuple(selected)
        configuration = replace(self.configuration, only=only)
        return reproduction(configuration, self.url, headers_of(configuration), self.redactor)

    @property
    def _budget(self) -> Budget:
        return Budget(self.configuration.max_requests, self.configuration.max_tokens)


def prepare(configuration: Configuration, app: object | None = None) -> Prepared:
    """Check *configuration* and load what it names; *app* is an ASGI application to test, where that is an object.

    Raises UsageError.
    """
    target = description_of(configuration, app)
    contract = Contract.load(configuration.contract, profile=configuration.profile)
    headers = headers_of(configuration)
    redactor = Redactor([*headers, *secrets_in_urls(configuration)], contract.security)
    upstream = upstream_of(configuration, contract, headers, redactor.hear)
    suite = build_suite(
        contract,
        headers,
        configuration.model,
        tokenizer=configuration.tokenizer,
        generation=Generation(configuration.examples, configuration.seed),
        claims=claims_of(configuration),
        upstream=upstream,
    )
    report_files(configuration)
    return Prepared(
        configuration=configuration,
        contract=contract,
        suite=suite,
        baseline=_baseline(configuration, contract),
        redactor=redactor,
        target=target,
        app=app,
        upstream=upstream,
    )


def _baseline(configuration: Configuration, contract: Contract) -> Baseline:
    file = configuration.baseline
    if file is None or (configuration.update_baseline and not file.exists()):
        return {}
    return load_baseline(file, contract.catalogue)
