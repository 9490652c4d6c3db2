"""Credentials that a command prints: ``cmd:COMMAND`` is the whole value of a header, or a part of it."""

from __future__ import annotations

import asyncio
import os
import re
import shlex
import signal
import subprocess
from contextlib import suppress
from dataclasses import dataclass, field

from conformance.errors import ConfigurationError

TIME_LIMIT = 30.0
"""Seconds that a command may take."""

CONTROL = re.compile(r"[\x00-\x1f\x7f]")

SEE_WHY = "run it in a terminal to see why"


@dataclass
class CredentialCommand:
    """A command whose first line of output is a credential. It is split as by a shell, and run without one.

    *where* begins each error. No error has a part of the command or of its output: both may be secret.
    """

    text: str
    where: str
    _running: subprocess.Popen[bytes] | None = field(default=None, init=False, repr=False)
    _is_cancelled: bool = field(default=False, init=False, repr=False)

    def run(self) -> str:
        """The credential. Raises ConfigurationError."""
        words = self._words()
        try:
            process = subprocess.Popen(
                words,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                start_new_session=True,
            )
        except (OSError, ValueError) as error:
            reason = getattr(error, "strerror", None) or "invalid characters"
            problem = (
                f"its command cannot be started ({reason}); no shell runs it, so give the path of a program"
            )
            raise ConfigurationError(self.where, problem) from None
        self._running = process
        if self._is_cancelled:  # before the command started
            self._end()
        try:
            output, _ = process.communicate(timeout=TIME_LIMIT)
        except subprocess.TimeoutExpired:
            problem = f"its command did not end within {TIME_LIMIT:g} s; {SEE_WHY}"
            raise ConfigurationError(self.where, problem) from None
        finally:
            self._end()
            process.wait()
            if process.stdout is not None:
                process.stdout.close()
        return self._credential(process.returncode, output)

    async def renew(self) -> str:
        """As ``run``, in another thread; the command is ended if the task is cancelled."""
        self._is_cancelled = False
        try:
            return await asyncio.to_thread(self.run)
        except asyncio.CancelledError:
            self._is_cancelled = True
            self._end()
            raise

    def _words(self) -> list[str]:
        try:
            words = shlex.split(self.text)
        except ValueError:
            words = []
        if not words:
            problem = "cmd: must be followed by a command, with quotes as for a shell"
            raise ConfigurationError(self.where, problem)
        return words

    def _credential(self, code: int, output: bytes) -> str:
        if code:
            ended = f"exit code {code}" if code > 0 else f"signal {-code}"
            raise ConfigurationError(self.where, f"its command ended with {ended}; {SEE_WHY}")
        try:
            line = output.partition(b"\n")[0].decode("utf-8").strip()
        except UnicodeDecodeError:
            problem = "its command must print text in UTF-8, without other bytes"
            raise ConfigurationError(self.where, problem) from None
        if not line:
            problem = "its command printed no credential on the first line of its standard output"
            raise ConfigurationError(self.where, problem)
        if CONTROL.search(line):
            problem = (
                "its command printed control characters; it must print only the credential, without colors"
            )
            raise ConfigurationError(self.where, problem)
        return line

    def _end(self) -> None:
        """End the command, and what it has started, if it still runs."""
        process = self._running
        if process is not None and process.returncode is None:
            with suppress(OSError):
                os.killpg(process.pid, signal.SIGKILL)
