"""The faulty servers, by name: what is wrong with each."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from conformance import Contract
from conformance.reference.data_faults import DATA_FAULTS
from conformance.reference.fault_injection import inject
from tests.faulty_servers.embeddings import changes_vectors, embeds_input, is_array_of, is_base64
from tests.faulty_servers.faults import (
    changes_result,
    changes_result_body,
    rejects,
    responds,
)
from tests.faulty_servers.messages import Request, error, respond
from tests.faulty_servers.servers import Fault, application, server_of, with_faults

from .changes import (
    as_base64,
    base64_of,
    batches_are_shorter,
    changes_base64,
    changes_items,
    changes_numbers,
    drifting,
    every_second_is_shorter,
    has_media_type,
    has_non_ascii,
    has_umlaut,
    hexadecimal,
    padded,
    page,
    removes,
    reversed_without_index,
    sets,
    sets_in_items,
    tokens_as_text,
    url_safe,
    with_infinity,
)

if TYPE_CHECKING:
    from starlette.types import ASGIApp

BEARER, PORTKEY = "openai", "portkey"
"""Profiles: a server accepts a bearer token, or the credentials of Portkey."""

CORRECT = "correct"


@dataclass(frozen=True, slots=True)
class FaultyServer:
    """A correct server with a *fault*, or with the wrong data of ``serve --fail NAME``; `does` says what is wrong.

    `cautious` are clients that work, though the suite's table says that they break: the same requirement fails at
    servers that break them, and the report does not tell such servers apart.
    """

    name: str
    does: str
    fault: Fault | None = None
    profile: str = BEARER
    cautious: tuple[str, ...] = ()

    def of(self, app: ASGIApp, contract: Contract) -> ASGIApp:
        """The server, made of the correct *app*."""
        if self.fault is not None:
            return application(with_faults(server_of(app), self.fault))
        return inject(app, fail=[self.name], contract=contract) if self.name in DATA_FAULTS else app


def _is_everything(_: Request) -> bool:
    return True


def _has_placeholder(request: Request) -> bool:
    return "OPENAI_API_KEY" in (request.header("authorization") or "")


FAULTY_SERVERS: Mapping[str, FaultyServer] = {
    server.name: server
    for server in (
        FaultyServer(CORRECT, "nothing is wrong"),
        # The kinds of wrong data of `serve --fail`.
        FaultyServer("missing-vector", "the last embedding of each response is missing"),
        FaultyServer("shuffled", "the items are in reverse order, each with its index"),
        FaultyServer("base64-ignored", "arrays of numbers, though base64 is requested"),
        FaultyServer("float64", "base64 of 64-bit floats"),
        FaultyServer("nan", "the first number of each response is NaN"),
        FaultyServer("dimensions-ignored", "dimensions is ignored"),
        FaultyServer("missing-usage", "no usage"),
        # Vectors.
        FaultyServer(
            "shuffled-without-index", "reverse order, no index", changes_result(reversed_without_index)
        ),
        FaultyServer("float16", "base64 of 16-bit floats", base64_of("<f2")),
        FaultyServer("big-endian", "base64 of big-endian floats", base64_of(">f4")),
        FaultyServer(
            "base64-url",
            "base64 for URLs, not padded",
            changes_base64(url_safe),
            cautious=("openai (JavaScript)",),
        ),
        FaultyServer("hexadecimal", "hexadecimal digits in place of base64", changes_base64(hexadecimal)),
        FaultyServer("base64-always", "base64, whatever is requested", changes_items(as_base64)),
        FaultyServer("null-number", "null in arrays of numbers", changes_numbers(lambda v: [None, *v[1:]])),
        FaultyServer("text-numbers", "numbers as texts", changes_numbers(lambda v: [str(n) for n in v])),
        FaultyServer("text-vector", "arrays of numbers as a text", changes_numbers(json.dumps)),
        FaultyServer("nested-vector", "arrays of numbers in another array", changes_numbers(lambda v: [v])),
        FaultyServer(
            "lengths-differ", "every second vector is shorter", changes_result(every_second_is_shorter)
        ),
        FaultyServer(
            "short-batches", "the vectors of a batch are shorter", changes_vectors(batches_are_shorter)
        ),
        FaultyServer(
            "infinite", "numbers in arrays that no float can hold", changes_result_body(with_infinity)
        ),
        FaultyServer("drifting", "another vector for a text each time", changes_vectors(drifting())),
        FaultyServer(
            "constant", "one vector for all texts", changes_vectors(lambda v, _: [v[0] * 0 + 0.025] * len(v))
        ),
        FaultyServer("padded", "texts of a batch change the vectors of others", changes_vectors(padded)),
        FaultyServer(
            "token-ids", "tokens are embedded as the text of their ids", embeds_input(tokens_as_text)
        ),
        # The members of a response.
        FaultyServer("usage-text", "usage is a text", sets(usage="5 tokens")),
        FaultyServer(
            "usage-null",
            "usage is null",
            sets(usage=None),
            cautious=("AI SDK (JavaScript)", "litellm SDK (Python)", "portkey-ai (Python)"),
        ),
        FaultyServer(
            "token-counts-text",
            "token counts are texts",
            sets(usage={"prompt_tokens": "five", "total_tokens": "five"}),
        ),
        FaultyServer("usage-empty", "usage is empty", sets(usage={})),
        FaultyServer("model-missing", "no model", removes("model")),
        FaultyServer("model-null", "model is null", sets(model=None)),
        FaultyServer("object-missing", "no object", removes("object")),
        FaultyServer("object-null", "object is null", sets(object=None)),
        FaultyServer("index-missing", "no index", removes("index")),
        FaultyServer("index-null", "index is null", sets_in_items(index=None)),
        FaultyServer("extra-null", "unknown properties that are null", sets(extra=None)),
        FaultyServer("embedding-missing", "no embedding", removes("embedding")),
        FaultyServer(
            "bare-vectors",
            "data has vectors, not objects",
            changes_result(
                lambda result, _: result.update(data=[item["embedding"] for item in result["data"]])
            ),
        ),
        FaultyServer(
            "data-object",
            "data is an object",
            changes_result(lambda result, _: result.update(data={"0": result["data"][0]})),
        ),
        FaultyServer(
            "data-missing", "no data", changes_result(lambda result, _: result.pop("data") and None)
        ),
        FaultyServer(
            "bare-array",
            "data alone, without an object around it",
            changes_result(lambda result, _: result["data"]),
        ),
        # The body of a response.
        FaultyServer("media-type", "the media type text/plain", has_media_type("text/plain")),
        FaultyServer("no-body", "an empty body", changes_result_body(lambda _: b"")),
        FaultyServer(
            "half-body", "half of the JSON", changes_result_body(lambda body: body[: len(body) // 2])
        ),
        FaultyServer(
            "not-utf-8",
            "bytes that are not UTF-8 in the model's name",
            changes_result_body(lambda body: body.replace(b'"model":"', b'"model":"\xe9')),
            cautious=(
                "openai (JavaScript)",
                "AI SDK (JavaScript)",
                "portkey-ai (Python)",
                "portkey-ai (JavaScript)",
            ),
        ),
        FaultyServer(
            "utf-16",
            "JSON in UTF-16",
            changes_result_body(lambda body: body.decode().encode("utf-16")),
            cautious=(
                "openai (Python)",
                "LangChain OpenAIEmbeddings (Python)",
                "LlamaIndex OpenAIEmbedding (Python)",
                "litellm SDK (Python)",
            ),
        ),
        FaultyServer("html-500", "500 with an HTML page", responds(_is_everything, page(500))),
        FaultyServer("html-200", "200 with an HTML page", responds(_is_everything, page(200))),
        FaultyServer(
            "text-401",
            "401 with a text",
            responds(_is_everything, respond(401, b"no", media_type="text/plain")),
        ),
        # Requests.
        FaultyServer(
            "rejects-string",
            "a string is rejected",
            rejects(lambda p: isinstance(p.get("input"), str)),
            cautious=(
                "LangChain OpenAIEmbeddings (Python)",
                "LlamaIndex OpenAIEmbedding (Python)",
                "AI SDK (JavaScript)",
            ),
        ),
        FaultyServer(
            "rejects-strings",
            "arrays of strings are rejected",
            rejects(lambda p: is_array_of(p.get("input"), str)),
        ),
        FaultyServer(
            "rejects-tokens",
            "arrays of tokens are rejected",
            rejects(lambda p: is_array_of(p.get("input"), list)),
        ),
        FaultyServer("rejects-base64", "base64 is rejected", rejects(is_base64)),
        FaultyServer(
            "rejects-float", "float is rejected", rejects(lambda p: p.get("encoding_format") == "float")
        ),
        FaultyServer("rejects-unicode", "texts that are not ASCII are rejected", rejects(has_non_ascii)),
        FaultyServer("rejects-umlauts", "texts with umlauts are rejected", rejects(has_umlaut)),
        FaultyServer(
            "rejects-placeholder",
            "a placeholder in Authorization is rejected",
            responds(_has_placeholder, error(401)),
            PORTKEY,
        ),
    )
}
"""The servers in the order of the table. The first one is the control: all clients work with it."""
