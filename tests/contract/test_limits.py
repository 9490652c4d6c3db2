"""Reading a limited part of a file, and the size of a JSON text before it is read."""

import json
import os
import threading
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conformance.contract.openapi.limits import FileTooLarge, count_values, depth_of, read_limited

VALUES = st.recursive(
    st.none() | st.integers() | st.text('[{,}]"\\é'),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text('[{,}]"\\a'), inner, max_size=4),
    max_leaves=20,
)


def size(value: Any) -> int:
    items = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return 1 + sum(map(size, items))


def depth(value: Any) -> int:
    items = list(value.values()) if isinstance(value, dict) else value
    return 1 + max(map(depth, items), default=0) if isinstance(value, dict | list) else 0


@given(VALUES)
def test_json_is_measured_without_reading_its_strings(value: Any) -> None:
    text = json.dumps(value, ensure_ascii=False).encode()
    assert size(value) <= count_values(text) <= 2 * size(value)
    assert depth_of(text) == depth(value)


def test_a_file_of_the_limit_is_read(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_bytes(b"x" * 9)
    assert read_limited(file, 9) == b"x" * 9
    with pytest.raises(FileTooLarge):
        read_limited(file, 8)


def test_an_endless_file_is_too_large() -> None:
    with pytest.raises(FileTooLarge, match="is larger than 1 MiB"):
        read_limited(Path("/dev/zero"), 2**20)


def test_a_pipe_is_read_to_its_end() -> None:
    reader, writer = os.pipe()

    def write() -> None:
        os.write(writer, b"one ")
        os.write(writer, b"two")
        os.close(writer)

    threading.Timer(0.05, write).start()
    assert read_limited(Path(f"/dev/fd/{reader}"), 9) == b"one two"
    os.close(reader)
