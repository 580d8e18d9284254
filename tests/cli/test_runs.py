"""`fellowship runs`: list, show, remove."""

import os
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from rich.cells import cell_len

from fellowship.protocols.completions import Completion, Request, Usage
from fellowship.protocols.errors import ProviderUnavailable
from fellowship.runners.run_folder import locked_folder
from fellowship.testing import ScriptedProvider
from tests.cli.kit import run_in_process
from tests.runners.kit import improved, one_answer, scripted_run, told

LONG = "a-name-that-is-as-long-as-names-of-pairings-are-when-they-are-made-of-models"


def reply(request: Request) -> Completion | Exception:
    """The second conversation fails."""
    if request.key.conversation == "c00001":
        return ProviderUnavailable(f"500 for {request.key}")
    return Completion("text", usage=Usage(1000, 500))


@pytest.fixture
def runs(tmp_path: Path) -> Path:
    """An older run, a newer one that is simulated and partly failed, and a file that is no journal."""
    scripted_run(improved, tmp_path / "old", ScriptedProvider(reply))
    scripted_run(one_answer, tmp_path / "new", ScriptedProvider(told))
    (tmp_path / "broken").mkdir()
    (tmp_path / "broken" / "journal.sqlite").write_text("no database at all, but long enough to look like one")
    return tmp_path


def test_runs_are_listed_newest_first_and_those_that_cannot_be_read_last(
    runs: Path,
) -> None:
    """With what they took, and without an end to the listing."""
    ran = run_in_process("runs", "--dir", runs)

    heading, newer, older, broken = ran.out.splitlines()
    assert ran.code == 0
    assert heading.split() == ["run", "scenario", "done", "failed", "open", "calls", "tokens", "begun", "written"]
    assert newer.split()[:8] == ["[SIM]", "new", "one_ans…", "3/3", "0", "0", "3", "0"]
    assert older.split()[:7] == ["old", "improved", "2/3", "1", "0", "4", "6,000"]
    assert broken.split(maxsplit=4)[:4] == ["broken", "cannot", "be", "read:"]


@pytest.mark.parametrize("name", ["short", LONG, f"{LONG}/{LONG}", "日本" * 30], ids=["short", "long", "deep", "wide"])
def test_the_table_fits_eighty_columns(tmp_path: Path, name: str) -> None:
    """Names that do not fit beside the numbers stand above them."""
    scripted_run(one_answer, tmp_path / name, ScriptedProvider(told))

    out = run_in_process("runs", "--dir", tmp_path).out

    assert max(map(cell_len, out.splitlines())) <= 80
    assert name[-20:] in out


def test_a_run_that_is_being_carried_out_names_its_process(runs: Path) -> None:
    """In the place of when it was written last."""
    with locked_folder(runs / "old"):
        out = run_in_process("runs", "--dir", runs).out
        (told_,) = [each for each in run_in_process("runs", "--dir", runs, "--json").lines if each["held_by"]]

    assert f"pid {os.getpid()}" in out
    assert (told_["folder"], told_["held_by"]) == (str(runs / "old"), str(os.getpid()))


def test_json_tells_each_run_as_an_object(runs: Path) -> None:
    """A run that cannot be read has a problem, and no counts."""
    newer, older, broken = run_in_process("runs", "--dir", runs, "--json").lines

    assert (newer["simulated"], older["simulated"]) == (True, False)
    assert {name: older[name] for name in ("n_total", "n_finished", "n_failed", "n_open", "n_asks")} == {
        "n_total": 3,
        "n_finished": 2,
        "n_failed": 1,
        "n_open": 0,
        "n_asks": 4,
    }
    assert broken["problem"].startswith("cannot be read: ")
    assert "n_total" not in broken


def test_a_folder_without_runs_says_so(tmp_path: Path) -> None:
    """And is no error."""
    ran = run_in_process("runs", "--dir", tmp_path / "none")

    assert (ran.code, ran.out) == (0, f"no runs in {tmp_path / 'none'}\n")


def test_one_run_is_shown_with_its_failures_and_its_asks(runs: Path) -> None:
    """In at most eighty columns."""
    out = run_in_process("runs", "show", runs / "old").out

    assert "conversations    3: 2 finished, 1 failed, 0 open\n" in out
    assert "calls            4, 4,000 tokens in, 2,000 out\n" in out
    assert "unreadable       0 replies of 4\n" in out
    assert "fork of" not in out
    assert "  1  provider: ProviderUnavailable: … for … (first: c00001)\n" in out
    assert out.splitlines()[-1].split() == ["generator", "fake/any", "4", "0", "4,000", "2,000"]
    assert max(map(len, out.splitlines()[1:])) <= 80


def test_one_run_is_shown_as_objects(runs: Path) -> None:
    """Counts by reason sum to the failures."""
    shown = run_in_process("runs", "show", runs / "old", "--json").lines

    assert [each["kind"] for each in shown] == ["run", "failures", "asks"]
    assert shown[0]["config"]["scenario"] == "improved"
    assert sum(each["n"] for each in shown if each["kind"] == "failures") == shown[0]["n_failed"] == 1


def test_nothing_is_removed_without_a_word_where_nobody_can_be_asked(
    runs: Path,
) -> None:
    """--yes is that word."""
    refused = run_in_process("runs", "rm", runs / "old")
    kept = (runs / "old").is_dir()
    removed = run_in_process("runs", "rm", runs / "old", runs / "new", "--yes")

    why = "fellowship: standard input is not a terminal, so removal cannot be confirmed; give --yes\n"
    assert (refused.code, refused.err, kept) == (2, why, True)
    assert (removed.code, removed.out) == (0, f"removed {runs / 'old'}\nremoved {runs / 'new'}\n")
    assert not (runs / "old").exists()
    assert not (runs / "new").exists()


@pytest.mark.parametrize(("answer", "left"), [("y", False), ("YES", False), ("", True), ("n", True)])
def test_on_a_terminal_it_is_asked(runs: Path, monkeypatch: pytest.MonkeyPatch, answer: str, left: bool) -> None:
    """Only a yes removes."""
    asked: list[str] = []

    def answered(question: str) -> str:
        asked.append(question)
        return answer

    monkeypatch.setattr("sys.stdin.isatty", lambda: True, raising=False)
    monkeypatch.setattr("builtins.input", answered)

    run_in_process("runs", "rm", runs / "old")

    assert asked == [f"remove the run {runs / 'old'}, 3 conversations, 4 replies? [y/N] "]
    assert (runs / "old").exists() is left


def test_one_folder_that_cannot_be_removed_keeps_all(runs: Path) -> None:
    """They are looked at before the first goes."""
    with locked_folder(runs / "old"):
        ran = run_in_process("runs", "rm", "--yes", runs / "new", runs / "old")

    why = f"the run in {runs / 'old'} is in use by process {os.getpid()}; stop that first"
    assert (ran.code, ran.out, ran.err) == (2, "", f"fellowship: {why}\n")
    assert (runs / "new").is_dir()


def test_list_names_the_same_runs(runs: Path) -> None:
    """In the same order."""
    found = run_in_process("list", "runs", "--dir", runs, "--json").lines

    assert [(each["name"], each["text"]) for each in found] == [
        (str(runs / "new"), "[SIM] one_answer: 3 finished"),
        (str(runs / "old"), "improved: 2 finished, 1 failed"),
        (str(runs / "broken"), "cannot be read"),
    ]


def test_nothing_a_terminal_could_obey_is_printed(tmp_path: Path) -> None:
    """Whatever a journal or a folder holds."""
    hostile = "\x1b[2J\u202e\x9b"
    folder = tmp_path / f"run{hostile}"
    scripted_run(one_answer, folder, ScriptedProvider(told))
    with closing(sqlite3.connect(folder / "journal.sqlite")) as journal, journal:
        journal.execute("UPDATE run SET value = ? WHERE key = 'scenario'", (hostile,))
        journal.execute("UPDATE ask_rows SET agent = ?, model = ?", (hostile, hostile))
        journal.execute("UPDATE conversations SET status = 'failed', error = ?, fault = ?", (hostile, hostile))
    outs = [
        run_in_process("runs", "--dir", tmp_path, *more).out + run_in_process("runs", "show", folder, *more).out
        for more in ((), ("--json",))
    ]

    assert [set(out) & {"\x1b", "\u202e", "\x9b"} for out in outs] == [set(), set()]


def test_a_run_named_twice_is_removed_once(runs: Path) -> None:
    """Which is what was wanted."""
    ran = run_in_process("runs", "rm", "--yes", runs / "old", runs / "old")

    assert (ran.code, ran.out) == (0, f"removed {runs / 'old'}\n")


@pytest.mark.parametrize("named", [("", "old"), ("old", "")], ids=["outer first", "inner first"])
def test_a_folder_inside_another_one_that_is_named_goes_with_it(runs: Path, named: tuple[str, str]) -> None:
    ran = run_in_process("runs", "rm", "-r", "--yes", *(runs / each for each in named))

    assert (ran.code, ran.err) == (0, "")
    assert ran.out == f"removed 3 runs in {runs}\n"
    assert not runs.exists()


def test_replies_of_another_run_are_no_calls_of_a_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """All of them, or those to the prompts that both have; they cost nothing again."""
    monkeypatch.chdir(tmp_path)
    Path("fellowship.toml").write_text('[prices."sim/mid"]\ninput = 2\noutput = 10\nas_of = 2026-11-01\n')
    text = "from fellowship import Generator, run\nfrom fellowship.scenarios import answer\n"
    text += "run(answer, prompts=[{}], quiet=True, generator=Generator('sim/mid'))\n"
    Path("two.py").write_text(text.format("'Why?', 'How?'"))
    Path("three.py").write_text(text.format("'Why?', 'How?', 'When?'"))
    for script, *options in (
        ["two.py", "old"],
        ["two.py", "same", "--reuse", "old"],
        ["three.py", "more", "--reuse", "old"],
    ):
        ran = run_in_process("run", script, "--out", *options)
        assert ran.code == 0, ran.err

    shown = {name: run_in_process("runs", "show", name).out.splitlines() for name in ("old", "same", "more")}
    (run, uses), (old, _) = (run_in_process("runs", "show", name, "--json").lines for name in ("more", "old"))

    assert {name: _fact(lines, "calls").split(",")[0] for name, lines in shown.items()} == {
        "old": "2",
        "same": "0 and 2 replies of another run",
        "more": "1 and 2 replies of another run",
    }
    assert {name: lines[-1].split()[:3] for name, lines in shown.items()} == {
        "old": ["generator", "sim/mid", "2"],
        "same": ["generator", "sim/mid", "0"],
        "more": ["generator", "sim/mid", "1"],
    }
    assert _fact(shown["same"], "cost") == "$0"
    assert 0 < run["cost_usd"] < old["cost_usd"]
    assert [(each["n_asks"], each["n_reused"]) for each in (run, uses)] == [(3, 2), (3, 2)]


def _fact(lines: list[str], name: str) -> str:
    (line,) = (line for line in lines if line.startswith(f"{name} "))
    return line.removeprefix(name).strip()
