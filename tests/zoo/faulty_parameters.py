"""Servers with one fault in the properties of the request."""

from __future__ import annotations

from contextlib import suppress

from tests.faulty_servers.embeddings import decode, encode, is_base64
from tests.faulty_servers.faults import converts_payload
from tests.faulty_servers.messages import Payload, Request, Response, error
from tests.faulty_servers.servers import Server
from tests.zoo.applications import with_fault
from tests.zoo.asking import CONFIG, Client, Faulty, ask, status, vectors

OPTIONAL = ("encoding_format", "dimensions", "user")
KNOWN = ("model", "input", *OPTIONAL)


async def _reject_user(request: Request, correct: Server) -> Response:
    response = await correct(request)
    if response.ok and "user" in request.json_object:
        return error(400, "Extra inputs are not permitted: user", "unknown_parameter")
    return response


def _without_null(payload: Payload) -> Payload:
    kept = {name: value for name, value in payload.items() if name not in OPTIONAL or value is not None}
    return payload if len(kept) == len(payload) else kept


def _in_any_case(payload: Payload) -> Payload:
    """Match the names of properties as Go's encoding/json does."""
    known_names = {name: name.lower() for name in payload if name not in KNOWN and name.lower() in KNOWN}
    renamed = {known_names.get(name, name): value for name, value in payload.items()}
    return renamed if known_names and len(renamed) == len(payload) else payload


async def _ignore_properties_with_config(request: Request, correct: Server) -> Response:
    response = await correct(request)
    others = request.header("x-portkey-virtual-key"), request.header("x-portkey-provider")
    if not response.ok or request.header("x-portkey-config") is None or any(others):
        return response
    ignored = ("dimensions", "encoding_format")
    return await correct(
        request.with_payload(
            {name: value for name, value in request.json_object.items() if name not in ignored}
        )
    )


async def _ignore_dimensions_in_base64(request: Request, correct: Server) -> Response:
    response = await correct(request)
    return (
        await correct(_without_dimensions(request))
        if response.ok and is_base64(request.json_object)
        else response
    )


def _without_dimensions(request: Request) -> Request:
    return request.with_payload(
        {name: value for name, value in request.json_object.items() if name != "dimensions"}
    )


async def _truncate_without_normalizing(request: Request, correct: Server) -> Response:
    response = await correct(request)
    if not response.ok or "dimensions" not in request.json_object:
        return response
    length, as_base64 = int(request.json_object["dimensions"]), is_base64(request.json_object)
    native = await correct(_without_dimensions(request))
    truncated = [encode(decode(embedding)[:length], as_base64=as_base64) for embedding in native.embeddings]
    return response.with_embeddings(truncated)


async def _clamp_dimensions(request: Request, correct: Server) -> Response:
    response = await correct(request)
    return (
        await correct(_without_dimensions(request))
        if response.error_code == "dimensions_above_native_size"
        else response
    )


def _converted_to_int(payload: Payload) -> Payload:
    dimensions = payload.get("dimensions")
    if isinstance(dimensions, str | float | bool):
        with suppress(ValueError, OverflowError):
            return {**payload, "dimensions": int(dimensions)}
    return payload


async def _shows_rejected_user(client: Client) -> bool:
    return await status(client, user="user-1234") != 200


async def _shows_null(client: Client) -> bool:
    return await status(client, encoding_format=None) == 200


async def _shows_any_case(client: Client) -> bool:
    response = await ask(client, Dimensions=8)
    return response.is_success and len(response.json()["data"][0]["embedding"]) == 8


async def _shows_ignored_properties(client: Client) -> bool:
    response = await ask(client, headers=CONFIG, dimensions=8, encoding_format="base64")
    return len(response.json()["data"][0]["embedding"]) == 1536


async def _shows_ignored_dimensions(client: Client) -> bool:
    (found,) = await vectors(client, dimensions=8, encoding_format="base64")
    return len(found) == 1536


async def _shows_norm_below_one(client: Client) -> bool:
    (found,) = await vectors(client, dimensions=8)
    return bool(found @ found < 0.5)


async def _shows_clamp(client: Client) -> bool:
    response = await ask(client, dimensions=1537)
    return response.is_success and len(response.json()["data"][0]["embedding"]) == 1536


async def _shows_conversion(client: Client) -> bool:
    return [await status(client, dimensions=value) for value in ("8", 8.5, True)] == [200, 200, 200]


PARAMETERS = (
    Faulty(
        name="user-rejected",
        app_factory=with_fault(_reject_user),
        fault="Requests with the property user are rejected.",
        bugs=("BerriAI/litellm#3725", "labring/FastGPT#6820"),
        level="must",
        shows=_shows_rejected_user,
    ),
    Faulty(
        name="null-ignored",
        app_factory=with_fault(converts_payload(_without_null)),
        fault="null for an optional property is treated as a missing property.",
        bugs=("ogx-ai/ogx#4644", "contract: no property is nullable"),
        level="should",
        shows=_shows_null,
    ),
    Faulty(
        name="properties-in-any-case",
        app_factory=with_fault(converts_payload(_in_any_case)),
        fault="Unknown properties such as Dimensions or INPUT are treated as dimensions or input.",
        bugs=("vllm-project/vllm#10463", "contract: additionalProperties: false"),
        level="must",
        shows=_shows_any_case,
    ),
    Faulty(
        name="properties-ignored-with-config",
        app_factory=with_fault(_ignore_properties_with_config),
        fault="dimensions and encoding_format are ignored if the config header selects the provider.",
        bugs=("Portkey-AI/gateway#174", "Kilo-Org/cloud#3196", "Kilo-Org/cloud#3375"),
        level="must",
        shows=_shows_ignored_properties,
    ),
    Faulty(
        name="dimensions-ignored-in-base64",
        app_factory=with_fault(_ignore_dimensions_in_base64),
        fault="dimensions is ignored in requests for base64.",
        bugs=("ggml-org/llama.cpp#25210", "mudler/LocalAI#9906", "kekzl/imp#890"),
        level="must",
        shows=_shows_ignored_dimensions,
    ),
    Faulty(
        name="dimensions-not-normalized",
        app_factory=with_fault(_truncate_without_normalizing),
        fault="dimensions truncates the native vector without normalizing it.",
        bugs=("mudler/LocalAI#5821", "seen: Infinity"),
        level="should",
        shows=_shows_norm_below_one,
    ),
    Faulty(
        name="dimensions-clamped",
        app_factory=with_fault(_clamp_dimensions),
        fault="dimensions above the native length returns a vector of the native length.",
        bugs=("QwenLM/Qwen3-Embedding#101", "contract: dimensions"),
        level="must",
        shows=_shows_clamp,
    ),
    Faulty(
        name="dimensions-converted-to-int",
        app_factory=with_fault(converts_payload(_converted_to_int)),
        fault='dimensions is converted with int(): "8", 8.5 and true are accepted.',
        bugs=("ogx-ai/ogx#4644", "contract: dimensions"),
        level="must",
        shows=_shows_conversion,
    ),
)
