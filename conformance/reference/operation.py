"""The contract's operation as pure functions: from the bytes of a request body to the bytes of a response body."""

from __future__ import annotations

import json
from base64 import b64encode
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import ceil
from typing import Any

from conformance.contract import Contract
from conformance.contract.openapi.json_pointer import join_pointer
from conformance.contract.role_kinds import BINARY
from conformance.contract.roles import Roles
from conformance.validation import parse_json, validate_request

from .embedder import embed_text
from .errors import Rejection, invalid_payload, unsupported_by_model
from .lenient import Tolerance
from .models import Model, default_model
from .response_shape import ResponseShape
from .tokenizer import NotUnicode, Tokenizer, UnknownToken, utf8_bytes

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
        tokens = sum(text.tokens for text in self.texts)
        before, after = self.shape.around_list(self.model.name, tokens)
        yield before
        number = min(len(self.texts), self.shape.most_items)
        for start in range(0, number, CHUNK):
            items = map(self._item, range(start, min(start + CHUNK, number)))
            yield (b"," if start else b"") + b",".join(items)
        yield after

    def _item(self, index: int) -> bytes:
        """One item of the list of vectors; base64 encodes little-endian float32 (RFC 4648, section 4)."""
        content, model = self.texts[index].content, self.model
        vector = embed_text(
            content, model=model.name, native_size=model.native_size, dimensions=self.dimensions
        )
        embedding = b64encode(vector.astype("<f4").tobytes()).decode() if self.base64 else vector
        return self.shape.item_of(index, embedding)


def prepare_response(
    body: bytes,
    contract: Contract,
    models: Mapping[str, Model],
    tokenizer: Tokenizer,
    shape: ResponseShape,
    tolerance: Tolerance | None = None,
) -> PreparedResponse:
    """The response to the JSON in *body*. *tokenizer* counts the tokens of texts and decodes arrays of tokens.

    Raises Rejection for a payload that violates *contract*, names a model that is not one of *models*, or exceeds what
    the model supports, except for what *tolerance* accepts. Nothing is truncated.
    """
    tolerated = None if tolerance is None else tolerance.read(body)
    if violations := validate_request(body if tolerated is None else tolerated.payload, contract=contract):
        raise invalid_payload(violations)
    payload, roles = parse_json(body).value if tolerated is None else tolerated.payload, contract.roles
    if tolerated is not None:
        model = tolerated.model
    else:
        named = roles.model_of(payload)
        named = named if isinstance(named, str | None) else json.dumps(named)
        model = default_model(contract, models) if named is None else _model(named, models, roles)
    dimensions = _dimensions(payload, model, contract)
    texts = _texts(roles.texts_of(payload), model, tokenizer, join_pointer((roles.texts or "",)))
    is_base64 = roles.encoding_of(payload, contract.default_encoding) == BINARY
    return PreparedResponse(texts, model, dimensions, is_base64, shape)


def _model(name: str, models: Mapping[str, Model], roles: Roles) -> Model:
    if name not in models:
        short = name if len(name) <= MAX_NAME else f"{name[: MAX_NAME - 3]}..."
        message = f"The model {short!r} does not exist; use one of: {', '.join(models)}."
        raise Rejection(404, message, code="model_not_found", param=roles.model)
    return models[name]


def _dimensions(payload: object, model: Model, contract: Contract) -> int | None:
    dimensions, node = contract.roles.dimensions_of(payload), contract.property_of("dimensions")
    if not isinstance(dimensions, int | float) or isinstance(dimensions, bool) or node is None:
        return None
    if dimensions < 1 and dimensions == node.node.get("default"):
        return None
    name = contract.roles.dimensions
    if not model.dimensions:
        message = f"the model {model.name} does not support {name}"
        raise unsupported_by_model(f"/{name}", message, code="dimensions_not_supported")
    if dimensions < 1:
        raise unsupported_by_model(f"/{name}", "expected at least 1, found less", code="dimensions_below_1")
    if dimensions > model.native_size:
        message = f"expected at most {model.native_size} for {model.name}, found more"
        raise unsupported_by_model(f"/{name}", message, code="dimensions_above_native_size")
    return int(dimensions)


def _texts(value: Any, model: Model, tokenizer: Tokenizer, pointer: str) -> list[Text]:
    """The texts of a request: a text, several texts, the tokens of a text, or those of several texts.

    Any other value that the contract allows is one text, as JSON.
    """
    if not isinstance(value, list) or (value and isinstance(value[0], int | float)):
        return [_text(value, pointer, model, tokenizer)]
    return [_text(item, f"{pointer}/{index}", model, tokenizer) for index, item in enumerate(value)]


def _text(value: Any, pointer: str, model: Model, tokenizer: Tokenizer) -> Text:
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


def _read(value: Any, max_tokens: int, tokenizer: Tokenizer) -> Text:
    """The text in *value*. If it has more than *max_tokens* tokens, its content and its count may be incomplete.

    A text is not tokenized if its size already shows that it is too long: tiktoken needs 15 s for 20 MB of one letter.
    """
    if isinstance(value, list) and all(isinstance(token, int | float) for token in value):
        return Text(tokenizer.decode([int(token) for token in value[:max_tokens]]), len(value))
    value = value if isinstance(value, str) else json.dumps(value)
    content = utf8_bytes(value)
    least = ceil(len(content) / tokenizer.longest_token)
    return Text(content, least if least > max_tokens else tokenizer.count(value))
