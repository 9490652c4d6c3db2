"""A credential is masked in each encoding in which a server may repeat it, and so is each of its parts."""

from __future__ import annotations

import html
import json
import random
import string
import time
from base64 import b64encode, urlsafe_b64encode
from collections.abc import Callable

import pytest

from conformance.contract import Contract
from conformance.report import Redactor
from conformance.secret import Secret

KEY = "pk/Zq?>~+7\"xR'&w\\2T9_mL.é=J<b5"
MASK = "[credential]"
SIZE = 8
"""Characters of the shortest part that is masked."""


def some(text: str, escape: Callable[[str], str], seed: int = 0) -> str:
    """*text* with a random half of its characters escaped."""
    choose = random.Random(f"{seed} {text}")
    return "".join(escape(c) if choose.random() < 0.5 else c for c in text)


def percent(text: str) -> str:
    return "".join(f"%{byte:02X}" for byte in text.encode())


def unicode_escapes(text: str) -> str:
    return "".join(f"\\u{ord(c):04x}" for c in text)


def json_text(text: str) -> str:
    return json.dumps(text)[1:-1]


def base64_after(offset: int) -> Callable[[str], str]:
    return lambda text: b64encode(b"\xfe" * offset + text.encode() + b"\xff" * 5).decode()


ENCODINGS: dict[str, Callable[[str], str]] = {
    "as it is": str,
    "uppercase": str.upper,
    "percent": percent,
    "percent, lowercase": lambda text: percent(text).lower(),
    "percent, some": lambda text: some(text, percent),
    "percent, some others": lambda text: some(text, percent, 1),
    "percent, twice": lambda text: percent(percent(text)),
    "percent, three times": lambda text: percent(percent(percent(text))),
    "JSON": json_text,
    "JSON, slashes": lambda text: json_text(text).replace("/", r"\/"),
    "JSON, all": unicode_escapes,
    "JSON, all, uppercase": lambda text: unicode_escapes(text).upper().replace("\\U", "\\u"),
    "JSON, some": lambda text: "".join(
        unicode_escapes(c) if c in '"\\' else some(c, unicode_escapes) for c in text
    ),
    "JSON in JSON": lambda text: json_text(json_text(text)),
    "JSON in JSON in JSON": lambda text: json_text(json_text(json_text(text))),
    "HTML": html.escape,
    "HTML, decimal": lambda text: "".join(f"&#{ord(c)};" for c in text),
    "HTML, hexadecimal": lambda text: "".join(f"&#x{ord(c):X};" for c in text),
    "HTML, some": lambda text: some(text, lambda c: f"&#{ord(c):05};"),
    "JSON in HTML": lambda text: html.escape(json_text(text)),
    "HTML in JSON": lambda text: json_text(html.escape(text)),
    "Python": lambda text: repr(text + "\"'")[1:-4],
    "Python, bytes": lambda text: "".join(f"\\x{byte:02x}" for byte in text.encode()),
    "hexadecimal": lambda text: text.encode().hex(),
    "hexadecimal, uppercase": lambda text: text.encode().hex().upper(),
    "hexadecimal in longer digits": lambda text: f"0a1b{text.encode().hex()}ff",
    "bytes as ISO-8859-1": lambda text: text.encode().decode("latin-1"),
    "base64": lambda text: b64encode(text.encode()).decode(),
    "base64, without padding": lambda text: b64encode(text.encode()).decode().rstrip("="),
    "base64, URL-safe": lambda text: urlsafe_b64encode(text.encode()).decode(),
    "base64, URL-safe, without padding": lambda text: urlsafe_b64encode(text.encode()).decode().rstrip("="),
    "base64, percent": lambda text: percent(b64encode(text.encode()).decode()),
    "base64 in JSON": lambda text: b64encode(text.encode()).decode().replace("/", r"\/"),
    **{f"base64 after {offset} bytes": base64_after(offset) for offset in range(6)},
}


@pytest.fixture(scope="module")
def contract() -> Contract:
    return Contract.load()


@pytest.fixture(scope="module")
def of_key(contract: Contract) -> Redactor:
    return Redactor([("x-portkey-api-key", Secret(KEY, "KEY"))], contract.security)


@pytest.mark.parametrize("encode", ENCODINGS.values(), ids=ENCODINGS)
def test_a_credential_is_masked_in_each_encoding(of_key: Redactor, encode: Callable[[str], str]) -> None:
    shown = of_key.text(f"error: {encode(KEY)}, sorry")
    assert shown.startswith("error: ")
    assert shown.endswith(", sorry")
    assert MASK in shown
    # Some digits at both ends of base64 depend on other bytes.
    assert len(shown.replace(MASK, "")) <= len("error: , sorry") + 20


@pytest.mark.parametrize("encode", ENCODINGS.values(), ids=ENCODINGS)
def test_each_part_of_8_characters_is_masked_in_each_encoding(
    of_key: Redactor, encode: Callable[[str], str]
) -> None:
    for start in range(len(KEY) - SIZE + 1):
        assert MASK in of_key.text(encode(KEY[start : start + SIZE])), KEY[start : start + SIZE]


@pytest.mark.parametrize("encode", [encode for encode in ENCODINGS.values() if encode is not str.upper])
def test_shorter_parts_are_not_masked(of_key: Redactor, encode: Callable[[str], str]) -> None:
    text = encode(f'0 &%1{KEY[3:9]} 2 & "3"')
    assert of_key.text(text) == text


@pytest.mark.parametrize("seed", range(50))
def test_a_random_credential_is_masked_in_any_mixture_of_escapes(contract: Contract, seed: int) -> None:
    choose = random.Random(seed)
    key = "".join(choose.choices(string.printable[:94] + "éß", k=choose.randrange(9, 60)))
    redactor = Redactor([("x-portkey-api-key", Secret(key))], contract.security)
    escapes: list[Callable[[str], str]] = [percent, lambda c: f"&#{ord(c)};", unicode_escapes]
    spellings: list[Callable[[str], str]] = [*escapes, str]
    for _ in range(20):
        start = choose.randrange(len(key) - SIZE + 1)
        part = key[start : start + choose.randrange(SIZE, len(key) + 1)]
        mixed = "".join(choose.choice(escapes if c in "%&\\" else spellings)(c) for c in part)
        assert redactor.text(f"«{mixed}»") == f"«{MASK}»"


def test_text_around_an_escaped_credential_is_kept(of_key: Redactor) -> None:
    text = f'{{"a&amp;b%20c": "{json_text(KEY)}", "d\\u0041": "{percent(KEY)}\\n"}}'
    assert of_key.text(text) == f'{{"a&amp;b%20c": "{MASK}", "d\\u0041": "{MASK}\\n"}}'


@pytest.mark.parametrize(
    "escape", ["%", "%zz", "%e", "\\", "\\u12", "\\ud800", "&", "&#;", "&#9999999;", "&nosuch;"]
)
def test_an_incomplete_escape_is_kept(of_key: Redactor, escape: str) -> None:
    assert of_key.text(f"a {escape} b{KEY}{escape}") == f"a {escape} b{MASK}{escape}"


BASIC = b64encode(b"gateway-admin-17:Rq9-x~Tz44wN").decode()


@pytest.mark.parametrize("value", [f"Basic {BASIC}", f"basic {BASIC}", f"Basic {BASIC.rstrip('=')}"])
@pytest.mark.parametrize("part", ["gateway-admin-17", "Rq9-x~Tz44wN", "Rq9-x~Tz", BASIC[:-1], "n-17:Rq9"])
def test_the_decoded_parts_of_basic_credentials_are_masked(contract: Contract, value: str, part: str) -> None:
    redactor = Redactor([("Authorization", Secret(value, "BASIC"))], contract.security)
    assert redactor.text(f"no user {part}!") == f"no user {MASK}!"


def test_a_short_user_name_of_basic_credentials_is_kept(contract: Contract) -> None:
    value = "Basic " + b64encode(b"river:Rq9-x~Tz44wN").decode()
    redactor = Redactor([("Authorization", Secret(value, "BASIC"))], contract.security)
    assert redactor.text("the user river") == "the user river"


def test_a_value_that_is_not_base64_is_no_basic_credential(contract: Contract) -> None:
    redactor = Redactor([("Authorization", Secret("Basic no-base64-0123!", "BASIC"))], contract.security)
    assert redactor.text("no-base64-0123!") == MASK


def test_a_space_in_a_credential_may_be_a_plus_sign(contract: Contract) -> None:
    redactor = Redactor([("x-portkey-api-key", Secret("Zq7 xR2 T9m L5b"))], contract.security)
    assert redactor.text("key=Zq7+xR2+T9m+L5b&a=b") == f"key={MASK}&a=b"


@pytest.mark.parametrize("value", ['{"retry": 3, "provider": "x"}', "http://127.0.0.1:4000/v1"])
def test_a_value_without_secret_parts_is_masked_in_each_encoding_as_a_whole(
    contract: Contract, value: str
) -> None:
    redactor = Redactor([("x-portkey-config", Secret(value))], contract.security)
    for encode in (percent, json_text, html.escape, lambda text: text.encode().hex()):
        assert redactor.text(f"<{encode(value)}>") == f"<{MASK}>"
    for offset in range(3):
        assert MASK in redactor.text(b64encode(b"-" * offset + value.encode()).decode())
    assert redactor.text(value[:-1]) == value[:-1]


def random_credential(size: int, seed: int) -> Secret:
    return Secret("".join(random.Random(seed).choices(string.ascii_letters + string.digits, k=size)), "KEY")


@pytest.mark.parametrize(
    "credentials",
    [
        [random_credential(100, seed) for seed in range(6)],
        [random_credential(8_000, 0)],
        [Secret("ab" * 4_000)],
    ],
)
@pytest.mark.parametrize(
    "words", ["0.0217, -0.0004, ", "the embedding was rejected ", '\\"a%20b\\" ', "ab", "&#97;b"]
)
def test_a_megabyte_takes_little_time_whatever_the_text_and_the_credentials_are(
    contract: Contract, credentials: list[Secret], words: str
) -> None:
    started = time.process_time()
    redactor = Redactor(
        [(f"x-key-{number}", value) for number, value in enumerate(credentials)], contract.security
    )
    redactor.text(words * (1_000_000 // len(words)))
    assert time.process_time() - started < 10  # 0.01 s to 2 s on the machine where it was written


def test_credentials_of_a_gateway_have_a_limit(contract: Contract) -> None:
    redactor = Redactor([], contract.security)
    for number in range(30):
        redactor.add(random_credential(8_000, number))
    assert redactor.text(random_credential(8_000, 0)) == MASK
    assert redactor.text(random_credential(8_000, 29)) != MASK


def test_a_credential_with_deeply_nested_json_is_an_ordinary_one(contract: Contract) -> None:
    nested = '{"a":' * 5_000
    assert Redactor([("x-portkey-config", Secret(nested))], contract.security).text(nested) == MASK
