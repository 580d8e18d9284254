"""`fellowship fork` and `fellowship verify`: what they print, and how they end."""

from pathlib import Path

import pytest

from tests.cli.kit import run_in_process

SCRIPT = """\
from fellowship import Generator, Reviewer, run
from fellowship.scenarios import feedback_loop

run(feedback_loop, prompts=["Why?", "How?"], out="runs/loop", rounds=1,
    generator=Generator("sim/mid"), reviewer=Reviewer("sim/mid"))
"""


@pytest.fixture
def script(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A script in the working directory that has been carried out, into runs/loop."""
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "script.py"
    path.write_text(SCRIPT)
    assert run_in_process("run", path, "--quiet").code == 0
    return path


@pytest.mark.usefixtures("script")
def test_a_fork_tells_what_became_of_the_outcome() -> None:
    """In paths from where one is, and what to look at next."""
    ran = run_in_process("fork", "runs/loop/c00001@2", "-m", "No.")

    counts, outcome = ran.out.splitlines()
    folder = counts.partition(" · 1 asked now · ")[2]
    assert ran.code == 0
    assert folder.startswith("runs/loop.forks/c00001-2-")
    assert outcome == "originally: finished; now: a different text"
    assert ran.err.splitlines()[-1] == f"inspect it: fellowship show {folder}/c00000, or replay {folder}"


@pytest.mark.usefixtures("script")
def test_a_dry_run_says_that_the_same_was_forked_before() -> None:
    """The estimate is that of a new one."""
    command = ("fork", "runs/loop/c00001@2", "-m", "No.")
    before = run_in_process(*command, "--dry-run")
    run_in_process(*command)

    after = run_in_process(*command, "--dry-run")

    assert before.out == "new calls: reviewer.0\n1 call, 1 reused; cost $0\n"
    assert after.out.startswith(f"{before.out}this fork exists in runs/loop.forks/c00001-2-")


def test_a_fork_with_other_code_than_before_says_how_to_go_on(script: Path) -> None:
    """The command has no --accept-changes and no --out."""
    run_in_process("fork", "runs/loop/c00001@2", "-m", "No.")
    script.write_text(SCRIPT.replace("rounds=1", "rounds=2"))

    ran = run_in_process("fork", "runs/loop/c00001@2", "-m", "No.")

    assert ran.code == 2
    assert ran.err.endswith("arguments.rounds was 1, is 2; restore them, or fork again with --fresh\n")


def test_verify_tells_texts_line_by_line(script: Path) -> None:
    """A reply of several lines is indented as a whole."""
    script.write_text(SCRIPT.replace('Reviewer("sim/mid")', 'Reviewer("sim/mid", scored=False)'))

    ran = run_in_process("verify", "runs/loop")

    head, *told, last = ran.out.splitlines()
    assert ran.code == 4
    assert head == "c00000 reviewer.0: the prompt differs"
    assert all(line.startswith(("    ", "c0000")) for line in told)
    assert last.startswith("2 conversations, 4 recorded replies: ")


def test_a_run_that_was_set_aside_is_verified(script: Path) -> None:
    """Its script makes the run in the first folder."""
    run_in_process("run", script, "--quiet", "--fresh")

    ran = run_in_process("verify", "runs/loop~1")

    assert (ran.code, ran.out) == (0, "2 conversations, 4 recorded replies: 0 differences\n")


WRONG = {
    "no such script": (("--script", "nix.py"), "nix.py: no such script; expected the Python file that made the run"),
    "another script": (("--script", "other.py"), "no run in "),
}


@pytest.mark.usefixtures("script")
@pytest.mark.parametrize(("options", "said"), WRONG.values(), ids=list(WRONG))
def test_a_wrong_script_is_told(options: tuple[str, str], said: str) -> None:
    """In one line, whoever asks."""
    Path("other.py").write_text("")

    ran = run_in_process("verify", "runs/loop", *options)

    assert ran.code == 2
    assert said in ran.err
