"""An embeddings server with OpenAI's interface: ``EMBEDDINGS_TOKEN=... uvicorn server:app``."""

from __future__ import annotations

import base64
import os
import secrets
from collections.abc import Mapping
from typing import Annotated, Literal

import embedder
import numpy as np
import numpy.typing as npt
from fastapi import Depends, FastAPI, HTTPException, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from pydantic import BaseModel, ConfigDict, Field
from starlette.exceptions import HTTPException as StarletteHTTPException

BATCH = 32

Vector = npt.NDArray[np.float32]
Text = Annotated[str, Field(min_length=1)]
Token = Annotated[int, Field(ge=0, lt=embedder.VOCABULARY)]
Tokens = Annotated[list[Token], Field(min_length=1)]
Several = Field(min_length=1, max_length=2048)


class EmbeddingRequest(BaseModel):
    """The body of a request."""

    model_config = ConfigDict(strict=True, extra="forbid")

    model: str
    input: (
        Text | Annotated[list[Text], Several] | Annotated[Tokens, Several] | Annotated[list[Tokens], Several]
    )
    encoding_format: Literal["float", "base64"] = "float"
    dimensions: Annotated[int, Field(ge=1, le=embedder.DIMENSIONS)] = embedder.DIMENSIONS
    user: str = ""


class Embedding(BaseModel):
    """The vector of one input."""

    object: Literal["embedding"] = "embedding"
    index: int
    embedding: list[float] | str


class Usage(BaseModel):
    """The token counts for billing."""

    prompt_tokens: int
    total_tokens: int


class EmbeddingResponse(BaseModel):
    """The body of a response."""

    object: Literal["list"] = "list"
    model: str
    data: list[Embedding]
    usage: Usage


Bearer = Annotated[HTTPAuthorizationCredentials | None, Depends(HTTPBearer(auto_error=False))]


def authorize(request: Request, sent: Bearer) -> None:
    """Reject a request without the valid token."""
    token: str = request.app.state.token
    if sent is None or not secrets.compare_digest(sent.credentials.encode(), token.encode()):
        raise HTTPException(401, "A valid bearer token is required.", {"WWW-Authenticate": "Bearer"})


def create_embeddings(request: EmbeddingRequest) -> EmbeddingResponse:
    """Embed each input."""
    if request.model != embedder.NAME:
        raise HTTPException(404, f"The only model is {embedder.NAME}.")
    inputs = tokenized(request.input)
    if not all(0 < len(tokens) <= embedder.MAX_TOKENS for tokens in inputs):
        raise HTTPException(400, f"Each input must have 1 to {embedder.MAX_TOKENS} tokens.")
    vectors = [shortened(vector, request.dimensions) for vector in encode(inputs)]
    data = [
        Embedding(index=index, embedding=encoded(vector, request.encoding_format))
        for index, vector in enumerate(vectors)
    ]
    used = sum(map(len, inputs))
    usage = Usage(prompt_tokens=used, total_tokens=used)
    return EmbeddingResponse(model=embedder.NAME, data=data, usage=usage)


def tokenized(given: str | list[str] | list[int] | list[list[int]]) -> list[list[int]]:
    """The inputs as token ids, for each of the four forms of input."""
    items = given if isinstance(given, list) and not isinstance(given[0], int) else [given]
    return [embedder.tokenize(item) if isinstance(item, str) else item for item in items]


def encode(inputs: list[list[int]]) -> list[Vector]:
    """Embed the inputs in batches of similar length, which need little padding."""
    order = sorted(range(len(inputs)), key=lambda place: len(inputs[place]))
    vectors: list[Vector] = []
    for start in range(0, len(order), BATCH):
        vectors.extend(embedder.encode([inputs[place] for place in order[start : start + BATCH]]))
    return vectors


def shortened(vector: Vector, dimensions: int) -> Vector:
    """The first numbers of *vector*, rescaled to length 1."""
    cut = vector[:dimensions]
    return cut / np.linalg.norm(cut)


def encoded(vector: Vector, encoding_format: str) -> list[float] | str:
    """*vector* as numbers, or as base64 of little-endian float32 values."""
    if encoding_format == "base64":
        return base64.b64encode(vector.astype("<f4").tobytes()).decode()
    return [float(number) for number in vector]


def invalid_request(_request: Request, error: RequestValidationError) -> JSONResponse:
    """Describe the problem without the input: FastAPI's default response repeats it, and fails for NaN."""
    first = error.errors()[0]
    return problem(422, f"{'.'.join(map(str, first['loc']))}: {first['msg']}")


def http_error(_request: Request, error: StarletteHTTPException) -> JSONResponse:
    """Return any other error in the same form."""
    return problem(error.status_code, str(error.detail), error.headers)


def problem(status: int, message: str, headers: Mapping[str, str] | None = None) -> JSONResponse:
    """An error in the form of OpenAI's API."""
    body = {"message": message, "type": "invalid_request_error", "param": None, "code": None}
    return JSONResponse({"error": body}, status, headers)


def create_app(token: str) -> FastAPI:
    """Create the server. Clients need *token*."""
    app = FastAPI(title="Tiny embedder")
    app.state.token = token
    app.post("/v1/embeddings", dependencies=[Depends(authorize)])(create_embeddings)
    app.exception_handler(RequestValidationError)(invalid_request)
    app.exception_handler(StarletteHTTPException)(http_error)
    return app


app = create_app(os.environ.get("EMBEDDINGS_TOKEN") or secrets.token_urlsafe())
