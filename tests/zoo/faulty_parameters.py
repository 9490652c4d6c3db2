"""Servers with one fault in how they take the properties of a payload."""

from __future__ import annotations

from contextlib import suppress
from functools import partial

from tests.zoo.alterations import altered_payloads
from tests.zoo.asking import CONFIG, Client, Faulty, ask, status, vectors
from tests.zoo.payloads import Json, is_base64, read, write
from tests.zoo.tools import Call, Forward, Reply, around, error

OPTIONAL = ("encoding_format", "dimensions", "user")
KNOWN = ("model", "input", *OPTIONAL)


async def _refuse_user(call: Call, forward: Forward) -> Reply:
    reply = await forward(call)
    if reply.good and "user" in call.payload:
        return error(400, "Extra inputs are not permitted: user", "unknown_parameter")
    return reply


def _without_null(payload: Json) -> Json:
    kept = {name: value for name, value in payload.items() if name not in OPTIONAL or value is not None}
    return payload if len(kept) == len(payload) else kept


def _in_any_case(payload: Json) -> Json:
    """Go's encoding/json matches the names of properties like this."""
    spelt = {name: name.lower() for name in payload if name not in KNOWN and name.lower() in KNOWN}
    renamed = {spelt.get(name, name): value for name, value in payload.items()}
    return renamed if spelt and len(renamed) == len(payload) else payload


async def _drop_fields_for_config(call: Call, forward: Forward) -> Reply:
    reply = await forward(call)
    others = call.header("x-portkey-virtual-key"), call.header("x-portkey-provider")
    if not reply.good or call.header("x-portkey-config") is None or any(others):
        return reply
    dropped = ("dimensions", "encoding_format")
    return await forward(
        call.with_payload({name: value for name, value in call.payload.items() if name not in dropped})
    )


async def _ignore_dimensions_in_base64(call: Call, forward: Forward) -> Reply:
    reply = await forward(call)
    return await forward(_of_native_size(call)) if reply.good and is_base64(call.payload) else reply


def _of_native_size(call: Call) -> Call:
    return call.with_payload({name: value for name, value in call.payload.items() if name != "dimensions"})


async def _cut_without_renormalising(call: Call, forward: Forward) -> Reply:
    reply = await forward(call)
    if not reply.good or "dimensions" not in call.payload:
        return reply
    size, as_base64 = int(call.payload["dimensions"]), is_base64(call.payload)
    native = await forward(_of_native_size(call))
    cut = [write(read(embedding)[:size], as_base64=as_base64) for embedding in native.embeddings]
    return reply.with_embeddings(cut)


async def _clamp_dimensions(call: Call, forward: Forward) -> Reply:
    reply = await forward(call)
    return await forward(_of_native_size(call)) if reply.code == "dimensions_above_native_size" else reply


def _through_int(payload: Json) -> Json:
    dimensions = payload.get("dimensions")
    if isinstance(dimensions, str | float | bool):
        with suppress(ValueError, OverflowError):
            return {**payload, "dimensions": int(dimensions)}
    return payload


async def _shows_user_refused(client: Client) -> bool:
    return await status(client, user="user-1234") != 200


async def _shows_null(client: Client) -> bool:
    return await status(client, encoding_format=None) == 200


async def _shows_any_case(client: Client) -> bool:
    answer = await ask(client, Dimensions=8)
    return answer.is_success and len(answer.json()["data"][0]["embedding"]) == 8


async def _shows_dropped_fields(client: Client) -> bool:
    answer = await ask(client, headers=CONFIG, dimensions=8, encoding_format="base64")
    return len(answer.json()["data"][0]["embedding"]) == 1536


async def _shows_ignored_dimensions(client: Client) -> bool:
    (found,) = await vectors(client, dimensions=8, encoding_format="base64")
    return len(found) == 1536


async def _shows_length_below_one(client: Client) -> bool:
    (found,) = await vectors(client, dimensions=8)
    return bool(found @ found < 0.5)


async def _shows_clamp(client: Client) -> bool:
    answer = await ask(client, dimensions=1537)
    return answer.is_success and len(answer.json()["data"][0]["embedding"]) == 1536


async def _shows_coercion(client: Client) -> bool:
    return [await status(client, dimensions=value) for value in ("8", 8.5, True)] == [200, 200, 200]


PARAMETERS = (
    Faulty(
        name="user-refused",
        app_factory=partial(around, _refuse_user),
        fault="A payload with the property user is refused.",
        bugs=("BerriAI/litellm#3725", "labring/FastGPT#6820"),
        level="must",
        shows=_shows_user_refused,
    ),
    Faulty(
        name="null-as-absent",
        app_factory=altered_payloads(_without_null),
        fault="null for an optional property counts as if the property were not there.",
        bugs=("ogx-ai/ogx#4644", "contract: no property is nullable"),
        level="should",
        shows=_shows_null,
    ),
    Faulty(
        name="properties-in-any-case",
        app_factory=altered_payloads(_in_any_case),
        fault="Dimensions or INPUT is taken for dimensions or input, though no such property exists.",
        bugs=("vllm-project/vllm#10463", "contract: additionalProperties: false"),
        level="must",
        shows=_shows_any_case,
    ),
    Faulty(
        name="config-drops-fields",
        app_factory=partial(around, _drop_fields_for_config),
        fault="dimensions and encoding_format get lost where the config header chooses the provider.",
        bugs=("Portkey-AI/gateway#174", "Kilo-Org/cloud#3196", "Kilo-Org/cloud#3375"),
        level="must",
        shows=_shows_dropped_fields,
    ),
    Faulty(
        name="dimensions-ignored-in-base64",
        app_factory=partial(around, _ignore_dimensions_in_base64),
        fault="dimensions is ignored where base64 is asked for.",
        bugs=("ggml-org/llama.cpp#25210", "mudler/LocalAI#9906", "kekzl/imp#890"),
        level="must",
        shows=_shows_ignored_dimensions,
    ),
    Faulty(
        name="dimensions-not-renormalised",
        app_factory=partial(around, _cut_without_renormalising),
        fault="dimensions cuts the native vector and leaves it shorter than 1.",
        bugs=("mudler/LocalAI#5821", "seen: Infinity"),
        level="should",
        shows=_shows_length_below_one,
    ),
    Faulty(
        name="dimensions-clamped",
        app_factory=partial(around, _clamp_dimensions),
        fault="dimensions above the native size gives a vector of the native size.",
        bugs=("QwenLM/Qwen3-Embedding#101", "contract: dimensions"),
        level="must",
        shows=_shows_clamp,
    ),
    Faulty(
        name="dimensions-through-int",
        app_factory=altered_payloads(_through_int),
        fault='dimensions goes through int(): "8", 8.5 and true are taken.',
        bugs=("ogx-ai/ogx#4644", "contract: dimensions"),
        level="must",
        shows=_shows_coercion,
    ),
)
