"""`fellowship reproduce`: JSON lines or tables, exit codes, one clear line for an error."""

import json
from pathlib import Path
from typing import Any

import pytest

from fellowship.cli.main import main
from fellowship.reports.reproduction_report import codes_of

KEYS = {
    "dataset", "method", "models", "metric", "published", "ours", "match", "n", "n_failed", "low", "high", "changes"
}  # fmt: skip


def reply(n: int, evaluator: str, a: int, b: int) -> dict[str, Any]:
    text = f"Score A: {a}/10\nScore B: {b}/10"
    return {"id": n, "evaluator": evaluator, "raw_reply": text, "score_a": a, "score_b": b}


def figure(method: str, models: list[str], value: float) -> dict[str, Any]:
    return {
        "dataset": "Tiny",
        "method": method,
        "models": models,
        "metric": "cohen_kappa",
        "value": value,
        "exact": True,
    }


@pytest.fixture
def study(tmp_path: Path) -> Path:
    labels = ("model_a", "model_b", "tie")
    items = [
        {"id": n, "question": "Why?", "answer_a": "So.", "answer_b": "Thus.", "human_label": label}
        for n, label in enumerate(labels)
    ]
    scores = {"gpt-4o": [(8, 6), (5, 7), (6, 6)], "gemma-2-9b-it": [(8, 6), (5, 7), (12, 6)]}
    replies = [reply(n, who, a, b) for who, given in scores.items() for n, (a, b) in enumerate(given)]
    for name, rows in (("items_tiny.jsonl", items), ("tiny_combined-scoring-10.jsonl", replies)):
        (tmp_path / name).write_text("".join(f"{json.dumps(row)}\n" for row in rows))
    published = [
        figure("llm-as-a-judge", ["gpt-4o"], 1.0),
        figure("llm-as-a-judge", ["gemma-2-9b-it"], 0.5),
        figure("llm-debate", ["gpt-4o"], 0.5),
    ]
    (tmp_path / "published.json").write_text(json.dumps(published))
    return tmp_path


def test_json_is_one_line_per_figure_and_nothing_else(study: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code = main(["reproduce", str(study), "--json", "--draws", "50"])

    out, err = capsys.readouterr()
    lines = [json.loads(line) for line in out.splitlines()]
    assert (code, err, len(lines)) == (0, "", 3)
    assert all(set(line) >= KEYS for line in lines)
    assert [line["match"] for line in lines] == [True, False, False]
    assert (lines[1]["n"], lines[1]["n_failed"], lines[1]["ours"]) == (2, 1, 1.0)
    assert lines[1]["changes"] == ["1 of 3 rows: a score off the scale; now failed and left out of n: A -> failed 1"]
    assert (lines[2]["ours"], lines[2]["missing"]) == (None, "there is no file tiny_debate.jsonl")


def test_tables_are_narrow_and_end_with_a_summary(study: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code = main(["reproduce", str(study), "--draws", "50"])

    lines = capsys.readouterr().out.splitlines()
    assert code == 0
    assert max(map(len, lines)) <= 120
    assert lines[0] == "models: G4o = gpt-4o, G9b = gemma-2-9b-it"
    assert "not available: 1 of Tiny llm-debate: there is no file tiny_debate.jsonl" in lines
    assert lines[-1] == "1 of 3 figures match to 1e-9 (1 of 3 marked exact); 1 differ; 1 not available"
    assert "\x1b" not in "".join(lines)


def test_as_recorded_an_exact_figure_that_differs_is_a_missed_gate(
    study: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    published = json.loads((study / "published.json").read_text())
    published[1]["value"] = 0.5 + 1e-8

    (study / "published.json").write_text(json.dumps([published[0]]))
    held = main(["reproduce", str(study), "--as-recorded", "--draws", "50"])
    (study / "published.json").write_text(json.dumps(published[:2]))
    missed = main(["reproduce", str(study), "--as-recorded", "--draws", "50"])

    assert (held, missed) == (0, 4)
    expected = "fellowship: 1 of 2 exact figures differ; first Tiny llm-as-a-judge gemma-2-9b-it\n"
    assert capsys.readouterr().err == expected


def test_an_odd_row_is_counted_and_named(study: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = study / "tiny_combined-scoring-10.jsonl"
    path.write_text(path.read_text() + "{\n")

    code = main(["reproduce", str(study), "--draws", "50"])

    out = capsys.readouterr().out
    assert code == 0
    assert "2 odd rows, left out or counted as failed unless it says what is used:" in out
    assert "column'score_a':12isoffthescaleof0to10;therecordeddecisionusesit" in "".join(out.split())
    assert "jsonl:7:notJSON:" in "".join(out.split())


def test_labels_that_mix_votes_are_said_and_the_own_labels_stand_beside(
    study: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A match with mixed labels is no agreement with people."""
    path = study / "items_tiny.jsonl"
    rows = [json.loads(line) for line in path.read_text().splitlines()]
    rows[0] |= {"own_label": "model_b", "votes_mixed_pairs": True}
    rows[1] |= {"own_label": "model_b", "votes_mixed_instructions": False}
    path.write_text("".join(f"{json.dumps(row)}\n" for row in rows))

    main(["reproduce", str(study), "--json", "--draws", "50"])
    line = json.loads(capsys.readouterr().out.splitlines()[0])
    main(["reproduce", str(study), "--draws", "50"])
    out = capsys.readouterr().out

    assert (line["match"], line["ours"], line["own_label"], line["own_label_n"]) == (True, 1.0, 0.0, 2)
    assert (line["n_mixed_labels"], line["n_mixed_unknown"], line["own_label_different"]) == (1, 1, 1)
    assert "labels of Tiny: 1 of 3 mix votes about other answers; of 1 it is unknown. 1 of 2 differ" in out
    assert "own labels: 0.00 [" in out


@pytest.mark.parametrize(
    ("fields", "n_mixed", "n_unknown", "said"),
    [
        ({"own_label": "model_b"}, None, 3, "whether they mix votes about other answers is unknown, because the items"),
        ({"votes_mixed_pairs": None, "own_label": "model_b"}, None, 3, "whether they mix votes about other answers"),
        ({"votes_mixed_pairs": "no", "own_label": "model_b"}, None, 3, "whether they mix votes about other answers"),
        ({"votes_mixed_pairs": False, "votes_mixed_instructions": None}, None, 3, None),
        ({"votes_mixed_pairs": True, "votes_mixed_instructions": None}, 3, 0, "3 of 3 mix votes about other answers."),
        ({"votes_mixed_pairs": False}, 0, 0, "0 of 3 mix votes about other answers. 1 odd rows"),
        ({"own_label": None}, None, 3, None),
    ],
    ids=["no field", "null", "defective", "null beside false", "null beside true", "all false", "null label"],
)
def test_what_the_items_do_not_say_of_their_labels_is_unknown(
    study: Path,
    capsys: pytest.CaptureFixture[str],
    fields: dict[str, Any],
    n_mixed: int | None,
    n_unknown: int,
    said: str,
) -> None:
    """And not counted as no; own labels that differ are counted in any case."""
    path = study / "items_tiny.jsonl"
    rows = [json.loads(line) | fields for line in path.read_text().splitlines()]
    path.write_text("".join(f"{json.dumps(row)}\n" for row in rows))

    main(["reproduce", str(study), "--json", "--draws", "50"])
    line = json.loads(capsys.readouterr().out.splitlines()[0])
    main(["reproduce", str(study), "--draws", "50"])
    out = " ".join(capsys.readouterr().out.split())

    own = "own_label" in fields and fields["own_label"]
    assert (line["n_mixed_labels"], line["n_mixed_unknown"]) == (n_mixed, n_unknown)
    assert line["own_label_different"] == (2 if own else None)
    assert (said in out) if said else ("mix votes" not in out)
    assert ("2 of 3 differ from the label by the answers' own votes." in out) is bool(own)
    assert ("with labels that differ from the answers' own" in out) is bool(own)


def test_figures_without_a_mark_are_not_counted_as_inexact(study: Path, capsys: pytest.CaptureFixture[str]) -> None:
    published = json.loads((study / "published.json").read_text())
    del published[0]["exact"]
    published[1]["exact"] = None
    (study / "published.json").write_text(json.dumps(published))

    main(["reproduce", str(study), "--draws", "50"])

    line = capsys.readouterr().out.splitlines()[-1]
    assert line.startswith("1 of 3 figures match to 1e-9 (0 of 1 marked exact, 2 without a mark); 1 differ")


def test_a_folder_without_a_usable_row_is_one_line_and_exit_code_2(
    study: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = study / "tiny_combined-scoring-10.jsonl"
    path.write_text("{\n")

    code = main(["reproduce", str(study)])

    out, err = capsys.readouterr()
    assert (code, out, err.count("\n")) == (2, "", 1)
    assert err.startswith(f"fellowship: {path}:1: not JSON: ")


def test_an_empty_folder_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code = main(["reproduce", str(tmp_path)])

    expected = "no such file; it holds the published figures, one JSON object each"
    assert (code, capsys.readouterr().err) == (2, f"fellowship: {tmp_path / 'published.json'}: {expected}\n")


def test_codes_are_short_and_never_shared() -> None:
    names = ["gpt-4o", "gpt-4o-mini", "Meta-Llama-3.1-70B-Instruct-Turbo", "gemma-2-9b-it", "gamma-9b", "claude"]

    assert list(codes_of(names).values()) == ["G4o", "G4oM", "L70B", "G9b", "gamma-9b", "Claude"]
