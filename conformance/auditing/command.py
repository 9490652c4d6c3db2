"""An audit, as the command and the library start it: its options, its sources, and its report."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from time import monotonic
from typing import Any, Final

from conformance.config.contract import contract_of
from conformance.config.options import Configuration
from conformance.contract import Contract
from conformance.errors import ConfigurationError
from conformance.report import Baseline, Report
from conformance.runner.inputs import check_catalogue_version, selected_ids
from conformance.runner.outputs import report_files
from conformance.runner.prepare import baseline_of

from .executors import OpenExecutor, dask_executor, local_executor, usable_cores
from .files import find_files, is_remote
from .formats import load_formats
from .report import Conclusion, read_thresholds
from .run import Progress, audit_files
from .worker import Task

SMALL: Final = 8 * 2**20
"""Bytes of the files up to which more processes would take longer to start than to help."""

OPTIONS: Final = frozenset(
    [
        "contract",
        "operation",
        "profile",
        "level",
        "fail-on",
        "catalogue",
        "baseline",
        "update-baseline",
        "only",
        "exclude",
        "name",
        "json",
        "html",
        "markdown",
        "badge",
        "junitxml",
    ]
)
"""The options of a run that an audit has too."""


@dataclass(frozen=True, kw_only=True)
class AuditOptions:
    """The options that only an audit has.

    ``format`` is the name of a format, ``mapping`` a file that describes one. ``workers`` is the number of processes, 0
    for none, and None for one for each core. ``state`` is the file from which an audit continues. ``scheduler`` is the
    address of a Dask scheduler, ``client`` a client of one. ``fail_above`` are thresholds such as ``0.1%``.
    """

    format: str | None = None
    mapping: Path | None = None
    workers: int | None = None
    state: Path | None = None
    scheduler: str | None = None
    client: Any = None
    fail_above: Sequence[str] = ()
    show_texts: bool = False


@dataclass(frozen=True)
class PreparedAudit:
    """An audit whose options and files were checked. Nothing was read yet."""

    sources: Sequence[str]
    configuration: Configuration
    baseline: Baseline
    options: AuditOptions
    conclusion: Conclusion
    task: Task
    executor: OpenExecutor
    settings: dict[str, str]

    def run(self, on_progress: Callable[[Progress], None] = lambda progress: None) -> Report:
        """Audit the sources. Raises UsageError."""
        started, clock = datetime.now(UTC), monotonic()
        found = audit_files(
            self.sources,
            self.task,
            self.executor,
            state=self.options.state,
            settings=self.settings,
            on_progress=on_progress,
        )
        return self.conclusion.report(found, self.sources, started, monotonic() - clock)


def prepare_audit(
    sources: Sequence[str], configuration: Configuration, options: AuditOptions
) -> PreparedAudit:
    """Check everything that an audit needs. Raises UsageError."""
    if not sources:
        raise ConfigurationError(
            "sources", "missing; give a file, a folder, a glob or a URL, or - for the standard input"
        )
    if options.format is not None and options.mapping is not None:
        raise ConfigurationError("mapping", "describes the format; leave the option format out")
    c, contract = configuration, contract_of(configuration)
    check_catalogue_version(c.catalogue)
    selected = selected_ids(c, contract.catalogue.applicable(set()), contract.catalogue, contract.roles)
    report_files(c)
    task = Task(
        contract=None if c.contract is None else str(Path(c.contract).resolve()),
        operation=c.operation,
        profile=c.profile,
        format=options.format,
        mapping=None if options.mapping is None else str(options.mapping.resolve()),
        show_texts=options.show_texts,
    )
    load_formats(task.format, task.mapping)
    baseline = baseline_of(c, contract)
    conclusion = Conclusion(c, contract, baseline, selected, read_thresholds(options.fail_above, contract))
    executor = _executor(sources, options)
    return PreparedAudit(sources, c, baseline, options, conclusion, task, executor, _settings(task, contract))


def _settings(task: Task, contract: Contract) -> dict[str, str]:
    """What must be the same in all audits with one file of the option state."""
    return {
        "version of the suite": version("embeddings-conformance"),
        "contract": contract.sha256,
        "profile": contract.profile,
        "format": f"{task.format or ''}{task.mapping or ''}",
        "option show-texts": str(task.show_texts),
    }


def _executor(sources: Sequence[str], options: AuditOptions) -> OpenExecutor:
    if options.scheduler is not None or options.client is not None:
        return dask_executor(options.scheduler, options.client)
    if options.workers is not None:
        return local_executor(options.workers)
    on_disk = [source for source in sources if source != "-" and not is_remote(source)]
    is_small = len(on_disk) == len(sources) and sum(file.size for file in find_files(on_disk)) <= SMALL
    return local_executor(0 if is_small else usable_cores())
