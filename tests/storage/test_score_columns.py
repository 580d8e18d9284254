"""Scores of both answers under other names: people's decisions, unless the name says that they are a model's."""

from pathlib import Path
from typing import Any

import pytest

from fellowship.protocols.errors import InputError
from fellowship.storage.input_survey import InputSurvey
from fellowship.storage.items import surveyed_items
from tests.cli.kit import lines_of

ANSWERS = {"response_a": "one", "response_b": "two"}


def read(folder: Path, *rows: dict[str, Any]) -> tuple[list[str | None], InputSurvey]:
    """The labels of the rows, and the survey of them."""
    path, survey = folder / "items.jsonl", InputSurvey()
    path.write_text(lines_of([{"prompt": f"P{number}", **ANSWERS, **row} for number, row in enumerate(rows)]))
    return [item.label for item in surveyed_items(path, survey, n_candidates=2)], survey


@pytest.mark.parametrize(
    "columns",
    [
        {"score_a": 3, "score_b": 1},
        {"score_a": 3, "score_b": 3},
        {"response_a_rating": "4/5", "response_b_rating": "2/5"},
        {"ScoreA": 4.5, "ScoreB": 2.0},
        {"rating_1": 1, "rating_2": 5},
        {"quality_left": 2, "quality_right": 1},
        {"helpfulness_a": 4, "helpfulness_b": 2},
        {"overall_score_model_a": [4, 5, None], "overall_score_model_b": [2, 1, 3]},
        {"scores": [4, 2]},
        {"scores": {"A": 4, "B": 2}},
        {"ratings": {"response_a": 4, "response_b": 2}},
        {"meta": {"score_a": 4, "score_b": 2}},
        {"ratings": {"response_a": {"overall": 5, "style": 4}, "response_b": {"overall": 3, "style": 4}}},
        {"evaluation": {"A": 4, "B": 2}},
        {"stars_a": "5 stars", "stars_b": "2 stars"},
        {"note_a": 14, "note_b": "11,5"},
        {"details": [{"who": "x", "score_a": 4, "score_b": 2}]},
    ],
    ids=str,
)
def test_scores_of_both_answers_are_refused_without_a_label(tmp_path: Path, columns: dict[str, Any]) -> None:
    """And are not used beside labels, also where some rows have none."""
    with pytest.raises(InputError) as caught:
        read(tmp_path, columns)

    assert "may be scores of the two answers by people, or by a model" in str(caught.value)
    assert "write 'label' with A, B or tie if people gave them; rename to '_" in str(caught.value)
    labels, survey = read(tmp_path, columns | {"label": "B"}, columns | {"label": None})
    assert labels == ["B", None]
    assert survey.as_json()["unused_columns"] == list(columns)


def test_the_refusal_names_both_columns_and_the_reading(tmp_path: Path) -> None:
    with pytest.raises(InputError) as caught:
        read(tmp_path, {"score_a": 3, "score_b": 1})

    assert str(caught.value) == (
        f"{tmp_path / 'items.jsonl'}:1: column 'score_a': 3 here and 1 in 'score_b' may be scores of the two answers "
        "by people, or by a model, which the name does not say; write 'label' with A, B or tie if people gave them; "
        "rename to '_score_a' and '_score_b' if they are to be ignored"
    )


@pytest.mark.parametrize(
    "columns",
    [
        {"reward_a": 0.3, "reward_b": -1.2},
        {"gpt4_score_a": 3, "gpt4_score_b": 1},
        {"bleu_score_a": 3, "bleu_score_b": 1},
        {"score_a": 3},
        {"score_a": 3, "score_b": None},
        {"scores": {"A": {"style": None}, "B": {"style": None}}},
        {"score_1": 3, "score_2": 1, "score_3": 2},
        {"score": 3},
        {"scores": [4, 2, 5]},
        {"n_tokens_a": 3, "n_tokens_b": 1},
        {"score_comment_a": "3", "score_comment_b": "1"},
        {"note_a": "see above", "note_b": "14 of them"},
        {"quality_a": "formal", "quality_b": "terse"},
        {"price_a": 3, "price_b": 1},
        {"_score_a": 3, "_score_b": 1},
        {"reward_model": {"score_a": 4, "score_b": 2}},
    ],
    ids=lambda columns: ", ".join(columns),
)
def test_other_numbers_of_answers_are_not_used(tmp_path: Path, columns: dict[str, Any]) -> None:
    """Those of models and measures, of one answer, and of more than two."""
    assert read(tmp_path, columns)[0] == [None]
