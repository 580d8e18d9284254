from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fellowship.replay.key_decoder import KeyDecoder

NAMED = {
    b"\x1b[A": "up",
    b"\x1bOB": "down",
    b"\x1b[C": "right",
    b"\x1b[1;5D": "left",
    b"\x1b[5~": "pageup",
    b"\x1b[6~": "pagedown",
    b"\x1b[H": "home",
    b"\x1b[4~": "end",
    b"\r": "enter",
    b" ": "space",
    b"\x7f": "backspace",
    b"\x03": "ctrl-c",
    b"q": "q",
    "é".encode(): "é",
    "語".encode(): "語",
}


@pytest.mark.parametrize(("data", "name"), NAMED.items(), ids=NAMED.values())
def test_a_key_is_named(data: bytes, name: str) -> None:
    assert KeyDecoder().feed(data) == [name]


@given(st.lists(st.sampled_from(list(NAMED))), st.lists(st.integers(0, 60)))
def test_splitting_the_bytes_over_reads_changes_nothing(pressed: list[bytes], cuts: list[int]) -> None:
    data = b"".join(pressed)
    places = sorted({0, len(data), *(cut for cut in cuts if cut < len(data))})
    keys = KeyDecoder()

    read = [key for start, end in pairwise(places) for key in keys.feed(data[start:end])]

    assert read == [NAMED[each] for each in pressed]


@given(st.binary())
def test_any_bytes_are_read_without_error(data: bytes) -> None:
    keys = KeyDecoder()
    keys.feed(data)
    keys.flush()

    assert not keys.unfinished


def test_a_lone_escape_byte_is_the_escape_key_once_nothing_follows() -> None:
    keys = KeyDecoder()

    assert keys.feed(b"\x1b") == []
    assert keys.unfinished
    assert keys.flush() == ["esc"]


def test_an_escape_before_a_letter_is_the_escape_key() -> None:
    assert KeyDecoder().feed(b"\x1bq") == ["esc", "q"]


def test_unknown_sequences_are_no_keys() -> None:
    assert KeyDecoder().feed(b"\x1b[200~a\x1b[<0;1;2Mb\x01") == ["a", "b"]
