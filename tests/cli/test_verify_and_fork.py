"""`fellowship verify` and `fellowship fork`: the script of a run, found again and executed for that run alone."""

import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import orjson
import pytest

from fellowship.storage.recorded_run import JOURNAL
from tests.cli.kit import Ran, run_in_child, run_in_process
from tests.demo import FinishedDemo

SCRIPT = """\
import sys
from fellowship import Generator, Juror, Reviewer, run
from fellowship.scenarios import answer, feedback_loop, jury

print("noise", sys.argv[1:])
first = run(answer, prompts="prompts.jsonl", out="runs/answer", quiet=True, generator=Generator("sim/mid"))
second = run(
    feedback_loop, prompts="prompts.jsonl", out="runs/loop", rounds=2, quiet=True,
    generator=Generator("sim/mid"), reviewer=Reviewer("sim/strong"),
)
assert first.n_finished == second.n_finished == 4
run(
    jury, prompts="comparisons.jsonl", out="runs/jury", quiet=True,
    jurors=[Juror("sim/mid"), Juror("sim/wordy"), Juror("sim/strong")],
)
"""


@pytest.fixture
def work(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with a script of three runs, carried out."""
    monkeypatch.chdir(tmp_path)
    Path("script.py").write_text(SCRIPT)
    questions = [f"Name {n} rivers of Europe." for n in range(1, 5)]
    Path("prompts.jsonl").write_bytes(b"\n".join(orjson.dumps({"prompt": text}) for text in questions))
    pairs = [
        {"prompt": text, "response_a": "The Rhine.", "response_b": "The Danube, and others."} for text in questions
    ]
    Path("comparisons.jsonl").write_bytes(b"\n".join(orjson.dumps(pair) for pair in pairs))
    assert run_in_process("run", "script.py", "--", "own", "--arguments").code == 0
    return tmp_path


Command = Callable[..., Ran]


@pytest.fixture
def command() -> Command:
    """The command in this process."""
    return lambda *arguments: run_in_process(*arguments)


def changed(work: Path, before: str, after: str) -> None:
    """An edit of the script."""
    text = (work / "script.py").read_text()
    assert before in text
    (work / "script.py").write_text(text.replace(before, after))


def content(folder: Path) -> Any:
    with closing(sqlite3.connect(folder / JOURNAL)) as connection:
        return list(connection.iterdump())


@pytest.mark.parametrize("run", ["runs/answer", "runs/loop", "runs/jury"])
def test_an_untouched_run_of_a_script_with_several_is_verified(work: Path, command: Command, run: str) -> None:
    """From another folder too: the script is found where it was, with its arguments, and its noise stays apart."""
    before = content(work / run)

    ran = command("verify", work / run)

    assert ran.code == 0
    assert ran.out.strip().endswith("recorded replies: 0 differences")
    assert "noise ['own', '--arguments']" in ran.err
    assert content(work / run) == before


def test_a_changed_template_is_told_message_by_message(work: Path, command: Command) -> None:
    """With exit code 4."""
    changed(work, 'Reviewer("sim/strong")', 'Reviewer("sim/strong", instructions="Be kind.")')

    ran = command("verify", "runs/loop")

    lines = ran.out.splitlines()
    assert ran.code == 4
    assert [line for line in lines if line.startswith("c0")] == [
        f"c0000{number} reviewer.{turn}: the prompt differs" for number in range(4) for turn in range(2)
    ]
    assert "    +Be kind." in lines
    assert lines[-1] == "4 conversations, 16 recorded replies: 8 differences"


def test_json_is_all_there_is_on_standard_output(work: Path) -> None:
    """While the script prints noise, in a process of its own."""
    changed(work, 'Reviewer("sim/strong")', 'Reviewer("sim/strong", instructions="Be kind.")')

    ran = run_in_child("verify", "runs/loop", "--json", cwd=work)

    assert ran.code == 4
    assert [line["event"] for line in ran.lines] == ["difference"] * 8 + ["verified"]
    assert ran.lines[-1] == {
        "event": "verified",
        "conversations": 4,
        "asks": 16,
        "open": 0,
        "differences": 8,
        "left_out": 0,
    }


def test_a_script_that_is_gone_is_told_and_another_may_be_named(work: Path, command: Command) -> None:
    """By --script."""
    (work / "script.py").rename(work / "moved.py")

    gone, named = command("verify", "runs/loop"), command("verify", "runs/loop", "--script", "moved.py")

    assert gone.code == 2
    assert gone.err.strip() == (
        f"fellowship: the script {work / 'script.py'}, which made this run, does not exist; name it with --script"
    )
    assert (named.code, named.out.strip().endswith("0 differences")) == (0, True)


@pytest.mark.parametrize("place", ["script.py", "{run}/script.py"], ids=["relative", "in the run"])
def test_a_script_that_came_with_a_run_is_not_executed_unless_it_is_named(
    work: Path, command: Command, place: str
) -> None:
    """Looking into somebody else's run must not carry out their code."""
    run = work / "runs/loop"
    script = place.format(run=run)
    (run / "script.py").write_text("raise SystemExit('executed')")
    with closing(sqlite3.connect(run / JOURNAL)) as connection, connection:
        ((text,),) = connection.execute("SELECT value FROM run WHERE key = 'origin'").fetchall()
        origin = {**orjson.loads(text), "script": script}
        connection.execute("UPDATE run SET value = ? WHERE key = 'origin'", (orjson.dumps(origin).decode(),))

    refused, named = command("verify", run), command("verify", run, "--script", "script.py")

    assert refused.code == 2
    assert f"names the script {script}, which may have been delivered with the run; read it" in refused.err
    assert "executed" not in refused.out + refused.err.replace("to be executed", "")
    assert named.code == 0


def test_a_script_that_makes_other_runs_is_told(work: Path, command: Command) -> None:
    """With those it makes."""
    (work / "other.py").write_text(SCRIPT.replace("runs/loop", "runs/other"))

    ran = command("verify", "runs/loop", "--script", "other.py")

    assert ran.code == 2
    assert "the script has a run in runs/other before that in" in ran.err


def test_a_fork_asks_one_juror_and_leaves_the_rest(work: Path, command: Command) -> None:
    """First what it would ask; then it is asked; then it is there, and asked no more."""
    before = content(work / "runs/jury")
    fork = ("fork", "runs/jury/c00002", "--model", "juror_2=sim/biased")

    dry, made, again = command(*fork, "--dry-run"), command(*fork), command(*fork)

    assert dry.out.splitlines() == ["new calls: ab/juror_2.0, ba/juror_2.0", "2 calls, 4 reused; cost $0"]
    assert "1 finished, 0 failed · 2 asked now" in made.out
    assert "0 asked now" in again.out
    assert content(work / "runs/jury") == before
    (folder,) = (work / "runs/jury.forks").iterdir()
    assert folder.name.startswith("c00002-1-")
    assert command("show", folder).code == 0
    assert command("verify", "runs/jury").code == command("verify", folder).code == 0
    assert command("fork", folder / "c00000", "--model", "juror_1=sim/biased", "--dry-run").out == dry.out.replace(
        "_2", "_1"
    )


def test_a_text_stands_in_the_place_of_a_message(work: Path, command: Command) -> None:
    """From the command line or from a file."""
    (work / "edit.txt").write_text("Two rivers: Rhine, Danube.\n")

    by_text = command("fork", "runs/loop/c00001@2", "-m", "One river: the Rhine.", "--json")
    by_file = command("fork", "runs/loop/c00001@2", "--edit", "edit.txt")

    assert by_text.code == by_file.code == 0
    assert [line["event"] for line in by_text.lines] == ["original", "conversation", "done"]
    texts = [command("show", folder / "c00000@2").out for folder in (work / "runs/loop.forks").iterdir()]
    assert sorted("One river: the Rhine." in text for text in texts) == [False, True]
    assert sorted("Two rivers: Rhine, Danube." in text for text in texts) == [False, True]


def test_the_spread_of_outcomes_is_told(work: Path, command: Command) -> None:
    """Of as many forks as were asked for."""
    ran = command("fork", "runs/jury/c00000@4", "--times", "6")

    assert ran.code == 0
    told = next(line for line in ran.out.splitlines() if line.startswith("originally: "))
    assert sum(int(part.split()[-1]) for part in told.partition("; now: ")[2].split(", ")) == 6


WRONG: dict[str, tuple[tuple[str, ...], str]] = {
    "a run": (("runs/jury",), "runs/jury is a run; name a conversation of it, as in runs/jury/c00000@3"),
    "no such conversation": (("runs/jury/c00099",), "the run"),
    "no such message": (("runs/jury/c00000@99",), "the conversation c00000 has no message 99; it has c00000@1 to"),
    "no such agent": (("runs/jury/c00000", "--model", "judge=sim/mid"), "there is no agent 'judge'"),
    "no such model": (("runs/jury/c00000", "--model", "sim/none"), "sim/none"),
    "no agent named": (
        ("runs/jury/c00000", "--instructions", "Be brief."),
        "--instructions is 'Be brief.'; expected AGENT",
    ),
    "too hot": (("runs/jury/c00000", "--temperature", "9"), "--temperature is 9.0; expected 0 to 2"),
    "no times": (("runs/jury/c00000", "--times", "0"), "--times is 0; expected at least 1"),
    "no file": (("runs/jury/c00000@4", "--edit", "none.txt"), "none.txt: cannot be read"),
}


@pytest.mark.parametrize(("arguments", "said"), WRONG.values(), ids=list(WRONG))
def test_what_cannot_be_forked_is_one_line(work: Path, command: Command, arguments: tuple[str, ...], said: str) -> None:
    """Exit code 2, and no fork."""
    ran = command("fork", *arguments)

    errors = [line for line in ran.err.splitlines() if line.startswith("fellowship: ")]
    assert ran.code == 2
    assert len(errors) == 1
    assert said in errors[0]
    assert not (work / "runs/jury.forks").exists()


def test_a_fork_keeps_within_what_it_may_use(work: Path, command: Command) -> None:
    """And is continued with more."""
    fork = ("fork", "runs/loop/c00001@2", "--times", "3")

    stopped, whole = command(*fork, "--max-calls", "5"), command(*fork, "--max-calls", "12")

    assert stopped.code == 5
    assert "the 5 requests of --max-calls are made; 5 replies are safe" in stopped.err
    assert (whole.code, "7 asked now" in whole.out) == (0, True)


def test_a_run_of_which_nothing_has_ended_is_not_verified(work: Path, command: Command) -> None:
    """It would pass whatever has changed."""
    with closing(sqlite3.connect(work / "runs/loop" / JOURNAL)) as connection, connection:
        connection.execute("UPDATE conversations SET status = 'started'")

    ran = command("verify", "runs/loop")

    assert ran.code == 2
    assert "none of the 4 conversations of runs/loop has ended; there is nothing to verify" in ran.err


def test_runs_of_the_demo_can_be_verified_and_forked(demo: FinishedDemo) -> None:
    """They have no script; the command is executed again, for the one run."""
    run = next((demo.folder / "runs/evaluators").glob("jury-*")).relative_to(demo.place)

    verified = run_in_process("verify", run, cwd=demo.place)
    forked = run_in_process("fork", run / "c00003@4", "--model", "juror_2=sim/strong", cwd=demo.place)

    assert (verified.code, verified.out.strip()) == (0, "138 conversations, 828 recorded replies: 0 differences")
    assert (forked.code, "2 asked now" in forked.out) == (0, True)
