"""Write a snapshot: JSON with vectors in base64, described by ``spec/schemas/snapshot.schema.json``.

A snapshot has one form only: two snapshots of one server differ only in values that the server does not repeat.
"""

from __future__ import annotations

import json
from base64 import b64encode
from collections.abc import Mapping
from typing import Any

import numpy as np

from .observation import Numbers
from .snapshot import FORMAT, KEY, Record, Snapshot


def snapshot_text(snapshot: Snapshot) -> str:
    """The content of a file, with one text on each line."""
    head = {
        KEY: FORMAT,
        "suite": snapshot.suite,
        "model": snapshot.model,
        "reported_model": snapshot.reported,
        "length": snapshot.length,
        "options": {
            "dimensions": snapshot.dimensions,
            "encodings": list(snapshot.encodings),
            "batch": snapshot.batch,
        },
        "noise": _noise(snapshot),
    }
    lines = ",\n".join(_line(_as_dict(record, snapshot)) for record in snapshot.records)
    begin = json.dumps(head, ensure_ascii=False, indent=1).removesuffix("\n}")
    return f'{begin},\n "texts": [\n{lines}\n ]\n}}\n'


def _line(entry: Mapping[str, Any]) -> str:
    return "  " + json.dumps(entry, ensure_ascii=False)


def _noise(snapshot: Snapshot) -> dict[str, float]:
    """The greatest noise of all texts."""
    names = ("noise", "batch_noise", "norm_noise")
    return {name: max((getattr(r, name) for r in snapshot.records), default=0.0) for name in names}


def _as_dict(record: Record, snapshot: Snapshot) -> dict[str, Any]:
    text, short = record.text, snapshot.shortened.get(record.text.id)
    entry: dict[str, Any] = {"id": text.id, "kind": text.kind, "text": text.text}
    entry |= {"pair": text.pair} if text.pair else {}
    entry |= {"tokens": record.tokens} if record.tokens is not None else {}
    if record.vector is None:
        return entry | {"rejected": True}
    norm = float(np.linalg.norm(record.vector.astype(np.float64)))
    entry |= {"norm": float(f"{norm:.6g}"), "noise": record.noise, "batch_noise": record.batch_noise}
    entry |= {"norm_noise": record.norm_noise, "vector": _encoded(record.vector)}
    return entry | ({"shortened": _encoded(short)} if short is not None else {})


def _encoded(vector: Numbers) -> str:
    return b64encode(vector.astype("<f4").tobytes()).decode("ascii")
