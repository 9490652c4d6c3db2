"""Serve the reference over HTTP, and print the command that tests it.

example: embeddings-conformance serve --port 8787 --key Portkey-Key=my-own-key
"""

from __future__ import annotations

import shlex
import socket
from argparse import ArgumentParser, Namespace
from collections.abc import Mapping
from pathlib import Path

from conformance.config.headers import credential_in, header_lines
from conformance.config.settings import ConfigurationError
from conformance.reference import (
    BASE_PATH,
    BYTES,
    TokenizerUnavailable,
    UnknownInjection,
    create_app,
    default_credentials,
    inject,
    serve,
    tokenizer_at_hand,
)

from .shared import add_contract_arguments, load_contract

LOOPBACK = "127.0.0.1"


def add_arguments(parser: ArgumentParser) -> None:
    """Add what the command takes."""
    parser.add_argument("--host", default=LOOPBACK, help=f"address to listen on (default: {LOOPBACK})")
    parser.add_argument(
        "--port", type=int, default=8787, help="port to listen on, 0 for any that is free (default: 8787)"
    )
    parser.add_argument(
        "--key",
        action="append",
        default=[],
        metavar="SCHEME=VALUE",
        help="a credential to accept in place of the default; a value env:VAR is read from the environment",
    )
    parser.add_argument(
        "--tokenizer",
        metavar="NAME",
        help="what a token is: bytes, or an encoding of tiktoken such as cl100k_base (default: that one where its"
        " vocabulary is at hand, else bytes; nothing is downloaded)",
    )
    parser.add_argument(
        "--latency", metavar="SECONDS|FROM-TO", help="delay each answer, by 0.2 or by 0.1-0.5 seconds"
    )
    parser.add_argument(
        "--fail",
        action="append",
        default=[],
        metavar="WHAT:WHEN",
        help="fail on purpose; WHAT is a status, drop or hang, WHEN is a share, first-COUNT or every-COUNT:"
        " 429:10%%, 503:first-3, drop:every-5, hang:1%%; repeatable",
    )
    parser.add_argument(
        "--retry-after",
        type=int,
        default=1,
        metavar="SECONDS",
        help="Retry-After of failures with 429 and 503 (default: 1)",
    )
    parser.add_argument(
        "--seed",
        type=int,
        default=0,
        metavar="N",
        help="what fails and waits by chance, the same for each N (default: 0)",
    )
    add_contract_arguments(parser)


def main(given: Namespace) -> int:
    """Serve until interrupted."""
    contract = load_contract(given)
    written = dict(_key(text) for text in given.key)
    keys = {scheme: credential_in(text, f"key {scheme}") for scheme, text in written.items()}
    tokenizer = given.tokenizer or tokenizer_at_hand()
    try:
        app = inject(
            create_app(contract, keys, tokenizer=tokenizer),
            latency=given.latency,
            fail=given.fail,
            seed=given.seed,
            retry_after=given.retry_after,
        )
    except TokenizerUnavailable as error:
        raise ConfigurationError(
            "tokenizer", f"{BYTES!r}, or an encoding of tiktoken", f"{error.name!r}: {error.reason}"
        ) from None
    except UnknownInjection as error:
        raise ConfigurationError(error.option, error.expected, f"{error.found!r}; {error.mend}") from None
    except ValueError as error:
        raise ConfigurationError("key", "credentials of the contract's schemes", str(error)) from None
    port = _free_port(given.host, given.port)
    credentials = {**default_credentials(contract), **written}
    print(_command(given, port, tokenizer, header_lines(contract, credentials)), flush=True)
    return serve(app, given.host, port)


def _free_port(host: str, port: int) -> int:
    """The *port* to listen on, any free one for 0. Raises ConfigurationError where it can not be had.

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
        raise ConfigurationError(
            "port", f"a free port on {host}", f"that {port} can not be had: {problem}"
        ) from None
    return found


def _key(text: str) -> tuple[str, str]:
    scheme, equals, value = text.partition("=")
    if not equals or not value:
        raise ConfigurationError("key", "SCHEME=VALUE", "no = in it" if not equals else f"{scheme}= alone")
    return scheme, value


def _command(given: Namespace, port: int, tokenizer: str, headers: list[str]) -> str:
    """The whole command that tests the server which is about to start."""
    host = f"[{given.host}]" if ":" in given.host else given.host
    profile = Path(given.profile or "")
    words: Mapping[str, object] = {
        "--target-url": f"http://{host}:{port}{BASE_PATH}",
        "--conformance-tokenizer": tokenizer,
        "--conformance-contract": given.contract and Path(given.contract).resolve(),
        "--conformance-profile": profile.resolve() if profile.is_file() else given.profile,
    }
    shown = [f"{name}={shlex.quote(str(value))}" for name, value in words.items() if value]
    shown += [f"--target-header={shlex.quote(line)}" for line in headers]
    return "Test it with:\n\n  pytest " + " \\\n    ".join(shown) + "\n"
