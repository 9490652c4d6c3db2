"""The contract's operation as pure functions: from the bytes of a request body to the bytes of a response body."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import ceil
from typing import Any

import orjson

from conformance.contract import Contract
from conformance.validation import parse, validate_request

from .embedder import embed
from .errors import Rejection, invalid_payload, unsupported_by_model
from .models import ANY_MODEL, Model
from .response_shape import ResponseShape
from .tokenizer import NotUnicode, Tokenizer, UnknownToken, utf8

MAX_NAME = 64
"""Characters of an unknown model's name that an error message repeats."""

CHUNK = 16
"""Embeddings in one chunk of a response: 0.6 MB for 3,072 numbers each. A request has a few chunks in memory at a time.
One chunk of 80 MB for a whole response would also delay all other requests."""


@dataclass(frozen=True, slots=True)
class Text:
    """One text to embed: its bytes, and its number of tokens."""

    content: bytes
    tokens: int


@dataclass(frozen=True, slots=True)
class PreparedResponse:
    """A response to a valid request. Its vectors are computed only when ``chunks`` is read."""

    texts: Sequence[Text]
    model: Model
    dimensions: int | None
    base64: bool
    shape: ResponseShape

    def chunks(self) -> Iterator[bytes]:
        """The JSON of the body, CHUNK embeddings at a time."""
        head = orjson.dumps({**self.shape.body, "data": []})
        yield head[:-2]
        for start in range(0, len(self.texts), CHUNK):
            items = map(self._item, range(start, min(start + CHUNK, len(self.texts))))
            yield (b"," if start else b"") + b",".join(items)
        tokens = sum(text.tokens for text in self.texts)
        counts = {name: tokens for name in ("prompt_tokens", "total_tokens") if name in self.shape.names}
        rest: dict[str, Any] = {"model": self.model.name, "usage": {**counts, **self.shape.usage}}
        kept = {name: value for name, value in rest.items() if name in self.shape.names}
        yield b"]" + (b"," + orjson.dumps(kept)[1:] if kept else b"}")

    def _item(self, index: int) -> bytes:
        """One item of ``data``; base64 encodes little-endian float32 (RFC 4648, section 4)."""
        content, model = self.texts[index].content, self.model
        vector = embed(content, model=model.name, native_size=model.native_size, dimensions=self.dimensions)
        embedding = b64encode(vector.astype("<f4").tobytes()).decode() if self.base64 else vector
        place: dict[str, Any] = {"index": index} if "index" in self.shape.names else {}
        item = {**self.shape.item, **place, "embedding": embedding}
        return orjson.dumps(item, option=orjson.OPT_SERIALIZE_NUMPY)


def prepare_response(
    body: bytes, contract: Contract, models: Mapping[str, Model], tokenizer: Tokenizer, shape: ResponseShape
) -> PreparedResponse:
    """The response to the JSON in *body*. *tokenizer* counts the tokens of texts and decodes arrays of tokens.

    Raises Rejection for a payload that violates *contract*, names a model that is not one of *models*, or exceeds what
    the model supports. Nothing is truncated, and nothing is ignored.
    """
    if violations := validate_request(body, contract=contract):
        raise invalid_payload(violations)
    payload: Any = parse(body).value
    named = payload.get("model")
    model = _model(contract.example_model or ANY_MODEL if named is None else named, models)
    dimensions = _dimensions(payload.get("dimensions"), model)
    texts = _texts(payload["input"], model, tokenizer)
    is_base64 = payload.get("encoding_format") == "base64"
    return PreparedResponse(texts, model, dimensions, is_base64, shape)


def _model(name: str, models: Mapping[str, Model]) -> Model:
    if name not in models:
        short = name if len(name) <= MAX_NAME else f"{name[: MAX_NAME - 3]}..."
        message = f"The model {short!r} does not exist; use one of: {', '.join(models)}."
        raise Rejection(404, message, code="model_not_found", param="model")
    return models[name]


def _dimensions(dimensions: int | float | None, model: Model) -> int | None:
    if dimensions is None:
        return None
    if not model.dimensions:
        message = f"the model {model.name} does not support dimensions"
        raise unsupported_by_model("/dimensions", message, code="dimensions_not_supported")
    if dimensions > model.native_size:
        message = f"expected at most {model.native_size} for {model.name}, found more"
        raise unsupported_by_model("/dimensions", message, code="dimensions_above_native_size")
    return int(dimensions)


def _texts(value: str | Sequence[Any], model: Model, tokenizer: Tokenizer) -> list[Text]:
    """The texts of ``input``, which is a text, several texts, the tokens of a text, or those of several texts."""
    if isinstance(value, str) or (value and isinstance(value[0], int | float)):
        return [_text(value, "/input", model, tokenizer)]
    return [_text(item, f"/input/{index}", model, tokenizer) for index, item in enumerate(value)]


def _text(value: str | Sequence[int | float], pointer: str, model: Model, tokenizer: Tokenizer) -> Text:
    try:
        text = _read(value, model.max_tokens, tokenizer)
    except NotUnicode as error:
        raise unsupported_by_model(pointer, str(error), code="invalid_unicode") from None
    except UnknownToken as error:
        raise unsupported_by_model(pointer, str(error), code="unknown_token") from None
    if text.tokens > model.max_tokens:
        message = f"expected at most {model.max_tokens} tokens for {model.name}, found at least {text.tokens}"
        raise unsupported_by_model(pointer, message, code="context_length_exceeded")
    return text


def _read(value: str | Sequence[int | float], max_tokens: int, tokenizer: Tokenizer) -> Text:
    """The text in *value*. If it has more than *max_tokens* tokens, its content and its count may be incomplete.

    A text is not tokenized if its size already shows that it is too long: tiktoken needs 15 s for 20 MB of one letter.
    """
    if not isinstance(value, str):
        return Text(tokenizer.decode([int(token) for token in value[:max_tokens]]), len(value))
    content = utf8(value)
    least = ceil(len(content) / tokenizer.longest_token)
    return Text(content, least if least > max_tokens else tokenizer.count(value))
