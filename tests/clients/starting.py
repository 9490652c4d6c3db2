"""The reference in each of the places where clients look for it."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path

from conformance import Contract
from conformance.reference import BASE_PATH, default_credentials
from tests.clients.processes import Bench
from tests.clients.samples import hosted, load_surroundings
from tests.clients.servers import certificate, reference, serving
from tests.clients.session import Place, Session
from tests.clients.vocabulary import NAME, cached_vocabulary

BEARER = "openai"
"""The profile of a server that takes a bearer token."""

HTTP_PORT = 80


@contextmanager
def running_session(directory: Path) -> Iterator[Session]:
    """Start the reference servers, and end them with the block; all files go to *directory*.

    The samples' servers take the samples' placeholders for credentials. The vocabulary that is put at hand stays with
    this process for good, as tiktoken keeps it. Raises SetupError.
    """
    directory = directory.resolve()
    vocabulary = cached_vocabulary(directory / "tiktoken")
    os.environ["TIKTOKEN_CACHE_DIR"] = str(vocabulary)
    contract, surroundings = Contract.load(), load_surroundings()
    host, port, base_path = hosted(contract)
    authority, tls = certificate(host, directory)
    placeholders = default_credentials(contract) | dict(surroundings.credentials)
    with ExitStack() as stack:

        def place(of: Contract, credentials: Mapping[str, str], path: str, **settings: str) -> Place:
            recorder = reference(of, NAME, credentials, path)
            address = stack.enter_context(serving(recorder, **settings))
            return Place(of, credentials, recorder, address, f"http://{address}{path}")

        bearer = Contract.load(profile=BEARER)
        public = place(contract, placeholders, base_path, **tls)
        # The placeholder has no path: curl asks it for the contract's alone.
        own = place(contract, placeholders, "")
        reroute = {
            f"{host}:{port}": public.address,
            f"{surroundings.placeholder}:{HTTP_PORT}": own.address,
        }
        yield Session(
            Bench(directory, vocabulary, authority, reroute),
            bearer=place(bearer, default_credentials(bearer), BASE_PATH),
            portkey=place(contract, default_credentials(contract), BASE_PATH),
            hosted=public,
            self_hosted=own,
            surroundings=surroundings,
        )
