"""LitServe's OpenAIEmbeddingSpec as in its documentation, with a small model that needs no weights."""

from __future__ import annotations

import hashlib
import math
import sys

import litserve as ls

SIZE = 384


class EmbeddingAPI(ls.LitAPI):
    """A server whose vector of a text is the sum of pseudo-random vectors of its words, scaled to length 1."""

    def setup(self, device: str) -> None:
        """Load nothing: the model needs no weights."""

    def predict(self, inputs: str | list[object]) -> list[list[float]]:
        """Return a vector for each item. The specification passes an array of tokens as separate items."""
        return [embed(str(item)) for item in (inputs if isinstance(inputs, list) else [inputs])]


def embed(text: str) -> list[float]:
    """The vector of *text*."""
    words = text.lower().split() or [""]
    sums = [sum(column) for column in zip(*map(word_vector, words), strict=True)]
    norm = math.hypot(*sums)
    return [number / norm for number in sums]


def word_vector(word: str) -> list[float]:
    """SIZE numbers that depend only on *word*."""
    digest = hashlib.shake_256(word.encode("utf-8", "surrogatepass")).digest(SIZE)
    return [byte - 127.5 for byte in digest]


if __name__ == "__main__":
    api = EmbeddingAPI(spec=ls.OpenAIEmbeddingSpec())
    server = ls.LitServer(api, accelerator="cpu")
    server.run(host="127.0.0.1", port=int(sys.argv[1]), generate_client_file=False)
