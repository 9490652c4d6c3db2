"""Servers with one fault in whom they let in."""

from __future__ import annotations

from functools import partial
from urllib.parse import parse_qsl

from tests.zoo.asking import CONFIG, PLAIN, PROVIDER, VIRTUAL_KEY, Client, Faulty, credentials, status
from tests.zoo.payloads import CREDENTIALS
from tests.zoo.tools import Call, Forward, Reply, around, error

KEY, VIRTUAL, TOKEN = (CREDENTIALS[name] for name in ("Portkey-Key", "Virtual-Key", "Provider-Auth"))
KEY_HEADER, VIRTUAL_HEADER = "x-portkey-api-key", "x-portkey-virtual-key"
QUERY_NAMES = {KEY_HEADER, "api_key", "api-key", "key"}


async def _take_bare_token(call: Call, forward: Forward) -> Reply:
    bare = call.header("authorization") == TOKEN
    return await forward(call.with_header("authorization", f"Bearer {TOKEN}") if bare else call)


async def _compare_until_the_shorter_ends(call: Call, forward: Forward) -> Reply:
    given = call.header(VIRTUAL_HEADER)
    if given is None or not all(one == other for one, other in zip(given, VIRTUAL, strict=False)):
        return await forward(call)
    return await forward(call.with_header(VIRTUAL_HEADER, VIRTUAL))


async def _fold_case(call: Call, forward: Forward) -> Reply:
    folded = (call.header(KEY_HEADER) or "").lower() == KEY.lower()
    return await forward(call.with_header(KEY_HEADER, KEY) if folded else call)


async def _read_query(call: Call, forward: Forward) -> Reply:
    query = parse_qsl(call.scope["query_string"].decode("latin-1"))
    given = any(name.lower() in QUERY_NAMES and value == KEY for name, value in query)
    return await forward(call.with_header(KEY_HEADER, KEY) if given else call)


async def _trust_config(call: Call, forward: Forward) -> Reply:
    trusted = call.header("x-portkey-config") == CREDENTIALS["Config"]
    return await forward(call.with_header(KEY_HEADER, KEY) if trusted else call)


async def _judge_every_token(call: Call, forward: Forward) -> Reply:
    reply, given = await forward(call), call.header("authorization")
    if given is None or given.lower() == f"bearer {TOKEN}".lower() or not reply.good:
        return reply
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
    answer = await client.post("/embeddings", params={KEY_HEADER: KEY}, json=PLAIN, headers=headers)
    return answer.is_success


async def _shows_trust(client: Client) -> bool:
    return await status(client, headers=credentials("Config")) == 200


async def _shows_judgement(client: Client) -> bool:
    return await status(client, headers={**CONFIG, "authorization": "Bearer OPENAI_API_KEY"}) == 401


DOOR = (
    Faulty(
        name="bare-token-accepted",
        app_factory=partial(around, _take_bare_token),
        fault="The token in Authorization is accepted without the scheme Bearer.",
        bugs=("seen: Portkey", "contract: Provider-Auth"),
        level="must",
        shows=_shows_bare,
    ),
    Faulty(
        name="virtual-key-by-prefix",
        app_factory=partial(around, _compare_until_the_shorter_ends),
        fault="The virtual key is compared until the shorter of both ends: its beginning, or more than it, will do.",
        bugs=("ray-project/ray#55369", "contract: Virtual-Key"),
        level="must",
        shows=_shows_prefix,
    ),
    Faulty(
        name="key-in-any-case",
        app_factory=partial(around, _fold_case),
        fault="The API key is compared without regard to case, as some databases do.",
        bugs=("ray-project/ray#55369", "contract: Portkey-Key"),
        level="must",
        shows=_shows_folding,
    ),
    Faulty(
        name="key-in-query",
        app_factory=partial(around, _read_query),
        fault="The API key is accepted in the query.",
        bugs=("vllm-project/vllm#42591", "contract: Portkey-Key, in: header"),
        level="must",
        shows=_shows_query,
    ),
    Faulty(
        name="config-without-key",
        app_factory=partial(around, _trust_config),
        fault="The config header lets in without the API key.",
        bugs=("vllm-project/vllm#58144", "mlflow/mlflow#24391", "seen: Portkey"),
        level="must",
        shows=_shows_trust,
    ),
    Faulty(
        name="spare-token-judged",
        app_factory=partial(around, _judge_every_token),
        fault="A meaningless Authorization beside valid credentials, as the vendor's own SDK sends, is refused.",
        bugs=("mlflow/mlflow#24398", "seen: portkey-ai"),
        level="should",
        shows=_shows_judgement,
    ),
)
