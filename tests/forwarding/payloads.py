"""Changes that faulty gateways make to payloads of requests and responses."""

from __future__ import annotations

import base64
import struct
from typing import Any

from tests.faulty_servers.messages import Request


def reverses_vectors(payload: dict[str, Any], _request: Request) -> None:
    vectors = [item["embedding"] for item in payload["data"]]
    for item, vector in zip(payload["data"], reversed(vectors), strict=True):
        item["embedding"] = vector


def renumbers_items(payload: dict[str, Any], _request: Request) -> None:
    for index, item in enumerate(payload["data"]):
        item["index"] = index


def rounds_numbers(payload: dict[str, Any], _request: Request) -> None:
    for item in payload["data"]:
        if isinstance(item["embedding"], list):
            item["embedding"] = [round(number, 3) for number in item["embedding"]]


def halves_base64(payload: dict[str, Any], _request: Request) -> None:
    """Reduce vectors in base64 to the precision of 16 bits."""
    for item in payload["data"]:
        if isinstance(item["embedding"], str):
            raw = base64.b64decode(item["embedding"])
            numbers = struct.unpack(f"<{len(raw) // 4}f", raw)
            halves = struct.unpack(f"<{len(numbers)}e", struct.pack(f"<{len(numbers)}e", *numbers))
            item["embedding"] = base64.b64encode(struct.pack(f"<{len(numbers)}f", *halves)).decode()


def replaces_usage(payload: dict[str, Any], request: Request) -> None:
    tokens = len(request.body) // 4
    payload["usage"] = {"prompt_tokens": tokens, "total_tokens": tokens}


def increments_total(payload: dict[str, Any], _request: Request) -> None:
    payload["usage"]["total_tokens"] += 1


def decoded(value: Any) -> Any:
    """Decode tokens with a wrong vocabulary."""
    if isinstance(value, list) and value and all(isinstance(token, int) for token in value):
        return "".join(chr(token - 1) for token in value)
    return value


def nested_decoded(value: Any) -> Any:
    nested = isinstance(value, list) and any(isinstance(item, list) for item in value)
    return [decoded(item) for item in value] if nested else value


def is_batch(value: Any) -> bool:
    return isinstance(value, list) and len(value) > 1 and isinstance(value[0], str)
