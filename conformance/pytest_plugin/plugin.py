"""The hooks of the pytest plugin: its options, and the session if a target is given.

pytest imports this module in every project where the package is installed. It imports only the options, and does
nothing without a target.
"""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Callable, Iterator
from difflib import get_close_matches
from typing import TYPE_CHECKING

import pytest

from conformance.config.options import PLUGIN_OPTIONS

from .suite_name import NAME

if TYPE_CHECKING:
    from conformance.report import Report

PREFIXES = ("--target-", "--conformance-")
DEST = "conformance_option_"
GIVEN_PATHS = pytest.StashKey[list[str]]()


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the options, under their two prefixes."""
    group = parser.getgroup(NAME, "conformance of an embeddings server")
    for option in PLUGIN_OPTIONS:
        group.addoption(option.flag, **option.argument | {"dest": f"{DEST}{option.key}"})


@pytest.hookimpl(wrapper=True)
def pytest_load_initial_conftests(
    early_config: pytest.Config, parser: pytest.Parser, args: list[str]
) -> Iterator[None]:
    """Reject unknown options with our prefixes, and store the paths from the command line.

    This happens after all plugins and conftest files have added their options. Paths in ``addopts`` and
    ``testpaths`` are not stored: without a path on the command line, only the suite runs.
    """
    yield
    given, unknown = parser.parse_known_and_unknown_args(args)
    # An unknown option with a space in it is among the paths: argparse does not take it for an option.
    paths = map(str, given.file_or_dir)
    for argument in (*unknown, *paths):
        name = argument.partition("=")[0]
        if name.startswith(PREFIXES):
            near = _closest(name)
            raise pytest.UsageError(f"unknown option {name}" + (f"; did you mean {near[0]}?" if near else ""))
    if _has_target(given):
        typed, _ = parser.parse_known_and_unknown_args(early_config.invocation_params.args)
        early_config.stash[GIVEN_PATHS] = [str(path) for path in typed.file_or_dir]


@pytest.hookimpl(tryfirst=True)
def pytest_configure(config: pytest.Config) -> None:
    """Register the session of the suite if a target was given. It runs after the user's tests, if a path was given."""
    if not _has_target(config.option):
        return
    from .session import ConformanceSession

    given = {option.key: config.getoption(f"{DEST}{option.key}") for option in PLUGIN_OPTIONS}
    paths = config.stash.get(GIVEN_PATHS, [])
    of_suite = [path for path in paths if path.partition("::")[0] == NAME]
    has_others = len(paths) > len(of_suite)
    config.args = [path for path in config.args if path not in of_suite] if has_others else []
    ids = [path.partition("::")[2] for path in of_suite]
    if ids and all(ids):
        given["only"] = [*(given["only"] or ()), *ids]
    config.pluginmanager.register(ConformanceSession(config, given), f"{NAME}-session")


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """Say that the suite did not run, if options for it were given without a target."""
    given = [option.flag for option in PLUGIN_OPTIONS if _is_given(config.option, option.key)]
    if given and not _has_target(config.option):
        terminalreporter.write_line(
            f"{NAME}: {given[0]} has no effect without a target; add --target-url=URL or --target-app=MODULE:ATTRIBUTE",
            yellow=True,
        )


@pytest.fixture(scope="session")
def embeddings_conformance() -> Callable[..., Report]:
    """Test your server: ``embeddings_conformance(app, headers={...}, profile=...)``.

    The target is an ASGI application, its name as module:attribute, or a base URL. The options are those of
    conformance.check(). The call fails with an explanation of each unmet requirement, or returns the report.
    """
    from conformance.api import assert_conformance

    return assert_conformance


def _closest(name: str) -> list[str]:
    """The option that *name* probably means: the same name with the other prefix, or the closest name."""
    bare = name.split("-", 3)[3]
    same_name = [option.flag for option in PLUGIN_OPTIONS if option.name == bare]
    return same_name or get_close_matches(name, [option.flag for option in PLUGIN_OPTIONS], n=1)


def _is_given(options: Namespace, key: str) -> bool:
    return getattr(options, f"{DEST}{key}", None) not in (None, False, [])


def _has_target(options: Namespace) -> bool:
    return bool(getattr(options, f"{DEST}url") or getattr(options, f"{DEST}app"))
