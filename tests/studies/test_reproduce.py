"""Published figures beside ours, on a study written by hand: four items whose labels are A, B, tie, A."""

import asyncio
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from fellowship.studies.reproduction.figures import Figure
from fellowship.studies.reproduction.reproduce import reproduce

LABELS = ("model_a", "model_b", "tie", "model_a")
ROLES = ("General Public", "Psychologist", "Critic")


def both(a: float | str, b: float | str) -> str:
    return f"### Score Assistant A:\n{a}/10\n\n### Score Assistant B:\n{b}/10"


def written(path: Path, rows: Sequence[dict[str, Any]]) -> None:
    path.write_text("".join(f"{json.dumps(row)}\n" for row in rows))


def published(folder: Path, *figures: tuple[str, list[str], float]) -> None:
    entries = [
        {"dataset": "Tiny Set", "method": method, "models": models, "metric": "cohen_kappa", "value": value}
        for method, models, value in figures
    ]
    (folder / "published.json").write_text(json.dumps([entry | {"exact": True} for entry in entries]))


def figures_of(folder: Path, *, as_recorded: bool = False) -> list[Figure]:
    return asyncio.run(reproduce(folder, as_recorded=as_recorded, draws=50))


def ours(figure: Figure) -> float:
    assert figure.ours is not None
    return figure.ours.value


def rate_with_halves(figure: Figure) -> float:
    assert figure.ties_half is not None
    assert figure.ties_half.low < figure.ties_half.value < figure.ties_half.high
    return figure.ties_half.value


@pytest.fixture
def study(tmp_path: Path) -> Path:
    items = [
        {"id": n, "question": f"Question {n}?", "answer_a": "So.", "answer_b": "", "human_label": label}
        for n, label in enumerate(LABELS)
    ]
    written(tmp_path / "items_tiny-set.jsonl", items)
    scored = {
        "m1": [(8, 6, both(8, 6)), (5, 7, both(5, 7)), (-1, 4, f"A gets nine.\n\n{both(9, 4)}"), (6, 6, both(6, 6))],
        "m2": [(8, 6, both(8, 6)), (5, 7, both(5, 7)), (6, 6, both(6, 6)), (-1, -1, "I cannot decide.")],
        "m3": [(8, 6, both(8, 6)), (8, 6, both(8, 6)), (6, 6, both(6, 6)), (8, 6, both(8, 6))],
    }
    written(
        tmp_path / "tiny-set_combined-scoring-10.jsonl",
        [
            {"id": n, "evaluator": who, "human_label": LABELS[n], "raw_reply": text, "score_a": a, "score_b": b}
            | {"turns_to_answer": 2 if a == -1 else 1}
            for who, rows in scored.items()
            for n, (a, b, text) in enumerate(rows)
        ],
    )
    chosen = [("model_a", "Answer: A", 1), ("model_b", "Answer: B", 1), ("tie", "Answer: **A**", 2)]
    written(
        tmp_path / "tiny-set_direct-comparison.jsonl",
        [
            {"id": n, "evaluator": "m1", "raw_reply": text, "verdict": verdict, "turns_to_answer": turns}
            for n, (verdict, text, turns) in enumerate([*chosen, ("model_b", "Answer: B", 1)])
        ],
    )
    alone = [(9, 7), (5, 8), (6, 6), (8, 5)]
    written(
        tmp_path / "tiny-set_independent-scoring-10.jsonl",
        [
            {"id": n, "evaluator": "m1", "score_a": a, "score_b": b}
            | {"raw_reply_a": f"### Overall Score:\n{a}/10", "raw_reply_b": f"### Overall Score:\n{b}/10"}
            for n, (a, b) in enumerate(alone)
        ],
    )
    ballots = [[(8, 6)] * 3, [(5, 7), (6, 6), (6, 8)], [(6, 6)] * 3, [(9, 3)] * 3]
    written(
        tmp_path / "tiny-set_debate.jsonl",
        [
            {"id": n, "evaluator": "m1", "roles": ROLES, "rounds": [["I say.", "I feel.", "I doubt."]] * 2}
            | {"final_replies": [both(a, b) for a, b in scores]}
            | {"score_a": sum(a for a, _ in scores) / 3, "score_b": sum(b for _, b in scores) / 3}
            for n, scores in enumerate(ballots)
        ],
    )
    return tmp_path


@pytest.mark.parametrize(
    ("method", "models", "as_recorded", "as_read"),
    [
        pytest.param("direct-comparison", ["m1"], 7 / 11, 0.2, id="direct"),
        pytest.param("independent-scoring-10", ["m1"], 1.0, 1.0, id="independent"),
        pytest.param("combined-scoring-10", ["m1"], 3 / 11, 0.2, id="combined, repaired half"),
        pytest.param("llm-as-a-judge", ["m2"], 7 / 11, 1.0, id="judge, one failed"),
        pytest.param("llms-as-a-jury", ["m1", "m2", "m3"], 7 / 11, 1.0, id="jury of three, one could decide"),
        pytest.param("llms-as-a-jury", ["m2", "m1"], 7 / 11, 7 / 11, id="jury of two, a tie either way"),
        pytest.param("llms-as-a-jury", ["m1", "m3"], 3 / 11, 3 / 11, id="jury of two, a vote changed in vain"),
        pytest.param("llm-debate", ["m1"], 1.0, 1.0, id="debate"),
    ],
)
def test_kappas_are_those_computed_by_hand(
    study: Path, method: str, models: list[str], as_recorded: float, as_read: float
) -> None:
    published(study, (method, models, as_recorded))

    (recorded,) = figures_of(study, as_recorded=True)
    (read,) = figures_of(study)

    assert ours(recorded) == pytest.approx(as_recorded, abs=1e-12)
    assert ours(read) == pytest.approx(as_read, abs=1e-12)
    assert (recorded.match, len(recorded.changes)) == (True, 0)
    assert read.match == (as_recorded == as_read)


@pytest.mark.parametrize(
    ("method", "models", "change"),
    [
        (
            "direct-comparison", ["m1"],
            "1 of 4 rows: a choice understood where the original, after asking again, counted a tie: tie -> A 1",
        ),
        (
            "combined-scoring-10", ["m1"],
            "1 of 4 rows: score A read from the repaired half of the reply (the original re-read only B): B -> A 1",
        ),
        (
            "llm-as-a-judge", ["m2"],
            "1 of 4 rows: no verdict could be read; now failed and left out of n: tie -> failed 1",
        ),
        (
            "llms-as-a-jury", ["m1", "m2", "m3"],
            "1 of 4 rows: the votes that failed could decide; now failed and left out of n: tie -> failed 1",
        ),
    ],
)  # fmt: skip
def test_what_changed_is_told_with_counts(study: Path, method: str, models: list[str], change: str) -> None:
    published(study, (method, models, 0.5))

    (figure,) = figures_of(study)

    assert [str(each) for each in figure.changes] == [change]


def test_a_failure_leaves_n_and_is_shown_with_bounds(study: Path) -> None:
    published(study, ("llm-as-a-judge", ["m2"], 7 / 11))

    (figure,) = figures_of(study)

    assert figure.ours is not None
    assert figure.bounds is not None
    assert list(figure.bounds) == pytest.approx([7 / 11, 1.0])
    assert (figure.ours.n, figure.n_failed, figure.n_items) == (3, 1, 4)


def test_a_model_named_outside_does_not_answer_for_the_record(study: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    published(study, *((method, ["m1"], 1.0) for method in ("independent-scoring-10", "llm-debate", "llms-as-a-jury")))
    before = [ours(figure) for figure in figures_of(study)]
    monkeypatch.setenv("FELLOWSHIP_MODEL", "sim/mid")

    after = [ours(figure) for figure in figures_of(study)]

    assert after == before


def test_items_without_a_reply_are_counted(study: Path) -> None:
    path = study / "tiny-set_combined-scoring-10.jsonl"
    written(
        path,
        [row for row in map(json.loads, path.read_text().splitlines()) if (row["evaluator"], row["id"]) != ("m3", 1)],
    )
    published(
        study, ("llm-as-a-judge", ["m3"], 1.0), ("llms-as-a-jury", ["m1", "m2", "m3"], 1.0), ("jury", ["m1", "m2"], 1.0)
    )

    judge, jury, others = figures_of(study)

    assert (ours(judge), judge.n_items) == (1.0, 4)
    assert [str(change) for change in judge.changes] == ["1 of 4 rows: no reply recorded; left out of n"]
    assert [str(change) for change in jury.changes] == [
        "1 of 4 rows: the votes that failed could decide; now failed and left out of n: tie -> failed 1",
        "1 of 4 rows: no reply recorded; left out of n",
    ]
    assert list(others.changes) == []


def test_ties_are_not_won_and_the_rate_with_halves_stands_beside(tmp_path: Path) -> None:
    models = {"generator": "g", "reviewer": "r", "opponent": "o", "judge": "j"}
    met = {"agent_generator": "g", "agent_reviewer": "r", "opponent": "o", "judge": "j"}
    scores = [(8, 6), (5, 7), (6, 6), (9, 2)]
    rows = [
        {"id": n, "raw_reply": both(a, b), "score_a": a, "score_b": b} | met for n, (a, b) in enumerate(scores)
    ]  # fmt: skip
    written(tmp_path / "pairs_versus.jsonl", rows)
    entry = {
        "dataset": "pairs-4",
        "method": "feedback-loop",
        "models": models,
        "metric": "win_rate_percent",
        "value": 50.0,
    }
    (tmp_path / "published.json").write_text(json.dumps([entry]))

    (recorded,) = figures_of(tmp_path, as_recorded=True)
    (read,) = figures_of(tmp_path)

    assert (ours(recorded), rate_with_halves(recorded), recorded.match) == (50.0, 62.5, True)
    assert (ours(read), rate_with_halves(read), read.match, read.models) == (50.0, 62.5, True, models)


def test_the_only_file_of_combined_scores_serves_for_judges(study: Path) -> None:
    (study / "tiny-set_combined-scoring-10.jsonl").rename(study / "tiny-set_combined-scoring-20.jsonl")
    published(study, ("llm-as-a-judge", ["m3"], 5 / 9))

    (figure,) = figures_of(study, as_recorded=True)

    assert figure.match
