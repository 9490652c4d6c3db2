import pytest

from conformance.contract.openapi.yaml12 import load


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("on", "on"),
        ("no", "no"),
        ("2024-01-01", "2024-01-01"),
        ("1:30", "1:30"),
        ("010", 10),
        ("0o10", 8),
        ("0x1f", 31),
        ("1e3", 1000.0),
        ("1_000", "1_000"),
        ("true", True),
        ("False", False),
        ("~", None),
        ("null", None),
        ("", None),
        ("-7", -7),
        (".5", 0.5),
        ("'1'", "1"),
        ("4XX", "4XX"),
        ("1.0", 1.0),
        ("=", "="),
    ],
)
def test_plain_values_follow_yaml_1_2(text: str, value: object) -> None:
    found = load(f"key: {text}", 9)["key"]
    assert (found, type(found)) == (value, type(value))


def test_keys_are_strings_as_written() -> None:
    assert list(load("{200: a, 1.0: b, true: c, null: d, 2024-01-01: e}", 9)) == [
        "200",
        "1.0",
        "true",
        "null",
        "2024-01-01",
    ]


def test_own_keys_override_merged_keys() -> None:
    text = "base: &base {a: 1, b: 1}\nmine:\n  <<: *base\n  b: 2\n"
    assert load(text, 9)["mine"] == {"a": 1, "b": 2}


def test_merged_keys_can_be_merged_again() -> None:
    text = "base: &base {x: 1}\nfirst: &first\n  <<: *base\n  x: 2\nsecond:\n  <<: *first\n  y: 3\n"
    assert load(text, 9)["second"] == {"x": 2, "y": 3}
