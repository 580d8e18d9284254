"""The replies of other runs for a script with several runs: a folder of runs gives each run its own."""

import asyncio
from pathlib import Path
from typing import Any

import pytest

from fellowship.agents.generator import Generator
from fellowship.protocols.errors import ConfigurationError
from fellowship.runners.overrides import Overrides, overriding
from fellowship.runners.run import arun
from fellowship.testing import ScriptedProvider
from tests.runners.kit import MODEL, improved, one_answer, queried, scripted_run, told

PROMPTS = ["one", "two", "three"]


def script(*runs: dict[str, Any], **overrides: Any) -> int:
    """A command with these runs, one after the other; the number of its requests."""
    provider = ScriptedProvider(told)
    common: dict[str, Any] = {"prompts": PROMPTS, "quiet": True, "providers": {"fake": provider}}
    with overriding(Overrides(**overrides)):
        for given in runs:
            options = {"scenario": one_answer, "generator": Generator(MODEL), **common, **given}
            asyncio.run(arun(options.pop("scenario"), **options))
    return provider.n_calls


TWO_FOLDERS: list[dict[str, Any]] = [{"out": "runs/a"}, {"out": "runs/b", "seed": 1}]
TWO_SCENARIOS: list[dict[str, Any]] = [{}, {"scenario": improved}]
DEEP: list[dict[str, Any]] = [{"out": "runs/x/a"}, {"out": "runs/y/a", "seed": 1}]


@pytest.mark.parametrize(
    ("runs", "n_asked"), [(TWO_FOLDERS, 6), (TWO_SCENARIOS, 9), (DEEP, 6)], ids=["own", "default", "deep"]
)
@pytest.mark.parametrize("before", [None, Path("old")], ids=["own folders", "below --out"])
def test_each_run_takes_the_replies_of_the_run_of_its_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, runs: list[dict[str, Any]], n_asked: int, before: Path | None
) -> None:
    monkeypatch.chdir(tmp_path)
    assert script(*runs, out=before) == n_asked

    assert script(*runs, out=Path("new"), reuse=before or Path("runs")) == 0

    folders = sorted(Path("new").glob("*/journal.sqlite"))
    assert [queried(each.parent, "SELECT sum(NOT reused) FROM asks") for each in folders] == [[0], [0]]


def test_a_run_without_one_of_its_name_is_asked_and_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    script(TWO_FOLDERS[0], {"out": "runs/c"})

    assert script(*TWO_FOLDERS, out=Path("new"), reuse=Path("runs")) == 3

    assert (
        "nothing is reused for a run of the script: there is no runs/b or runs/one_answer-2" in capsys.readouterr().err
    )


@pytest.mark.parametrize("out", [Path("new"), Path(":memory:")], ids=str)
def test_one_run_is_not_reused_for_a_second(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, out: Path) -> None:
    monkeypatch.chdir(tmp_path)
    script(*TWO_FOLDERS)
    asked: list[Any] = []

    def reply(request: Any) -> str:
        asked.append(request)
        return told(request)

    second = {**TWO_FOLDERS[1], "providers": {"fake": ScriptedProvider(reply)}}
    with pytest.raises(ConfigurationError, match=r"--reuse runs/a is one run whose replies an earlier run\(\.\.\.\)"):
        script(TWO_FOLDERS[0], second, out=out, reuse=Path("runs/a"))

    assert not asked


def test_a_repeated_run_takes_the_same_run_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is no second run."""
    monkeypatch.chdir(tmp_path)
    script(TWO_FOLDERS[0])

    assert script({"out": "new"}, {"out": "new"}, reuse=Path("runs/a")) == 0


def test_a_folder_of_other_runs_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    script(*TWO_FOLDERS)

    with pytest.raises(ConfigurationError) as caught:
        script({"out": "mine"}, reuse=Path("runs"))

    assert "has none for this run: there is no runs/mine; there are runs in runs/a, runs/b: name one" in str(
        caught.value
    )
    assert not Path("mine").exists()


@pytest.mark.parametrize(
    "before",
    [["four", "five"], [{"prompt": prompt, "id": str(n)} for n, prompt in enumerate(PROMPTS)]],
    ids=["other prompts", "other ids"],
)
def test_a_run_with_other_items_only_is_not_reused(tmp_path: Path, before: list[Any]) -> None:
    """Nothing is asked, no folder is made, and a fresh start renames nothing; as the argument and as the option."""
    old, new = tmp_path / "old", tmp_path / "new"
    script({"out": old, "prompts": before})
    first = "four" if before[0] == "four" else "one"
    expected = f"none of the items of this run .the first is 'one'. is one of its items .its first is '{first}'"

    for given, options in (
        ({"out": new, "reuse": old}, {}),
        ({"out": new}, {"reuse": old}),
        ({"out": old, "fresh": True}, {"reuse": old}),
    ):
        with pytest.raises(ConfigurationError, match=expected):
            script(given, **options)

    assert [each.name for each in tmp_path.iterdir()] == ["old"]


def test_a_later_run_of_a_folder_of_runs_with_other_items_is_asked_and_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Its items may be made of what the first run says now; as the argument of the run it is refused."""
    monkeypatch.chdir(tmp_path)
    script(*TWO_FOLDERS)
    first, second = TWO_FOLDERS
    second = {**second, "prompts": ["new"]}

    assert script(first, second, out=Path("new"), reuse=Path("runs")) == 1
    with pytest.raises(ConfigurationError, match="its first is 'one'"):
        script({**first, "out": "x"}, {**second, "out": "y", "reuse": "runs/b"})

    message = "nothing is reused for a run of the script: the run in runs/b has none of its items"
    assert message in capsys.readouterr().err


@pytest.mark.parametrize(("n", "counted"), [(2, "2 of 3 items"), (3, "3 of 3 items")])
def test_the_items_that_are_reused_are_counted_before_the_first_call(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], n: int, counted: str
) -> None:
    script({"out": tmp_path / "old", "n": n})

    assert script({"out": tmp_path / "new", "reuse": tmp_path / "old", "quiet": False}) == 3 - n

    assert f"replies of the run in {tmp_path / 'old'} are reused for {counted}\n" in capsys.readouterr().err


@pytest.mark.parametrize("name", ["tri2", "ticket_triager"])
def test_a_run_with_other_agents_only_is_not_reused(tmp_path: Path, name: str) -> None:
    """Nothing is asked, and a fresh start renames nothing."""
    scripted_run(one_answer, tmp_path / "old", ScriptedProvider(told), generator=Generator(MODEL, name="triager"))
    given: dict[str, Any] = {"generator": Generator(MODEL, name=name), "reuse": tmp_path / "old"}

    for options in ({"out": tmp_path / "new"}, {"out": tmp_path / "old", "fresh": True}):
        with pytest.raises(ConfigurationError, match=f"it has those of 'triager', and this run asks '{name}'"):
            scripted_run(one_answer, provider=ScriptedProvider([]), **given, **options)

    assert [each.name for each in tmp_path.iterdir()] == ["old"]
