"""From a run to a data set that `datasets` reads, by the command a user types."""

import json
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from tests.cli.kit import EXAMPLES, ROOT, run_in_process

SIM = {"FELLOWSHIP_MODEL": "sim/mid"}
CAPYBARA = ROOT.parent / "shared/data/recorded/capybara-subset_prompts.jsonl"


def load(folder: Path, config: str, cache: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """The data set as a trainer loads it, offline."""
    for name in ("HF_HOME", "HF_DATASETS_CACHE"):
        monkeypatch.setenv(name, str(cache))
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    import datasets

    return datasets.load_dataset(str(folder), config, cache_dir=str(cache))


@pytest.mark.recorded
@pytest.mark.skipif(not CAPYBARA.exists(), reason="the recorded prompts are kept outside the repository")
def test_500_real_prompts_become_500_conversations_and_two_loadable_data_sets(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The feedback-loop script with a simulated pairing; `datasets` reads both; every conversation is counted."""
    run = run_in_process(
        *("run", EXAMPLES / "feedback_loop.py", "--prompts", CAPYBARA, "--out", tmp_path / "run", "--json"),
        *("--model", "generator=sim/mid", "--model", "reviewer=sim/strong"),
    )
    export = run_in_process("export", tmp_path / "run", "--to", tmp_path / "data")

    dpo = load(tmp_path / "data", "dpo", tmp_path / "cache", monkeypatch)
    kto = load(tmp_path / "data", "kto", tmp_path / "cache", monkeypatch)
    funnel = json.loads((tmp_path / "data/manifest.json").read_text())["funnel"]

    assert (run.code, run.lines[-1]["finished"], run.lines[-1]["asked"]) == (0, 500, 3000)
    assert export.code == 0
    assert export.out.startswith("[SIM] dpo: ")
    assert funnel["conversations"] == 500
    assert sum(split.num_rows for split in dpo.values()) == funnel["pairs"] > 400
    assert set(dpo["train"].column_names) == {"prompt", "chosen", "rejected", "provenance"}
    assert {type(label) for label in kto["train"]["label"]} == {bool}


def test_export_names_a_folder_that_is_no_run(tmp_path: Path) -> None:
    """One line, exit 2, nothing written."""
    ran = run_in_process("export", tmp_path, "--to", tmp_path / "data")

    assert ran.code == 2
    assert ran.err.startswith(f"fellowship: no run in {tmp_path}: it holds no journal.sqlite")
    assert not (tmp_path / "data").exists()


def test_people_s_labels_go_before_verdicts_unless_told_otherwise(tmp_path: Path) -> None:
    """--labels evaluator takes the verdicts only."""
    run_in_process(
        "run",
        EXAMPLES / "judge.py",
        "--prompts",
        EXAMPLES / "comparisons.jsonl",
        "--out",
        tmp_path / "r",
        environment=SIM,
    )

    run_in_process("export", tmp_path / "r", "--to", tmp_path / "people", "--test-share", 0)
    run_in_process("export", tmp_path / "r", "--to", tmp_path / "judge", "--test-share", 0, "--labels", "evaluator")

    def sources(name: str) -> set[str]:
        rows = (tmp_path / name / "dpo/train.jsonl").read_text().splitlines()
        return {json.loads(row)["provenance"]["label_source"] for row in rows}

    assert (sources("people"), sources("judge")) == ({"human"}, {"judge"})


TWO_OPINIONS = """
from fellowship import Judge, run
from fellowship.scenarios import judge

flood, river = "The Rhine.", "The Nile."
rows = [
    {"prompt": "Name a river.", "response_a": flood, "response_b": river, "label": "A"},
    {"prompt": "name a  river", "response_a": flood, "response_b": river, "label": "B"},
    {"prompt": "NAME A RIVER.", "response_a": river, "response_b": "I would rather not say.", "label": "A"},
    {"prompt": "name a river.", "response_a": river, "response_b": flood, "label": "A"},
    {"prompt": "Name a lake.", "response_a": "Lake Como.", "response_b": "None.", "label": "A"},
]
run(judge, prompts=rows, out="r", judge=Judge("sim/mid"), quiet=True)
"""


def test_label_sources_count_the_pairs_that_were_kept(tmp_path: Path) -> None:
    """Not those that contradict one another, in whatever spelling of the prompt."""
    (tmp_path / "script.py").write_text(TWO_OPINIONS)
    run_in_process("run", "script.py", cwd=tmp_path)

    ran = run_in_process("export", "r", "--to", "data", "--test-share", 0, cwd=tmp_path)

    assert ran.out.splitlines()[-2:] == [
        "[SIM] 5 conversations, 2 pairs; left out: contradictory pair 3",
        "[SIM] label sources: human 2",
    ]


def test_an_edited_data_set_is_replaced_with_overwrite_only(tmp_path: Path) -> None:
    """Exit 2 and one line that names the file and the option; without an edit it is replaced."""
    (tmp_path / "script.py").write_text(TWO_OPINIONS)
    run_in_process("run", "script.py", cwd=tmp_path)
    codes = [run_in_process("export", "r", "--to", "data", cwd=tmp_path).code for _ in range(2)]
    card = tmp_path / "data" / "README.md"
    card.write_text(card.read_text() + "\nCurated by hand.\n")

    refused = run_in_process("export", "r", "--to", "data", cwd=tmp_path)
    edited = card.read_text()
    replaced = run_in_process("export", "r", "--to", "data", "--overwrite", cwd=tmp_path)

    assert codes == [0, 0]
    assert (refused.code, refused.err) == (
        2,
        "fellowship: data would be replaced, but 'README.md' was edited after fellowship wrote it; name another "
        "folder, or lose the edit with --overwrite (overwrite=True in Python)\n",
    )
    assert edited.endswith("Curated by hand.\n")
    assert (replaced.code, card.read_text().endswith("Curated by hand.\n")) == (0, False)


def test_a_data_set_of_another_split_is_replaced_with_overwrite_only(tmp_path: Path) -> None:
    """Exit 2 and one line with both shares, or both labels; the same command replaces it."""
    (tmp_path / "script.py").write_text(TWO_OPINIONS)
    run_in_process("run", "script.py", cwd=tmp_path)
    export = ("export", "r", "--to", "data", "--test-share", "0.3")
    codes = [run_in_process(*export, cwd=tmp_path).code for _ in range(2)]

    refused = run_in_process(*export[:-1], "0.5", cwd=tmp_path)
    by_verdict = run_in_process(*export, "--labels", "evaluator", cwd=tmp_path)
    replaced = run_in_process(*export[:-1], "0.5", "--overwrite", cwd=tmp_path)

    assert codes == [0, 0]
    assert (refused.code, refused.err) == (
        2,
        "fellowship: data would be replaced, but that data set was made with --test-share 0.3, and this export is with "
        "--test-share 0.5; repeat the former options, name another folder, or replace it with --overwrite "
        "(overwrite=True in Python)\n",
    )
    assert by_verdict.code == 2
    assert "was made with --labels human, and this export is with --labels evaluator" in by_verdict.err
    assert replaced.code == 0


def test_pairs_from_replies_of_unknown_finish_are_written_when_asked_for(tmp_path: Path) -> None:
    """Without the option the command counts them, and says how to get them; so do runs that recorded it earlier."""
    options = ("--prompts", EXAMPLES / "comparisons.jsonl", "--out", tmp_path / "r")
    run_in_process("run", EXAMPLES / "judge.py", *options, environment=SIM)
    export = ("export", tmp_path / "r", "--labels", "evaluator", "--test-share", 0, "--format", "dpo", "--to")
    whole = run_in_process(*export, tmp_path / "whole")
    with closing(sqlite3.connect(tmp_path / "r/journal.sqlite")) as journal, journal:
        journal.execute("UPDATE ask_rows SET finish = 'unknown'")

    without = run_in_process(*export, tmp_path / "without")
    asked_for = run_in_process(*export, tmp_path / "with", "--with-unknown-finish")

    advice = (
        "replies whose finish reason is unknown may be cut off; --with-unknown-finish takes their pairs nevertheless"
    )
    assert (whole.code, without.code, asked_for.code) == (0, 2, 0)
    assert "unknown finish reason" in without.err
    assert without.err.rstrip().endswith(advice)
    assert not (tmp_path / "without").exists()
    assert (tmp_path / "with/dpo/train.jsonl").read_bytes() == (tmp_path / "whole/dpo/train.jsonl").read_bytes()
