"""Items that are no longer at the end of the input: their conversations stay in the journal, and are in no figure."""

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest

from fellowship import Generator, Reviewer, run
from fellowship.scenarios import feedback_loop
from fellowship.storage.recorded_run import RecordedRun
from fellowship.studies.evaluator_spec import parse_evaluator
from fellowship.studies.study import study
from fellowship.studies.tournament import Pairing
from tests.cli.kit import run_in_process

SCRIPT = """
from fellowship import Judge, run
from fellowship.scenarios import judge
print(run(judge, prompts="p.jsonl", out="runs/m", judge=Judge("sim/strong")))
"""
LEFT_OUT = "3 conversations of items that are no longer in the input are left out"


def rows(n: int) -> str:
    """The first n comparisons, as lines."""
    texts = (
        {"prompt": f"q {n}", "answer_a": f"good {n}", "answer_b": f"bad {n}", "label": "AB"[n % 2]} for n in range(n)
    )
    return "".join(f"{json.dumps(each)}\n" for each in texts)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with a run over 6 items that was started again with 3."""
    (tmp_path / "s.py").write_text(SCRIPT)
    for n in (6, 3):
        (tmp_path / "p.jsonl").write_text(rows(n))
        ran = run_in_process("run", "s.py", cwd=tmp_path)
        assert ran.code == 0
    assert "3 conversations, 3 finished, 0 failed · 0 asked now" in ran.out
    assert LEFT_OUT in ran.out
    return tmp_path


def test_every_command_counts_the_items_of_the_last_start_and_says_so(folder: Path) -> None:
    """List, account, report, comparison, verification and data set; each in one line."""
    export = run_in_process("export", "runs/m", "--to", "d", cwd=folder)
    said = {
        "export": export,
        "runs": run_in_process("runs", cwd=folder),
        "runs show": run_in_process("runs", "show", "runs/m", cwd=folder),
        "show": run_in_process("show", "runs/m", cwd=folder),
        "diff": run_in_process("diff", "runs/m", "runs/m", cwd=folder),
        "verify": run_in_process("verify", "runs/m", cwd=folder),
    }
    (listed,) = run_in_process("runs", "--json", cwd=folder).lines

    assert {name: LEFT_OUT in ran.out for name, ran in said.items()} == dict.fromkeys(said, True)
    assert "3 conversations, 3 pairs" in export.out
    assert "3: 3 finished, 0 failed, 0 open" in said["runs show"].out
    assert "3 conversations, 6 recorded replies: 0 differences" in said["verify"].out
    assert (listed["n_total"], listed["n_finished"], listed["n_left_out"], listed["n_asks"]) == (3, 3, 3, 12)


def test_they_count_again_when_the_items_return(folder: Path) -> None:
    """No reply was lost, and none is asked for again."""
    (folder / "p.jsonl").write_text(rows(6))

    again = run_in_process("run", "s.py", cwd=folder)
    export = run_in_process("export", "runs/m", "--to", "d", cwd=folder)

    assert "6 conversations, 6 finished, 0 failed · 0 asked now" in again.out
    assert ("6 conversations, 6 pairs" in export.out, "left out;" in export.out) == (True, False)


def test_a_start_with_n_counts_its_own_items_and_the_line_names_the_option(folder: Path) -> None:
    """A conversation that is left out can still be shown by its name."""
    run_in_process("run", "s.py", "-n", "2", cwd=folder)

    export = run_in_process("export", "runs/m", "--to", "d", cwd=folder)

    assert "2 conversations, 2 pairs" in export.out
    assert "are left out; the last start had -n 2, and one without it counts them again" in export.out
    assert "status    finished" in run_in_process("show", "runs/m/c00005", cwd=folder).out


def test_a_summary_keeps_the_items_of_its_own_start(tmp_path: Path) -> None:
    """Drafts instead of verdicts; a later start in the same folder has fewer prompts."""
    cast: Any = {"generator": Generator("sim/mid"), "reviewer": Reviewer("sim/strong"), "rounds": 1}
    first = run(feedback_loop, prompts=[f"p {n}" for n in range(5)], out=tmp_path / "r", **cast)
    second = run(feedback_loop, prompts=["p 0", "p 1"], out=tmp_path / "r", **cast)

    assert ([len(list(each)) for each in (first, second)], second.n_left_out) == ([5, 2], 3)
    with RecordedRun.open(tmp_path / "r") as recorded:
        assert [each.position for each in recorded] == [0, 1]
        assert len(recorded.states()) == 5


def test_a_refused_start_changes_no_figure(tmp_path: Path) -> None:
    """The first item differs, so nothing is begun."""
    (tmp_path / "s.py").write_text(SCRIPT)
    (tmp_path / "p.jsonl").write_text(rows(4))
    run_in_process("run", "s.py", cwd=tmp_path)
    (tmp_path / "p.jsonl").write_text(rows(2).replace("q 0", "another"))

    refused = run_in_process("run", "s.py", cwd=tmp_path)
    (listed,) = run_in_process("runs", "--json", cwd=tmp_path).lines

    assert refused.code == 2
    assert (listed["n_total"], listed["n_left_out"]) == (4, 0)


def test_the_data_set_of_a_study_is_of_the_prompts_of_its_figures(tmp_path: Path) -> None:
    """Twelve prompts, then seven: n and data are of seven, and the study counts what is left out."""

    def made(n: int) -> tuple[int, int, int]:
        work = study(
            evaluators={"judge": parse_evaluator("judge:sim/strong")},
            comparisons=[json.loads(line) for line in rows(8).splitlines()],
            singles={"single": Generator("sim/mid")},
            pairings={"pair": Pairing(Generator("sim/scribe"), [Reviewer("sim/strong")])},
            prompts=[f"prompt {n}" for n in range(n)],
            out=tmp_path,
            rounds=1,
        )
        result = asyncio.run(work)
        (match,) = result.tournament.matches
        return len(match.outcomes), result.data.funnel.n_conversations, result.n_left_out

    assert [made(12), made(7)] == [(12, 12, 0), (7, 7, 15)]


def test_fewer_forks_count_as_fewer(tmp_path: Path) -> None:
    """The same fork, with fewer repetitions: those of the last command are its conversations."""
    (tmp_path / "s.py").write_text(SCRIPT)
    (tmp_path / "p.jsonl").write_text(rows(2))
    run_in_process("run", "s.py", cwd=tmp_path)
    for times in (4, 2):
        ran = run_in_process("fork", "runs/m/c00000@4", "--times", times, cwd=tmp_path)
        assert ran.code == 0

    (fork,) = (each for each in run_in_process("runs", "--json", cwd=tmp_path).lines if "fork_of" in each)

    assert (fork["n_total"], fork["n_finished"], fork["n_left_out"]) == (2, 2, 2)
