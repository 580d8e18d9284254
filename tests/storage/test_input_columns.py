"""Columns that belong to the prompt, or hold a decision of people: used or refused, never lost."""

from pathlib import Path
from typing import Any

import pytest

from fellowship.protocols.content import Label
from fellowship.protocols.errors import ConfigurationError, InputError
from fellowship.protocols.items import Item
from fellowship.runners.inputs import open_source
from fellowship.storage.input_survey import InputSurvey
from fellowship.storage.items import item_of, read_items
from tests.cli.kit import lines_of

ANSWERS = {"response_a": "one", "response_b": "two"}
USER = {"role": "user", "content": "Why?"}


def read(folder: Path, *rows: Any) -> list[Item]:
    path = folder / "items.jsonl"
    path.write_text(lines_of(list(rows)))
    return list(read_items(path))


def problem(folder: Path, *rows: Any) -> str:
    """The error, without the place of the file."""
    with pytest.raises(InputError) as caught:
        read(folder, *rows)
    return str(caught.value).removeprefix(f"{folder / 'items.jsonl'}:")


PROMPTS: dict[str, tuple[dict[str, Any], list[tuple[str, str]]]] = {
    "input": ({"instruction": "Translate.", "input": "Haus"}, [("user", "Translate.\n\nHaus")]),
    "blank input": ({"instruction": "Go.", "input": " "}, [("user", "Go.")]),
    "a short input": ({"instruction": "Is this a vowel?", "input": "a"}, [("user", "Is this a vowel?\n\na")]),
    "input in the prompt": ({"prompt": "Translate.\n\nHaus", "input": "Haus"}, [("user", "Translate.\n\nHaus")]),
    "input and context": ({"question": "Q?", "context": "C", "input": "I"}, [("user", "Q?\n\nI\n\nC")]),
    "system": ({"prompt": "Q?", "system_prompt": "Rhyme."}, [("system", "Rhyme."), ("user", "Q?")]),
    "history of pairs": (
        {"prompt": "Q?", "history": [["a", "b"]], "system": "S"},
        [("system", "S"), ("user", "a"), ("assistant", "b"), ("user", "Q?")],
    ),
    "history of messages": (
        {"prompt": "Q?", "history": [{"role": "user", "content": "a"}, {"role": "assistant", "content": "b"}]},
        [("user", "a"), ("assistant", "b"), ("user", "Q?")],
    ),
    "developer": ({"prompt": [{"role": "developer", "content": "S"}, USER]}, [("system", "S"), ("user", "Why?")]),
    "keys of messages": ({"prompt": [{**USER, "name": None, "turn": 1, "images": []}]}, [("user", "Why?")]),
    "messages with the answer": (
        {"prompt": "Why?", "messages": [USER, {"role": "assistant", "content": "So."}]},
        [("user", "Why?")],
    ),
    "a chat as JSON text": (
        {"prompt": '[{"role": "system", "content": "S"}, {"role": "user", "content": "Q?"}]'},
        [("system", "S"), ("user", "Q?")],
    ),
    "a text that begins as JSON": (
        {"prompt": '{"role": "user", "content": "x"}\nWhat is this?'},
        [("user", '{"role": "user", "content": "x"}\nWhat is this?')],
    ),
    "the text of a template": (
        {
            "instruction": "I",
            "input": "J",
            "text": "Below is\n\n### Instruction:\nI\n\n### Input:\nJ\n\n### Response:\nx",
        },
        [("user", "I\n\nJ")],
    ),
    "an answered chat": (
        {"prompt": "Q?", "system": "S", "chosen": [USER | {"content": "Q?"}, {"role": "assistant", "content": "c"}]},
        [("system", "S"), ("user", "Q?")],
    ),
    "history around a system text": (
        {
            "prompt": [{"role": "developer", "content": "S"}, USER],
            "history": [{"role": "user", "content": "a"}, {"role": "assistant", "content": "b"}],
        },
        [("system", "S"), ("user", "a"), ("assistant", "b"), ("user", "Why?")],
    ),
    "a system text in both": (
        {
            "prompt": [{"role": "system", "content": "S"}, USER],
            "history": [{"role": "system", "content": "S"}, USER, {"role": "assistant", "content": "b"}],
        },
        [("system", "S"), ("user", "Why?"), ("assistant", "b"), ("user", "Why?")],
    ),
    "a text of the prompt and the answer": (
        {"prompt": "Sum up.\n\nThe cat sat.", "output": "It sat.", "text": "Sum up. The cat sat.\nIt sat."},
        [("user", "Sum up.\n\nThe cat sat.")],
    ),
    "a text of a template in other words": (
        {
            "instruction": "Sum up.",
            "input": "It",
            "output": "x",
            "text": "Below is an instruction... ### Instruction:\nSum up.\n### Input:\nIt\n### Response:\nx",
        },
        [("user", "Sum up.\n\nIt")],
    ),
    "a solution beside its tests": (
        {"prompt": "Write f.", "code": "def f():\n    return 1", "test_list": ["assert f() == 1"]},
        [("user", "Write f.")],
    ),
    "NaN": ({"prompt": float("nan"), "question": "Q?", "system": float("nan"), "input": None}, [("user", "Q?")]),
}


@pytest.mark.parametrize("case", PROMPTS)
def test_what_belongs_to_the_prompt_is_in_it(tmp_path: Path, case: str) -> None:
    """By its role, in order."""
    row, expected = PROMPTS[case]

    (item,) = read(tmp_path, row)

    assert [(message["role"], message["content"]) for message in item.prompt.chat] == expected


REFUSED: dict[str, tuple[dict[str, Any], str]] = {
    "two prompts": (
        {"prompt": "P", "question": "Q"},
        "1: column 'question': differs from 'prompt', and both may be the prompt; write one column 'prompt', "
        "or rename 'question' to '_question' if it is to be ignored",
    ),
    "messages with a system text": (
        {"prompt": "Why?", "messages": [{"role": "system", "content": "S"}, USER]},
        "1: column 'messages': differs from 'prompt', and may belong to the prompt; write one column 'prompt', "
        "or rename 'messages' to '_messages' if it is to be ignored",
    ),
    "two system texts": (
        {"prompt": [{"role": "system", "content": "S"}, USER], "system": "T"},
        "1: column 'system': another system text stands in the same row; write one of them, or both into one",
    ),
    "choices": (
        {"question": "Which?", "choices": ["x", "y"]},
        "1: column 'choices': may belong to the prompt; write it into 'question', or rename it to '_choices' "
        "if it is to be ignored",
    ),
    "list": ({"instruction": "I", "input": ["x"]}, "1: column 'input': expected a text, got a list"),
    "spelling": ({"prompt": "P", "systemPrompt": "S"}, "1: column 'systemPrompt': did you mean 'system_prompt'?"),
    "reference": ({"prompt": "P", "ground_truth": "G"}, "1: column 'ground_truth': did you mean 'reference'?"),
    "parts of a message": (
        {"prompt": [{**USER, "tool_calls": [{"id": 1}]}]},
        "1: column 'prompt': chat.0.tool_calls: not read; a message has a role and a text; leave the row out",
    ),
    "texts": (
        {"prompt": ["a", "b"]},
        "1: column 'prompt': a list of texts; expected one text or chat messages, and one row for each prompt",
    ),
    "a chat as Python text": (
        {"prompt": "[{'role': 'user', 'content': 'Hi'}]"},
        "1: column 'prompt': a chat or a row, written as text; expected a text or chat messages; "
        "pass what json.loads or ast.literal_eval makes of it",
    ),
    "texts as JSON text": (
        {"prompt": '["Why?", "And how?"]'},
        "1: column 'prompt': a list of texts, written as text; expected a text or chat messages; "
        "pass what json.loads or ast.literal_eval makes of it",
    ),
    "texts as Python text": (
        {"prompt": "['Why?']"},
        "1: column 'prompt': a list of texts, written as text; expected a text or chat messages; "
        "pass what json.loads or ast.literal_eval makes of it",
    ),
    "an answer that is a chat": (
        {"prompt": "P", **ANSWERS, "response_b": '[{"role": "assistant", "content": "two"}]'},
        "1: column 'response_b': a chat, written as text; expected the text of the answer alone",
    ),
    "a text with more": (
        {"prompt": "P", "text": "A passage.\nP"},
        "1: column 'text': may belong to the prompt; write it into 'prompt', or rename it to '_text' "
        "if it is to be ignored",
    ),
    "a context of another name": (
        {"prompt": "P", "retrieved_passages": ["x"]},
        "1: column 'retrieved_passages': may belong to the prompt; write it into 'prompt', or rename it to "
        "'_retrieved_passages' if it is to be ignored",
    ),
    "a chat of other turns": (
        {"prompt": "P", "conversation_input": [USER, {"role": "assistant", "content": "x"}, USER]},
        "1: column 'conversation_input': a chat with other turns than 'prompt'; write one column 'prompt', or rename "
        "'conversation_input' to '_conversation_input' if it is to be ignored",
    ),
    "a third answer": (
        {"prompt": "P", **ANSWERS, "response_c": "three"},
        "1: column 'response_c': a third answer, but a row has two; write one row for each pair, or rename it to "
        "'_response_c' if it is to be ignored",
    ),
    "history with another system text": (
        {
            "prompt": [{"role": "system", "content": "S"}, USER],
            "history": [{"role": "system", "content": "T"}, USER, {"role": "assistant", "content": "b"}],
        },
        "1: column 'history': another system text stands in the same row; write one of them, or both into one",
    ),
    "a text with more than the prompt and the answer": (
        {"prompt": "Sum up.", "output": "It sat.", "text": "Sum up. The cat sat.\nIt sat."},
        "1: column 'text': may belong to the prompt; write it into 'prompt', or rename it to '_text' "
        "if it is to be ignored",
    ),
    "code that is asked about": (
        {"prompt": "Explain.", "code": "def f():\n    return 1", "source": "x"},
        "1: column 'code': may belong to the prompt; write it into 'prompt', or rename it to '_code' "
        "if it is to be ignored",
    ),
    "history of texts": (
        {"prompt": "P", "history": "hi"},
        "1: column 'history': expected [question, answer] pairs or chat messages, got 'hi'",
    ),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_may_belong_to_the_prompt_is_refused(tmp_path: Path, case: str) -> None:
    """With the column and what to do."""
    row, expected = REFUSED[case]

    assert problem(tmp_path, row) == expected


@pytest.mark.parametrize(
    ("names", "advice"),
    [
        (("respone_a", "respone_b"), "; rename 'respone_a' to 'response_a' and 'respone_b' to 'response_b'"),
        (("response1", "response2"), "; rename 'response1' to 'response_a' and 'response2' to 'response_b'"),
        (("output_1", "output_2"), "; rename 'output_1' to 'response_a' and 'output_2' to 'response_b'"),
        (("response_0", "response_1"), "; rename 'response_0' to 'response_a' and 'response_1' to 'response_b'"),
        (("gen1", "gen0"), "; rename 'gen0' to 'response_a' and 'gen1' to 'response_b'"),
        (("response_a", "reponse_b"), "; rename 'reponse_b' to 'response_b'"),
        (("saga", "club"), ""),
    ],
)
def test_the_columns_next_to_missing_answers_are_named(tmp_path: Path, names: tuple[str, str], advice: str) -> None:
    """In a file and in a list."""
    row = {"prompt": "Q?", "label": "A", **dict(zip(names, ("one", "two"), strict=True))}
    path = tmp_path / "rows.jsonl"
    path.write_text(lines_of([row]))
    advice = advice and f"{advice} if {'they are answers' if ' and ' in advice else 'it is an answer'}"

    with pytest.raises(InputError) as in_file:
        list(read_items(path, n_candidates=2))
    with pytest.raises(ConfigurationError) as in_list:
        open_source([row], n_candidates=2, n=None).survey()

    columns = f"the columns are: prompt, label, {', '.join(names)}"
    problem = "a comparison has both response_a and response_b" if names[0] == "response_a" else columns
    assert str(in_file.value).endswith(f"{problem}{advice}")
    assert str(in_list.value).startswith("prompts[0]")
    assert str(in_list.value).endswith(f"{problem}{advice}")


@pytest.mark.parametrize("answer", ['["red", "blue"]', '{"role": "user", "content": "x"}', "[1]"])
def test_an_answer_may_be_json(tmp_path: Path, answer: str) -> None:
    """As it was asked for."""
    (item,) = read(tmp_path, {"prompt": "Answer in JSON.", "response_a": answer, "response_b": "none"})

    assert item.candidates[0].text == answer


@pytest.mark.parametrize("column", ["label", "winner", "preference", "human_label"])
@pytest.mark.parametrize(("given", "label"), [("model_b", "B"), (2, "B"), ("response_a", "A"), (None, None)])
def test_a_label_has_other_names(tmp_path: Path, column: str, given: Any, label: Label | None) -> None:
    """Where answers are compared."""
    (item,) = read(tmp_path, {"prompt": "P", **ANSWERS, column: given})

    assert item.label == label


def test_columns_named_like_labels_are_ignored_without_answers(tmp_path: Path) -> None:
    """They are about something else."""
    (item,) = read(tmp_path, {"prompt": "P", "labels": ["maths"], "winner": "Ada", "preference": "vegan"})

    assert (item.label, item.votes) == (None, ())


@pytest.mark.parametrize(
    ("given", "prompt"),
    [
        ("<noinput>", "Name a river."),
        ("<No Input>", "Name a river."),
        (" noinput ", "Name a river."),
        ("N/A", "Name a river."),
        ("[None]", "Name a river."),
        ("None", "Name a river.\n\nNone"),
        ("<noinput> in HTML", "Name a river.\n\n<noinput> in HTML"),
        ("<input>", "Name a river.\n\n<input>"),
    ],
)
@pytest.mark.parametrize("column", ["input", "context"])
def test_what_says_that_there_is_no_text_is_no_text(tmp_path: Path, column: str, given: str, prompt: str) -> None:
    """A word that may be the text itself is one."""
    (item,) = read(tmp_path, {"instruction": "Name a river.", column: given})

    assert item.prompt.text == prompt
    if prompt == "Name a river.":
        chat = [{"role": "user", "content": "Name a river."}]
        assert read(tmp_path, {"prompt": chat, column: given})[0].prompt.text == prompt


@pytest.mark.parametrize("word", ["nan", "NaN", "None", "NULL", "<NA>", " null", "N/A", "NaT"])
@pytest.mark.parametrize(
    ("column", "row"),
    [
        ("prompt", {}),
        ("instruction", {"input": "Haus"}),
        ("question", {"id": "7"}),
        ("system", {"prompt": "Why?"}),
    ],
)
def test_a_missing_value_as_text_is_no_prompt(tmp_path: Path, word: str, column: str, row: dict[str, Any]) -> None:
    """With the line and the column; as a chat and from Python, too."""
    good = {**row, column: "Name a river."}
    expected = f"2: column '{column}': the word '{word.strip()}' alone, as a missing value that was written as text"
    assert problem(tmp_path, good, {**row, column: word}).startswith(expected)

    if column == "prompt":
        chat = [{"role": "system", "content": "Rhyme."}, {"role": "user", "content": word}]
        assert problem(tmp_path, good, {column: chat}).startswith(expected)
        forms: list[Any] = [word, chat, {column: word}]
        for given in forms:
            with pytest.raises(ConfigurationError, match=r"prompts\[1\]: column 'prompt': the word "):
                list(open_source(["Name a river.", given], n_candidates=0, n=None))


@pytest.mark.parametrize("column", ["input", "context"])
def test_nan_is_no_paragraph(tmp_path: Path, column: str) -> None:
    assert problem(tmp_path, {"prompt": "Translate.", column: "nan"}).startswith(
        f"1: column '{column}': the word 'nan'"
    )


def test_a_user_may_answer_none(tmp_path: Path) -> None:
    """In a conversation, and in a longer text."""
    chat = [USER, {"role": "assistant", "content": "Which?"}, {"role": "user", "content": "None"}]
    rows = [{"prompt": chat}, {"prompt": "null", "history": [["a", "b"]]}, {"prompt": "None?"}, {"prompt": "nan 1"}]

    assert [item.prompt.chat[-1]["content"] for item in read(tmp_path, *rows)] == ["None", "null", "None?", "nan 1"]


def test_missing_values_as_text_that_may_be_meant_are_counted_by_column() -> None:
    """In answers, references and what is added to a prompt; a paragraph that is left out is none."""
    survey = InputSurvey(place="line {}")
    rows: list[dict[str, Any]] = [
        {"prompt": "P", "input": "None", "response_a": "nan", "response_b": "two", "reference": "r"},
        {"prompt": "Q", "input": "N/A", "answer_a": {"text": "NULL"}, "response_b": "none of them"},
        {"prompt": "R", "input": "null", "response_a": "one", "response_b": "two", "reference": "<NA>"},
    ]
    for line, row in enumerate(rows, start=1):
        survey.add(line, row, item_of(row))

    end = "as a missing value that was written as text; models see it as it stands"
    assert survey.lines()[2:] == [
        f"2 rows have a word such as 'None' alone in 'input' (line 1), {end}",
        f"1 row has the word 'nan' alone in 'response_a' (line 1), {end}",
        f"1 row has the word 'NULL' alone in 'answer_a' (line 2), {end}",
        f"1 row has the word '<NA>' alone in 'reference' (line 3), {end}",
    ]
    assert survey.as_json()["missing_values_as_text"] == {"input": 2, "response_a": 1, "answer_a": 1, "reference": 1}


@pytest.mark.parametrize(
    ("columns", "expected"),
    [
        ({"winner_model_a": 1, "winner_model_b": 0}, "'winner_model_a': 1 may be a label; "),
        ({"human_winner": "gpt-4"}, "'human_winner': 'gpt-4' may be a label; "),
        ({"annotator1": "A", "annotator2": "B"}, "'annotator1': 'A' may be a label; "),
        ({"rated": "model_a"}, "'rated': 'model_a' may be a label; "),
        ({"a_is_better": True}, "'a_is_better': True may be a label; "),
        ({"label": "A", "winner": "model_b"}, "'winner': 'model_b' contradicts the label A of the same row"),
        ({"winner": "tie (bothbad)"}, "'winner': 'tie (bothbad)' is no label; "),
        ({"labels": "A"}, "'labels': expected a list of labels, got a text, or did you mean 'label'?"),
        ({"human_choice": "first"}, "'human_choice': 'first' may be a label; "),
        ({"chosen": "B"}, "'chosen': 'B' may be a label; "),
        ({"decision": "A>B"}, "'decision': 'A>B' may be a label; "),
        ({"safer_response_id": 0}, "'safer_response_id': 0 may be a label; "),
        ({"preference_strength": -2}, "'preference_strength': -2 may be a label; "),
        ({"type": "leftvote"}, "'type': 'leftvote' may be a label; "),
        ({"prefer_a": 0.8}, "'prefer_a': 0.8 may be a label; "),
        ({"prefs": "BAA"}, "'prefs': 'BAA' may be a label; "),
        ({"remark": "Response B is slightly better"}, "'remark': 'Response B is slightly better' may be a label; "),
        ({"best_answer": "two"}, "'best_answer': 'two' may be a label; "),
        ({"votes_a": 12, "votes_b": 3}, "'votes_a': 12 may be a label; "),
        ({"meta": {"winner": "A"}}, "'meta': {'winner': 'A'} may be a label; "),
        ({"winning_model": "m2", "model_a": "m1", "model_b": "m2"}, "'winning_model': 'm2' may be a label; "),
        ({"label": "A", "votes": ["B", "B"]}, "'votes': all 2 are B, which contradicts the label A of the same row; "),
        ({"winner": 2, "labels": [1, 1, 1]}, "'labels': all 3 are A, which contradicts the label B of the same row; "),
    ],
)
def test_a_decision_that_is_not_understood_is_refused(tmp_path: Path, columns: dict[str, Any], expected: str) -> None:
    """Export would count the evaluator's in its place."""
    assert problem(tmp_path, {"prompt": "P", **ANSWERS, **columns}).startswith(f"1: column {expected}")


def test_other_columns_are_ignored_beside_a_label(tmp_path: Path) -> None:
    """Also the decision of a model, where people have labelled other rows, and the group of a row."""
    row = {"prompt": "P", **ANSWERS, "label": None, "gpt4_verdict": "A", "group": "B", "source": "web"}

    items = read(tmp_path, row, {**row, "prompt": "Q", "label": "B"})

    assert [item.label for item in items] == [None, "B"]
    assert problem(tmp_path, row) == (
        " column 'gpt4_verdict': line 1 has no label, and 'A' may be a label; write it as 'label' with A, B or tie if "
        "people decided; rename it to '_gpt4_verdict' if it is to be ignored"
    )


@pytest.mark.parametrize(
    "columns",
    [
        {"comment": "B is better because it is short", "rationale": "A is better, as it is short and says why"},
        {"reward_a": 3, "reward_b": 1, "chosen_score": 1, "win_rate": 0.5},
        {"preference_id": 17, "annotator_id": 1, "annotator": 2, "n_votes": 3},
        {"keywords": "A, B", "equation": "2 > 1", "results": {"accuracy": 0.77}, "embedding": [0.5] * 300},
        {"group": "A", "grade": "B", "position": "first", "rank": 1},
        {"model": "gpt-4", "models": ["x", "y"], "answer": "42", "notes": "a"},
        {"toxicity_label": 1, "topic_label": "maths", "is_response_a_safe": True},
        {"_human_choice": "first", "_winner": "B", "_id": {"$oid": "1"}, "_context": "long"},
    ],
    ids=lambda columns: next(iter(columns)),
)
def test_what_is_no_decision_is_ignored(tmp_path: Path, columns: dict[str, Any]) -> None:
    """Free text, scores, ids and groups, and every name that begins with an underscore."""
    (item,) = read(tmp_path, {"prompt": "P", **ANSWERS, **columns})

    assert (item.label, item.votes, item.prompt.text) == (None, (), "P")


@pytest.mark.parametrize(
    ("given", "label"),
    [("A>B", "A"), ("B >> A", "B"), ("[[C]]", "tie"), ("first", "A"), ("Response B", "B"), ("a=b", "tie")],
)
def test_a_label_has_the_forms_of_judges(tmp_path: Path, given: str, label: Label) -> None:
    """As published data sets write them."""
    (item,) = read(tmp_path, {"prompt": "P", **ANSWERS, "label": given})

    assert item.label == label


def test_the_strict_majority_of_votes_is_the_label(tmp_path: Path) -> None:
    """Where no column has it; a vote that is missing does not count."""
    items = read(
        tmp_path,
        {"prompt": "P", **ANSWERS, "votes": ["A", "B", "A", None]},
        {"prompt": "Q", **ANSWERS, "labels": ["tie"]},
        {"prompt": "R", **ANSWERS, "label": None, "votes": ["A", "B"]},
        {"prompt": "S", **ANSWERS, "votes": ["A", "B", "tie"]},
    )

    assert [(item.label, item.votes) for item in items] == [
        ("A", ("A", "B", "A")),
        ("tie", ("tie",)),
        (None, ("A", "B")),
        (None, ("A", "B", "tie")),
    ]


def test_votes_without_a_majority_and_against_the_label_are_counted() -> None:
    """With the first line of each; the label counts."""
    survey = InputSurvey()
    votes: list[dict[str, Any]] = [{"votes": ["A", "B"]}, {"label": "A", "votes": ["B", "B", "A"]}]
    for line, given in enumerate(votes):
        row = {"prompt": f"P{line}", **ANSWERS, **given}
        survey.add(line, row, item_of(row))

    assert survey.lines()[3:] == [
        "1 row has votes without a majority, and no label (line 0)",
        "1 label differs from the majority of the votes in the same row (line 1); the label counts",
    ]


def test_classes_have_the_names_of_their_data_set() -> None:
    """Also in lists of votes; -1 is no class."""
    names = {"label": ["B", "A"], "votes": ["tie", "B"]}

    items = [
        item_of({"prompt": "P", **ANSWERS, "label": label, "votes": votes}, class_names=names)
        for label, votes in ((0, [0, 1]), (1, []), (-1, [-1]))
    ]

    assert [(item.label, item.votes) for item in items] == [("B", ("tie", "B")), ("A", ()), (None, ())]


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        (
            [{"label": "A"}, {"label": "B"}],
            " column 'label': line 2 compares the same answers as line 1; where each row is one annotator's, write one "
            "row with the list 'votes', and leave out other repetitions",
        ),
        (
            [{"votes": ["A"]}, {"votes": ["B"]}],
            " column 'votes': line 2 compares the same answers as line 1; where each row is one annotator's, write one "
            "row with the list 'votes', and leave out other repetitions",
        ),
        (
            [{"votes": ["A", "B"]}, {"votes": ["tie", "tie"]}, {"votes": ["B", "B", "A"]}],
            " column 'votes': line 2 compares the same answers as line 1; where each row is one annotator's, write one "
            "row with the list 'votes', and leave out other repetitions",
        ),
        (
            [{"winner": "model_a", "judge": "x"}, {"winner": "model_a", "judge": "y"}],
            " column 'winner': line 2 compares the same answers as line 1; where each row is one annotator's, write "
            "one row with the list 'votes', and leave out other repetitions",
        ),
    ],
)
def test_one_row_for_each_annotator_is_refused(tmp_path: Path, rows: list[dict[str, Any]], expected: str) -> None:
    """Each would be an item that is paid; also with the answers in the other order."""
    given = [{"prompt": "P", **ANSWERS, **row} for row in rows]

    assert problem(tmp_path, *given) == expected

    given[1] |= {"response_a": "two", "response_b": "one"}
    assert problem(tmp_path, *given) == expected


@pytest.mark.parametrize(
    ("prompt", "answer", "is_same"),
    [
        ("What’s “it”?", "it’s one – or more", True),
        ('What\'s\u00a0"it"?\r\n', "it's one \u2014 or more", True),
        ('what\'s "it"?', "it's one - or more", False),
        ('What\'s "it"?', "It's one - or more", False),
    ],
)
def test_rows_that_differ_only_in_typography_are_of_the_same_answers(
    tmp_path: Path, prompt: str, answer: str, is_same: bool
) -> None:
    """As the answers of two pairs do; case and words are content."""
    first = {"prompt": 'What\'s "it"?', "response_a": "it's one - or more", "response_b": "two", "label": "A"}
    rows = [first, first | {"prompt": prompt, "response_a": answer}]

    if is_same:
        assert "line 2 compares the same answers as line 1" in problem(tmp_path, *rows)
    else:
        assert len(read(tmp_path, *rows)) == 2


@pytest.mark.parametrize("ids", [(7, "7"), ("a", "a ")])
def test_two_rows_have_no_common_id(tmp_path: Path, ids: tuple[Any, Any]) -> None:
    """A number and its text are the same id; rows without one have none in common."""
    rows = [{"prompt": f"P{number}", "id": id} for number, id in enumerate((*ids, None, None))]
    if ids[0] == "a":
        assert [item.id for item in read(tmp_path, *rows)] == ["a", "a ", None, None]
    else:
        expected = " column 'id': line 2 has the id of line 1; every row has an id of its own, or none"
        assert problem(tmp_path, *rows) == expected


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        ({"prompt": "Q?", **ANSWERS, "lable": "B"}, "column 'lable': did you mean 'label'?"),
        ({"prompt": "Q?", **ANSWERS, "vots": ["A"]}, "column 'vots': did you mean 'votes'?"),
        ({"prompt": "Q?", "sytem": "Be brief."}, "column 'sytem': did you mean 'system'?"),
        ({"prompt": "Q?", "Prompt": "Why?"}, "column 'Prompt': differs from the column 'prompt' in its spelling only"),
        ({"prompt": "Q?", **ANSWERS, "votes": ["A"], "labels": ["B", "B"]}, "column 'labels': differs from the column"),
        ({"question": "Q?", "knowledge": "It is so."}, "column 'knowledge': "),
        ({"question": "Q?", "A": "a", "B": "b", "C": "c", "D": "d"}, "column 'A': "),
    ],
)
def test_a_slip_in_the_name_of_a_column_is_not_passed_over(tmp_path: Path, row: dict[str, Any], expected: str) -> None:
    """Nor one that belongs to the question, nor two that say different things."""
    assert problem(tmp_path, row).startswith(f"1: {expected}")


@pytest.mark.parametrize(
    ("column", "value", "prompt"),
    [
        ("target_language", "French", "Translate this to French: house"),
        ("Max Words", 50, "Explain tides in at most 50 words."),
        ("wordLimit", 120.0, "Write a poem (120 words)."),
        ("writing_style", "as a pirate", "Describe a ship as a pirate"),
        ("desired_tone", "formal", "Write a FORMAL letter."),
        ("tgt_lang", "French", "Say it in French."),
        ("toLanguage", "French", "Translate into French: house"),
        ("num_sentences", 3, "Write 3 sentences."),
        ("number of bullets", 4, "List 4 points."),
        ("max_length", "50 words", "Explain tides in 50 words."),
        ("length_limit", "one page", "Explain tides on one page."),
        ("character_limit", 280, "Explain tides in 280 characters."),
        ("required_keywords", ["moon", "sun"], "Explain tides with the Moon and the sun."),
    ],
)
def test_a_column_that_says_what_the_answer_is_to_be_like_is_part_of_the_prompt(
    tmp_path: Path, column: str, value: Any, prompt: str
) -> None:
    """Refused where the prompt does not have its value, and ignored where it does."""
    (item,) = read(tmp_path, {"prompt": prompt, column: value})
    assert item.prompt.text == prompt

    expected = f"1: column '{column}': may belong to the prompt; write it into 'prompt', or rename it to '_{column}'"
    assert problem(tmp_path, {"prompt": "Do it in 1200 informal words.", column: value}).startswith(expected)


@pytest.mark.parametrize(
    "column", ["tone", "format", "language", "style", "length", "response_length", "target", "n_words"]
)
@pytest.mark.parametrize("value", ["formal", 7])
def test_a_column_that_may_describe_the_row_is_ignored(tmp_path: Path, column: str, value: Any) -> None:
    (item,) = read(tmp_path, {"prompt": "Do it.", column: value})

    assert item.prompt.text == "Do it."
    assert len(read(tmp_path, {"prompt": "Do it.", "target_language": None}, {"prompt": "Go.", "max_words": " "})) == 2


@pytest.mark.parametrize("value", [512, "512"])
def test_a_length_without_a_unit_is_a_setting_of_the_call(tmp_path: Path, value: Any) -> None:
    """As `max_length` is in the settings of many servers."""
    assert len(read(tmp_path, {"prompt": "Do it.", "max_length": value, "min_length": value})) == 1


SEVERAL_COLUMNS = "if several people decided, or one of them as 'label'; rename each to '_NAME' that is to be ignored"


@pytest.mark.parametrize(
    ("columns", "expected"),
    [
        ({"anna": "A", "ben": "B"}, "1: column 'anna': 'A' may be a label; so may 'ben': write all as 'votes', "),
        (
            {"rater_1": "model_b", "rater_2": "tie", "rater_3": "model_a"},
            "1: column 'rater_1': 'model_b' may be a label; so may 'rater_2', 'rater_3': write all as 'votes', ",
        ),
    ],
)
def test_a_column_for_each_annotator_is_one_of_votes(tmp_path: Path, columns: dict[str, str], expected: str) -> None:
    """Not one label."""
    found = problem(tmp_path, {"prompt": "P", **ANSWERS, **columns})

    assert found == f"{expected}a list of A, B or tie, {SEVERAL_COLUMNS}"


def test_a_column_for_each_annotator_beside_an_empty_label(tmp_path: Path) -> None:
    """Where a column of labels is there, and is empty, all rows are looked at."""
    rows = [{"prompt": f"P{n}", **ANSWERS, "label": None, "anna": "A", "ben": "B"} for n in range(3)]

    assert "'A' may be a label; so may 'ben': write all as 'votes', " in problem(tmp_path, *rows)
