"""Start the reference server, a strict local test server.

The server uses HTTP without TLS. The command prints commands that test the server, and the arguments for OpenAI's SDKs.

example: embeddings-conformance serve --port 8787 --key Portkey-Key=my-own-key
"""

from __future__ import annotations

import shlex
from argparse import ArgumentParser, Namespace
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from conformance.cli.arguments import add_contract_arguments, load_contract
from conformance.cli.openai_sdk import sdk_arguments
from conformance.config.headers import credential_in, header_lines
from conformance.config.options import OPTIONS
from conformance.config.parameters import parameter_lines
from conformance.contract import Contract
from conformance.errors import ConfigurationError, UsageError
from conformance.reference import (
    MAX_CONNECTIONS,
    ConnectionLimits,
    available_tokenizer,
    create_app,
    default_credentials,
    free_port,
    inject,
    serve,
    url_authority,
)
from conformance.reference.access_log import AccessLog
from conformance.reference.data_faults import DATA_FAULTS
from conformance.reference.models import default_model, load_models

if TYPE_CHECKING:
    from starlette.types import ASGIApp

LOOPBACK = "127.0.0.1"


def add_arguments(parser: ArgumentParser) -> None:
    """Add the address, the accepted requests, and the injected faults."""
    parser.add_argument("--host", default=LOOPBACK, help=f"address to listen on (default: {LOOPBACK})")
    parser.add_argument(
        "--port", type=int, default=8787, help="port to listen on, or 0 for any free port (default: 8787)"
    )
    parser.add_argument(
        "--key",
        action="append",
        default=[],
        metavar="SCHEME=VALUE",
        help="credential to accept for a security scheme of the contract, such as Portkey-Key=my-key, instead of the"
        " default one; the value env:VAR is read from the environment (repeatable)",
    )
    parser.add_argument(
        "--tokenizer",
        metavar="NAME",
        help="tokenizer: bytes, or an encoding of tiktoken such as cl100k_base (default: cl100k_base if its"
        " vocabulary is on this machine, otherwise bytes; nothing is downloaded)",
    )
    parser.add_argument(
        "--model",
        action="append",
        default=[],
        metavar="NAME",
        help="model that the server has, instead of those in the contract (repeatable)",
    )
    parser.add_argument(
        "--lenient",
        action="store_true",
        help="accept common deviations from the contract: unknown properties, null for optional properties, no model,"
        " any model, any media type",
    )
    parser.add_argument(
        "--access-log",
        action="store_true",
        help="print a line for each request: method, path, status, milliseconds, number of inputs",
    )
    _add_faults(parser)
    parser.add_argument(
        "--max-connections",
        type=int,
        default=MAX_CONNECTIONS,
        metavar="N",
        help=f"maximum number of open connections; further ones get a 503 and are closed (default: {MAX_CONNECTIONS})",
    )
    add_contract_arguments(parser)


def _add_faults(parser: ArgumentParser) -> None:
    parser.add_argument(
        "--latency",
        metavar="SECONDS|FROM-TO",
        help="delay of each response in seconds, such as 0.2 or 0.1-0.5",
    )
    parser.add_argument(
        "--fail",
        action="append",
        default=[],
        metavar="WHAT:WHEN",
        help="inject a failure, such as 429:10%%, 503:first-3, drop:every-5, hang:1%% or nan. WHAT: a status, drop"
        f" (close the connection), hang (never respond), or a kind of wrong data ({', '.join(DATA_FAULTS)}). WHEN: a"
        " share such as 10%%, or first-COUNT, or every-COUNT; wrong data without WHEN: always. Repeatable: of several"
        " that match, the first on the command line is used",
    )
    parser.add_argument(
        "--retry-after",
        type=int,
        default=1,
        metavar="SECONDS",
        help="Retry-After header of injected 429 and 503 responses (default: 1)",
    )
    parser.add_argument(
        "--seed",
        type=int,
        default=0,
        metavar="N",
        help="seed of random failures and delays: the same N repeats them (default: 0)",
    )


def main(arguments: Namespace) -> int:
    """Serve until interrupted."""
    if arguments.max_connections < 1:
        raise ConfigurationError("max-connections", "must be at least 1")
    if not 0 <= arguments.port < 2**16:
        raise ConfigurationError("port", "must be a number from 0 to 65535")
    contract = load_contract(arguments)
    given = dict(_scheme_and_value(text) for text in arguments.key)
    keys = {scheme: credential_in(text, f"key {scheme}") for scheme, text in given.items()}
    tokenizer = arguments.tokenizer or available_tokenizer()
    app = _application(arguments, contract, keys, tokenizer)
    port = free_port(arguments.host, arguments.port)  # before the commands that name it are printed
    credentials = {**default_credentials(contract), **given}
    lines = {"parameter": parameter_lines(contract), "header": header_lines(contract, credentials)}
    url = f"http://{url_authority(arguments.host, port)}{contract.base_path}"
    print(_test_commands(arguments, url, tokenizer, lines), flush=True)
    if advice := _sdk_advice(contract, url, credentials, arguments.model):
        print(advice, flush=True)
    limits = ConnectionLimits(connections=arguments.max_connections)
    return serve(app, arguments.host, port, limits=limits)


def _application(
    arguments: Namespace, contract: Contract, keys: Mapping[str, str], tokenizer: str
) -> ASGIApp:
    """The reference server as the arguments describe it. Raises UsageError."""
    try:
        load_models(contract, arguments.model)
    except ValueError as error:
        raise ConfigurationError("model", str(error)) from None
    try:
        reference = create_app(
            contract, keys, tokenizer=tokenizer, models=arguments.model, lenient=arguments.lenient
        )
    except UsageError:
        raise
    except ValueError as error:
        raise ConfigurationError("key", str(error)) from None
    app = inject(
        reference,
        latency=arguments.latency,
        fail=arguments.fail,
        seed=arguments.seed,
        retry_after=arguments.retry_after,
        contract=contract,
    )
    return AccessLog(app, partial(print, flush=True)) if arguments.access_log else app


def _sdk_advice(
    contract: Contract, url: str, credentials: Mapping[str, str], models: Sequence[str]
) -> str | None:
    """How to use the server with OpenAI's SDKs, or None."""
    model = default_model(contract, load_models(contract, models)).name
    found = sdk_arguments(contract, url, credentials, model)
    if found is None:
        return None
    lines = "\n".join(f"  {line}" for line in found.lines())
    return f"or use it with an SDK of OpenAI:\n\n{lines}\n"


def _scheme_and_value(text: str) -> tuple[str, str]:
    scheme, _, value = text.partition("=")
    if not value:
        raise ConfigurationError("key", "must be SCHEME=VALUE, such as Portkey-Key=my-own-key")
    return scheme, value


def _test_commands(arguments: Namespace, url: str, tokenizer: str, lines: Mapping[str, Sequence[str]]) -> str:
    """The command and the pytest command that test the server, for a shell. *lines* are values by their option."""
    profile = Path(arguments.profile or "")
    given: Mapping[str, object] = {
        "tokenizer": tokenizer,
        "contract": arguments.contract and Path(arguments.contract).resolve(),
        "operation": arguments.operation,
        "profile": profile.resolve() if profile.is_file() else arguments.profile,
        "model": next(iter(arguments.model), None),
    }
    values = [(key, str(value)) for key, value in given.items() if value]
    values += [(key, line) for key, found in lines.items() for line in found]
    options = {option.key: option for option in OPTIONS}
    run = [f"--{options[key].name}={shlex.quote(value)}" for key, value in values]
    pytest = [f"{options[key].flag}={shlex.quote(value)}" for key, value in values]
    return (
        f"Test it with the command:\n\n  {_continued(f'embeddings-conformance run {url}', *run)}\n\n"
        f"or with pytest:\n\n  {_continued(f'pytest --target-url={url}', *pytest)}\n"
    )


def _continued(*words: str) -> str:
    """*words* as a command on several lines."""
    return " \\\n    ".join(words)
