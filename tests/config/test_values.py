"""Kinds of values: what each accepts from a command line, a file and Python, and what it rejects."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from conformance.config import values
from conformance.config.values import Kind, host_and_port, one_of

FOLDER = Path("/folder")


@pytest.mark.parametrize(
    ("kind", "given", "read"),
    [
        (values.TEXT, "a", "a"),
        (values.TEXT, Path("a"), "a"),
        (values.TEXTS, "a", ("a",)),
        (values.TEXTS, ["a", "b"], ("a", "b")),
        (values.PATH, "a/b", FOLDER / "a" / "b"),
        (values.PATH, "/a", Path("/a")),
        (values.NAME_OR_PATH, "name", "name"),
        (values.NAME_OR_PATH, "a.yaml", "/folder/a.yaml"),
        (values.ADDRESS, "[::1]:9100", "[::1]:9100"),
        (values.SECONDS, "2.5", 2.5),
        (values.SECONDS, 2, 2.0),
        (values.RATE, 0.1, 0.1),
        (values.COUNT, "7", 7),
        (values.COUNT, 7, 7),
        (values.SEED, "0", 0),
        (values.SEED, 2**53 - 1, 2**53 - 1),
        (values.FLAG, True, True),
        (one_of("must", "should"), "must", "must"),
    ],
)
def test_a_value_of_the_kind_is_read(kind: Kind[Any], given: Any, read: Any) -> None:
    found = kind.read(given, FOLDER)
    assert (found, type(found)) == (read, type(read))


@pytest.mark.parametrize(
    ("kind", "given"),
    [
        (values.TEXT, ""),
        (values.TEXT, 1),
        (values.TEXTS, 1),
        (values.TEXTS, ["a", ""]),
        (values.PATH, 1),
        (values.ADDRESS, "9100"),
        (values.SECONDS, True),
        (values.SECONDS, 0),
        (values.SECONDS, float("nan")),
        (values.SECONDS, float("inf")),
        (values.RATE, "fast"),
        (values.COUNT, "1e3"),
        (values.COUNT, 2.0),
        (values.COUNT, True),
        (values.COUNT, 0),
        (values.SEED, -1),
        (values.SEED, 2**53),
        (values.SEED, 1.0),
        (values.SEED, True),
        (values.FLAG, "yes"),
        (values.FLAG, 1),
        (one_of("must", "should"), "may"),
    ],
)
def test_any_other_value_is_rejected(kind: Kind[Any], given: Any) -> None:
    with pytest.raises((TypeError, ValueError)):
        kind.read(given, FOLDER)


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("127.0.0.1:9100", ("127.0.0.1", 9100)),
        ("localhost:1", ("localhost", 1)),
        ("[::1]:65535", ("::1", 65535)),
        ("[fe80::1%eth0]:80", ("fe80::1%eth0", 80)),
    ],
)
def test_an_address_has_a_host_and_a_port(text: str, address: tuple[str, int]) -> None:
    assert host_and_port(text) == address


@pytest.mark.parametrize(
    "text", ["", "9100", ":9100", "localhost", "a:0", "a:65536", "::1:9100", "http://a:1", "a:1/v1", "u@a:1"]
)
def test_what_is_not_an_address_is_rejected(text: str) -> None:
    with pytest.raises(ValueError, match=r"^"):
        host_and_port(text)
