"""The command ``embeddings-conformance``: run the sub-command, and turn errors into exit codes.

Slow imports are inside of functions: an interruption during them then ends with exit code 2 too.
"""

from __future__ import annotations

import errno
import os
import sys
from collections.abc import Sequence
from io import TextIOWrapper

from conformance.errors import UsageError
from conformance.runner.signals import sigterm_as_interrupt

from .parser import PROGRAM, command_parser

OUTPUT_ERRORS = (errno.EPIPE, errno.ENOSPC)
"""Errors of the standard output: its reader has closed it, or the disk is full. Files have their own messages."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command with *arguments*, by default those of the process. Returns the exit code."""
    try:
        with sigterm_as_interrupt():
            return _main(sys.argv[1:] if arguments is None else arguments)
    except KeyboardInterrupt:
        return 2  # Exit.INTERRUPTED, without another import


def _main(words: Sequence[str]) -> int:
    from conformance.exit_codes import Exit

    for stream in (
        sys.stdout,
        sys.stderr,
    ):  # a response may contain characters that the terminal cannot encode
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
    parser = command_parser(words)
    given = parser.parse_args(words)
    if given.main is None:
        parser.print_help()
        return Exit.USAGE
    try:
        code: int = given.main(given)
        sys.stdout.flush()
    except Exception as error:
        if isinstance(error, OSError) and error.errno in OUTPUT_ERRORS:
            return _report_output_error(error)
        return _report(error)
    return code


def _report_output_error(error: OSError) -> int:
    from conformance.exit_codes import Exit

    os.dup2(
        os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno()
    )  # the interpreter flushes it once more at exit
    print(f"{PROGRAM}: cannot write the output: {error.strerror}", file=sys.stderr)
    return Exit.USAGE


def _report(error: Exception) -> int:
    from conformance.exit_codes import Exit
    from conformance.text import visible

    if isinstance(error, UsageError):
        print(f"{PROGRAM}: " + "\n".join(map(visible, error.lines)), file=sys.stderr)
        return Exit.USAGE
    import traceback

    traceback.print_exception(error)
    print(f"{PROGRAM}: internal error in the suite (not a fault of the target)", file=sys.stderr)
    return Exit.INTERNAL_ERROR
