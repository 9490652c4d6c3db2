"""The pytest plugin's door: its options, and the suite's session where a target is given.

It sits in everybody's pytest, so that it imports next to nothing, and does nothing, without a target.
"""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Callable, Iterator
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any

import pytest

from conformance.config.options import OPTIONS_OF_OURS

if TYPE_CHECKING:
    from conformance.report import Report

PREFIXES = ("--target-", "--conformance-")
DEST = "conformance_option_"
GIVEN_PATHS = pytest.StashKey[list[str]]()


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the options, under their two prefixes."""
    group = parser.getgroup("embeddings-conformance", "conformance of an embeddings server")
    for option in OPTIONS_OF_OURS:
        settings: dict[str, Any] = {"dest": f"{DEST}{option.key}", "help": option.help, "default": None}
        match option.kind:
            case "flag":
                settings["action"] = "store_true"
            case "list":
                settings |= {"action": "append", "metavar": option.metavar}
            case _:
                settings["metavar"] = option.metavar
        group.addoption(option.flag, **settings)


@pytest.hookimpl(wrapper=True)
def pytest_load_initial_conftests(
    early_config: pytest.Config, parser: pytest.Parser, args: list[str]
) -> Iterator[None]:
    """Once every plugin and conftest has added its options: refuse misspelt ones of ours, note the paths given.

    A path in ``addopts`` is none that was given: it would hide the suite.
    """
    yield
    given, unknown = parser.parse_known_and_unknown_args(args)
    # Among the paths is whatever has a blank in it: argparse takes that for no option.
    paths = map(str, given.file_or_dir)
    for argument in (*unknown, *paths):
        name = argument.partition("=")[0]
        if name.startswith(PREFIXES):
            near = _meant(name)
            raise pytest.UsageError(f"unknown option {name}" + (f"; did you mean {near[0]}?" if near else ""))
    if _has_target(given):
        typed, _ = parser.parse_known_and_unknown_args(early_config.invocation_params.args)
        early_config.stash[GIVEN_PATHS] = [str(path) for path in typed.file_or_dir]


@pytest.hookimpl(tryfirst=True)
def pytest_configure(config: pytest.Config) -> None:
    """Make the packaged suite what pytest collects, when a target and no path was given."""
    if not _has_target(config.option) or config.stash.get(GIVEN_PATHS, []):
        return
    from .session import ConformanceSession

    given = {option.key: config.getoption(f"{DEST}{option.key}") for option in OPTIONS_OF_OURS}
    config.args = []
    config.pluginmanager.register(ConformanceSession(config, given), "embeddings-conformance-session")


@pytest.fixture(scope="session")
def embeddings_conformance() -> Callable[..., Report]:
    """Test a server of yours: ``embeddings_conformance(app, headers={...}, profile=...)``.

    The target is an ASGI application, its name as module:attribute, or a base URL; the options are those of
    conformance.check(). Fails with an explanation of each requirement that is not met, and gives the report otherwise.
    """
    from conformance.fixture import assert_conformance

    return assert_conformance


def _meant(name: str) -> list[str]:
    """The option that *name* was probably meant to be: one of that name under the other prefix, or the closest."""
    bare = name.split("-", 3)[3]
    under_the_other = [option.flag for option in OPTIONS_OF_OURS if option.name == bare]
    return under_the_other or get_close_matches(name, [option.flag for option in OPTIONS_OF_OURS], n=1)


def _has_target(options: Namespace) -> bool:
    return bool(getattr(options, f"{DEST}url") or getattr(options, f"{DEST}app"))
