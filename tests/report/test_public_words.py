"""A credential that contains ordinary words does not make a report unreadable."""

from __future__ import annotations

import pytest

from conformance.contract import Contract
from conformance.report import Redactor
from conformance.report.model.public_words import is_public, word_sequences
from conformance.secret import Secret

MASK = "[credential]"

SECRETS = (
    "test-credential",
    "my-embedding-key-7f3a",
    "embeddings:Rq9-x~Tz44wN",
    "text-embedding-3-small-Tz44",
    "dimensions-Tz44-response",
    "Password-for-Authorization-77",
    "portkey-virtual-key-4711",
    "application/json-Tz44wN",
    "configured-Tz44wN",
    "sk-00000000xxxxxxxx",
    "--------Tz44wN",
)

SENTENCES = (
    "the credential that was sent is wrong",
    "embeddings-conformance-wrong-credential",
    'accepted: 200 {"object": "embedding", "embedding": [0.0000000012, 0.25]}',
    "POST /v1/embeddings Content-Type: application/json x-portkey-virtual-key: $KEY",
    "text-embedding-3-small, text-embedding-3-large",
    "internal error in the suite; the response was not what the configuration expects",
    "| -------- | -------- | xxxxxxxxxxxx",
    MASK,
)


@pytest.fixture(scope="module")
def contract() -> Contract:
    return Contract.load()


def redactor(contract: Contract, secret: str, **public: str) -> Redactor:
    headers = [("x-portkey-api-key", Secret(secret, "KEY"))]
    named = [(name.replace("_", "-"), Secret(value)) for name, value in public.items()]
    return Redactor([*headers, *named], contract.security)


@pytest.mark.parametrize("secret", SECRETS)
def test_the_sentences_of_the_suite_are_kept(contract: Contract, secret: str) -> None:
    of_secret = redactor(contract, secret)
    titles = [text for one in contract.catalogue.values() for text in (one.id, one.title, str(one.source))]
    assert [text for text in (*titles, *SENTENCES) if of_secret.text(text) != text] == []


@pytest.mark.parametrize("secret", SECRETS)
def test_the_complete_credential_is_masked(contract: Contract, secret: str) -> None:
    of_secret = redactor(contract, secret)
    assert of_secret.text(f"wrong: <{secret}>") == f"wrong: <{MASK}>"
    assert of_secret.text(f"wrong: <{secret.upper()}>") == f"wrong: <{MASK}>"


@pytest.mark.parametrize(
    ("secret", "part"),
    [
        ("test-credential", "st-credential"),
        ("test-credential", "test-credentia"),
        ("my-embedding-key-7f3a", "embedding-ke"),
        ("text-embedding-3-small-Tz44", "text-embedding-3-small-Tz"),
        ("text-embedding-3-small-Tz44", "xt-embedding"),
        ("sk-00000000xxxxxxxx", "0000xxxx"),
        ("--------Tz44wN", "-------T"),
        ('a;>\\)?;&("p%/z', ';>\\)?;&("p%/'),
    ],
)
def test_a_part_with_more_than_public_words_is_masked(contract: Contract, secret: str, part: str) -> None:
    assert redactor(contract, secret).text(f"<{part}>") == f"<{MASK}>"


def test_a_credential_that_is_a_public_word_is_masked(contract: Contract) -> None:
    assert redactor(contract, "embedding").text("the embeddings") == f"the {MASK}s"


def test_a_provider_in_a_header_that_is_not_secret_is_a_public_word(contract: Contract) -> None:
    secret = "fireworks-ai-Tz44wN"
    assert redactor(contract, secret).text("for fireworks-ai now") == f"for {MASK} now"
    public = redactor(contract, secret, x_portkey_provider="fireworks-ai")
    assert public.text("for fireworks-ai now") == "for fireworks-ai now"
    assert public.text("for fireworks-ai-Tz now") == f"for {MASK} now"


def test_redaction_of_a_redacted_text_changes_nothing(contract: Contract) -> None:
    of_secret = redactor(contract, "test-credential")
    once = of_secret.text("wrong: test-credential")
    assert of_secret.text(once) == once


@pytest.mark.parametrize("text", ["embedd", "credentials", "text-embedding", "encoding_format", "password"])
def test_words_of_the_specification_and_of_messages_are_public(text: str) -> None:
    assert is_public(text)


@pytest.mark.parametrize("text", ["text-embedd", "abcdefgh", "tz44wn", "embedding-credential"])
def test_other_words_are_not_public(text: str) -> None:
    assert not is_public(text)


def test_the_sequences_of_a_name_consist_of_complete_words() -> None:
    assert set(word_sequences("/a-b.cd")) == {"a", "b", "cd", "a-b", "b.cd", "a-b.cd"}
    assert len(list(word_sequences("a." * 1_000))) < 10_000
