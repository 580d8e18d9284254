"""Formats of a user's own: their columns, their rows, their section of the card."""

import json
from pathlib import Path
from typing import Any

import pytest

from fellowship.export.dataset_folder import write_dataset
from fellowship.export.export_format import FORMATS, ExportFormat, RowTotals
from fellowship.export.records import ExportRow
from fellowship.protocols.errors import ConfigurationError
from tests.export.builders import a_record


def one_row(pair: ExportRow) -> list[ExportRow]:
    """The prompt, the chosen answer, and how long it is."""
    return [{"length": len(pair["chosen"][0]["content"]), "completion": pair["chosen"], "prompt": pair["prompt"]}]


def counted(totals: RowTotals) -> str:
    """How many rows there are."""
    return f"## Supervised\n\n{sum(totals.rows.values())} rows."


SFT = ExportFormat(
    name="sft",
    columns={"prompt": "messages", "completion": "messages", "length": "int64"},
    rows=one_row,
    card_section=counted,
)


def test_the_folder_lists_the_formats() -> None:
    """One module each."""
    assert FORMATS.names() == ("dpo", "kto")
    assert [FORMATS.find(name).name for name in FORMATS.names()] == ["dpo", "kto"]


def test_a_format_of_ones_own_is_a_config_of_the_data_set(tmp_path: Path) -> None:
    """Rows in the order of its columns with the provenance of the pair, types in the card's header, and its section."""
    exported = write_dataset([a_record(0), a_record(1)], tmp_path / "set", configs=[SFT, "dpo"])

    rows = [json.loads(line) for line in (tmp_path / "set/sft/train.jsonl").read_text().splitlines()]
    card = (tmp_path / "set/README.md").read_text()
    assert exported.counts == {"sft": {"train": 2}, "dpo": {"train": 2}}
    assert list(rows[0]) == ["prompt", "completion", "length", "provenance"]
    assert (rows[0]["completion"], rows[0]["length"]) == ([{"role": "assistant", "content": "good answer 0"}], 13)
    assert rows[0]["provenance"]["conversation_id"] == "c00000"
    assert '{"name": "length", "dtype": "int64"}' in card
    assert "\n\n## Supervised\n\n2 rows.\n\n" in card
    assert json.loads((tmp_path / "set/manifest.json").read_bytes())["options"]["configs"] == ["sft", "dpo"]


def test_rows_that_are_labelled_both_ways_are_left_out_of_every_format_with_a_label(tmp_path: Path) -> None:
    """And counted under its name."""

    def rows(pair: ExportRow) -> list[ExportRow]:
        sides = {"chosen": True, "rejected": False}
        return [{"text": pair[side], "good": good} for side, good in sides.items()]

    reward = ExportFormat(name="reward", columns={"text": "messages", "good": "bool"}, rows=rows, label="good")
    records = [a_record(0, chosen="x", rejected="y"), a_record(1, chosen="y", rejected="z")]

    exported = write_dataset(records, tmp_path / "set", configs=[reward])

    written = [json.loads(line) for line in (tmp_path / "set/reward/train.jsonl").read_text().splitlines()]
    assert [(row["text"][0]["content"], row["good"]) for row in written] == [("x", True), ("z", False)]
    assert exported.rows_left_out == {"reward": {"labelled both ways": 2}}
    manifest = json.loads((tmp_path / "set/manifest.json").read_bytes())
    assert (manifest["reward_rows_left_out"], manifest["kto_rows_left_out"]) == ({"labelled both ways": 2}, {})


def test_a_row_of_other_columns_is_refused(tmp_path: Path) -> None:
    """And nothing is written."""
    odd = ExportFormat(name="odd", columns={"prompt": "messages"}, rows=one_row)

    with pytest.raises(ConfigurationError) as error:
        write_dataset([a_record()], tmp_path / "set", configs=[odd])

    assert str(error.value) == "format 'odd': a row has the columns length, completion, prompt; expected prompt"
    assert list(tmp_path.iterdir()) == []


def test_two_formats_of_one_name_are_refused(tmp_path: Path) -> None:
    """They would share a folder."""
    twin = ExportFormat(name="dpo", columns={"prompt": "messages"}, rows=one_row)

    with pytest.raises(ConfigurationError) as error:
        write_dataset([a_record()], tmp_path / "set", configs=["dpo", twin])

    assert str(error.value) == "two formats are called 'dpo'; a data set has each name once"


@pytest.mark.parametrize(
    ("fields", "problem"),
    [
        ({"name": "../x"}, "format '../x': expected a name of lower-case letters, digits, '_' and '-'"),
        ({"columns": {"provenance": "string"}}, "format 'mine' has a column 'provenance', which every row is given"),
        ({"label": "good"}, "format 'mine': the label 'good' is no column of type bool"),
    ],
    ids=["name", "provenance", "label"],
)
def test_a_format_that_cannot_be_written_is_refused(fields: dict[str, Any], problem: str) -> None:
    """When it is made."""
    given: dict[str, Any] = {"name": "mine", "columns": {"prompt": "messages"}, "rows": one_row, **fields}

    with pytest.raises(ValueError, match="format") as error:
        ExportFormat(**given)

    assert str(error.value) == problem
