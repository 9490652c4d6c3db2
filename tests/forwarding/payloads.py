"""What gateways do to payloads, of answers and of requests."""

from __future__ import annotations

import base64
import struct
from typing import Any

from tests.forwarding.gateway import Sent


def backwards(payload: dict[str, Any], _sent: Sent) -> None:
    vectors = [item["embedding"] for item in payload["data"]]
    for item, vector in zip(payload["data"], reversed(vectors), strict=True):
        item["embedding"] = vector


def renumbers(payload: dict[str, Any], _sent: Sent) -> None:
    for place, item in enumerate(payload["data"]):
        item["index"] = place


def rounds(payload: dict[str, Any], _sent: Sent) -> None:
    for item in payload["data"]:
        if isinstance(item["embedding"], list):
            item["embedding"] = [round(number, 3) for number in item["embedding"]]


def halves_base64(payload: dict[str, Any], _sent: Sent) -> None:
    """Packs what comes in base64 anew, big-endian and back: half of the precision is lost on the way."""
    for item in payload["data"]:
        if isinstance(item["embedding"], str):
            raw = base64.b64decode(item["embedding"])
            numbers = struct.unpack(f"<{len(raw) // 4}f", raw)
            halves = struct.unpack(f"<{len(numbers)}e", struct.pack(f"<{len(numbers)}e", *numbers))
            item["embedding"] = base64.b64encode(struct.pack(f"<{len(numbers)}f", *halves)).decode()


def counts_anew(payload: dict[str, Any], sent: Sent) -> None:
    tokens = len(sent.body) // 4
    payload["usage"] = {"prompt_tokens": tokens, "total_tokens": tokens}


def adds_to_the_total(payload: dict[str, Any], _sent: Sent) -> None:
    payload["usage"]["total_tokens"] += 1


def decoded(value: Any) -> Any:
    """Tokens, as the text that a wrong vocabulary has for them."""
    if isinstance(value, list) and value and all(isinstance(token, int) for token in value):
        return "".join(chr(token - 1) for token in value)
    return value


def nested_decoded(value: Any) -> Any:
    nested = isinstance(value, list) and any(isinstance(item, list) for item in value)
    return [decoded(item) for item in value] if nested else value


def several(value: Any) -> bool:
    return isinstance(value, list) and len(value) > 1 and isinstance(value[0], str)
