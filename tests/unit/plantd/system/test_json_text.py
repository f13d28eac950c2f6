"""JSON of whoever: read, or refused with one kind of error."""

import pytest

from plantd.system.json_text import tree_from_json


@pytest.mark.parametrize("text", ['{"a": [1]}', b'{"a": [1]}'])
def test_text_and_bytes_are_read_alike(text: str) -> None:
    assert tree_from_json(text) == {"a": [1]}


@pytest.mark.parametrize("text", [b"", b"\xff", b"{", b"[" * 5000, b'{"a":' * 5000])
def test_what_cannot_be_read_is_a_value_error(text: bytes) -> None:
    with pytest.raises(ValueError):
        tree_from_json(text)
