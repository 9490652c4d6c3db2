"""Files that a sub-command writes, except those of a run."""

from __future__ import annotations

from pathlib import Path

from conformance.errors import ConfigurationError
from conformance.runner.atomic_write import write_text


def write_output(option: str, file: Path, text: str) -> None:
    """Write *text* to *file*, the value of *option*. Raises ConfigurationError if the file cannot be written."""
    try:
        write_text(file, text)
    except OSError as error:
        raise ConfigurationError(option, f"cannot write {file}: {error.strerror}") from None
