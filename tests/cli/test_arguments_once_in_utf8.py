"""Arguments and paths that are not UTF-8, and options that are given twice, are one line and exit code 2."""

import os
from pathlib import Path

import orjson
import pytest

from tests.cli.kit import run_in_process

SCRIPT = """\
from fellowship import Generator, run
from fellowship.scenarios import answer

run(answer, prompts=["hi?"], out={out!r}, quiet=True, generator=Generator("sim/mid"))
"""
NOT_UTF8 = os.fsdecode(b"lat\xe9")


@pytest.fixture(autouse=True)
def script(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("script.py").write_text(SCRIPT.format(out="runs/one"))


@pytest.mark.parametrize(
    "arguments",
    [
        ("run", "script.py", "--out", NOT_UTF8),
        ("plan", f"{NOT_UTF8}.py"),
        ("check", "script.py", "--prompts", f"{NOT_UTF8}.jsonl"),
        ("export", "runs/one", f"--to={NOT_UTF8}"),
        ("run", "script.py", "--", NOT_UTF8),
    ],
)
def test_an_argument_that_is_not_utf8_is_one_line(arguments: tuple[str, ...]) -> None:
    """Nothing is executed."""
    ran = run_in_process(*arguments)

    assert ran.code == 2
    assert "is not UTF-8; rename the file" in ran.err
    assert ran.err.count("\n") == 1
    assert [*Path().iterdir()] == [Path("script.py")]


def test_a_folder_of_a_script_that_is_not_utf8_is_one_line() -> None:
    """The journal cannot keep its name."""
    Path("script.py").write_text(SCRIPT.format(out=NOT_UTF8))
    ran = run_in_process("run", "script.py")

    assert ran.code == 2
    assert "is not UTF-8, and cannot be recorded with the run; rename it\n" in ran.err
    assert "Traceback" not in ran.err
    assert not Path(NOT_UTF8).exists()


def test_a_working_folder_that_is_not_utf8_is_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    """Also where no argument names it."""
    Path(NOT_UTF8).mkdir()
    Path("script.py").rename(Path(NOT_UTF8, "script.py"))
    monkeypatch.chdir(NOT_UTF8)
    ran = run_in_process("run", "script.py")

    assert (ran.code, "Traceback" in ran.err) == (2, False)
    assert "is not UTF-8" in ran.err


def test_a_run_in_such_a_folder_is_listed() -> None:
    """As an escape in JSON."""
    assert run_in_process("run", "script.py").code == 0
    Path("runs/one").rename(Path("runs", NOT_UTF8))
    ran = run_in_process("runs", "--json")

    assert ran.code == 0
    assert "lat\\udce9" in ran.out
    assert orjson.loads(ran.out.replace("\\udce9", "e"))["kind"] == "run"


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("run", "script.py", "-n", "3", "-n", "2"), "argument -n: given twice, as '3' and as '2'"),
        (("plan", "script.py", "--seed", "1", "--seed=2"), "argument --seed: given twice, as '1' and as '2'"),
        (("export", "runs/one", "--to", "a", "--to", "b"), "argument --to: given twice, as 'a' and as 'b'"),
    ],
)
def test_an_option_of_one_value_is_given_once(arguments: tuple[str, ...], said: str) -> None:
    """The last one would win in silence."""
    ran = run_in_process(*arguments)

    assert (ran.code, said in ran.err) == (2, True)


def test_an_option_of_several_values_may_be_repeated() -> None:
    """Such as a model for each agent."""
    ran = run_in_process("run", "script.py", "--model", "generator=sim/mid", "--model", "generator=sim/strong")

    assert "given twice" not in ran.err
