"""`fellowship diff`: two runs, outcome by outcome."""

from pathlib import Path

import pytest

from tests.cli.kit import run_in_process
from tests.reports.test_run_comparison import a_run, decided, items
from tests.runners.kit import one_answer

A = "A B inconsistent A A B failed"
B = "A A tie B A A A"
LABELS = ["A", "B", "tie", "A", "B", "A", "A"]


@pytest.fixture
def runs(tmp_path: Path) -> tuple[Path, Path]:
    """Two runs with labels."""
    return (
        a_run(tmp_path / "a", decided, A.split(), items(LABELS)),
        a_run(tmp_path / "b", decided, B.split(), items(LABELS)),
    )


def test_the_four_cells_are_told_with_their_conversations(
    runs: tuple[Path, Path],
) -> None:
    """All of it as a person sees it."""
    ran = run_in_process("diff", *runs)

    assert ran.code == 0
    assert (
        ran.out
        == f"""\
A  {runs[0]}  decided  [SIMULATED]
B  {runs[1]}  decided  [SIMULATED]

paired    7 (7 by item)
unpaired  0 only in A, 0 only in B
left out  1 failed in A; in no figure below

         B right  B wrong     n=6
A right        2        2
A wrong        1        1
right: the verdict is the label; an inconsistent verdict counts as a tie

McNemar's exact test: 2 only A against 1 only B, p = 1.000

the same outcome in both: 33.3% [9.7%, 70.0%], n=6
A and B agree with each other: Cohen's kappa -0.09 [-0.66, 0.57], n=6

both right (2)
  c00000 c00002

only A right (2)
  c00001 c00003

only B right (1)
  c00005

both wrong (1)
  c00004
"""
    )


def test_json_tells_the_comparison_and_every_pair(runs: tuple[Path, Path]) -> None:
    """A pair that is left out is in no cell."""
    diff, *pairs = run_in_process("diff", *runs, "--json").lines

    assert diff["cells"] == {"both right": 2, "only A right": 2, "only B right": 1, "both wrong": 1}
    assert (diff["n_paired"], diff["n"], diff["left_out"], diff["p_mcnemar"]) == (7, 6, {"failed in A": 1}, 1.0)
    assert pairs[2] == {
        "kind": "pair",
        "a": "c00002",
        "b": "c00002",
        "label": "tie",
        "outcome_a": "inconsistent",
        "outcome_b": "tie",
        "cell": "both right",
        "left_out": None,
    }
    assert (pairs[6]["cell"], pairs[6]["left_out"]) == (None, "failed in A")


def test_a_table_of_outcomes_stands_where_no_labels_are(tmp_path: Path) -> None:
    """With the conversations whose outcome is another one."""
    a = a_run(tmp_path / "a", decided, ["A"] * 60, items([None] * 60))
    b = a_run(tmp_path / "b", decided, ["tie"] * 55 + ["A"] * 5, items([None] * 60))

    out = run_in_process("diff", a, b).out

    assert "A down, B across    A  tie\nA                   5   55\ntie                 0    0\n" in out
    assert "\nA → tie (55)\n  c00000 c00001 " in out
    assert out.endswith("\n  and 22 more; --json names all\n")
    assert max(map(len, out.splitlines()[2:])) <= 80


def test_runs_without_a_common_item_say_so(tmp_path: Path) -> None:
    """Which is no failure."""
    a = a_run(tmp_path / "a", one_answer, ["x"], ["one"])
    b = a_run(tmp_path / "b", one_answer, ["x"], ["two"])

    ran = run_in_process("diff", a, b)
    by_place = run_in_process("diff", a, b, "--match", "position")

    assert (ran.code, ran.out.splitlines()[-1]) == (0, "nothing can be compared")
    assert "unpaired  1 only in A, 1 only in B\n" in ran.out
    assert "paired    1 (1 by position)\n" in by_place.out


def test_a_folder_without_a_run_is_code_2(tmp_path: Path) -> None:
    """In one line."""
    a = a_run(tmp_path / "a", one_answer, ["x"], ["one"])

    ran = run_in_process("diff", a, tmp_path / "no")

    assert (ran.code, ran.out, ran.err.count("\n")) == (2, "", 1)
    assert f"no run in {tmp_path / 'no'}: it holds no journal.sqlite" in ran.err
