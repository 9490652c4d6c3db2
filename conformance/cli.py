"""The command ``embeddings-conformance``: run the suite, or serve the reference."""

from __future__ import annotations

import argparse
import shlex
import socket
import sys
import traceback
from collections.abc import Mapping, Sequence
from difflib import get_close_matches
from importlib.metadata import version
from io import TextIOWrapper
from pathlib import Path
from typing import Any, NoReturn

from .options import OPTIONS, Option

LOOPBACK = "127.0.0.1"


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command with *arguments*, those of the process by default; the exit code."""
    for stream in (sys.stdout, sys.stderr):  # a server's words may be beyond the characters of the terminal
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
    parser = _parser()
    given = parser.parse_args(arguments)
    if given.command is None:
        parser.print_help()
        return 4
    try:
        code: int = given.command(given)
    except Exception:
        traceback.print_exc()
        print(f"{parser.prog}: the suite itself broke, the target is not to blame", file=sys.stderr)
        return 3
    return code


class _Parser(argparse.ArgumentParser):
    """Answers a misspelt option with the closest one, and exits as the suite does for usage errors."""

    def error(self, message: str) -> NoReturn:
        self.exit(4, f"{self.prog}: {message}\nSee '{self.prog} --help'.\n")

    def parse_args(self, *arguments: Any, **keywords: Any) -> Any:
        """Like argparse's; what is left over is reported by the sub-command that it was given to."""
        given, rest = self.parse_known_args(*arguments, **keywords)
        if rest:
            parser: _Parser = getattr(given, "parser", self)
            parser.error(parser.leftover(rest))
        return given

    def leftover(self, rest: Sequence[str]) -> str:
        """What is wrong with the arguments left over, none of which is shown but options: they may be credentials."""
        names = [word.partition("=")[0] for word in rest if word.startswith("--")]
        if not names:
            return "expected options and at most one URL, found one argument more"
        known = [name for action in self._actions for name in action.option_strings]
        near = get_close_matches(names[0], known, n=1)
        return f"unknown option {names[0]}" + (f"; did you mean {near[0]}?" if near else "")


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(
        prog="embeddings-conformance",
        description="Conformance of POST /embeddings servers.",
        allow_abbrev=False,
    )
    parser.add_argument("--version", action="version", version=version("embeddings-conformance"))
    parser.set_defaults(command=None)
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", parser_class=_Parser)
    _add_run(commands)
    _add_serve(commands)
    return parser


def _add_run(commands: Any) -> None:
    parser = commands.add_parser(
        "run",
        help="run the suite against a target, or against the embedded reference",
        description="Run the suite. Without a target it runs against the embedded reference, over HTTP on loopback.",
        epilog="example: embeddings-conformance run http://127.0.0.1:8787/v1 --header 'NAME: env:VARIABLE'",
        allow_abbrev=False,
    )
    parser.add_argument("url", nargs="?", metavar="URL", help="base URL of the target")
    for option in OPTIONS:
        if option.name != "url":
            parser.add_argument(f"--{option.name}", dest=option.key, help=option.help, **_settings(option))
    parser.set_defaults(command=_run, parser=parser)


def _add_serve(commands: Any) -> None:
    parser = commands.add_parser(
        "serve",
        help="serve the reference, a strict local stand-in",
        description="Serve the reference over HTTP, and print the command that tests it.",
        epilog="example: embeddings-conformance serve --port 8787 --key Portkey-Key=my-own-key",
        allow_abbrev=False,
    )
    parser.add_argument("--host", default=LOOPBACK, help=f"address to listen on (default: {LOOPBACK})")
    parser.add_argument("--port", type=int, default=8787, help="port to listen on (default: 8787)")
    parser.add_argument(
        "--key",
        action="append",
        default=[],
        metavar="SCHEME=VALUE",
        help="a credential to accept in place of the default",
    )
    parser.add_argument("--contract", type=Path, metavar="FILE", help="another OpenAPI document")
    parser.add_argument(
        "--profile", default="portkey", metavar="NAME|PATH", help="profile (default: portkey)"
    )
    parser.set_defaults(command=_serve, parser=parser)


def _settings(option: Option) -> dict[str, Any]:
    match option.kind:
        case "flag":
            return {"action": "store_true", "default": None}
        case "list":
            return {"action": "append", "metavar": option.metavar}
    return {"metavar": option.metavar}


def _run(given: argparse.Namespace) -> int:
    from .run_command import run

    return run({option.key: getattr(given, option.key) for option in OPTIONS})


def _serve(given: argparse.Namespace) -> int:
    from .contract import Contract
    from .preparation import USAGE_ERRORS
    from .reference import create_app, default_credentials, serve
    from .report import visible

    try:
        contract = Contract.load(given.contract, profile=given.profile)
        keys = dict(_key(text) for text in given.key)
        app = create_app(contract, keys)
        given.port = _free_port(given.host, given.port)
    except (*USAGE_ERRORS, ValueError) as error:
        print(f"embeddings-conformance: {visible(str(error))}", file=sys.stderr)
        return 4
    credentials = {**default_credentials(contract), **keys}
    print(_command(given, contract, credentials), flush=True)
    serve(app, given.host, given.port)
    return 0


def _free_port(host: str, port: int) -> int:
    """The *port* to listen on, any free one for 0; ValueError where it can not be had.

    Looked for before the command is printed that would test whoever has it.
    """
    try:
        family = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0][0]
        with socket.socket(family, socket.SOCK_STREAM) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind((host, port))
            found: int = probe.getsockname()[1]
    except (OSError, OverflowError) as error:
        problem = getattr(error, "strerror", None) or error
        raise ValueError(
            f"expected a free port on {host}, found that {port} can not be had: {problem}"
        ) from None
    return found


def _key(text: str) -> tuple[str, str]:
    scheme, equals, value = text.partition("=")
    if not equals or not value:
        raise ValueError(f"--key: expected SCHEME=VALUE, found {text.partition('=')[0]!r}")
    return scheme, value


def _command(given: argparse.Namespace, contract: Any, credentials: Mapping[str, str]) -> str:
    """The whole command that tests the server which is about to start."""
    from .run_command import header_lines
    from .suite import BYTES

    host = f"[{given.host}]" if ":" in given.host else given.host
    words = [f"--target-url=http://{host}:{given.port}/v1", f"--conformance-tokenizer={BYTES}"]
    words += [f"--target-header={shlex.quote(line)}" for line in header_lines(contract, credentials)]
    if given.contract is not None:
        words.append(f"--conformance-contract={shlex.quote(str(given.contract.resolve()))}")
    if given.profile != "portkey":
        words.append(f"--conformance-profile={shlex.quote(given.profile)}")
    return "Test it with:\n\n  pytest " + " \\\n    ".join(words) + "\n"
