from pathlib import Path

import pytest

from fellowship.protocols.errors import ConfigurationError, RunNotFound
from fellowship.replay.address import Address, find_run
from tests.cli.kit import run_in_process

RUNS = (Path("runs/jury"), Path("deep/er/runs/a@1"), Path())


@pytest.fixture
def runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for folder in RUNS:
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "journal.sqlite").touch()


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("runs/jury", Address(Path("runs/jury"))),
        ("runs/jury/", Address(Path("runs/jury"))),
        ("runs/jury/journal.sqlite", Address(Path("runs/jury"))),
        ("runs/jury/c00417", Address(Path("runs/jury"), "c00417")),
        ("runs/jury/c00417@5", Address(Path("runs/jury"), "c00417", 5)),
        ("deep/er/runs/a@1", Address(Path("deep/er/runs/a@1"))),
        ("deep/er/runs/a@1/c00000@2", Address(Path("deep/er/runs/a@1"), "c00000", 2)),
        ("c00003", Address(Path(), "c00003")),
    ],
)
@pytest.mark.usefixtures("runs")
def test_what_is_named_is_found(text: str, address: Address) -> None:
    assert find_run(text) == address


@pytest.mark.parametrize("number", ["0", "x", "", "-1", "1.5", "²"])
@pytest.mark.usefixtures("runs")
def test_a_message_has_a_number_from_1(number: str) -> None:
    with pytest.raises(ConfigurationError, match=r"is not a message number; expected 1 or more, as in c00000@5"):
        find_run(f"runs/jury/c00000@{number}")


def test_a_run_that_is_not_there_names_those_that_are_near(tmp_path: Path) -> None:
    (tmp_path / "jury").mkdir()
    (tmp_path / "jury" / "journal.sqlite").touch()

    with pytest.raises(RunNotFound, match=r"did you mean .*/jury\?$"):
        find_run(f"{tmp_path}/jurry")
    with pytest.raises(RunNotFound, match=r"did you mean .*/jury\?$"):
        find_run(f"{tmp_path}/jurry/c00000@3")
    with pytest.raises(RunNotFound, match=r"there are runs in it: .*/jury$"):
        find_run(f"{tmp_path}")
    with pytest.raises(RunNotFound, match=r"`fellowship runs` lists runs$"):
        find_run(f"{tmp_path}/nowhere/at/all")


@pytest.mark.parametrize("text", ["", " ", "\t"])
def test_an_empty_text_is_not_the_working_directory(text: str) -> None:
    with pytest.raises(RunNotFound) as refused:
        find_run(text)

    expected = f"{text!r} names no run; is a variable of the shell not set? `fellowship runs` lists runs"
    assert str(refused.value) == expected


@pytest.mark.parametrize(
    "command", [("show", ""), ("replay", ""), ("runs", "show", ""), ("diff", "", "a"), ("fork", "")]
)
def test_a_command_for_an_unset_variable_is_refused_in_one_line(tmp_path: Path, command: tuple[str, ...]) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "journal.sqlite").touch()

    ran = run_in_process(*command, cwd=tmp_path)

    assert (ran.code, ran.out, ran.err.count("\n")) == (2, "", 1)
    assert "is a variable of the shell not set?" in ran.err
