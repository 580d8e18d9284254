"""What cannot be reproduced, and why: figures that are not at hand, defects of files, figures that are not exact."""

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest

from fellowship.protocols.errors import ConfigurationError, InputError
from fellowship.studies.reproduction.figures import Figure
from fellowship.studies.reproduction.reproduce import reproduce

ITEM = {"id": 0, "question": "Why?", "answer_a": "So.", "answer_b": "Thus.", "human_label": "model_a"}
OTHER = ITEM | {"id": 1, "human_label": "model_b"}
FINAL = "Score A: 8/10\nScore B: {}/10"


def debate_about(n: int, score_b: int) -> dict[str, Any]:
    said = {"roles": ["General Public", "Psychologist", "Critic"], "rounds": [["I say.", "I feel.", "I doubt."]]}
    scores = {"final_replies": [FINAL.format(score_b)] * 3, "score_a": 8, "score_b": score_b}
    return {"id": n, "evaluator": "m1"} | said | scores


def published(folder: Path, *entries: dict[str, Any]) -> None:
    (folder / "published.json").write_text(json.dumps(entries))


def entry(**changes: Any) -> dict[str, Any]:
    told = {"dataset": "Tiny Set", "method": "llm-debate", "models": ["m1"], "metric": "cohen_kappa", "value": 1.0}
    return told | changes


def figures_of(folder: Path) -> list[Figure]:
    return asyncio.run(reproduce(folder, draws=50))


@pytest.fixture
def study(tmp_path: Path) -> Path:
    """Two items and one debater, who is right about both."""
    for name, rows in (
        ("items_tiny-set.jsonl", [ITEM, OTHER]),
        ("tiny-set_debate.jsonl", [debate_about(0, 6), debate_about(1, 9)]),
    ):
        (tmp_path / name).write_text("".join(f"{json.dumps(row)}\n" for row in rows))
    return tmp_path


@pytest.mark.parametrize(
    ("dataset", "method", "models", "metric", "missing"),
    [
        ("Other", "llm-debate", ["m1"], "cohen_kappa", "there is no file of replies for the data set 'Other'"),
        ("Tiny Set", "combined-scoring-5", ["m1"], "cohen_kappa", "there is no file tiny-set_combined-scoring-5.jsonl"),
        ("Tiny Set", "llm-debate", ["m9"], "cohen_kappa", "tiny-set_debate.jsonl has no replies of m9"),
        ("Tiny Set", "llm-debate", ["m1", "m2"], "cohen_kappa", "llm-debate of 2 models is unknown; expected one"),
        ("Tiny Set", "dice", ["m1"], "cohen_kappa", "the method 'dice' is unknown"),
        ("Tiny Set", "calendar:Calendar", ["m1"], "cohen_kappa", "the method 'calendar:Calendar' is unknown"),
        (
            "Tiny Set", "llm-debate", ["m1"], "f1",
            "the metric 'f1' is unknown; known are cohen_kappa and win_rate_percent",
        ),
    ],
)  # fmt: skip
def test_what_is_not_at_hand_is_named(
    study: Path, dataset: str, method: str, models: list[str], metric: str, missing: str
) -> None:
    published(study, entry(dataset=dataset, method=method, models=models, metric=metric), entry(method="debate"))

    absent, present = figures_of(study)

    assert (absent.missing, absent.ours, absent.match) == (missing, None, False)
    assert (present.missing, present.match) == (None, True)


def test_an_inexact_figure_tells_what_is_known(study: Path) -> None:
    published(study, entry(value=0.5, exact=False, recomputed=1.0, recomputed_row2_tie=0.5))

    (figure,) = figures_of(study)

    assert figure.note == (
        "marked as not exact in published.json; recomputed: 1.000000; "
        "recomputed with row2 tie: 0.500000 (the published value)"
    )


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('[\n {"dataset": "x"},\n {"dataset": }]', ":3: not JSON: Expecting value"),
        ('[\n {"dataset": "x"}]', ":2: column 'models': missing; the fields are: dataset"),
        ('{"a": 1}', ":1: expected a JSON array of figures"),
        ('[{"a": 1} {"b": 1}]', ":1: not JSON: expected ',' or ']'"),
        ("[]", ": no published figure is in it"),
        ("[\n1]", ":2: expected a JSON object, got 1"),
    ],
)
def test_a_defect_of_the_published_figures_is_named(study: Path, text: str, expected: str) -> None:
    (study / "published.json").write_text(text)

    with pytest.raises(InputError) as caught:
        figures_of(study)

    assert str(caught.value) == f"{study / 'published.json'}{expected}"


def test_an_unknown_role_is_refused_before_anything_is_run(study: Path) -> None:
    path = study / "tiny-set_debate.jsonl"
    path.write_text(path.read_text().replace("Psychologist", "Poet"))
    published(study, entry())

    with pytest.raises(InputError) as caught:
        figures_of(study)

    assert str(caught.value) == (
        f"{path}:1: column 'roles': the roles are General Public, Poet, Critic; "
        "expected some of general_public, psychologist, critic, each once"
    )


def test_nothing_at_hand_is_an_error(study: Path) -> None:
    published(study, entry(method="combined-scoring-5"))

    with pytest.raises(InputError) as caught:
        figures_of(study)

    assert str(caught.value) == (
        f"{study}: none of the 1 published figures is at hand; of Tiny Set combined-scoring-5: "
        "there is no file tiny-set_combined-scoring-5.jsonl"
    )


def test_draws_and_seed_are_checked(study: Path) -> None:
    published(study, entry())

    with pytest.raises(ConfigurationError, match=r"^draws is 0; expected at least 1$"):
        asyncio.run(reproduce(study, draws=0))
    with pytest.raises(ConfigurationError, match=r"^seed is -1; expected 0 or more$"):
        asyncio.run(reproduce(study, seed=-1))


@pytest.mark.parametrize("score", ["NaN", "Infinity", "-Infinity", "null", "1" + "0" * 400, '"8"'])
def test_a_score_that_is_no_number_is_named_and_its_reply_is_read(study: Path, score: str) -> None:
    """Python writes NaN; the row counts, and the reply says what the score was."""
    path = study / "tiny-set_debate.jsonl"
    lines = path.read_text().splitlines()
    path.write_text("\n".join([lines[0], lines[1].replace('"score_b": 9', f'"score_b": {score}')]))
    published(study, entry())

    (found,) = figures_of(study)

    assert found.ours is not None
    assert (found.ours.n, found.n_failed, found.match) == (2, 0, True)
    assert len(found.odd_rows) == 1
    assert "tiny-set_debate.jsonl:2: column 'score_b': expected a" in found.odd_rows[0]


def test_nan_in_other_fields_is_no_value(study: Path) -> None:
    """As a table with gaps writes it: no label of its own, no label beside the reply."""
    for name, field in (("items_tiny-set.jsonl", "own_label"), ("tiny-set_debate.jsonl", "human_label")):
        rows = [json.loads(line) | {field: float("nan")} for line in (study / name).read_text().splitlines()]
        (study / name).write_text("".join(f"{json.dumps(row)}\n" for row in rows))
    published(study, entry())

    (found,) = figures_of(study)

    assert found.ours is not None
    assert (found.ours.n, found.own, found.odd_rows) == (2, None, ())


@pytest.mark.parametrize(
    ("field", "value", "named"),
    [
        ("evaluator", None, "column 'evaluator': expected the name of a model, got None"),
        ("evaluator", " ", "column 'evaluator': expected the name of a model, got ' '"),
        ("evaluator", ["m1"], "column 'evaluator': expected the name of a model, got ['m1']"),
        ("evaluator", "M1 ", "'M1 ' is spelt 'm1' in line 1; expected one spelling"),
        ("dataset", "other-set", "column 'dataset': 'other-set' here, but the file is about 'tiny-set'"),
        ("dataset", 7, "column 'dataset': expected a text, got 7"),
        ("strategy", "versus", "column 'strategy': 'versus' here, but the file is about 'debate'"),
        ("id", True, "column 'id': expected a whole number or a text, got True"),
        ("id", 1.5, "column 'id': expected a whole number or a text, got 1.5"),
    ],
)  # fmt: skip
def test_a_reply_of_something_else_is_left_out_and_named(study: Path, field: str, value: Any, named: str) -> None:
    rows = [debate_about(0, 6), debate_about(1, 9) | {field: value}]
    (study / "tiny-set_debate.jsonl").write_text("".join(f"{json.dumps(row)}\n" for row in rows))
    published(study, entry())

    (found,) = figures_of(study)

    assert found.ours is not None
    assert (found.ours.n, found.odd_rows) == (1, (f"{study / 'tiny-set_debate.jsonl'}:2: {named}",))


@pytest.mark.parametrize(
    ("field", "value", "named"),
    [
        ("score_b", 87, "87 is off the scale of 0 to 10; the recorded decision uses it"),
        ("score_a", -40, "-40 is off the scale of 0 to 10; the recorded decision uses it"),
        ("score_a", -0.5, "-0.5 is off the scale of 0 to 10; the recorded decision uses it"),
        ("turns_to_answer", True, "expected a whole number, got True; it is not used"),
        ("turns_to_answer", "2", "expected a whole number, got '2'; it is not used"),
    ],
)
def test_a_value_that_cannot_be_is_named_and_the_row_counts(study: Path, field: str, value: Any, named: str) -> None:
    rows = [debate_about(0, 6), debate_about(1, 9) | {field: value}]
    (study / "tiny-set_debate.jsonl").write_text("".join(f"{json.dumps(row)}\n" for row in rows))
    published(study, entry())

    (found,) = figures_of(study)
    (recorded,) = asyncio.run(reproduce(study, as_recorded=True, draws=50))

    assert found.ours is not None
    assert recorded.ours is not None
    assert (found.ours.n, recorded.ours.n, found.odd_rows) == (2, 2, recorded.odd_rows)
    assert found.odd_rows == (f"{study / 'tiny-set_debate.jsonl'}:2: column '{field}': {named}",)


@pytest.mark.parametrize("changes", [{"id": 1.0}, {"dataset": "Tiny Set 2"}, {"strategy": "Debate"}, {"score_a": -1}])
def test_other_spellings_of_a_row_are_its_own(study: Path, changes: dict[str, Any]) -> None:
    """A size after the name of the data set, an id as a table with gaps writes it, a score that was not understood."""
    rows = [debate_about(0, 6), debate_about(1, 9) | changes]
    (study / "tiny-set_debate.jsonl").write_text("".join(f"{json.dumps(row)}\n" for row in rows))
    published(study, entry())

    (found,) = figures_of(study)

    assert found.ours is not None
    assert (found.ours.n, found.odd_rows) == (2, ())


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        ({"question": None}, "column 'question': expected a text, got None; an empty one is used"),
        ({"votes_mixed_pairs": "true"}, "column 'votes_mixed_pairs': expected true, false or null, got 'true'"),
        ({"own_label": "model_c"}, "column 'own_label': "),
    ],
)
def test_an_odd_field_of_an_item_is_named(study: Path, changes: dict[str, Any], named: str) -> None:
    rows = [ITEM, OTHER | changes]
    (study / "items_tiny-set.jsonl").write_text("".join(f"{json.dumps(row)}\n" for row in rows))
    published(study, entry())

    (found,) = figures_of(study)

    assert found.ours is not None
    assert (found.ours.n, len(found.odd_rows)) == (2, 1)
    assert f"items_tiny-set.jsonl:2: {named}" in found.odd_rows[0]


def test_an_impossible_published_value_is_named(study: Path) -> None:
    published(study, entry(value=41.4), entry())

    assert [figure.odd_rows for figure in figures_of(study)] == [
        (f"{study / 'published.json'}:1: column 'value': 41.4 is no cohen_kappa; expected -1 to 1",)
    ]


@pytest.mark.parametrize("score", ["8.0", True])
def test_a_row_without_a_usable_decision_is_not_said_to_hold_minus_one(study: Path, score: Any) -> None:
    rows = [debate_about(0, 6), debate_about(1, 9) | {"score_b": score}]
    (study / "tiny-set_debate.jsonl").write_text("".join(f"{json.dumps(row)}\n" for row in rows))
    published(study, entry())

    (found,) = figures_of(study)

    assert [(change.kind, change.n) for change in found.changes] == [("no_decision", 1)]
