"""Names of the form module:name: imported where the user writes them, never because a record does."""

from pathlib import Path

import orjson
import pytest

from tests.cli.kit import run_in_process

MODULE = """
from functools import partial

from fellowship import Judge
from fellowship.agents.reading import read_choice
from fellowship.agents.strategy import Reading, Strategy
from fellowship.scenarios.evaluator_kind import EvaluatorKind
from fellowship.scenarios.seat_orders import judge_pair


def first(votes):
    return votes[0]


async def asked_alone(talk, prompt, a, b, *, judge, seats="both"):
    verdict = (await judge_pair(talk, judge, prompt, a, b, seats=seats)).content
    return talk.record(verdict, a, b, author="asked_alone")


def build(model, options):
    return partial(asked_alone, judge=Judge(model))


LETTERS = 'AB'


def read_letter(text):
    return Reading(read_choice(text) if LETTERS else "tie")


letters = Strategy(
    name="letters", instructions="Compare.", reply_form="Answer: A or B or C", read_pair=lambda text: read_letter(text)
)
alone = EvaluatorKind("MODEL", (), build, label_source="debate")
"""
SCRIPT = """
from fellowship import Judge, Juror, run
from fellowship.scenarios import judge, jury
from fellowship.studies.evaluator_spec import parse_evaluator

pairs = [{"prompt": "Name a river.", "response_a": "The Rhine.", "response_b": "I would rather not say."}]
run(jury, prompts=pairs, out="runs/jury", quiet=True, jurors=[Juror("sim/mid")], rule="own_entries:first")
run(parse_evaluator("house"), prompts=pairs, out="runs/house", quiet=True)
run(judge, prompts=pairs, out="runs/letters", quiet=True, judge=Judge("sim/strong", strategy="own_entries:letters"))
"""
SETTINGS = """
[evaluators]
house = "own_entries:alone:sim/strong"
"""
MARK = "\nfrom pathlib import Path\n\n(Path(__file__).parent / 'imported').touch()\n"


@pytest.fixture
def work(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with a script that was run; its module leaves a mark when it is imported from now on."""
    folder = tmp_path / "work"
    folder.mkdir()
    monkeypatch.chdir(folder)
    Path("own_entries.py").write_text(MODULE)
    Path("script.py").write_text(SCRIPT)
    Path("fellowship.toml").write_text(SETTINGS)
    assert run_in_process("run", "script.py").code == 0
    Path("own_entries.py").write_text(MODULE + MARK)
    return folder


@pytest.mark.parametrize(
    ("command", "code"),
    [
        ("show runs/jury", 0),
        ("show runs/jury/c00000 --raw --format json", 0),
        ("runs show runs/jury", 0),
        ("export runs/jury --to data", 0),
        ("diff runs/jury runs/house", 0),
        ("replay runs/jury", 2),
        ("verify runs/jury", 4),
        ("fork runs/jury/c00000@1 --model sim/strong", 0),
    ],
)
def test_a_name_in_a_record_is_not_imported(work: Path, command: str, code: int) -> None:
    """Nor by verify and fork, where the script does not write it any more."""
    text = Path("script.py").read_text()
    Path("script.py").write_text(text.replace("own_entries:first", "majority"))

    ran = run_in_process(*command.split())

    assert ran.code == code, ran
    assert not Path("imported").exists()


def test_a_name_in_the_script_is_imported_by_verify(work: Path) -> None:
    """Which executes it."""
    ran = run_in_process("verify", "runs/jury")

    assert ran.code == 0, ran
    assert Path("imported").exists()


def test_the_label_source_of_an_own_kind_is_recorded(work: Path) -> None:
    """An export needs nothing of the kind's code."""
    Path("own_entries.py").unlink()

    run_in_process("export", "runs/house", "--to", "data", "--format", "dpo")

    (row,) = map(orjson.loads, Path("data/dpo/train.jsonl").read_bytes().splitlines())
    assert (row["provenance"]["label_source"], row["provenance"]["judge_models"]) == ("debate", ["sim/strong"])


def test_settings_that_only_a_record_names_are_not_imported_from(work: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """In another folder the user has to name them; at home they are the user's own."""
    at_home = run_in_process("verify", "runs/house")
    monkeypatch.chdir(work.parent)
    (work / "imported").unlink()

    elsewhere = run_in_process("verify", "work/runs/house")
    not_imported = not (work / "imported").exists()
    named = run_in_process("verify", "work/runs/house", "--config", "work/fellowship.toml")

    assert (at_home.code, elsewhere.code, named.code) == (0, 2, 0), (at_home, named)
    assert elsewhere.err == (
        f"fellowship: the record of this run names the settings {work}/fellowship.toml, which use "
        "'own_entries:alone:sim/strong'; read them, and name them with --config if that is to be imported\n"
    )
    assert not_imported


@pytest.mark.parametrize(
    ("before", "after", "name"),
    [
        ("return votes[0]", "return votes[-1]", "own_entries:first"),
        ("LETTERS = 'AB'", "LETTERS = 'BA'", "own_entries:letters"),
    ],
    ids=["rule", "strategy"],
)
def test_edited_code_of_an_own_entry_stops_the_next_start(work: Path, before: str, after: str, name: str) -> None:
    """Of what it names in its module, too; --accept-changes goes on. What it does not name may change."""
    text = Path("own_entries.py").read_text()
    assert before in text
    Path("own_entries.py").write_text(text + "\nunused = 1\n")
    unchanged = run_in_process("run", "script.py")
    Path("own_entries.py").write_text(text.replace(before, after))

    changed = run_in_process("run", "script.py")
    accepted = run_in_process("run", "script.py", "--accept-changes")

    assert unchanged.code == 0, unchanged
    assert (changed.code, accepted.code) == (2, 0)
    assert f": the code of {name} was changed; " in changed.err


@pytest.mark.parametrize(
    ("command", "problem"),
    [
        (
            "export runs/jury --to data --format dop",
            "unknown format 'dop'; expected one of 'dpo', 'kto', or one of your own as module:name; "
            "did you mean 'dpo'?",
        ),
        (
            "export runs/jury --to data --format own_entries:frist",
            "format 'own_entries:frist': {work}/own_entries.py has no 'frist'; expected an ExportFormat; "
            "did you mean 'first'?",
        ),
        (
            "export runs/jury --to data --format own_entries:first",
            "format 'own_entries:first' is of type function; expected an ExportFormat",
        ),
    ],
)
def test_a_name_without_an_entry_is_refused_with_code_2(work: Path, command: str, problem: str) -> None:
    """In one line that names the nearest one."""
    ran = run_in_process(*command.split())

    assert (ran.code, ran.err) == (2, f"fellowship: {problem.format(work=work)}\n")
