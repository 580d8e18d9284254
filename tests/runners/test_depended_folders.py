"""The files of a folder in `depends_on` are part of a run's identity, as a file in it is."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from fellowship.agents.generator import Generator
from fellowship.protocols.errors import ConfigurationError
from fellowship.runners.named_files import MOST_FILES
from fellowship.runners.run import run
from fellowship.testing import ScriptedProvider
from tests.runners.kit import MODEL, one_answer, told


class Depending(Generator):
    """A role that reads files by names that it puts together."""

    depends_on: Any = ()


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The working folder, with prompts/ in it."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "prompts/german").mkdir(parents=True)
    (tmp_path / "prompts/one.txt").write_text("One.")
    (tmp_path / "prompts/german/one.txt").write_text("Eins.")
    return tmp_path


def start(depends_on: Any, *, as_attribute: bool = False, **options: Any) -> int:
    """The number of requests."""
    Depending.depends_on = () if as_attribute else depends_on
    generator = Depending(MODEL)
    if as_attribute:
        generator.depends_on = depends_on
    given: Any = {"prompts": ["one", "two"], **options}
    provider = ScriptedProvider(told)
    run(one_answer, out="runs/it", quiet=True, providers={"fake": provider}, generator=generator, **given)
    return provider.n_calls


def edited(path: str) -> Callable[[Path], Any]:
    return lambda folder: (folder / path).write_text("Edited.")


@pytest.mark.parametrize("as_attribute", [False, True])
@pytest.mark.parametrize("depends_on", [[Path("prompts")], "prompts", {"texts": (Path("prompts"),)}])
@pytest.mark.parametrize(
    "change",
    [
        edited("prompts/one.txt"),
        edited("prompts/german/one.txt"),
        edited("prompts/french.txt"),
        lambda folder: (folder / "prompts/german/one.txt").rename(folder / "prompts/german/two.txt"),
        lambda folder: (folder / "prompts/one.txt").unlink(),
        lambda folder: (folder / "prompts").rename(folder / "removed"),
    ],
)
def test_a_change_below_the_folder_is_refused(
    change: Callable[[Path], Any], depends_on: Any, as_attribute: bool, folder: Path
) -> None:
    """An edited, a further, a renamed and a removed file; the whole folder."""
    start(depends_on, as_attribute=as_attribute)
    start(depends_on, as_attribute=as_attribute)
    change(folder)

    with pytest.raises(ConfigurationError, match=r"the folder prompts was changed"):
        start(depends_on, as_attribute=as_attribute)


@pytest.mark.parametrize("path", ["prompts/.one.txt.swp", "prompts/calls.log", "prompts/__pycache__/x.txt"])
def test_files_that_programs_write_do_not_count(path: str, folder: Path) -> None:
    """Nor does the folder of the run itself."""
    start([Path("prompts"), Path()])
    (folder / path).parent.mkdir(exist_ok=True)
    (folder / path).write_text("x")

    assert start([Path("prompts"), Path()]) == 0


def test_folders_of_one_name_in_other_places_both_count(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    """Outside of the working folder a folder is known by its name."""
    places = [tmp_path_factory.mktemp("place") / "texts" for _ in range(2)]
    for number, place in enumerate(places):
        place.mkdir()
        (place / "a.txt").write_text(str(number))
    start(places)
    start(places)
    (places[0] / "a.txt").write_text("edited")

    with pytest.raises(ConfigurationError, match=r"the folder texts was changed"):
        start(places)


def test_links_are_followed_and_end(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    """Also one to the folder around it."""
    elsewhere = tmp_path_factory.mktemp("elsewhere")
    (elsewhere / "two.txt").write_text("Two.")
    (folder / "prompts/linked").symlink_to(elsewhere)
    (folder / "prompts/around").symlink_to(folder / "prompts")
    start([Path("prompts")])
    (elsewhere / "two.txt").write_text("Edited.")

    with pytest.raises(ConfigurationError, match=r"the folder prompts was changed"):
        start([Path("prompts")])


def test_a_folder_of_many_files_is_refused(folder: Path) -> None:
    """Before anything is asked or written."""
    for n in range(MOST_FILES):
        (folder / f"prompts/{n}.txt").touch()

    with pytest.raises(ConfigurationError, match=r"^depends_on: prompts has more than 1,000 files and folders; name a"):
        start([Path("prompts")])

    assert not Path("runs").exists()


def test_the_input_in_the_folder_is_compared_by_item(folder: Path) -> None:
    """A further prompt at its end is no change."""
    path = folder / "prompts/input.jsonl"
    path.write_text('{"prompt": "one"}\n')
    start([Path("prompts")], prompts="prompts/input.jsonl")
    path.write_text('{"prompt": "one"}\n{"prompt": "two"}\n')

    assert start([Path("prompts")], prompts="prompts/input.jsonl") == 1
