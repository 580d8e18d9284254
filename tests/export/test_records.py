"""Rows as TRL's trainers read them."""

from typing import Any

import pytest

from fellowship.export.export_format import FORMATS
from fellowship.export.formats.kto import kto_format
from fellowship.export.records import pair_row, provenance
from fellowship.protocols.content import Prompt
from tests.export.builders import a_record

RESERVED = {"messages", "margin", "tools", "chat_template_kwargs", "images"}


def is_conversational(column: Any) -> bool:
    """TRL's test: a list whose first element is a dict with a role and a content."""
    return isinstance(column, list) and isinstance(column[0], dict) and {"role", "content"} <= set(column[0])


def test_pair_row_has_the_prompt_apart_from_both_answers() -> None:
    """The whole row."""
    chat = [{"role": "system", "content": "be short"}, {"role": "user", "content": "why?"}]
    record = a_record(prompt=Prompt.model_validate({"chat": chat}), score_chosen=1, votes_for=2, votes_total=3, seed=7)

    row = pair_row(record)

    assert row == {
        "prompt": chat,
        "chosen": [{"role": "assistant", "content": "good answer 0"}],
        "rejected": [{"role": "assistant", "content": "bad answer 0"}],
        "provenance": {
            "conversation_id": "c00000",
            "run": "runs/one",
            "label_source": "judge",
            "generator_model": "maker/strong",
            "rejected_model": "maker/weak",
            "judge_models": ["maker/judge"],
            "score_chosen": 1.0,
            "score_rejected": None,
            "votes_for": 2,
            "votes_total": 3,
            "seed": 7,
            "simulated": False,
        },
    }
    assert isinstance(row["provenance"]["score_chosen"], float)


def test_kto_rows_are_the_chosen_as_true_and_the_rejected_as_false() -> None:
    """With the prompt and the provenance of the pair."""
    row = pair_row(a_record())

    chosen, rejected = kto_format.rows_of(row)

    shared = {"prompt": row["prompt"], "provenance": row["provenance"]}
    assert chosen == {**shared, "completion": row["chosen"], "label": True}
    assert rejected == {**shared, "completion": row["rejected"], "label": False}


def test_every_text_column_is_conversational_and_no_reserved_column_is_there() -> None:
    """A single exception makes TRL's detection of the form, or its loss, a matter of chance."""
    row = pair_row(a_record())

    for each in (each for name in FORMATS.names() for each in FORMATS.find(name).rows_of(row)):
        texts = set(each) - {"label", "provenance"}
        assert all(is_conversational(each[column]) for column in texts)
        assert each["prompt"][-1]["role"] == "user"
        assert all(each[column][-1]["role"] == "assistant" for column in texts - {"prompt"})
        assert not RESERVED & (set(each) | set(each["provenance"]))


@pytest.mark.parametrize("name", ["2024-05-06", "2024-05-06 07:08:09", "2024-05-06T07:08Z"])
def test_name_that_reads_like_a_date_is_marked_as_a_name(name: str) -> None:
    """Or the JSON reader of datasets would make it a time."""
    assert provenance(a_record(run=name))["run"] == f"name:{name}"


@pytest.mark.parametrize("changes", [{"score_chosen": float("nan")}, {"score_rejected": float("inf")}, {"seed": 2**64}])
def test_number_that_no_file_could_hold_is_refused(changes: dict[str, Any]) -> None:
    """Where the record is made, not where it is written."""
    with pytest.raises(ValueError, match=f"{next(iter(changes))} of conversation 'c00000' is"):
        a_record(**changes)
