"""A folder of recorded replies: found by pattern, read into records, every defect named by file, line and field."""

import json
from pathlib import Path
from typing import Any

import pytest

from fellowship.protocols.errors import InputError
from fellowship.studies.reproduction.recorded_replies import RecordedItem, RecordedReplies, RecordedReply

ITEM = {"id": 0, "question": "Why?", "answer_a": "So.", "answer_b": "Thus.", "human_label": "model_a"}
REPLY = {"id": 0, "evaluator": "m1", "human_label": "model_a", "raw_reply": "A: 8, B: 6", "score_a": 8, "score_b": 6}
DEBATE = {
    "id": 0, "evaluator": "m1", "roles": ["Critic", "Psychologist"], "rounds": [["a", "b"], ["c", "d"]],
    "final_replies": ["e", "f"], "score_a": 5.5, "score_b": 7,
}  # fmt: skip
MET = {
    "id": 0, "agent_generator": "g", "agent_reviewer": None, "opponent": "o", "judge": "j", "raw_reply": "t",
    "score_a": 7, "score_b": 7,
}  # fmt: skip


def written(folder: Path, name: str, *rows: dict[str, Any] | str) -> Path:
    path = folder / name
    path.write_text("".join(f"{row if isinstance(row, str) else json.dumps(row)}\n" for row in rows))
    return path


def replies_in(folder: Path, strategy: str) -> list[RecordedReply]:
    found = RecordedReplies(folder).replies("tiny", strategy)
    return [reply for of_one in found.values() for reply in of_one.values()]


def test_scores_decide_and_minus_one_is_a_score(tmp_path: Path) -> None:
    written(tmp_path, "items_tiny.jsonl", ITEM)
    written(tmp_path, "tiny_combined-scoring-10.jsonl", REPLY | {"score_a": -1, "score_b": 0, "turns_to_answer": 2})

    (reply,) = replies_in(tmp_path, "combined-scoring-10")

    assert reply == RecordedReply(1, "0", ("m1",), ("A: 8, B: 6",), "B", -1.0, 0.0, asked_again=True)


def test_items_keep_their_label_in_our_words(tmp_path: Path) -> None:
    written(tmp_path, "items_tiny.jsonl", ITEM)
    written(tmp_path, "tiny_debate.jsonl", DEBATE)

    items = RecordedReplies(tmp_path).items("tiny", "debate")

    assert items == {"0": RecordedItem("0", "Why?", ("So.", "Thus."), "A")}


def test_a_debate_keeps_rounds_and_final_replies_by_role(tmp_path: Path) -> None:
    written(tmp_path, "items_tiny.jsonl", ITEM)
    written(tmp_path, "tiny_debate.jsonl", DEBATE)

    (reply,) = replies_in(tmp_path, "debate")

    assert (reply.roles, reply.rounds) == (("Critic", "Psychologist"), (("a", "b"), ("c", "d")))
    assert (reply.texts, reply.decision) == (("e", "f"), "B")


def test_answers_that_met_need_no_items(tmp_path: Path) -> None:
    written(tmp_path, "tiny_versus.jsonl", MET)

    recorded = RecordedReplies(tmp_path)

    assert list(recorded.replies("tiny", "versus")) == [("g", "", "o", "j")]
    assert recorded.items("tiny", "versus") == {}


@pytest.mark.parametrize("name", ["tiny-set", "Tiny Set", "TINY_SET", "tiny-set-500"])
def test_a_data_set_is_found_by_letters_and_digits_alone(tmp_path: Path, name: str) -> None:
    written(tmp_path, "tiny-set_debate.jsonl", DEBATE)

    assert RecordedReplies(tmp_path).dataset(name) == "tiny-set"
    assert RecordedReplies(tmp_path).dataset("other") is None


@pytest.mark.parametrize(
    ("strategy", "rows", "expected"),
    [
        pytest.param("combined-scoring-10", ["{"], ":1: not JSON: ", id="broken"),
        pytest.param("combined-scoring-10", [], ":1: the file is empty; expected one JSON object per line", id="empty"),
        pytest.param("combined-scoring-10", ["[1]"], ":1: expected a JSON object, got [1]", id="no object"),
        pytest.param(
            "combined-scoring-10", [{"id": 0, "evaluator": "m1", "raw_reply": "x"}],
            ":1: column 'score_a': missing; the fields are: id, evaluator, raw_reply", id="missing field",
        ),
        pytest.param(
            "combined-scoring-10", [REPLY | {"score_b": "six"}],
            ":1: column 'score_b': expected a number, got 'six'", id="no number",
        ),
        pytest.param("combined-scoring-10", [REPLY | {"id": 7}], ":1: column 'id': no item has the id '7'", id="id"),
        pytest.param(
            "combined-scoring-10", [REPLY | {"human_label": "model_b"}],
            ":1: column 'human_label': B here, but A in the items", id="other label",
        ),
        pytest.param(
            "direct-comparison", [REPLY | {"verdict": "both"}],
            ":1: column 'verdict': 'both' is no label; expected A, B or tie (also model_a, model_b; ",
            id="unknown label",
        ),
        pytest.param(
            "debate", [DEBATE | {"final_replies": ["e"]}],
            ":1: column 'final_replies': 1 texts, but there are 2 roles", id="too few final replies",
        ),
        pytest.param(
            "debate", [DEBATE | {"rounds": [["a", 1]]}],
            ":1: column 'rounds': expected a list of texts, got ['a', 1]", id="no texts",
        ),
    ],
)  # fmt: skip
def test_a_defect_names_file_line_and_field(
    tmp_path: Path, strategy: str, rows: list[dict[str, Any] | str], expected: str
) -> None:
    written(tmp_path, "items_tiny.jsonl", ITEM)
    path = written(tmp_path, f"tiny_{strategy}.jsonl", *rows)

    with pytest.raises(InputError) as caught:
        RecordedReplies(tmp_path).replies("tiny", strategy)

    assert str(caught.value).startswith(f"{path}{expected}")


def test_an_item_stands_once(tmp_path: Path) -> None:
    path = written(tmp_path, "items_tiny.jsonl", ITEM, ITEM)
    recorded = RecordedReplies(tmp_path)

    items = recorded.items("tiny", "debate")

    assert len(items) == 1
    assert [str(defect) for defect in recorded.odd_rows[path]] == [
        f"{path}:2: column 'id': '0' stands in an earlier line already"
    ]


def test_answers_that_are_no_texts_are_used_and_named(tmp_path: Path) -> None:
    """PandaLM's own file has booleans; a list is treated alike."""
    path = written(tmp_path, "items_tiny.jsonl", ITEM | {"answer_a": True, "answer_b": ["x", 1]})
    recorded = RecordedReplies(tmp_path)

    items = recorded.items("tiny", "debate")

    assert items["0"].answers == ("true", '["x",1]')
    assert [str(defect) for defect in recorded.odd_rows[path]] == [
        f"{path}:1: column 'answer_a': expected a text, got True; its JSON text is used",
        f"{path}:1: column 'answer_b': expected a text, got ['x', 1]; its JSON text is used",
    ]


@pytest.mark.parametrize(
    ("odd", "problem", "n_read"),
    [
        ({"score_a": None, "score_b": None}, "column 'score_a': expected a number, got None", 2),
        ({"score_b": "n/a"}, "column 'score_b': expected a number, got 'n/a'", 2),
        ({"id": 0}, "column 'id': '0' of m1 stands in line 1 already", 1),
        ({"evaluator": ["m1"]}, "column 'evaluator': expected the name of a model, got ['m1']", 1),
    ],
    ids=["null scores", "no number", "duplicate", "no evaluator"],
)
def test_one_odd_reply_is_named_and_does_not_stop_the_others(
    tmp_path: Path, odd: dict[str, Any], problem: str, n_read: int
) -> None:
    """A recorded failure stays a failure; a row that names no reply is left out."""
    written(tmp_path, "items_tiny.jsonl", ITEM, ITEM | {"id": 1})
    path = written(tmp_path, "tiny_combined-scoring-10.jsonl", REPLY, REPLY | {"id": 1} | odd)
    recorded = RecordedReplies(tmp_path)

    replies = recorded.replies("tiny", "combined-scoring-10")[("m1",)]

    assert [reply.decision for reply in replies.values()] == ["A", "failed"][:n_read]
    assert [str(defect) for defect in recorded.odd_rows[path]] == [f"{path}:2: {problem}"]


def test_replies_without_their_items_are_refused(tmp_path: Path) -> None:
    written(tmp_path, "tiny_debate.jsonl", DEBATE)

    with pytest.raises(InputError) as caught:
        RecordedReplies(tmp_path).replies("tiny", "debate")

    assert str(caught.value) == f"{tmp_path / 'items_tiny.jsonl'}: no such file; tiny_debate.jsonl is about its items"


def test_a_folder_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError) as caught:
        RecordedReplies(tmp_path / "nowhere")

    expected = "no such folder; expected one with published.json and recorded replies"
    assert str(caught.value) == f"{tmp_path / 'nowhere'}: {expected}"
