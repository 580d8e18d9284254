"""The demo: a whole study without a key, the same for the same seed, and free the second time."""

import filecmp
import json
from pathlib import Path

import pytest

from fellowship.storage.recorded_run import JOURNAL, RecordedRun
from tests.cli.kit import Ran, run_in_process

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


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Ran]:
    """One demo and its folder."""
    folder = tmp_path_factory.mktemp("demo") / "first"
    return folder, run_in_process("demo", "--seed", 7, "--dir", folder, "--no-open")


def test_demo_tells_of_evaluators_pairings_and_data_and_marks_all_simulated(demo: tuple[Path, Ran]) -> None:
    """Exit 0; three tables, each marked; at least five evaluators with interval, n and failures."""
    folder, ran = demo

    rows = [json.loads(line) for line in (folder / "evaluators.jsonl").read_text().splitlines()]

    assert (ran.code, ran.err) == (0, "")
    assert ran.out.count("[SIM]") >= 5
    assert sum(row["evaluator"].startswith("judge:") for row in rows) >= 3
    assert {"jury", "debate"} <= {row["evaluator"].partition(":")[0] for row in rows}
    assert all(row["simulated"] for row in rows)
    assert all(row["kappa"]["low"] <= row["kappa"]["value"] <= row["kappa"]["high"] for row in rows)
    assert all(row["kappa"]["n"] == row["n_items"] - row["n_failed"] for row in rows)
    assert any(row["n_failed"] > 0 for row in rows)


def test_demo_win_rates_cover_every_pairing_against_every_single_model(demo: tuple[Path, Ran]) -> None:
    """The matrix is whole, and each cell accounts for every prompt."""
    folder, _ = demo

    rows = [json.loads(line) for line in (folder / "win_rates.jsonl").read_text().splitlines()]
    outcomes = [sum(row[name] for name in ("wins", "losses", "ties", "inconsistent", "failed")) for row in rows]

    assert len(rows) == 6 * 3
    assert outcomes == [40] * 18


def test_demo_data_set_is_marked_simulated(demo: tuple[Path, Ran]) -> None:
    """The card says so in its first line, its tags, and every row's provenance."""
    folder, _ = demo

    card = (folder / "data/README.md").read_text()
    rows = [json.loads(line) for line in (folder / "data/dpo/train.jsonl").read_text().splitlines()]

    assert "SIMULATED" in card
    assert "simulated" in card.partition("\n---\n")[0]
    assert all(row["provenance"]["simulated"] is True for row in rows)


def test_demo_of_one_seed_writes_the_same_bytes_in_another_folder(demo: tuple[Path, Ran], tmp_path: Path) -> None:
    """Two folders, one seed: every data file is the same, byte for byte."""
    folder, _ = demo

    run_in_process("demo", "--seed", 7, "--dir", tmp_path / "second", "--no-open")
    match, mismatch, errors = filecmp.cmpfiles(folder, tmp_path / "second", DATA_FILES, shallow=False)

    assert (sorted(match), mismatch, errors) == (sorted(DATA_FILES), [], [])


def test_demo_started_again_in_its_folder_asks_nothing(demo: tuple[Path, Ran]) -> None:
    """The second start answers everything from the journals and tells the same."""
    folder, ran = demo
    asks = {path: RecordedRun.open(path.parent).totals() for path in folder.rglob(JOURNAL)}

    again = run_in_process("demo", "--seed", 7, "--dir", folder, "--no-open")

    assert " 0 asks now" in again.out
    assert " 0 asks now" not in ran.out
    assert again.out.splitlines()[:-3] == ran.out.splitlines()[:-3]
    assert {path: RecordedRun.open(path.parent).totals() for path in folder.rglob(JOURNAL)} == asks


def test_demo_of_another_seed_differs(demo: tuple[Path, Ran], tmp_path: Path) -> None:
    """The seed really decides."""
    folder, _ = demo

    ran = run_in_process("demo", "--seed", 8, "--dir", tmp_path / "other", "-n", 5, "--no-open")

    assert ran.code == 0
    assert (tmp_path / "other/evaluators.jsonl").read_bytes() != (folder / "evaluators.jsonl").read_bytes()


def test_demo_refuses_more_prompts_than_there_are(tmp_path: Path) -> None:
    """One line, exit 2, nothing written."""
    ran = run_in_process("demo", "--dir", tmp_path / "x", "-n", 70)

    assert (ran.code, ran.err) == (2, "fellowship: n is 70; expected 1 to 69\n")
    assert not (tmp_path / "x").exists()
