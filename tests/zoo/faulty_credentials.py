"""Servers with one fault in authentication."""

from __future__ import annotations

from urllib.parse import parse_qsl

from tests.faulty_servers.messages import Request, Response, error
from tests.faulty_servers.servers import Server
from tests.zoo.applications import with_fault
from tests.zoo.asking import CONFIG, PLAIN, PROVIDER, VIRTUAL_KEY, Client, Faulty, credentials, status
from tests.zoo.payloads import CREDENTIALS

KEY, VIRTUAL, TOKEN = (CREDENTIALS[name] for name in ("Portkey-Key", "Virtual-Key", "Provider-Auth"))
KEY_HEADER, VIRTUAL_HEADER = "x-portkey-api-key", "x-portkey-virtual-key"
QUERY_NAMES = {KEY_HEADER, "api_key", "api-key", "key"}


async def _accept_bare_token(request: Request, correct: Server) -> Response:
    bare = request.header("authorization") == TOKEN
    return await correct(request.with_header("authorization", f"Bearer {TOKEN}") if bare else request)


async def _compare_common_length(request: Request, correct: Server) -> Response:
    given = request.header(VIRTUAL_HEADER)
    if given is None or not all(one == other for one, other in zip(given, VIRTUAL, strict=False)):
        return await correct(request)
    return await correct(request.with_header(VIRTUAL_HEADER, VIRTUAL))


async def _fold_case(request: Request, correct: Server) -> Response:
    folded = (request.header(KEY_HEADER) or "").lower() == KEY.lower()
    return await correct(request.with_header(KEY_HEADER, KEY) if folded else request)


async def _read_query(request: Request, correct: Server) -> Response:
    query = parse_qsl(request.query.decode("latin-1"))
    given = any(name.lower() in QUERY_NAMES and value == KEY for name, value in query)
    return await correct(request.with_header(KEY_HEADER, KEY) if given else request)


async def _trust_config(request: Request, correct: Server) -> Response:
    trusted = request.header("x-portkey-config") == CREDENTIALS["Config"]
    return await correct(request.with_header(KEY_HEADER, KEY) if trusted else request)


async def _reject_invalid_token(request: Request, correct: Server) -> Response:
    response, given = await correct(request), request.header("authorization")
    if given is None or given.lower() == f"bearer {TOKEN}".lower() or not response.ok:
        return response
    return error(401, "Incorrect API key provided.", "invalid_api_key")


async def _shows_bare(client: Client) -> bool:
    return await status(client, headers={**PROVIDER, "authorization": TOKEN}) == 200


async def _shows_prefix(client: Client) -> bool:
    given = VIRTUAL[:8], VIRTUAL + "0", "0" + VIRTUAL
    statuses = [await status(client, headers={**VIRTUAL_KEY, VIRTUAL_HEADER: value}) for value in given]
    return statuses == [200, 200, 401]


async def _shows_folding(client: Client) -> bool:
    return await status(client, headers={**PROVIDER, KEY_HEADER: KEY.upper()}) == 200


async def _shows_query(client: Client) -> bool:
    headers = credentials("Provider-Auth", "Provider-Name")
    response = await client.post("/embeddings", params={KEY_HEADER: KEY}, json=PLAIN, headers=headers)
    return response.is_success


async def _shows_trust(client: Client) -> bool:
    return await status(client, headers=credentials("Config")) == 200


async def _shows_rejection(client: Client) -> bool:
    return await status(client, headers={**CONFIG, "authorization": "Bearer OPENAI_API_KEY"}) == 401


CREDENTIAL_FAULTS = (
    Faulty(
        name="bare-token-accepted",
        app_factory=with_fault(_accept_bare_token),
        fault="The token in Authorization is accepted without the scheme Bearer.",
        bugs=("seen: Portkey", "contract: Provider-Auth"),
        level="must",
        shows=_shows_bare,
    ),
    Faulty(
        name="virtual-key-prefix-accepted",
        app_factory=with_fault(_compare_common_length),
        fault="The virtual key is compared only up to the shorter length: prefixes and extensions of it are accepted.",
        bugs=("ray-project/ray#55369", "contract: Virtual-Key"),
        level="must",
        shows=_shows_prefix,
    ),
    Faulty(
        name="key-in-any-case",
        app_factory=with_fault(_fold_case),
        fault="The API key is compared case-insensitively, as in some databases.",
        bugs=("ray-project/ray#55369", "contract: Portkey-Key"),
        level="must",
        shows=_shows_folding,
    ),
    Faulty(
        name="key-in-query",
        app_factory=with_fault(_read_query),
        fault="The API key is accepted in the query.",
        bugs=("vllm-project/vllm#42591", "contract: Portkey-Key, in: header"),
        level="must",
        shows=_shows_query,
    ),
    Faulty(
        name="config-without-key",
        app_factory=with_fault(_trust_config),
        fault="Requests with the config header are accepted without the API key.",
        bugs=("vllm-project/vllm#58144", "mlflow/mlflow#24391", "seen: Portkey"),
        level="must",
        shows=_shows_trust,
    ),
    Faulty(
        name="placeholder-token-rejected",
        app_factory=with_fault(_reject_invalid_token),
        fault="A placeholder in Authorization, as the vendor's own SDK adds to valid credentials, is rejected.",
        bugs=("mlflow/mlflow#24398", "seen: portkey-ai"),
        level="should",
        shows=_shows_rejection,
    ),
)
