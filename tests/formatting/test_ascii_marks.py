"""Output for terminals and pipes that take no UTF-8."""

import io

import pytest

from fellowship.formatting.ascii_marks import encoded, use_ascii_marks


@pytest.mark.parametrize(
    ("encoding", "expected"),
    [
        ("ascii", b"A +  b~ --| \\u4e16 caf\\xe9"),
        ("latin-1", b"A +  b~ --| \\u4e16 caf\xe9"),
        ("utf-8", "A ✓  b… ──│ 世 café".encode()),
        ("UTF8", "A ✓  b… ──│ 世 café".encode()),
    ],
)
def test_marks_have_a_form_in_every_encoding(encoding: str, expected: bytes) -> None:
    raw = io.BytesIO()
    stream = io.TextIOWrapper(raw, encoding=encoding, errors="strict", write_through=True)

    use_ascii_marks([stream])
    stream.write("A ✓  b… ──│ 世 café")

    assert raw.getvalue() == expected
    assert encoded("A ✓  b… ──│ 世 café", encoding) == expected


def test_streams_of_other_types_are_left_alone() -> None:
    text = io.StringIO()

    use_ascii_marks([text, None])
    text.write("✓")

    assert text.getvalue() == "✓"
