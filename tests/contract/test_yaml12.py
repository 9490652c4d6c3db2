import pytest
import yaml

from conformance.contract.openapi import yaml12


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
    found = yaml12.load_yaml(f"key: {text}", 9)["key"]
    assert (found, type(found)) == (value, type(value))


def test_keys_are_strings_as_written() -> None:
    assert list(yaml12.load_yaml("{200: a, 1.0: b, true: c, null: d, 2024-01-01: e}", 9)) == [
        "200",
        "1.0",
        "true",
        "null",
        "2024-01-01",
    ]


def test_own_keys_override_merged_keys() -> None:
    text = "base: &base {a: 1, b: 1}\nmine:\n  <<: *base\n  b: 2\n"
    assert yaml12.load_yaml(text, 9)["mine"] == {"a": 1, "b": 2}


def test_merged_keys_can_be_merged_again() -> None:
    text = "base: &base {x: 1}\nfirst: &first\n  <<: *base\n  x: 2\nsecond:\n  <<: *first\n  y: 3\n"
    assert yaml12.load_yaml(text, 9)["second"] == {"x": 2, "y": 3}


def test_limits_count_an_alias_as_what_it_stands_for() -> None:
    text = "a: &a [1, 2, 3]\nb: *a\nc: *a\n"
    assert yaml12.load_yaml(text, max_values=13) == {"a": [1, 2, 3], "b": [1, 2, 3], "c": [1, 2, 3]}
    with pytest.raises(yaml12.LimitExceeded, match="at most 12 values") as caught:
        yaml12.load_yaml(text, max_values=12)
    assert caught.value.problem_mark is not None


@pytest.mark.parametrize(
    "text",
    ["[[[1]]]", "{a: {b: {c: 1}}}", "a: &a [1]\nb: {c: *a}", "&a [*a]", "a: &a {<<: {b: {}}}\nb: {c: *a}"],
)
def test_nesting_is_limited_through_aliases_and_merges(text: str) -> None:
    assert yaml12.load_yaml(text, max_depth=9) if "&a [*" not in text else True
    with pytest.raises(yaml12.LimitExceeded, match="at most 2 levels"):
        yaml12.load_yaml(text, max_depth=2)


@pytest.mark.parametrize(
    "tag", ["binary", "timestamp", "set", "omap", "pairs", "python/object:os.system", "seq"]
)
def test_values_of_other_tags_are_not_constructed(tag: str) -> None:
    assert repr(yaml12.load_yaml(f"a: !!{tag} {{}}")["a"]) == f"!!{tag}"


@pytest.mark.parametrize(
    "text", ["!!int x", "!!int ''", "!!float x", "!!float ''", "!!float 1:30", "!!bool maybe"]
)
def test_a_value_that_is_not_of_its_tag_is_an_error(text: str) -> None:
    with pytest.raises(yaml.constructor.ConstructorError, match="is not of the type !!"):
        yaml12.load_yaml(f"a: {text}")


@pytest.mark.parametrize("text", ["9" * 301, "0x" + "f" * 300, "-" + "9" * 300])
def test_integers_are_limited(text: str) -> None:
    assert yaml12.load_yaml(text[:290])
    with pytest.raises(yaml12.LimitExceeded, match="at most 300 digits"):
        yaml12.load_yaml(text)


def test_earlier_mappings_of_a_merge_win() -> None:
    assert yaml12.load_yaml("<<: [{a: 1, b: 1}, {b: 2, c: 2}]\nc: 3") == {"a": 1, "b": 1, "c": 3}
    with pytest.raises(yaml.constructor.ConstructorError, match="expected a mapping"):
        yaml12.load_yaml("<<: [1]")
