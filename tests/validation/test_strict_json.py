import json
import math
import sys

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from conformance.validation.json_problem import MAX_PROBLEMS, MISSING, Parsed, Position, ProblemKind
from conformance.validation.json_reader import MAX_DIGITS, parse_exactly
from conformance.validation.json_syntax import MAX_DEPTH
from conformance.validation.strict_json import parse_json

WHITESPACE = st.text(" \t\n\r", max_size=2)
NUMBERS = st.one_of(
    st.integers().map(str),
    st.integers(-(2**66), 2**66).map(str),
    st.sampled_from([2**63, 2**64, -(2**63)]).flatmap(lambda n: st.integers(n - 2, n + 2)).map(str),
    st.floats(allow_nan=False, allow_infinity=False).map(repr),
    st.from_regex(r"-?(0|[1-9][0-9]{0,30})(\.[0-9]{1,30})?([eE][+-]?[0-9]{1,4})?", fullmatch=True),
    st.from_regex(r"[1-9][0-9]{18,22}", fullmatch=True),
)
STRINGS = st.one_of(
    st.text(max_size=8).map(lambda text: json.dumps(text, ensure_ascii=False)),
    st.text(max_size=4).map(json.dumps),
    st.from_regex(r'"([ -!#-\[\]-~]|\\["\\/bfnrt]|\\u[0-9a-f]{4}){0,6}"', fullmatch=True),
    st.sampled_from(
        ['"a"', '"b"', '"\\u0061"', '""', '":"', '"\\":"', '"a\\\\"', '"\\ud800"', '"\\ud83d\\ude00"']
    ),
)


def _array(items: list[str], space: str) -> str:
    return f"[{space}{f'{space},'.join(items)}]{space}"


def _object(members: list[tuple[str, str]], space: str) -> str:
    return f"{{{f',{space}'.join(f'{name}{space}:{space}{value}' for name, value in members)}{space}}}"


SCALARS = NUMBERS | STRINGS | st.sampled_from(["null", "true", "false"])
JSON_TEXTS = st.recursive(
    SCALARS,
    lambda inner: st.one_of(
        st.builds(_array, st.lists(inner, max_size=5), WHITESPACE),
        st.builds(_array, st.lists(NUMBERS, max_size=5), WHITESPACE),
        st.builds(_object, st.lists(st.tuples(STRINGS, inner), max_size=4), WHITESPACE),
    ),
    max_leaves=12,
)


def _kinds(parsed: Parsed) -> list[ProblemKind]:
    return [problem.kind for problem in parsed.problems]


def _nested(depth: int) -> bytes:
    return b"[" * depth + b"]" * depth


@given(JSON_TEXTS)
@example("[1e400]")
@example("-0")
@example("-0.0")
@example("[18446744073709551616, 0.5]")
@example("[9223372036854775808, null]")
@example('{"a":{"b":1,"b":2},"c":":"}')
def test_both_readers_agree_on_every_json_text(text: str) -> None:
    exact = parse_exactly(text)
    assert exact.value is not MISSING
    for body in (text, text.encode()):
        assert repr(parse_json(body)) == repr(
            exact
        )  # by repr: 1 differs from 1.0, 0.0 from -0.0, and the order counts


@given(JSON_TEXTS)
def test_the_value_is_the_value_of_the_standard_library(text: str) -> None:
    assert repr(parse_json(text).value) == repr(json.loads(text))


@given(st.binary(max_size=60))
@example(b"\xef\xbb\xbf")
@example(b"\x00\x00\xfe\xff")
def test_bytes_never_make_it_raise(body: bytes) -> None:
    _assert_sound(parse_json(body))
    assert repr(parse_json(body)) == repr(parse_exactly(body))


@given(st.text(st.characters(exclude_categories=()), max_size=40))
def test_text_never_makes_it_raise_even_with_lone_surrogates(body: str) -> None:
    _assert_sound(parse_json(body))
    assert repr(parse_json(body)) == repr(parse_exactly(body))
    assert parse_json(json.dumps(body, ensure_ascii=False)) == Parsed(body)


@given(JSON_TEXTS, st.data())
def test_damaged_json_never_makes_it_raise(text: str, data: st.DataObject) -> None:
    whole = text.encode()
    start, end = sorted(data.draw(st.tuples(*[st.integers(0, len(whole))] * 2), label="replaced"))
    middle = data.draw(
        st.sampled_from([b"", b"NaN", b"-Infinity", b"[" * 200, b"9" * 700, b"\xff", b'"', b",", b"]"])
    )
    body = whole[:start] + middle + whole[end:]
    _assert_sound(parse_json(body))
    assert repr(parse_json(body)) == repr(parse_exactly(body))


def _assert_sound(parsed: Parsed) -> None:
    assert (parsed.value is MISSING) == any(problem.fatal for problem in parsed.problems)
    assert len(parsed.problems) <= MAX_PROBLEMS
    assert all(len(f"{problem.expected}{problem.found}") < 400 for problem in parsed.problems)
    assert all(problem.found.isprintable() for problem in parsed.problems)


@pytest.mark.parametrize(
    ("body", "value"),
    [
        (b"null", None),
        (b" [true] \n", [True]),
        (str(2**70).encode(), 2**70),
        (str(2**64).encode(), 2**64),
        (str(-(2**63) - 1).encode(), -(2**63) - 1),
        (f"[{-(2**70)}, null]".encode(), [-(2**70), None]),
        (b'{"n": 12345678901234567890123}', {"n": 12345678901234567890123}),
        (b'"\\ud800"', "\ud800"),
        ('"\ud800"', "\ud800"),
        ('"\\ud83d\\ude00 \U0001f600"', "\U0001f600 \U0001f600"),
        (b'{"a": "\\"b\\": 1"}', {"a": '"b": 1'}),
        (b"9" * MAX_DIGITS, 10**MAX_DIGITS - 1),
        (b"-" + b"9" * MAX_DIGITS, 1 - 10**MAX_DIGITS),
        (b"0." + b"0" * 5000, 0.0),
        (b"[1e400, -1e400]", [math.inf, -math.inf]),
    ],
)
def test_a_value_is_read_exactly(body: bytes | str, value: object) -> None:
    assert parse_json(body) == Parsed(value)


def test_integers_and_floats_stay_distinct() -> None:
    assert repr(parse_json(b"[1, 1.0, 1e0, 100000000000000000000, 1e20]").value) == (
        "[1, 1.0, 1.0, 100000000000000000000, 1e+20]"
    )


@pytest.mark.parametrize(
    ("body", "kind", "position"),
    [
        (b"", ProblemKind.EMPTY, None),
        (b" \r\n\t", ProblemKind.EMPTY, None),
        (b"\xef\xbb\xbf \n", ProblemKind.EMPTY, None),
        (b'{"a":\n"\xc3\xa9\xff"}', ProblemKind.ENCODING, Position(9, 2, 3)),
        (b'"\xed\xa0\x80"', ProblemKind.ENCODING, Position(1, 1, 2)),
        ("[1]".encode("utf-16"), ProblemKind.ENCODING, Position(0, 1, 1)),
        ("[1]".encode("utf-16-be"), ProblemKind.ENCODING, Position(0, 1, 1)),
        ("[1]".encode("utf-32-le"), ProblemKind.ENCODING, Position(0, 1, 1)),
        (b'{"input": "x"', ProblemKind.SYNTAX, Position(13, 1, 14)),
        (b'{"input":\n "x', ProblemKind.SYNTAX, Position(11, 2, 2)),
        (b"hello", ProblemKind.SYNTAX, Position(0, 1, 1)),
        (b"{'a': 1}", ProblemKind.SYNTAX, Position(1, 1, 2)),
        ('["é", x]', ProblemKind.SYNTAX, Position(7, 1, 7)),
        (b"\xef\xbb\xbf\n[,]", ProblemKind.SYNTAX, Position(5, 2, 2)),
        (b"01", ProblemKind.SYNTAX, Position(1, 1, 2)),
        (b"[1.]", ProblemKind.SYNTAX, Position(2, 1, 3)),
        (b"[1 2]", ProblemKind.SYNTAX, Position(3, 1, 4)),
        (b'["a\nb"]', ProblemKind.SYNTAX, Position(3, 1, 4)),
        (b'"\\x"', ProblemKind.SYNTAX, Position(1, 1, 2)),
        (b"{} {}", ProblemKind.TRAILING_DATA, Position(3, 1, 4)),
        (b"1\x00", ProblemKind.ENCODING, Position(0, 1, 1)),
        (b"12 34", ProblemKind.TRAILING_DATA, Position(3, 1, 4)),
        (b"x" + _nested(500), ProblemKind.SYNTAX, Position(0, 1, 1)),
        (_nested(MAX_DEPTH + 1), ProblemKind.DEPTH, Position(MAX_DEPTH, 1, MAX_DEPTH + 1)),
        (b"[" * 100_000, ProblemKind.DEPTH, Position(MAX_DEPTH, 1, MAX_DEPTH + 1)),
        (b'{"":' * 100_000, ProblemKind.DEPTH, Position(4 * MAX_DEPTH, 1, 4 * MAX_DEPTH + 1)),
    ],
)
def test_invalid_json_has_no_value_and_one_problem(
    body: bytes | str, kind: ProblemKind, position: Position | None
) -> None:
    parsed = parse_json(body)
    assert parsed.value is MISSING
    assert [(p.kind, p.position) for p in parsed.problems if p.fatal] == [(kind, position)]


def test_the_problem_of_a_truncated_body_is_its_end() -> None:
    (problem,) = parse_json(b'{"input": ["x",').problems
    assert problem.found == "the end of the body at line 1, column 16"


def test_the_problem_shows_the_text_at_its_position() -> None:
    (problem,) = parse_json(b"{input: 1}").problems
    assert problem.found == '"input: 1}" at line 1, column 2'
    assert problem.expected == "a name in double quotes (RFC 8259 section 4)"


@pytest.mark.parametrize("prefix", ["", "9223372036854775808, "])
def test_both_readers_have_the_same_depth_limit(prefix: str) -> None:
    deepest = "[" * (MAX_DEPTH - 1) + f"[{prefix}0]" + "]" * (MAX_DEPTH - 1)
    assert parse_json(deepest).problems == ()
    assert _kinds(parse_json(f"[{deepest}]")) == [ProblemKind.DEPTH]
    assert _kinds(parse_json(f'{{"a": {deepest}}}')) == [ProblemKind.DEPTH]


def test_brackets_in_strings_do_not_count_as_depth() -> None:
    body = json.dumps([2**70, '["\\' + "[{" * 500])
    assert parse_json(body).value == json.loads(body)


@pytest.mark.parametrize("name", ["NaN", "Infinity", "-Infinity"])
def test_nan_and_infinity_are_reported_with_their_pointer(name: str) -> None:
    parsed = parse_json(f'{{"data": [{{"a/b~": [0.5, {name}]}}], "NaN": "NaN"}}')
    assert parsed.value is MISSING
    assert [(p.kind, p.found, p.pointer) for p in parsed.problems] == [
        (ProblemKind.NOT_A_NUMBER, name, "/data/0/a~1b~0/1")
    ]


def test_a_long_integer_is_rejected_under_every_interpreter_setting() -> None:
    limit = sys.get_int_max_str_digits()
    try:
        for setting in (0, 640, 4300):
            sys.set_int_max_str_digits(setting)
            assert str(parse_json(b"9" * MAX_DIGITS).value) == "9" * MAX_DIGITS
            (problem,) = parse_json(b'{"input": [1, ' + b"9" * (MAX_DIGITS + 1) + b"]}").problems
            assert (problem.kind, problem.pointer, problem.found) == (
                ProblemKind.LONG_NUMBER,
                "/input/1",
                "641 digits",
            )
    finally:
        sys.set_int_max_str_digits(limit)


@pytest.mark.parametrize(
    ("body", "value", "repeated"),
    [
        (b'{"a": 1, "a": 2}', {"a": 2}, [("", "a")]),
        (b'{"a": 1, "\\u0061" : 2}', {"a": 2}, [("", "a")]),
        (b'{"x": [0, {"k": 1, "k": 1, "k": 3}]}', {"x": [0, {"k": 3}]}, [("/x/1", "k")]),
        (b'{"a": {"b": 1, "b": 2}, "a": 3}', {"a": 3}, [("", "a"), ("/a", "b")]),
        (b'{"a": {"b": 1, "c": [2]}, "a": 3}', {"a": 3}, [("", "a")]),
        (b'{"/": {"": 1, "": 2}}', {"/": {"": 2}}, [("/~1", "")]),
        (rb'{"a\\": 1, "a\\": 2, "b": ":"}', {"a\\": 2, "b": ":"}, [("", "a\\")]),
        (rb'{"a\\\"": 1, "a\\\"": 2, "b": ":"}', {'a\\"': 2, "b": ":"}, [("", 'a\\"')]),
    ],
)
def test_a_repeated_name_is_reported_and_its_last_value_is_used(
    body: bytes, value: object, repeated: list[tuple[str, str]]
) -> None:
    parsed = parse_json(body)
    assert parsed.value == value
    assert {p.kind for p in parsed.problems} == {ProblemKind.DUPLICATE_KEY}
    assert [(p.pointer, p.key) for p in parsed.problems] == repeated


@pytest.mark.parametrize("space", ["", " ", "\t", "\n", "\r", " \r\n\t"])
def test_whitespace_before_a_colon_does_not_hide_a_repeated_name(space: str) -> None:
    assert _kinds(parse_json(f'{{"a":1,"a"{space}:2}}')) == [ProblemKind.DUPLICATE_KEY]


def test_a_long_repeated_name_is_reported_briefly_with_its_count() -> None:
    name = "\ud800" + "k" * 100_000
    (problem,) = parse_json(json.dumps({name: 1})[:-1] + f", {json.dumps(name)}: 2}}").problems
    assert problem.found == f'"\\ud800{"k" * 23}..." 2 times'
    assert problem.key == name


def test_many_problems_are_limited_and_fatal_ones_are_kept() -> None:
    repeated = b'{"a": 1, "a": 2}, ' * 100
    assert _kinds(parse_json(b"[" + repeated + b"0]")) == [ProblemKind.DUPLICATE_KEY] * MAX_PROBLEMS
    assert _kinds(parse_json(b"[" + repeated + b"NaN]")) == [ProblemKind.NOT_A_NUMBER]


@pytest.mark.parametrize("body", [b'\xef\xbb\xbf{"a": 1}', '\ufeff{"a": 1}'])
def test_a_byte_order_mark_is_reported_and_skipped(body: bytes | str) -> None:
    parsed = parse_json(body)
    assert parsed.value == {"a": 1}
    assert _kinds(parsed) == [ProblemKind.BYTE_ORDER_MARK]


def test_only_one_byte_order_mark_is_skipped() -> None:
    assert _kinds(parse_json("\ufeff\ufeff1")) == [ProblemKind.BYTE_ORDER_MARK, ProblemKind.SYNTAX]


def test_ordinary_payloads_are_read_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """The slower reader is not used for an ordinary response or request."""
    monkeypatch.setattr("conformance.validation.strict_json.parse_exactly", pytest.fail)
    vectors = [[0.00012345678901234567, -1.2345678901234567e-05, 0, 1], [], [0.5, 1e17]]
    response = {"data": [{"index": i, "embedding": v} for i, v in enumerate(vectors)], "usage": {"total": 3}}
    assert parse_json(json.dumps(response)) == Parsed(response)
    request = {
        "input": ["a: b", 'he said "so": no', "é"],
        "model": None,
        "dimensions": 2**63 - 1,
    }
    assert parse_json(json.dumps(request)) == Parsed(request)
