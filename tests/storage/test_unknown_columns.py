"""Columns of names that nobody has listed: known by their values, and by all rows together."""

from pathlib import Path
from typing import Any

import pytest

from fellowship.protocols.errors import InputError
from fellowship.storage.items import read_items
from tests.cli.kit import lines_of

ANSWERS = {"response_a": "one", "response_b": "two"}
IGNORE = "if it is to be ignored"


def read(folder: Path, *rows: Any) -> list[Any]:
    path = folder / "items.jsonl"
    path.write_text(lines_of(list(rows)))
    return [(item.prompt.text, item.label) for item in read_items(path)]


def problem(folder: Path, *rows: Any) -> str:
    """The error, without the place of the file."""
    with pytest.raises(InputError) as caught:
        read(folder, *rows)
    return str(caught.value).removeprefix(f"{folder / 'items.jsonl'}:")


@pytest.mark.parametrize(
    "columns",
    [
        {"zettel": "The Rhine is 1,230 km long."},
        {"scenario": {"setting": ["a shop that sells only red hats"]}},
        {"stub": "def f(x):\n    pass"},
        {"材料": "长江是中国最长的河流,全长六千多公里。"},
        {"starter_code": "x"},
        {"ctxs": [{"title": "t", "text": "x"}]},
        {"option1": "red", "option2": "blue"},
        {"image": {"bytes": None, "path": "x.jpg"}},
        {"picture_url": "x"},
        {"voice": "a.wav"},
        {"file_path": "2023/a.xlsx"},
        {"turn_2": "Shorter"},
        {"prompt_prefix": "As a doctor:"},
        {"metadata": {"system": "You are a pirate"}},
    ],
    ids=lambda columns: next(iter(columns)),
)
def test_a_text_under_an_unknown_name_may_belong_to_the_prompt(tmp_path: Path, columns: dict[str, Any]) -> None:
    """By several words, lines or a medium; short ones by the words of the name."""
    assert "may belong to the prompt; write it into 'prompt', or rename it to '_" in problem(
        tmp_path, {"prompt": "Q?", **columns}
    )
    assert read(tmp_path, {"prompt": "Q?", **{f"_{name}": value for name, value in columns.items()}}) == [("Q?", None)]


@pytest.mark.parametrize(
    "columns",
    [
        {"output": "A long answer of several words.", "gpt4_response": "An answer of several words."},
        {"explanation": "It is so because of that.", "tests": ["assert f(1) == 2, 'one and two'"]},
        {"source": "The Journal of Long Names", "license": "Creative Commons Attribution 4.0", "source_file": "a.pdf"},
        {"image_id": 3, "audio_length": 0, "has_image": False, "file_name": "part-1.jsonl", "avatar": "me.png"},
        {"tools": "[]", "messages": "[]", "choices": [], "search_results": {"title": [], "text": []}},
        {"origin_town": "New York City", "when": "2024-01-02", "zettel": "three words only"},
        {"text": "### Human: Q?### Assistant: ok"},
        {"formatted": "<s>[INST] Q? [/INST] it is so, of course"},
        {"metadata": {"system": "linux", "author": "someone with a long name"}},
    ],
    ids=lambda columns: next(iter(columns)),
)
def test_other_texts_are_ignored(tmp_path: Path, columns: dict[str, Any]) -> None:
    """Answers, explanations, sources, tests, tags, and the prompt in a template."""
    assert read(tmp_path, {"prompt": "Q?", **columns}) == [("Q?", None)]


@pytest.mark.parametrize(
    "template",
    [
        "<s>[INST] <<SYS>> Be rude. <</SYS>> Q? [/INST] ok",
        "### Human: Hi### Assistant: Ho### Human: Q?### Assistant: ok",
    ],
)
def test_a_template_with_more_than_the_prompt_is_refused(tmp_path: Path, template: str) -> None:
    """Its system text, or its earlier turns, would be lost."""
    assert "'text': may belong to the prompt" in problem(tmp_path, {"prompt": "Q?", "text": template})


TEXT = "The Rhine is a long river."


@pytest.mark.parametrize(
    ("columns", "key"),
    [
        ({"translation": {"en": TEXT, "de": "x"}}, ""),
        ({"translations": [{"language": ["en", "de"], "translation": [TEXT, "x"]}]}, ""),
        ({"translation": {"source": TEXT, "target": "x"}}, ""),
        ({"data": {"en": TEXT}}, "en"),
        ({"sample": {"meta": {"n": 3}, "passage": "x"}}, "passage"),
        ({"entry": [{"picture": "a.png"}]}, "picture"),
        ({"task_spec": {"inner": {"target_language": "French"}}}, "target_language"),
        ({"settings": {"system_prompt": "You are a pirate."}}, "system_prompt"),
        ({"sources": [{"url": "x", "passage": TEXT}]}, "passage"),
    ],
    ids=str,
)
def test_a_key_of_an_object_is_the_name_of_a_column(tmp_path: Path, columns: dict[str, Any], key: str) -> None:
    """Its text may belong to the prompt as that of a plain column may."""
    name = next(iter(columns))
    rows = [{"prompt": "Go on.", **columns}, {"prompt": "Go, please."}]

    assert problem(tmp_path, *rows).startswith(
        f"1: column '{name}': {key and f'its {key!r} '}may belong to the prompt; write it into 'prompt'"
    )


@pytest.mark.parametrize(
    "columns",
    [
        {"translation": {"en": "Name a river.", "de": "Nenne einen Fluss in Europa."}},
        {"translation": "Nenne einen Fluss in Europa."},
        {"answers": {"text": ["the Rhine and the Elbe"], "answer_start": [3]}},
        {"completions": [{"model": "m", "response": "The Rhine is one of them."}]},
        {"entry": {"answer": "The Rhine is one of them.", "author": "Jane Q. Public and others", "n": 3}},
        {"seats": {"A": "gpt-4", "B": "llama"}},
        {"spans": [{"text": "German", "start": 13}]},
        {"extra_info": {"question": "Name a river.", "answer": "It is #### the Rhine.", "index": 3}},
        {"test_cases": [{"input": "1 2 3 4", "output": "5"}]},
        {"trace": {"messages": [{"role": "assistant", "content": "The Rhine is one."}]}},
    ],
    ids=lambda columns: next(iter(columns)),
)
def test_an_object_that_is_no_part_of_the_prompt_is_ignored(tmp_path: Path, columns: dict[str, Any]) -> None:
    """By the names of its keys, or because its texts are in the prompt."""
    prompt = "Translate to German: Name a river."

    assert read(tmp_path, {"prompt": prompt, **columns}) == [(prompt, None)]


def test_rows_of_one_prompt_differ_in_the_texts_of_an_object(tmp_path: Path) -> None:
    """Not in its numbers, or in keys that do not tell prompts apart."""
    rows = [{"prompt": prompt, "translation": {"en": en}} for prompt, en in [("Go.", "x"), ("Go.", "y"), ("Q?", "z")]]
    sampled = [{"prompt": "Go.", "entry": {"text_id": f"r{n}", "tag": "same", "n": n}} for n in range(3)]

    assert problem(tmp_path, *rows).startswith(
        " column 'translation': line 1 and line 2 have the same prompt, and differ in this column"
    )
    assert read(tmp_path, *sampled) == [("Go.", None)] * 3


@pytest.mark.parametrize("column", ["review", "comment_text", "de"])
def test_one_instruction_with_its_data_in_another_column_is_refused(tmp_path: Path, column: str) -> None:
    """All conversations would be the same."""
    rows = [{"instruction": "Classify.", column: value} for value in ("x", "y")]

    assert problem(tmp_path, *rows) == (
        f" column '{column}': all rows have the same prompt, and differ in this column; write it into the prompt, or "
        f"rename it to '_{column}' {IGNORE}"
    ).replace("all rows have", "line 1 and line 2 have" if column != "comment_text" else "all rows have")


def test_one_prompt_is_answered_several_times(tmp_path: Path) -> None:
    """By several models, or by one."""
    rows = [{"prompt": "Q?", "model": f"m{n}", "output": f"o{n}", "sample": f"s{n}"} for n in range(3)]

    assert read(tmp_path, *rows) == [("Q?", None)] * 3


@pytest.mark.parametrize(
    ("prompt", "column"),
    [
        ("Translate {source}.", "source"),
        ("Sum up {{ body_1 }}", "body_1"),
        ("Go: %(input)s", "input"),
        ("<ask>", "ask"),
    ],
)
def test_a_placeholder_of_a_column_is_refused(tmp_path: Path, prompt: str, column: str) -> None:
    """Models would see the name in the place of the value."""
    rows = [{"prompt": f"{prompt} {number}", column: f"x{number}"} for number in range(2)]

    assert f"'{column}'" in (found := problem(tmp_path, *rows))
    assert "write the value in its place" in found


@pytest.mark.parametrize(
    "form",
    [
        "{source}", "{Source}", "{ source }", "{source!r}", "${source}", "$source", "%(source)s", "{{ row.source }}",
        "{{source.text | trim}}", "{item['source']}", "{% if source %}", "<<SOURCE>>", "`{source}`",
    ],
)  # fmt: skip
def test_one_prompt_with_a_placeholder_is_enough(tmp_path: Path, form: str) -> None:
    """In any form and case of letters; not where the row has no value for it."""
    rows = [{"prompt": "Name a river.", "source": "x"}, {"prompt": f"Translate {form} to German.", "source": "y"}]

    assert problem(tmp_path, *rows).startswith(
        "2: column 'source': 'prompt' has the placeholder of this column's name; write the value in its place"
    )
    assert len(read(tmp_path, rows[0], {**rows[1], "source": " "}, {"prompt": f"Say {form}."})) == 3


@pytest.mark.parametrize("columns", [{"材料": 7}, {"data": {"材料": "x"}}, {"Mate_rial": "x"}], ids=str)
def test_a_placeholder_has_the_name_of_a_column_in_any_script(tmp_path: Path, columns: dict[str, Any]) -> None:
    """Also that of a key of an object; in the system text, too."""
    chat = [{"role": "system", "content": "Speak of {材料} and {{material}}."}, {"role": "user", "content": "Go."}]

    assert "write the value in its place" in problem(tmp_path, {"prompt": chat, **columns})
    assert len(read(tmp_path, {"prompt": "Speak of {цена}.", **columns})) == 1


@pytest.mark.parametrize("form", ["[SOURCE]", "«source»", "__source__", "<source>", "f'{source}'"])
def test_a_form_with_other_uses_is_a_placeholder_where_all_prompts_have_it(tmp_path: Path, form: str) -> None:
    """One prompt with it may quote something, or be about a program."""
    rows = [{"prompt": f"Translate {form}: {n}", "source": f"x{n}"} for n in range(2)]

    assert "'source': all prompts have the placeholder of this column's name" in problem(tmp_path, *rows)
    assert len(read(tmp_path, *rows, {"prompt": "Q?", "source": "x"})) == 3


@pytest.mark.parametrize(
    "prompt",
    [
        "What does <title> do?", "GET /users/{id}", "print(f'{name}')", "```\necho $name\n```", "x_{n}", "{name: 'x'}",
        "Explain `Hello ${name}` in JS", "\\frac{1}{x}", "$x$ is 7", "List<x>",
    ],
)  # fmt: skip
def test_braces_in_programs_are_no_placeholders(tmp_path: Path, prompt: str) -> None:
    """Of names that are about the prompt."""
    row = {"prompt": prompt, "title": "t", "id": 1, "name": "n", "n": 7, "x": 7}

    assert read(tmp_path, row, {"prompt": "Q?", "id": 2}) == [(prompt, None), ("Q?", None)]


@pytest.mark.parametrize(
    ("column", "values"),
    [
        ("rating", ["A>B", "B>A", "A=B"]),
        ("feedback", ["model_a", "tie", "model_b"]),
        ("note", ["A is better", "B is better", "A is better"]),
        ("spalte", ["Seite A", "Seite B", "unentschieden"]),
        ("gagnant", ["réponse A", "réponse A", "réponse B"]),
        ("标注", ["A更好", "B更好", "平局"]),
        ("preference_score", [-3, 2, 1]),
        ("pct_prefer_a", [80, 20, 50]),
        ("prefer_b", ["yes", "no", "no"]),
        ("human_score_a", [4, 2, 3]),
        ("human_scores", [{"A": 4, "B": 2}] * 3),
        ("work", [[{"result": [{"value": {"choices": ["A"]}}]}]] * 3),
    ],
)
def test_a_decision_has_any_name(tmp_path: Path, column: str, values: list[Any]) -> None:
    """Where all values say which answer is better, or the name says of which answer a number is."""
    rows = [{"prompt": f"P{n}", **ANSWERS, column: value} for n, value in enumerate(values)]

    assert f"column '{column}': " in (found := problem(tmp_path, *rows))
    assert "may be a label; write it as" in found


@pytest.mark.parametrize(
    ("column", "values"),
    [
        ("note", ["A is better", "too short", "B is better"]),
        ("winner_elo", [1200, 1100, 1000]),
        ("winning_bid", [1, 2, 3]),
        ("better_auth", ["x", "y", "z"]),
        ("preferred_style", ["formal", "terse", "formal"]),
        ("preference_group", ["x", "y", "x"]),
        ("comparison", [1, 2, 3]),
        ("answer_order", ["AB", "BA", "AB"]),
        ("presented_first", ["A", "B", "A"]),
        ("shelf", ["Group A", "Group B", "Group A"]),
        ("vitamin", ["Vitamin A", "Vitamin C", "Vitamin D3"]),
    ],
)
def test_what_is_no_decision_passes(tmp_path: Path, column: str, values: list[Any]) -> None:
    """Groups, orders, and words that only begin like a decision."""
    rows = [{"prompt": f"P{n}", **ANSWERS, column: value} for n, value in enumerate(values)]

    assert [label for _, label in read(tmp_path, *rows)] == [None, None, None]
