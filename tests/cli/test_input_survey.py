"""What was read of the input, before the first call: `check`, `plan` and `run`."""

from pathlib import Path

import pytest

from tests.cli.kit import lines_of, run_in_process, script_of

ROWS = [
    {"prompt": "Why?", "response_a": "a", "response_b": "b", "votes": ["A", "B", "A"], "source": "x"},
    {"prompt": "How?", "response_a": "a", "response_b": "b", "votes": ["tie"]},
]
SCRIPT = """
from fellowship import Judge, run
from fellowship.scenarios import judge
run(judge, prompts="rows.jsonl", out="runs/x", judge=Judge("sim/mid"))
"""
EXPECTED = """\
input: 2 items; columns used: prompt, response_a, response_b, votes; not used: source
labels of people: 1 A, 0 B, 1 tie, 0 none; annotators: 1 to 3 per item, in 2 items
"""


@pytest.fixture(autouse=True)
def _files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("rows.jsonl").write_text(lines_of(ROWS))
    script_of(SCRIPT)


def test_check_prints_the_survey_of_the_input() -> None:
    """Behind the counts; as JSON in its event."""
    assert f"\n{EXPECTED}\n" in run_in_process("check", "script.py").out

    *_, event = run_in_process("check", "script.py", "--json").lines
    assert event["input"] == {
        "items": 2,
        "columns": ["prompt", "response_a", "response_b", "votes"],
        "unused_columns": ["source"],
        "labels": {"A": 1, "tie": 1},
        "votes_per_item": {"1": 1, "3": 1},
        "labels_against_votes": 0,
        "repeated_rows": 0,
    }


def test_plan_and_run_print_the_survey_on_standard_error() -> None:
    """A run as an event, where JSON is asked for; a quiet run not at all."""
    assert run_in_process("plan", "script.py").err.startswith(EXPECTED)
    assert run_in_process("run", "script.py").err.startswith(EXPECTED)
    assert "input:" not in run_in_process("run", "script.py", "--fresh", "--quiet").err

    first, second, *_ = run_in_process("run", "script.py", "--fresh", "--json").lines
    assert (first["event"], first["columns"], second["event"]) == (
        *("input", ["prompt", "response_a", "response_b", "votes"]),
        "launch",
    )


@pytest.mark.parametrize("command", ["check", "plan", "run"])
def test_one_row_for_each_annotator_stops_every_command(command: str) -> None:
    """With code 2, and nothing written."""
    row = {"prompt": "Why?", "response_a": "a", "response_b": "b"}
    Path("rows.jsonl").write_text(lines_of([{**row, "winner": "model_a"}, {**row, "winner": "tie"}]))

    ran = run_in_process(command, "script.py")

    assert (ran.code, Path("runs").exists()) == (2, False)
    assert "line 2 compares the same answers as line 1" in ran.err
