"""The files that a run leaves: reports, and the baseline."""

from __future__ import annotations

import stat
from collections.abc import Iterator, Mapping
from functools import partial
from pathlib import Path

from conformance.config.settings import Configuration, ConfigurationError
from conformance.engine import Verdict
from conformance.report import FORMATS, Baseline, Judged, Report, baseline_text
from conformance.runner.atomic_write import identity, write_text


def report_files(configuration: Configuration) -> dict[str, Path]:
    """The files that reports are to be written to, by the name of their form.

    Raises ConfigurationError for a folder and for what no file can be, and for two that are one, the baseline among
    them.
    """
    found = _named(configuration)
    for key, file in found.items():
        _refuse_folder(key, file)
    known = {"baseline": configuration.baseline} if configuration.baseline is not None else {}
    refuse_shared({**known, **found})
    return found


def refuse_shared(files: Mapping[str, Path]) -> None:
    """Raise ConfigurationError where two of *files*, which are by what names them, are one plain file."""
    taken: dict[object, str] = {}
    for key, file in files.items():
        one = identity(file)
        if one is not None and taken.setdefault(one, key) != key:
            raise ConfigurationError(key, "a file of its own", f"{file}, the file of {taken[one]} too")


def write(report: Report, configuration: Configuration, known: Baseline) -> None:
    """Write the reports that were asked for, and the baseline, which keeps what it says of those *known*.

    Raises ConfigurationError for files that can not be written, once all others are.
    """
    document = report.as_dict()
    texts = [(file, partial(FORMATS[key], document)) for key, file in _named(configuration).items()]
    if configuration.update_baseline and configuration.baseline is not None:
        failing = {id: one.outcome.blocked_by for id, one in report.judged.items() if _stays_known(one)}
        texts.append((configuration.baseline, partial(baseline_text, failing, known)))
    unwritten = []
    for file, text in texts:
        try:
            write_text(file, text())
        except OSError as error:
            unwritten.append(f"{file}: {error.strerror}")
    if unwritten:
        raise ConfigurationError("reports", "files that can be written", "; ".join(unwritten))


def written(configuration: Configuration) -> Iterator[str]:
    """A line for each file that a run with *configuration* has written."""
    for file in _named(configuration).values():
        yield f"Report: {file}"
    if configuration.update_baseline:
        yield f"Baseline: {configuration.baseline}"


def _named(configuration: Configuration) -> dict[str, Path]:
    named = {key: getattr(configuration, key) for key in FORMATS}
    return {key: file for key, file in named.items() if file is not None}


def _refuse_folder(key: str, file: Path) -> None:
    """A link that leads to itself, and what lies below a file, are refused too: nothing is sent for no report."""
    try:
        if stat.S_ISDIR(file.stat().st_mode):
            raise ConfigurationError(key, "the path of a file", f"the folder {file}")
    except FileNotFoundError:
        return
    except OSError as error:
        raise ConfigurationError(key, "the path of a file", f"{file}: {error.strerror}") from None


def _stays_known(judged: Judged) -> bool:
    """Whether a baseline that is written now lists a requirement: it fails, or nothing new is known of it."""
    match judged.outcome.verdict:
        case Verdict.FAIL | Verdict.BLOCKED:
            return True
        case Verdict.PASS:
            return False
    return judged.known is not None
