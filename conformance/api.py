"""The library's door to a run: ``check()``."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from .config.settings import ConfigurationError, configure
from .report import Report
from .runner.background import BackgroundRun
from .runner.outputs import write
from .runner.prepare import prepare

APP_NAME = re.compile(r"[^\W\d][\w.]*:[^\W\d][\w.]*(\(\))?")


def check(target: str | object, *, headers: Mapping[str, str] | None = None, **options: Any) -> Report:
    """Run the suite against *target*: a base URL, or an ASGI application, itself or as ``module:attribute``.

    An application is driven in an event loop of its own, in another thread, its lifespan included.
    *headers* are the credentials and other headers to send; a value ``env:VAR`` is read from the environment.
    *options* are those of the command, with underscores (``profile="portkey-oss"``, ``timeout=10``). No configuration
    file is read. Raises ValueError for what can not be used, and ``conformance.engine.Unreachable`` when the target
    can not be tested at all; both say what to mend. Raises
    ``conformance.runner.background.SuiteBroke`` for an error of the suite's own.
    """
    if options.get("plan"):
        raise ConfigurationError("plan", "an option of a run", "one that sends nothing")
    given = {**options, "header": [f"{name}: {value}" for name, value in (headers or {}).items()]}
    if isinstance(target, str):
        place = "app" if APP_NAME.fullmatch(target) else "url"
        prepared = prepare(configure({**given, place: target}, None))
    else:
        prepared = prepare(configure(given, None), target)
    background = BackgroundRun(prepared)
    try:
        background.start()
        report = prepared.report(background.wait())
    except BaseException:
        background.stop()
        raise
    write(report, prepared.configuration, prepared.baseline)
    return report
