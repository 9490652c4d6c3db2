"""The files that a run leaves: reports, and the baseline."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from pathlib import Path

from .configuration import Configuration, ConfigurationError
from .engine import Verdict
from .report import FORMATS, Baseline, Judged, Report, baseline_text, write_text


def report_files(configuration: Configuration) -> dict[str, Path]:
    """The files that reports are to be written to, by the name of their form.

    Raises ConfigurationError for one that is a folder.
    """
    named = {key: getattr(configuration, key) for key in FORMATS}
    found = {key: file for key, file in named.items() if file is not None}
    for key, file in found.items():
        if file.is_dir():
            raise ConfigurationError(key, "the path of a file", f"the folder {file}")
    return found


def write(report: Report, configuration: Configuration, known: Baseline) -> None:
    """Write the reports that were asked for, and the baseline, which keeps what it says of those *known*.

    Raises ConfigurationError for files that can not be written, once all others are.
    """
    document = report.as_dict()
    texts = {file: partial(FORMATS[key], document) for key, file in report_files(configuration).items()}
    if configuration.update_baseline and configuration.baseline is not None:
        failing = {id: one.outcome.blocked_by for id, one in report.judged.items() if _stays_known(one)}
        texts[configuration.baseline] = partial(baseline_text, failing, known)
    unwritten = []
    for file, text in texts.items():
        try:
            write_text(file, text())
        except OSError as error:
            unwritten.append(f"{file}: {error.strerror}")
    if unwritten:
        raise ConfigurationError("reports", "files that can be written", "; ".join(unwritten))


def written(configuration: Configuration) -> Iterator[str]:
    """A line for each file that a run with *configuration* has written."""
    for file in report_files(configuration).values():
        yield f"Report: {file}"
    if configuration.update_baseline:
        yield f"Baseline: {configuration.baseline}"


def _stays_known(judged: Judged) -> bool:
    """Whether a baseline that is written now lists a requirement: it fails, or nothing new is known of it."""
    match judged.outcome.verdict:
        case Verdict.FAIL | Verdict.BLOCKED:
            return True
        case Verdict.PASS:
            return False
    return judged.known is not None
