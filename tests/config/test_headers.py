"""Headers as users write them. No error repeats a part of one, since it may be a bare credential."""

from __future__ import annotations

import pytest

from conformance.config.headers import credential_in, headers_of
from conformance.config.options import Configuration
from conformance.errors import ConfigurationError


def problem(*lines: str) -> str:
    with pytest.raises(ConfigurationError) as caught:
        headers_of(Configuration(header=lines))
    return str(caught.value)


def test_a_header_is_a_name_and_a_value() -> None:
    ((name, value),) = headers_of(Configuration(header=("  X-Portkey-Config :  pc: 1 \t",)))
    assert (name, str(value), value.shown) == ("X-Portkey-Config", "pc: 1", "$X_PORTKEY_CONFIG")


@pytest.mark.parametrize(
    ("text", "sent", "shown"),
    [
        ("Authorization: env:TOKEN", "t0ken", "$TOKEN"),
        ("Authorization: Bearer env:TOKEN", "Bearer t0ken", "Bearer $TOKEN"),
        ("Authorization: Bearer   env:TOKEN", "Bearer t0ken", "Bearer $TOKEN"),
        ("Authorization: env:PADDED", "t0ken", "$PADDED"),
        ("Authorization: Bearer env:PADDED", "Bearer t0ken", "Bearer $PADDED"),
        ("Authorization: Bearer t0ken", "Bearer t0ken", "$AUTHORIZATION"),
        ("x-scheme: https://env:80/", "https://env:80/", "$X_SCHEME"),
    ],
)
def test_a_value_is_read_from_the_environment(
    text: str, sent: str, shown: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TOKEN", "t0ken")
    monkeypatch.setenv("PADDED", " t0ken\n")
    ((_, value),) = headers_of(Configuration(header=(text,)))
    assert (str(value), value.shown) == (sent, shown)


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        (
            "secret",
            "header 2: must be 'Name: value', with a valid header name before the colon",
        ),
        (
            ": secret",
            "header 2: must be 'Name: value', with a valid header name before the colon",
        ),
        (
            "a b: c",
            "header 2: must be 'Name: value', with a valid header name before the colon",
        ),
        (
            "x-key: env:UNSET",
            "header x-key: the environment variable UNSET is not set; export it first",
        ),
        (
            "x-key: env:EMPTY",
            "header x-key: the environment variable EMPTY is empty; export it first",
        ),
        (
            "x-key: env:",
            "header x-key: env: must be followed by the name of an environment variable",
        ),
        (
            "x-key: env: UNSET",
            "header x-key: env: must be followed by the name of an environment variable",
        ),
        (
            "x-key: env:my-key",
            "header x-key: env: must be followed by the name of an environment variable",
        ),
        (
            "x-key: env:1KEY",
            "header x-key: env: must be followed by the name of an environment variable",
        ),
    ],
)
def test_a_malformed_header_is_rejected_with_its_place(
    line: str, expected: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("UNSET", raising=False)
    monkeypatch.setenv("EMPTY", "  ")
    assert problem("x-fine: 1", line) == expected


def test_a_value_from_the_environment_must_be_utf8(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TOKEN", "a\udcff")
    expected = "header x-key: the environment variable TOKEN must be text in UTF-8, without other bytes"
    assert problem("x-key: env:TOKEN") == expected
    with pytest.raises(ConfigurationError, match="key config: it must be text in UTF-8"):
        credential_in("a\udcff", "key config")
