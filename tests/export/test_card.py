"""The dataset card: a header that parses, and figures that are right."""

from pathlib import Path
from typing import Any

import pytest
import yaml  # type: ignore[import-untyped]

from fellowship.export.card import size_category
from fellowship.export.dataset_folder import write_dataset
from fellowship.export.formats.kto import kto_weights
from fellowship.export.markdown import markdown_text
from fellowship.export.pairs import LeftOut
from fellowship.export.records import PairRecord
from fellowship.protocols.content import Prompt
from tests.export.builders import a_record


def card_of(folder: Path, records: list[PairRecord | LeftOut], **options: Any) -> tuple[dict[str, Any], str]:
    """The header, parsed, and the body."""
    write_dataset(records, folder / "set", **options)
    _, header, body = (folder / "set" / "README.md").read_text().split("---\n", maxsplit=2)
    return yaml.safe_load(header), body.lstrip("\n")


def test_header_names_the_files_of_each_config(tmp_path: Path) -> None:
    """As the Hub and `datasets` read it."""
    header, _ = card_of(tmp_path, [a_record(n) for n in range(100)])

    files = {
        config: [{"split": split, "path": f"{config}/{split}.jsonl"} for split in ("train", "test")]
        for config in ("dpo", "kto")
    }
    assert header["configs"] == [
        {"config_name": "dpo", "default": True, "data_files": files["dpo"]},
        {"config_name": "kto", "data_files": files["kto"]},
    ]
    assert header["tags"] == ["dpo", "kto", "preference", "synthetic", "fellowship", "rlaif"]
    assert header["size_categories"] == ["n<1K"]


def test_only_config_is_the_default_one(tmp_path: Path) -> None:
    """And the other is not named."""
    header, body = card_of(tmp_path, [a_record()], configs=["kto"])

    assert [(config["config_name"], config["default"]) for config in header["configs"]] == [("kto", True)]
    assert "dpo" not in body


def test_no_licence_is_stated_unless_one_was_given(tmp_path: Path) -> None:
    """Neither is a placeholder."""
    header, body = card_of(tmp_path, [a_record()])
    licensed, licensed_body = card_of(tmp_path, [a_record()], license="no", overwrite=True)

    assert "license" not in header
    assert "No licence has been stated" in body
    assert licensed["license"] == "no"
    assert "`no`, as stated at export" in licensed_body


def test_simulated_data_say_so_first(tmp_path: Path) -> None:
    """In the first line of the text and in the tags, even when it is one pair of two."""
    header, body = card_of(tmp_path, [a_record(0, simulated=True), a_record(1)])
    real, real_body = card_of(tmp_path, [a_record(1)])

    assert body.startswith("**SIMULATED: 1 of 2 pairs come from simulated models.")
    assert "simulated" in header["tags"]
    assert "simulated" not in real["tags"]
    assert "SIMULATED" not in real_body


def test_labels_of_people_are_not_called_machine_made(tmp_path: Path) -> None:
    """One human label is enough."""
    header, body = card_of(tmp_path, [a_record(0, label_source="human"), *(a_record(n) for n in (1, 2, 3))])

    assert "rlaif" not in header["tags"]
    assert "annotations_creators" not in header
    assert "| human | 1 | 25.0 % |\n| judge | 3 | 75.0 % |" in body


def test_funnel_is_a_table_that_adds_up(tmp_path: Path) -> None:
    """From conversations to pairs."""
    _, body = card_of(tmp_path, [a_record(0), a_record(0), LeftOut("tie"), LeftOut("tie"), a_record(1)])

    assert (
        "| step | left out | remaining |\n|---|---:|---:|\n| conversations |  | 5 |\n| left out: tie | 2 | 3 |\n"
        "| left out: duplicate pair | 1 | 2 |\n| **pairs** |  | 2 |\n"
    ) in body


def test_models_are_counted_by_role(tmp_path: Path) -> None:
    """A judge that sat twice on a pair judged one pair."""
    record = a_record(generator_model="m/x", rejected_model="m/x", judge_models=("m/y", "m/y"))

    _, body = card_of(tmp_path, [record])

    assert "| m/x | 1 | 1 | 0 |\n| m/y | 0 | 0 | 1 |\n" in body


def test_length_bias_is_told(tmp_path: Path) -> None:
    """Longer in one of four pairs, equal in one."""
    lengths = [(30, 10), (10, 20), (10, 20), (10, 10)]
    records = [
        a_record(n, chosen="a" * chosen, rejected="b" * rejected) for n, (chosen, rejected) in enumerate(lengths)
    ]

    _, body = card_of(tmp_path, list(records))

    assert "Median characters: 10 chosen, 15 rejected." in body
    assert "longer one in 25.0 % of the pairs, and as long as the rejected one in 25.0 %" in body
    assert "Of the pairs with answers of different lengths it is the longer one in 33.3 %. Far from one half" in body


@pytest.mark.parametrize("lengths", [[(10, 10)], [(7, 7), (30, 30)]])
def test_equal_lengths_teach_no_length(lengths: list[tuple[int, int]], tmp_path: Path) -> None:
    """No figure is far from one half."""
    records = [
        a_record(n, chosen="a" * chosen, rejected="b" * rejected) for n, (chosen, rejected) in enumerate(lengths)
    ]

    _, body = card_of(tmp_path, list(records))

    assert "The two answers of every pair have the same length, so a trainer cannot learn length." in body
    assert "one half" not in body


def test_card_names_what_the_split_ignores(tmp_path: Path) -> None:
    """The same as the comparison of prompts does."""
    _, body = card_of(tmp_path, [a_record()])

    assert "without its case, white space, typography, Unicode form and final punctuation: no question" in body


def test_kto_weights_are_those_that_trl_asks_for(tmp_path: Path) -> None:
    """Its KTOTrainer warns when neither weight is within these bounds."""
    prompt = Prompt.of("which?")
    records: list[PairRecord | LeftOut] = [a_record(n, prompt=prompt, chosen="best") for n in range(3)]

    _, body = card_of(tmp_path, records)

    assert "| train | 1 | 3 |" in body
    assert "`desirable_weight` from 3.00 to 3.99 with `undesirable_weight=1.0`" in body
    assert "`undesirable_weight` from 0.25 to 0.33 with `desirable_weight=1.0`" in body


@pytest.mark.parametrize(
    ("desirable", "undesirable", "advice"), [(5, 5, "default weights will do"), (0, 3, "KTO cannot learn")]
)
def test_kto_weights_are_not_needed_or_of_no_use(desirable: int, undesirable: int, advice: str) -> None:
    """With balanced labels, and with one label only."""
    assert advice in kto_weights(desirable, undesirable)


@pytest.mark.parametrize("name", ["---\nconfigs: []", "a | b", "x\u2028y\x85z", "]: # (comment)", "<script>", "\x00"])
def test_name_of_a_model_breaks_neither_header_nor_table(tmp_path: Path, name: str) -> None:
    """It stands in one cell of one row."""
    header, body = card_of(tmp_path, [a_record(generator_model=name)])

    row = f"| {markdown_text(name)} | 1 | 0 | 0 |"
    assert [config["config_name"] for config in header["configs"]] == ["dpo", "kto"]
    assert row in body.splitlines()
    assert row.count("|") - row.count("\\|") == 5
    assert "<" not in row


@pytest.mark.parametrize(
    ("n_rows", "category"), [(999, "n<1K"), (1000, "1K<n<10K"), (100_000, "100K<n<1M"), (10**7, "n>1M")]
)
def test_size_category_is_that_of_the_hub(n_rows: int, category: str) -> None:
    """Lower bounds belong to a bracket."""
    assert size_category(n_rows) == category
