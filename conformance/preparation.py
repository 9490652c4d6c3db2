"""From a configuration to a run that is ready to go: what all doors share."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import parse_qsl, unquote, urlsplit

from .configuration import Configuration, ConfigurationError
from .contract import CatalogueError, Contract, ContractError, UnsupportedSchema, UnsupportedSecurity
from .engine import (
    Budget,
    Load,
    Outcome,
    Run,
    RunResult,
    Settings,
    Suite,
    Unreachable,
    Verdict,
    make_plan,
    totals,
)
from .headers import headers_of
from .report import (
    Baseline,
    BaselineError,
    Exit,
    Judged,
    Redactor,
    Report,
    deselect,
    exit_code,
    judge_standing,
    load_baseline,
    save_baseline,
)
from .suite import Generation, MissingCredentials, UnknownTokenizer, build_suite
from .target import (
    AppLoadError,
    AppStartError,
    CertificateFileError,
    Secret,
    Target,
    TargetUrlError,
    Unsendable,
    open_app,
    open_url,
)

USAGE_ERRORS = (
    AppLoadError,
    AppStartError,
    BaselineError,
    CatalogueError,
    CertificateFileError,
    ConfigurationError,
    ContractError,
    MissingCredentials,
    TargetUrlError,
    Unreachable,
    Unsendable,
    UnknownTokenizer,
    UnsupportedSchema,
    UnsupportedSecurity,
)
"""Errors that the user can mend; their text says how. Everything else is an error of the suite."""

APP_ORIGIN = "http://testserver"
APP_PATH = "/v1"
"""Where an in-process application believes to be, unless the user says otherwise."""


@dataclass(frozen=True)
class Prepared:
    """Everything that a run needs, checked, with nothing sent yet.

    ``target`` describes the target, with its base URL under ``url``.
    """

    configuration: Configuration
    contract: Contract
    suite: Suite
    baseline: Baseline
    redactor: Redactor
    target: Mapping[str, str]

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
        """A run of the *selected* requirements, all by default."""
        c = self.configuration
        settings = Settings(Load(c.concurrency, c.rate), self._budget, c.wait)
        target = open_target(c)
        return Run(
            self.suite, target, settings, selected=selected, on_outcome=on_outcome, on_reached=on_reached
        )

    def judge(self, outcome: Outcome) -> Judged:
        """How *outcome* counts in this run."""
        return judge_standing(outcome, fail_level=self.configuration.level, baseline=self.baseline)

    def report(self, result: RunResult, code: Exit | None = None) -> Report:
        """The report of a run, and the *code* that it ended with: by default that of its verdicts."""
        chosen = deselect(result)
        judged = {id: self.judge(outcome) for id, outcome in chosen.outcomes.items()}
        by_verdicts = exit_code(result, {id: judged[id] for id in result.selected})
        ended = by_verdicts if code is None else code
        return Report(
            self.contract, chosen, judged, ended, self.target, self.redactor, self.configuration.seed
        )

    def write(self, report: Report) -> None:
        """Write the reports that were asked for, and the baseline. Raises ConfigurationError when a file can not be."""
        c = self.configuration
        try:
            if c.json is not None:
                report.write_json(c.json)
            if c.update_baseline and c.baseline is not None:
                known = [id for id, judged in report.judged.items() if _stays_known(judged)]
                save_baseline(c.baseline, known, self.baseline)
        except OSError as error:
            raise ConfigurationError(
                str(error.filename), "a file that can be written", str(error.strerror)
            ) from None

    def plan(self, selected: Sequence[str] | None = None) -> Iterator[str]:
        """What a run would send, a line for each requirement, and the sum."""
        chosen = tuple(self.suite.checks) if selected is None else selected
        steps = make_plan(self.suite.checks, chosen, self.suite.canary, self._budget)
        for step in steps:
            requirement = step.check.requirement
            note = step.check.untestable or ("" if step.fits else "over budget")
            yield f"{step.requests:5} requests {step.tokens:7} tokens  {requirement.id}{note and f'  ({note})'}"
        requests, tokens = totals(steps, self.suite.canary)
        yield f"{requests:5} requests {tokens:7} tokens  in total, as estimated, without retries"

    @property
    def _budget(self) -> Budget:
        return Budget(self.configuration.max_requests, self.configuration.max_tokens)


def prepare(configuration: Configuration) -> Prepared:
    """Check *configuration* and load what it names. Raises one of USAGE_ERRORS."""
    contract = Contract.load(configuration.contract, profile=configuration.profile)
    headers = headers_of(configuration)
    suite = build_suite(
        contract,
        headers,
        configuration.model,
        tokenizer=configuration.tokenizer,
        generation=Generation(configuration.examples, configuration.seed),
    )
    if configuration.json is not None and configuration.json.is_dir():
        raise ConfigurationError("json", "the path of a file", f"the folder {configuration.json}")
    return Prepared(
        configuration=configuration,
        contract=contract,
        suite=suite,
        baseline=_baseline(configuration, contract),
        redactor=Redactor([*headers, *_in_urls(configuration)], contract.security),
        target=_description(configuration),
    )


def written(configuration: Configuration) -> Iterator[str]:
    """A line for each file that a run with *configuration* has written."""
    if configuration.json is not None:
        yield f"Report: {configuration.json}"
    if configuration.update_baseline:
        yield f"Baseline: {configuration.baseline}"


def open_target(configuration: Configuration) -> Target:
    """The target that *configuration* names. Raises one of USAGE_ERRORS."""
    c = configuration
    if c.app is not None:
        return open_app(c.app, base_path=_app_path(c), timeout=c.timeout)
    if c.url is None:
        raise ConfigurationError("target", "a base URL or an application", "neither")
    return open_url(c.url, timeout=c.timeout, ca=c.ca, cert=c.cert, proxy=c.proxy)


def _in_urls(configuration: Configuration) -> Iterator[tuple[str, Secret]]:
    """What may be secret in the URLs of target and proxy: values of the query, and a password."""
    for url in (configuration.url, configuration.proxy):
        parts = urlsplit(url or "")
        for name, value in parse_qsl(parts.query):
            if not name.lower().endswith("version"):
                yield name, Secret(value)
        if parts.password:
            yield "proxy-authorization", Secret(unquote(parts.password))


def _baseline(configuration: Configuration, contract: Contract) -> Baseline:
    file = configuration.baseline
    if file is None or (configuration.update_baseline and not file.exists()):
        return {}
    return load_baseline(file, contract.catalogue)


def _app_path(configuration: Configuration) -> str:
    return APP_PATH if configuration.url is None else urlsplit(configuration.url).path


def _description(configuration: Configuration) -> Mapping[str, str]:
    description = open_target(configuration).description
    return {"url": APP_ORIGIN + _app_path(configuration), **description}


def _stays_known(judged: Judged) -> bool:
    """Whether a baseline that is written now lists a requirement: it fails, or nothing new is known of it."""
    match judged.outcome.verdict:
        case Verdict.FAIL | Verdict.BLOCKED:
            return True
        case Verdict.PASS:
            return False
    return judged.known is not None
