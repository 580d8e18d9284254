"""What `datasets` reads out of an exported folder is what was put into it."""

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import pytest

from fellowship.export.dataset_folder import write_dataset
from fellowship.export.records import PairRecord, pair_row
from fellowship.protocols.content import Prompt
from tests.export.builders import a_record

Load = Callable[[Path, str | None], Any]

HOSTILE = {
    "line breaks": "one\ntwo\r\nthree\rfour\x0b\x0c",
    "line breaks of Unicode": "one\u2028two\u2029three\u0085four\x1c\x1d\x1e",
    "null bytes": "a\x00b\x00",
    "markup": "</script><!-- ]]> <b>&amp;",
    "table breakers": "| a | `b` |\n|---|---|\n# not a title",
    "YAML breakers": '---\n- {key: [value, "x"]}\n%TAG !e!\n\t&anchor *alias: !!python/object',
    "astral": "\U0001f600 \U0010ffff \ufffe \ufeff",
    "control": "\x01\x1b[31mred\x7f\x9b",
    "null word": "null",
    "number word": "1e400",
}


@pytest.fixture
def load(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Load:
    """`load(folder, config)`: the splits of a config by name; `datasets` is offline and has a cache of its own."""
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    monkeypatch.setenv("HF_HOME", str(tmp_path / "home"))
    import datasets

    datasets.disable_progress_bars()
    return lambda folder, config: datasets.load_dataset(str(folder), config, cache_dir=str(tmp_path / "cache"))


def contents(dataset: Iterable[dict[str, Any]], column: str) -> list[str]:
    """The text of the last message of a column, row by row."""
    return [row[column][-1]["content"] for row in dataset]


def test_both_configs_load_with_the_types_of_their_columns(tmp_path: Path, load: Load) -> None:
    """Labels are real booleans, and every text column is a list of messages."""
    from datasets import Features, List, Value

    exported = write_dataset((a_record(n, score_chosen=n / 100) for n in range(100)), tmp_path / "set")

    dpo, kto = load(tmp_path / "set", "dpo"), load(tmp_path / "set", "kto")

    messages = List({"role": Value("string"), "content": Value("string")})
    strings = ("conversation_id", "run", "label_source", "generator_model", "rejected_model")
    struct = {name: Value("string") for name in strings} | {
        "judge_models": List(Value("string")),
        "score_chosen": Value("float64"),
        "simulated": Value("bool"),
    }
    assert dpo["train"].features == Features(prompt=messages, chosen=messages, rejected=messages, provenance=struct)
    assert kto["test"].features == Features(
        prompt=messages, completion=messages, label=Value("bool"), provenance=struct
    )
    assert {split: len(rows) for split, rows in dpo.items()} == exported.counts["dpo"]
    assert {split: len(rows) for split, rows in kto.items()} == exported.counts["kto"]


def test_loaded_rows_are_the_written_ones(tmp_path: Path, load: Load) -> None:
    """Every value of every column; all fields are used by one row at least."""
    records = [
        a_record(0, score_chosen=1, score_rejected=0.25, votes_for=3, votes_total=5, seed=2**62, simulated=True),
        a_record(1, judge_models=(), label_source="human"),
    ]

    write_dataset(records, tmp_path / "set", test_share=0)

    assert list(load(tmp_path / "set", "dpo")["train"]) == [pair_row(record) for record in records]


def test_dpo_is_the_config_that_loads_by_default(tmp_path: Path, load: Load) -> None:
    """A reader who names none gets pairs."""
    write_dataset([a_record()], tmp_path / "set")

    assert "rejected" in load(tmp_path / "set", None)["train"].column_names


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE.keys())
def test_hostile_texts_survive_the_round_trip(tmp_path: Path, load: Load, text: str) -> None:
    """As prompt, as answer and as the name of a model, each alone in its data set."""
    record = a_record(prompt=Prompt.of(text), chosen=text, rejected=f"not {text}", generator_model=text)

    write_dataset([record], tmp_path / "set")

    assert load(tmp_path / "set", "dpo")["train"][0] == {
        **pair_row(record),
        "provenance": {name: value for name, value in pair_row(record)["provenance"].items() if value is not None},
    }


def test_field_that_only_late_rows_fill_loads(tmp_path: Path, load: Load) -> None:
    """A reader that guesses types from its first ten megabytes would fail; the card names them."""
    long_text = "x" * 4000
    early = (a_record(n, chosen=long_text, judge_models=()) for n in range(3000))
    late = [a_record(3000, score_chosen=0.5, votes_for=1, votes_total=1)]

    write_dataset([*early, *late], tmp_path / "set", configs=["dpo"], test_share=0)

    assert load(tmp_path / "set", "dpo")["train"][-1]["provenance"]["score_chosen"] == 0.5


def test_runs_named_after_days_load_as_names(tmp_path: Path, load: Load) -> None:
    """Not as points in time."""
    write_dataset([a_record(run="2024-05-06")], tmp_path / "set")

    assert load(tmp_path / "set", "dpo")["train"][0]["provenance"]["run"] == "name:2024-05-06"


def test_answers_that_are_all_dates_are_warned_of(tmp_path: Path) -> None:
    """The files are right, but `datasets` would read them wrongly: it has to be said."""
    records: list[PairRecord] = [a_record(n, chosen=f"2024-01-{n + 10}", rejected="no idea") for n in range(3)]

    write_dataset(records, tmp_path / "set", configs=["dpo"])

    card = (tmp_path / "set" / "README.md").read_text()
    assert "nothing but dates: `chosen` of `dpo/train.jsonl`" in card


def test_no_prompt_is_in_both_loaded_splits(tmp_path: Path, load: Load) -> None:
    """Though every prompt has several pairs."""
    records = [a_record(n, prompt=Prompt.of(f"prompt {n % 40}")) for n in range(200)]

    write_dataset(records, tmp_path / "set")

    for config in ("dpo", "kto"):
        splits = load(tmp_path / "set", config)
        assert not set(contents(splits["train"], "prompt")) & set(contents(splits["test"], "prompt"))
