"""Realistic logs: exchanges of a few models and providers, in each format, with planted violations.

A log is made from a seed. ``Log.planted`` has the number of violations of each requirement, exactly.
"""

from __future__ import annotations

import base64
import gzip
import json
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import lru_cache
from itertools import product
from pathlib import Path
from random import Random
from typing import Any

import numpy as np

START = 1_900_000_000
MODEL = "text-embedding-3-small"
URL = "https://gateway.test/v1/embeddings"
PROVIDERS = ("openai", "azure")
SIZE = 48
TEXTS = 8

Body = dict[str, Any]
Exchange = dict[str, Any]


@dataclass
class Log:
    """Exchanges in the order of their time, and the number of violations by the id of the requirement."""

    exchanges: list[Exchange] = field(default_factory=list)
    planted: Counter[str] = field(default_factory=Counter)


@lru_cache(maxsize=10_000)
def vector(text: str, size: int = SIZE) -> tuple[float, ...]:
    """The vector of a text: a direction of its own, norm 1, in single precision."""
    random = np.random.default_rng([*text.encode(), size])
    found = random.normal(size=size)
    return tuple((found / np.linalg.norm(found)).astype(np.float32).tolist())


def encoded(numbers: Iterable[float], encoding: str) -> Any:
    if encoding == "base64":
        return base64.b64encode(np.asarray([*numbers], "<f4").tobytes()).decode()
    return [*numbers]


def response(texts: list[str], encoding: str, model: str = MODEL) -> Body:
    data = [
        {"object": "embedding", "index": n, "embedding": encoded(vector(text), encoding)}
        for n, text in enumerate(texts)
    ]
    tokens = sum(len(text.split()) for text in texts)
    usage = {"prompt_tokens": tokens, "total_tokens": tokens}
    return {"object": "list", "data": data, "model": model, "usage": usage}


def plain(number: int, random: Random) -> Exchange:
    """A correct exchange: a text or a batch, in one of the encodings."""
    encoding = random.choice(("float", "float", "base64"))
    texts = [f"river number {random.randrange(TEXTS)}" for _ in range(random.choice((1, 1, 3)))]
    value: Any = texts if len(texts) > 1 else random.choice((texts[0], texts))
    return {
        "number": number,
        "time": START + number * 7,
        "provider": random.choice(PROVIDERS),
        "status": 200,
        "request": {"model": MODEL, "input": value, "encoding_format": encoding},
        "response": response(texts, encoding),
    }


def each_text_thrice() -> Iterator[Exchange]:
    """Correct exchanges with each text: a planted violation then differs from most."""
    for number, (encoding, provider, text, _) in enumerate(
        product(("float", "base64"), PROVIDERS, range(TEXTS), range(3))
    ):
        value = f"river number {text}"
        yield {
            "number": number,
            "time": START + number * 7,
            "provider": provider,
            "status": 200,
            "request": {"model": MODEL, "input": value, "encoding_format": encoding},
            "response": response([value], encoding),
        }


def rejected(number: int, random: Random) -> Exchange:
    """A correct rejection."""
    error = {"message": "no input", "type": "invalid_request_error", "param": None, "code": None}
    return {
        **plain(number, random),
        "status": 400,
        "request": {"model": MODEL},
        "response": {"error": error},
    }


def chat(number: int, random: Random) -> Exchange:
    """An exchange of another operation."""
    messages = [{"role": "user", "content": f"question {number}"}]
    choices = [
        {"index": 0, "message": {"role": "assistant", "content": "an answer"}, "finish_reason": "stop"}
    ]
    return {
        **plain(number, random),
        "operation": "acompletion",
        "url": "https://gateway.test/v1/chat/completions",
        "request": {"model": "gpt-4o-mini", "messages": messages},
        "response": {"object": "chat.completion", "choices": choices, "model": "gpt-4o-mini"},
    }


# Violations: each changes one exchange.


def _items(exchange: Exchange) -> list[Body]:
    items: list[Body] = exchange["response"]["data"]
    return items


def lost_item(exchange: Exchange) -> None:
    exchange["request"]["input"] = ["a lost text", "another lost text"]
    exchange["response"] = response(["a lost text"], exchange["request"]["encoding_format"])


def swapped_indices(exchange: Exchange) -> None:
    texts = ["first of two", "second of two"]
    exchange["request"]["input"] = texts
    exchange["response"] = response(texts, exchange["request"]["encoding_format"])
    _items(exchange)[0]["index"] = _items(exchange)[1]["index"] = 1


def zeros(exchange: Exchange) -> None:
    for item in _items(exchange):
        item["embedding"] = encoded([0.0] * SIZE, exchange["request"]["encoding_format"])


def total_too_small(exchange: Exchange) -> None:
    exchange["response"]["usage"]["total_tokens"] -= 1


def no_object(exchange: Exchange) -> None:
    del exchange["response"]["object"]


def other_model(exchange: Exchange) -> None:
    exchange["response"]["model"] = "text-embedding-3-large"


def unnamed_model(exchange: Exchange) -> None:
    exchange["response"]["model"] = ""


def accepted_without_model(exchange: Exchange) -> None:
    del exchange["request"]["model"]


def other_vector(exchange: Exchange) -> None:
    """The answer of a bad replica: for a text that many correct exchanges have too."""
    encoding = exchange["request"]["encoding_format"] = "float"
    text = exchange["request"]["input"] = f"river number {exchange['number'] % TEXTS}"
    exchange["response"] = response([text], encoding)
    _items(exchange)[0]["embedding"] = encoded(vector(f"noise {exchange['number']}"), encoding)


def other_count(exchange: Exchange) -> None:
    encoding = exchange["request"]["encoding_format"] = "float"
    text = exchange["request"]["input"] = f"river number {exchange['number'] % TEXTS}"
    exchange["response"] = response([text], encoding)
    tokens = 50 + exchange["number"]
    exchange["response"]["usage"] = {"prompt_tokens": tokens, "total_tokens": tokens}


def other_length(exchange: Exchange) -> None:
    encoding = exchange["request"]["encoding_format"]
    text = exchange["request"]["input"] = f"short vector {exchange['number']}"
    exchange["response"] = response([text], encoding)
    _items(exchange)[0]["embedding"] = encoded(vector(text, SIZE // 2), encoding)


VIOLATIONS: Mapping[str, Callable[[Exchange], None]] = {
    "response.count": lost_item,
    "response.index": swapped_indices,
    "response.not-zero": zeros,
    "response.usage.total": total_too_small,
    "response.object.required": no_object,
    "response.model.same": other_model,
    "response.model.named": unnamed_model,
    "request.model.required": accepted_without_model,
    "state.same-text": other_vector,
    "response.usage.repeated": other_count,
    "response.constant-length": other_length,
}
NEEDS_REQUEST = frozenset({"response.count", "response.model.same", "request.model.required"})
ACROSS = frozenset({"state.same-text", "response.usage.repeated"})


def make_log(seed: int, size: int, planted: Mapping[str, int] = {}, *, mixed: bool = True) -> Log:
    """A log of *size* exchanges, after some that have each text three times, with the violations *planted*.

    With *mixed*, it has other operations and rejections too.
    """
    random = Random(seed)
    kinds = [plain] * 8 + ([rejected, chat] if mixed else [])
    log = Log([*each_text_thrice()])
    first = len(log.exchanges)
    log.exchanges += [random.choice(kinds)(number, random) for number in range(first, first + size)]
    places = random.sample(range(first, first + size), sum(planted.values()))
    for id, number in planted.items():
        for _ in range(number):
            place = places.pop()
            log.exchanges[place] = plain(place, random)
            VIOLATIONS[id](log.exchanges[place])
            log.planted[id] += 1
    return log


# Formats: each makes a record of an exchange.


def _iso(time: float) -> str:
    return datetime.fromtimestamp(time, UTC).isoformat().replace("+00:00", "Z")


def as_exchange(exchange: Exchange) -> Body:
    return {
        "time": _iso(exchange["time"]),
        "provider": exchange["provider"],
        "request": {"method": "POST", "url": exchange.get("url", URL), "body": exchange["request"]},
        "response": {"status": exchange["status"], "body": json.dumps(exchange["response"])},
    }


def as_portkey(exchange: Exchange) -> Body:
    return {
        "id": str(exchange["number"]),
        "created_at": _iso(exchange["time"]),
        "request": {"body": exchange["request"]},
        "response": {"body": exchange["response"]},
        "is_success": int(exchange["status"] == 200),
        "ai_org": exchange["provider"],
        "ai_model": exchange["request"].get("model", ""),
        "request_url": exchange.get("url", URL),
        "request_method": "POST",
        "response_status_code": exchange["status"],
        "response_time": 12,
    }


def as_litellm(exchange: Exchange) -> Body:
    request = exchange["request"]
    options = {name: value for name, value in request.items() if name not in ("model", "input", "messages")}
    is_success = exchange["status"] == 200
    return {
        "id": str(exchange["number"]),
        "call_type": exchange.get("operation", "aembedding"),
        "status": "success" if is_success else "failure",
        "startTime": float(exchange["time"]),
        "endTime": exchange["time"] + 0.25,
        "model": request.get("model"),
        "model_group": request.get("model"),
        "custom_llm_provider": exchange["provider"],
        "messages": request.get("input", request.get("messages", "")),
        "model_parameters": options,
        "response": exchange["response"] if is_success else None,
        "error_information": {"error_code": "" if is_success else str(exchange["status"])},
    }


def as_har(exchange: Exchange) -> Body:
    text = json.dumps(exchange["response"])
    return {
        "startedDateTime": _iso(exchange["time"]),
        "time": 12.5,
        "request": {
            "method": "POST",
            "url": exchange.get("url", URL),
            "headers": [{"name": "Content-Type", "value": "application/json"}],
            "postData": {"mimeType": "application/json", "text": json.dumps(exchange["request"])},
        },
        "response": {
            "status": exchange["status"],
            "headers": [{"name": "Content-Type", "value": "application/json"}],
            "content": {"size": len(text), "mimeType": "application/json", "text": text},
        },
    }


def as_span(exchange: Exchange) -> Body:
    is_chat = "operation" in exchange
    return {
        "name": "CreateEmbeddings",
        "context": {"trace_id": "0x1", "span_id": f"{exchange['number']:#x}"},
        "start_time": _iso(exchange["time"]),
        "status": {"status_code": "OK" if exchange["status"] == 200 else "ERROR"},
        "attributes": {
            "openinference.span.kind": "LLM" if is_chat else "EMBEDDING",
            "llm.provider": exchange["provider"],
            "embedding.model_name": exchange["request"].get("model", ""),
            "input.value": json.dumps(exchange["request"]),
            "output.value": json.dumps(exchange["response"]),
        },
    }


def as_batch_output(exchange: Exchange) -> Body:
    number = str(exchange["number"])
    answer = {"status_code": exchange["status"], "request_id": number, "body": exchange["response"]}
    return {"id": f"batch_req_{number}", "custom_id": number, "response": answer, "error": None}


def as_batch_input(exchange: Exchange) -> Body:
    path = "/v1/chat/completions" if "operation" in exchange else "/v1/embeddings"
    return {"custom_id": str(exchange["number"]), "method": "POST", "url": path, "body": exchange["request"]}


RECORDS: Mapping[str, Callable[[Exchange], Body]] = {
    "exchanges": as_exchange,
    "portkey": as_portkey,
    "litellm": as_litellm,
    "openinference": as_span,
    "batch-output": as_batch_output,
    "batch-input": as_batch_input,
}


def lines(log: Log, format: str) -> Iterator[bytes]:
    for exchange in log.exchanges:
        yield json.dumps(RECORDS[format](exchange), separators=(",", ":")).encode() + b"\n"


def write(log: Log, file: Path, format: str = "exchanges") -> Path:
    """Write *log* to *file*, compressed if its suffix is .gz."""
    if format == "har":
        archive = {"log": {"version": "1.2", "entries": [as_har(one) for one in log.exchanges]}}
        content = json.dumps(archive).encode()
    else:
        content = b"".join(lines(log, format))
    file.write_bytes(gzip.compress(content, 1) if file.suffix == ".gz" else content)
    return file
