"""The demo: a whole study without a key, the same for the same seed, and free the second time."""

import filecmp
import json
import shutil
from pathlib import Path

from fellowship.storage.recorded_run import JOURNAL, RecordedRun
from tests.cli.kit import run_in_process
from tests.demo import COMMAND, FinishedDemo

DATA_FILES = (
    "evaluators.jsonl",
    "win_rates.jsonl",
    "report.txt",
    "data/README.md",
    "data/manifest.json",
    "data/dpo/train.jsonl",
    "data/dpo/test.jsonl",
    "data/kto/train.jsonl",
    "data/kto/test.jsonl",
)


def test_demo_tells_of_evaluators_pairings_and_data_and_marks_all_simulated(demo: FinishedDemo) -> None:
    """Exit 0; three tables, each marked; at least five evaluators with interval, n and failures."""
    folder, ran = demo.folder, demo.ran

    rows = [json.loads(line) for line in (folder / "evaluators.jsonl").read_text().splitlines()]

    assert ran.code == 0
    assert [line for line in ran.err.splitlines() if not line.startswith("[SIM] ")] == []  # progress of a slow machine
    assert ran.out.count("[SIM]") >= 5
    assert sum(row["evaluator"].startswith("judge:") for row in rows) >= 3
    assert {"jury", "debate"} <= {row["evaluator"].partition(":")[0] for row in rows}
    assert all(row["simulated"] for row in rows)
    assert all(row["kappa"]["low"] <= row["kappa"]["value"] <= row["kappa"]["high"] for row in rows)
    assert all(row["kappa"]["n"] == row["n_items"] - row["n_failed"] for row in rows)
    assert any(row["n_failed"] > 0 for row in rows)


def test_demo_win_rates_cover_every_pairing_against_every_single_model(demo: FinishedDemo) -> None:
    """The matrix is whole, and each cell accounts for every prompt."""
    folder = demo.folder

    rows = [json.loads(line) for line in (folder / "win_rates.jsonl").read_text().splitlines()]
    outcomes = [sum(row[name] for name in ("wins", "losses", "ties", "inconsistent", "failed")) for row in rows]

    assert len(rows) == 6 * 3
    assert outcomes == [40] * 18


def test_demo_data_set_is_marked_simulated(demo: FinishedDemo) -> None:
    """The card says so in its first line, its tags, and every row's provenance."""
    folder = demo.folder

    card = (folder / "data/README.md").read_text()
    rows = [json.loads(line) for line in (folder / "data/dpo/train.jsonl").read_text().splitlines()]

    assert "SIMULATED" in card
    assert "simulated" in card.partition("\n---\n")[0]
    assert all(row["provenance"]["simulated"] is True for row in rows)


def test_demo_of_one_seed_writes_the_same_bytes_in_another_folder(demo: FinishedDemo, tmp_path: Path) -> None:
    """Two folders, one seed: every data file is the same, byte for byte."""
    folder = demo.folder

    run_in_process("demo", "--seed", 7, "--dir", tmp_path / "second", "--no-open")
    match, mismatch, errors = filecmp.cmpfiles(folder, tmp_path / "second", DATA_FILES, shallow=False)

    assert (sorted(match), mismatch, errors) == (sorted(DATA_FILES), [], [])


def test_demo_started_again_in_its_folder_asks_nothing(demo: FinishedDemo, tmp_path: Path) -> None:
    """The second start answers everything from the journals and tells the same."""
    shutil.copytree(demo.folder, tmp_path / "folder")
    asks = {path: RecordedRun.open(path.parent).totals() for path in tmp_path.rglob(JOURNAL)}

    again = run_in_process(*COMMAND, cwd=tmp_path)

    assert " 0 asks now" in again.out
    assert " 0 asks now" not in demo.ran.out
    assert again.out.splitlines()[:-3] == demo.ran.out.splitlines()[:-3]
    assert {path: RecordedRun.open(path.parent).totals() for path in tmp_path.rglob(JOURNAL)} == asks


def test_demo_of_another_seed_differs(demo: FinishedDemo, tmp_path: Path) -> None:
    """The seed really decides."""
    folder = demo.folder

    ran = run_in_process("demo", "--seed", 8, "--dir", tmp_path / "other", "-n", 5, "--no-open")

    assert ran.code == 0
    assert (tmp_path / "other/evaluators.jsonl").read_bytes() != (folder / "evaluators.jsonl").read_bytes()


def test_demo_refuses_more_prompts_than_there_are(tmp_path: Path) -> None:
    """One line, exit 2, nothing written."""
    ran = run_in_process("demo", "--dir", tmp_path / "x", "-n", 70)

    assert (ran.code, ran.err) == (2, "fellowship: n is 70; expected 1 to 69\n")
    assert not (tmp_path / "x").exists()
