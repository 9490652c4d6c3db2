"""From the bytes of a request to the bytes of its answer: pure functions, without HTTP."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import ceil
from typing import Any

import orjson

from conformance.contract import Contract
from conformance.validation import validate_request
from conformance.validation.strict_json import parse

from .embedder import embed
from .errors import Refusal, beyond_the_model, invalid_payload
from .models import Model
from .tokenizer import NotUnicode, Tokenizer, UnknownToken, utf8

MAX_NAME = 64
"""A model's name is repeated up to this length."""

PIECE = 16
"""Embeddings per piece of an answer: 0.6 MB for 3,072 numbers each. A request has a few pieces in memory at a time; an
answer of 80 MB in one would also hold all other requests up."""


@dataclass(frozen=True, slots=True)
class Text:
    """One text to embed: its bytes, and the number of tokens that it was sent as."""

    content: bytes
    tokens: int


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer that is decided, and not computed yet."""

    texts: Sequence[Text]
    model: Model
    dimensions: int | None
    base64: bool

    def pieces(self) -> Iterator[bytes]:
        """The answer's JSON, PIECE embeddings at a time."""
        yield b'{"object":"list","data":['
        for start in range(0, len(self.texts), PIECE):
            items = map(self._item, range(start, min(start + PIECE, len(self.texts))))
            yield (b"," if start else b"") + b",".join(items)
        tokens = sum(text.tokens for text in self.texts)
        usage = {"prompt_tokens": tokens, "total_tokens": tokens}
        yield b"]," + orjson.dumps({"model": self.model.name, "usage": usage})[1:]

    def _item(self, index: int) -> bytes:
        """One item of ``data``; base64 is of little-endian float32 (RFC 4648, section 4)."""
        content, model = self.texts[index].content, self.model
        vector = embed(content, model=model.name, native_size=model.native_size, dimensions=self.dimensions)
        shown = b64encode(vector.astype("<f4").tobytes()).decode() if self.base64 else vector
        item = {"object": "embedding", "index": index, "embedding": shown}
        return orjson.dumps(item, option=orjson.OPT_SERIALIZE_NUMPY)


def answer(body: bytes, contract: Contract, models: Mapping[str, Model], tokenizer: Tokenizer) -> Answer:
    """The answer to the JSON in *body*; *tokenizer* counts the tokens of texts and reads arrays of tokens.

    Raises Refusal for a payload that violates *contract*, names a model that is not one of *models*, or is
    beyond what the model can do. Nothing is truncated and nothing is ignored.
    """
    if violations := validate_request(body, contract=contract):
        raise invalid_payload(violations)
    payload: Any = parse(body).value
    model = _model(payload.get("model", contract.example_model), models)
    dimensions = _dimensions(payload.get("dimensions"), model)
    texts = _texts(payload["input"], model, tokenizer)
    return Answer(texts, model, dimensions, base64=payload.get("encoding_format") == "base64")


def _model(name: str, models: Mapping[str, Model]) -> Model:
    if name not in models:
        short = name if len(name) <= MAX_NAME else f"{name[: MAX_NAME - 3]}..."
        message = f"The model {short!r} does not exist; expected one of: {', '.join(models)}."
        raise Refusal(404, message, code="model_not_found", param="model")
    return models[name]


def _dimensions(dimensions: int | float | None, model: Model) -> int | None:
    if dimensions is None:
        return None
    if not model.dimensions:
        message = f"expected no dimensions for {model.name}, which does not support them"
        raise beyond_the_model("/dimensions", message, code="dimensions_not_supported")
    if dimensions > model.native_size:
        message = f"expected at most {model.native_size} for {model.name}, found more"
        raise beyond_the_model("/dimensions", message, code="dimensions_above_native_size")
    return int(dimensions)


def _texts(value: str | Sequence[Any], model: Model, tokenizer: Tokenizer) -> list[Text]:
    """The texts of ``input``, which is a text, texts, the tokens of a text, or those of several texts."""
    if isinstance(value, str) or (value and isinstance(value[0], int | float)):
        return [_text(value, "/input", model, tokenizer)]
    return [_text(item, f"/input/{index}", model, tokenizer) for index, item in enumerate(value)]


def _text(value: str | Sequence[int | float], pointer: str, model: Model, tokenizer: Tokenizer) -> Text:
    try:
        text = _read(value, model.max_tokens, tokenizer)
    except NotUnicode as error:
        raise beyond_the_model(pointer, str(error), code="invalid_unicode") from None
    except UnknownToken as error:
        raise beyond_the_model(pointer, str(error), code="unknown_token") from None
    if text.tokens > model.max_tokens:
        message = f"expected at most {model.max_tokens} tokens for {model.name}, found at least {text.tokens}"
        raise beyond_the_model(pointer, message, code="context_length_exceeded")
    return text


def _read(value: str | Sequence[int | float], most: int, tokenizer: Tokenizer) -> Text:
    """The text, where it has up to *most* tokens.

    Of one that has more only this is certain. It is not cut into tokens where its size tells: tiktoken takes 15 s for
    20 MB of one letter.
    """
    if not isinstance(value, str):
        return Text(tokenizer.decode([int(token) for token in value[:most]]), len(value))
    content = utf8(value)
    fewest = ceil(len(content) / tokenizer.longest_token)
    return Text(content, fewest if fewest > most else tokenizer.count(value))
