"""JSON lines for the output of commands."""

import io
import json
import sys
from decimal import Decimal

import pytest

from fellowship.formatting.json_lines import json_line, print_json


def test_control_and_invisible_characters_are_json_escapes() -> None:
    """A terminal obeys none of them, and the value is read back unchanged."""
    value = {"text": "red \x1b[31m, delete \x7f, hidden \u202e, é"}

    line = json_line(value)

    assert line == '{"text":"red \\u001b[31m, delete \\u007f, hidden \\u202e, é"}'
    assert json.loads(line) == value


def test_values_without_a_json_type_are_their_text() -> None:
    """Dollars are decimals."""
    assert json_line({"cost": Decimal("0.10")}) == '{"cost":"0.10"}'


def test_one_object_is_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    """Line breaks in texts are escapes."""
    print_json({"text": "a\nb"})

    assert capsys.readouterr().out == '{"text":"a\\nb"}\n'


@pytest.mark.parametrize("encoding", ["cp1252", "latin-1", "ascii"])
def test_what_standard_output_cannot_print_is_a_json_escape(monkeypatch: pytest.MonkeyPatch, encoding: str) -> None:
    """Not another sign, which would end a text, or an escape that JSON does not have."""
    value = {"text": "He said “why?” \U0001f642 – 为什么"}
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(io.BytesIO(), encoding=encoding))

    line = json_line(value)

    assert line.isascii()
    assert json.loads(line) == value
