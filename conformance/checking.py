"""The library's door to a run: ``check()``."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from .background import BackgroundRun
from .configuration import ConfigurationError, configure
from .preparation import prepare
from .report import Report


def check(target: str, *, headers: Mapping[str, str] | None = None, **options: Any) -> Report:
    """Run the suite against *target*: a base URL, or ``module:attribute`` of an ASGI application.

    *headers* are the credentials and other headers to send; a value ``env:VAR`` is read from the environment.
    *options* are those of the command, with underscores (``profile="portkey-oss"``, ``timeout=10``). No configuration
    file is read. Raises ValueError for what can not be used, and ``conformance.engine.Unreachable`` when the target
    can not be tested at all; both say what to mend. Raises ``conformance.background.SuiteBroke`` for an error of the
    suite's own.
    """
    if options.get("plan"):
        raise ConfigurationError("plan", "an option of a run", "one that sends nothing")
    place = "app" if re.fullmatch(r"[^\W\d][\w.]*:[^\W\d][\w.]*(\(\))?", target) else "url"
    given = {
        **options,
        place: target,
        "header": [f"{name}: {value}" for name, value in (headers or {}).items()],
    }
    prepared = prepare(configure(given, None))
    background = BackgroundRun(prepared)
    try:
        background.start()
        report = prepared.report(background.wait())
    except BaseException:
        background.stop()
        raise
    prepared.write(report)
    return report
