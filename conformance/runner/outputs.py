"""The files that a run writes: reports, and the baseline."""

from __future__ import annotations

import stat
from collections.abc import Iterator, Mapping
from functools import partial
from pathlib import Path

from conformance.config.options import Configuration
from conformance.engine import Verdict
from conformance.errors import ConfigurationError
from conformance.report import FORMATS, Baseline, Judged, Report, baseline_text

from .atomic_write import file_identity, write_text


def report_files(configuration: Configuration) -> dict[str, Path]:
    """The report files of a run, by the name of their format.

    Raises ConfigurationError for a path that cannot be a file, and for two options with the same file (the baseline
    included).
    """
    found = _report_files(configuration)
    for key, file in found.items():
        _check_file(key, file)
    known = {"baseline": configuration.baseline} if configuration.baseline is not None else {}
    require_distinct({**known, **found})
    return found


def require_distinct(files: Mapping[str, Path]) -> None:
    """Raise ConfigurationError if two of *files*, which are by option, are the same plain file."""
    taken: dict[object, str] = {}
    for key, file in files.items():
        identity = file_identity(file)
        if identity is not None and taken.setdefault(identity, key) != key:
            problem = f"{taken[identity]} and {key} need different files; both are {file}"
            raise ConfigurationError(key, problem)


def write_outputs(report: Report, configuration: Configuration, known: Baseline) -> None:
    """Write the reports that *configuration* names, and the baseline, which keeps the reasons of those *known*.

    Writes all files that can be written, then raises ConfigurationError for the others.
    """
    document = report.as_dict()
    texts = [(file, partial(FORMATS[key], document)) for key, file in _report_files(configuration).items()]
    if configuration.update_baseline and configuration.baseline is not None:
        failing = {
            id: one.outcome.blocked_by for id, one in report.judged.items() if _belongs(one, report.judged)
        }
        texts.append((configuration.baseline, partial(baseline_text, failing, known)))
    unwritten = []
    for file, text in texts:
        try:
            write_text(file, text())
        except OSError as error:
            unwritten.append(f"{file}: {error.strerror}")
    if unwritten:
        raise ConfigurationError("reports", f"cannot write {'; '.join(unwritten)}")


def output_lines(configuration: Configuration) -> Iterator[str]:
    """A line for each file that a run with *configuration* has written."""
    for file in _report_files(configuration).values():
        yield f"Report: {file}"
    if configuration.update_baseline:
        yield f"Baseline: {configuration.baseline}"


def _report_files(configuration: Configuration) -> dict[str, Path]:
    files = {key: getattr(configuration, key, None) for key in FORMATS}
    return {key: file for key, file in files.items() if file is not None}


def _check_file(key: str, file: Path) -> None:
    """Raise ConfigurationError for a folder, a link to itself, and a path below a file: before the run, not after."""
    try:
        if stat.S_ISDIR(file.stat().st_mode):
            raise ConfigurationError(key, f"{file} is a folder; give the path of a file")
    except FileNotFoundError:
        return
    except OSError as error:
        raise ConfigurationError(key, f"cannot write {file}: {error.strerror}") from None


def _belongs(judged: Judged, others: Mapping[str, Judged]) -> bool:
    """Whether an updated baseline lists a requirement: it fails, or it is listed and was not tested.

    What is blocked belongs to it if its root fails. A root without a verdict may pass the next time.
    """
    root = others.get(judged.outcome.blocked_by)
    match judged.outcome.verdict:
        case Verdict.FAIL:
            return True
        case Verdict.BLOCKED if root is None or root.outcome.verdict is Verdict.FAIL:
            return True
        case Verdict.PASS if not judged.outcome.is_reduced:
            return False
    return judged.known is not None
