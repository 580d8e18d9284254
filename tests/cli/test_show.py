import json
import re
from pathlib import Path
from typing import Any

import pytest
from pydantic import BaseModel

from fellowship import Agent, Generator, Judge, run
from fellowship.cli.main import main
from fellowship.protocols.completions import Completion
from fellowship.scenarios import judge
from fellowship.testing.scripted_provider import ScriptedProvider
from tests.runners.kit import improved, scripted_run

HOSTILE = "\x1b[2J[bold]x[/] \u202ertl\u202c \x9b\x7f ``` | # 日本語"
REPLY = f"{HOSTILE}\nScore A: 3/10\nScore B: 5/10"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("runs") / "judged"
    questions = [{"prompt": HOSTILE, "response_a": HOSTILE, "response_b": "b", "label": "B"}] * 25

    def reply(request: object) -> str:
        return REPLY if request.attempt == 2 else "no scores"  # type: ignore[attr-defined]

    provider = ScriptedProvider(reply)
    run(
        judge,
        prompts=questions,
        out=folder,
        judge=Judge("s/x"),
        providers={"s": provider},
        seats="as given",
        quiet=True,
    )
    return folder


def shown(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    assert main(["show", *arguments]) == 0
    return capsys.readouterr().out


def test_a_run_tells_its_settings_counts_and_first_outcomes(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = shown(capsys, str(folder))

    assert out.startswith(f"run {folder}  [SIMULATED]\n\nscenario       judge\n")
    assert "conversations  25: 25 finished\n" in out
    assert "agent judge    Judge on s/x, temperature 0.0, max_tokens 1024\n" in out
    assert len(re.findall(r"^c\d{5}  finished  B  3 : 5 of 10  B ✓ ", out, re.MULTILINE)) == 20
    assert out.endswith(f"... 5 more: -n 25 shows all of them, fellowship replay {folder} steps through them\n")


def test_n_says_how_many_conversations(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert len(re.findall(r"^c\d{5}", shown(capsys, str(folder), "-n", "25"), re.MULTILINE)) == 25
    assert "more" not in shown(capsys, str(folder), "-n", "25")


def test_a_conversation_tells_all_messages(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = shown(capsys, f"{folder}/c00003")

    assert re.findall(r"^== (\d/\d)  (\w+)  (\w+)", out, re.MULTILINE) == [
        ("1/4", "candidate_1", "Draft"),
        ("2/4", "candidate_2", "Draft"),
        ("3/4", "user", "Prompt"),
        ("4/4", "judge", "Verdict"),
    ]
    assert "decision   B (candidate_2)  A 3 : B 5 of 10\n" in out
    assert "could not be read: judge: score A" in out


def test_a_message_tells_everything_and_raw_what_was_sent(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = shown(capsys, f"{folder}/c00003@4")
    raw = shown(capsys, f"{folder}/c00003@4", "--raw")

    assert "saw        user.0, candidate_1.0, candidate_2.0\n" in out
    assert "no scores" not in out.split("could not be read")[0]
    assert "-- attempt 1, sent: system\n" in raw
    assert "-- attempt 1, received\n\nno scores\n" in raw
    assert "That reply could not be used" in raw


@pytest.mark.parametrize("form", ["text", "md", "json"])
@pytest.mark.parametrize("place", ["", "/c00000", "/c00000@4"])
def test_nothing_a_terminal_could_obey_is_printed(
    folder: Path, capsys: pytest.CaptureFixture[str], form: str, place: str
) -> None:
    out = shown(capsys, f"{folder}{place}", "--raw", "--format", form)

    assert not set(out) & {"\x1b", "\x9b", "\x7f", "\u202e", "\u202c"}
    assert "[bold]x" in out or "\\[bold\\]x" in out


def test_json_is_one_object_per_line_and_keeps_texts_as_they_were(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run_lines = [json.loads(line) for line in shown(capsys, str(folder), "--format", "json").splitlines()]
    told = [json.loads(line) for line in shown(capsys, f"{folder}/c00000", "--format", "json").splitlines()]
    (message,) = [
        json.loads(line) for line in shown(capsys, f"{folder}/c00000@4", "--format", "json", "--raw").splitlines()
    ]

    assert [each["kind"] for each in run_lines] == ["run", *["conversation"] * 25]
    assert run_lines[0]["simulated"] is True
    assert (run_lines[1]["decision"], run_lines[1]["label"]) == ("B", "B")
    assert [each["kind"] for each in told] == ["conversation", *["message"] * 4]
    assert told[1]["content"]["text"] == HOSTILE
    assert "completion" not in told[4]["attempts"][0]
    assert [each["completion"] for each in message["attempts"]] == ["no scores", REPLY]
    assert message["seats"] == {"A": "candidate_1", "B": "candidate_2"}


def test_markdown_keeps_texts_inside_their_fence(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = shown(capsys, f"{folder}/c00000@1", "--format", "md")

    assert out.startswith("## c00000  1/4  candidate\\_1  Draft")
    assert re.search(r"^````\n.*```.*\n````$", out, re.MULTILINE)


@pytest.mark.parametrize(
    ("place", "problem"),
    [
        ("/c00099", "has no conversation 'c00099'; it has c00000 to c00024"),
        ("/c00000@5", "the conversation c00000 has no message 5; it has c00000@1 to c00000@4"),
        ("/c00000@none", "'none' is not a message number"),
        ("x", "it holds no journal.sqlite; did you mean"),
    ],
)
def test_what_is_not_there_is_one_line_and_code_2(
    folder: Path, capsys: pytest.CaptureFixture[str], place: str, problem: str
) -> None:
    assert main(["show", f"{folder}{place}"]) == 2

    captured = capsys.readouterr()
    assert captured.out == ""
    assert problem in captured.err
    assert captured.err.count("\n") == 1


@pytest.mark.parametrize("form", ["text", "md"])
def test_a_run_raw_is_the_whole_record_of_its_first_conversations(
    folder: Path, capsys: pytest.CaptureFixture[str], form: str
) -> None:
    """What was sent and received in each of them."""
    out = shown(capsys, str(folder), "--raw", "-n", "2", "--format", form)

    assert len(re.findall(r"attempt 2, received", out)) == 2
    assert len(re.findall(r"^(?:# )?conversation .*/c\d{5}  ", out, re.MULTILINE)) == 2
    assert "... 23 more: " in out


def test_a_run_raw_as_json_is_every_message_of_its_conversations(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """With requests and completions."""
    lines = shown(capsys, str(folder), "--raw", "-n", "2", "--format", "json").splitlines()
    told = [json.loads(line) for line in lines]

    assert [each["kind"] for each in told] == ["run", *["conversation", *["message"] * 4] * 2]
    assert [each["completion"] for each in told[5]["attempts"]] == ["no scores", REPLY]


@pytest.fixture(scope="module")
def revised(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run in which a draft was revised."""
    folder = tmp_path_factory.mktemp("runs") / "revised"
    drafts = ["The sky is blue \x1b[2J *here*.", "The deep sky is blue \x1b[2J."]
    scripted_run(improved, folder, ScriptedProvider(drafts), prompts=["one"], generator=Generator("fake/any"))
    return folder


def test_a_revised_draft_is_shown_as_what_was_changed(revised: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The first draft as it is."""
    out = shown(capsys, f"{revised}/c00000", "--diff")

    assert "\n\nThe sky is blue \\x1b[2J *here*.\n" in out
    assert "revises    generator.0\n" in out
    assert "\n\nThe {+deep+} sky is blue [-\\x1b[2J *here*.-]{+\\x1b[2J.+}\n" in out


def test_a_revised_draft_in_markdown_and_json(revised: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Of the one message too."""
    markdown = shown(capsys, f"{revised}/c00000@3", "--diff", "--format", "md")
    (message,) = map(json.loads, shown(capsys, f"{revised}/c00000@3", "--diff", "--format", "json").splitlines())

    assert "The **deep** sky is blue ~~\\x1b\\[2J \\*here\\*.~~**\\x1b\\[2J.**\n" in markdown
    assert message["revises"] == "generator.0"
    assert message["changes"][:2] == [{"change": "kept", "text": "The "}, {"change": "inserted", "text": "deep "}]


def test_changes_of_a_whole_run_are_refused(revised: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A conversation has to be named."""
    assert main(["show", str(revised), "--diff"]) == 2

    told = f"--diff shows the drafts of a conversation, and {revised} is a run; name one, such as {revised}/c00000"
    assert capsys.readouterr().err == f"fellowship: {told}\n"


def test_raw_shows_the_reasoning_apart_from_the_answer(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """As JSON the raw text and the reasoning, that sent beside the text included."""
    text = "<think>A city.</think>\nCanberra."
    provider = ScriptedProvider(lambda request: Completion(text, reasoning="Hm."))
    scripted_run(improved, tmp_path, provider, prompts=("one",), rounds=1)

    raw = shown(capsys, f"{tmp_path}/c00000@2", "--raw")
    attempt = json.loads(shown(capsys, f"{tmp_path}/c00000@2", "--format", "json", "--raw"))["attempts"][0]

    assert raw.endswith("-- attempt 1, reasoning received\n\nHm.\n\nA city.\n\n-- attempt 1, received\n\nCanberra.\n\n")
    assert (attempt["completion"], attempt["reasoning"]) == (text, "Hm.\n\nA city.")
    assert "reasoning" not in json.loads(shown(capsys, f"{tmp_path}/c00000@2", "--format", "json"))["attempts"][0]


class Grade(BaseModel):
    points: float
    passed: bool
    note: str | None = None


class Scored(BaseModel):
    score: int
    reasons: list[str]


class Grader(Agent[Grade]):
    """Grades."""

    instructions = "Grade."


class Scorer(Agent[Scored]):
    """Scores."""

    instructions = "Score."


async def graded(talk, prompt, *, grader):  # type: ignore[no-untyped-def]
    return await talk.ask(grader, prompt)


@pytest.mark.parametrize(
    ("grader", "reply", "text"),
    [
        (Grader("s/x"), {"points": 1.5, "passed": False, "note": None}, "points: 1.5, passed: False"),
        (Scorer("s/x"), {"score": 7, "reasons": ["long", "dull"]}, "score: 7, reasons: ['long', 'dull']"),
    ],
    ids=["without a score", "with a score"],
)
def test_all_fields_of_an_own_outcome_are_shown(
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    grader: Agent[Any],
    reply: dict[str, object],
    text: str,
) -> None:
    provider = ScriptedProvider(lambda request: json.dumps(reply))
    run(graded, prompts=["Q?"], out=tmp_path / "r", grader=grader, providers={"s": provider}, quiet=True)

    as_text = shown(capsys, str(tmp_path / "r"))
    as_json = json.loads(shown(capsys, str(tmp_path / "r"), "--format", "json").splitlines()[1])

    assert f"  {text}  " in as_text
    assert (as_json["outcome"], as_json["content"]) == (text, reply)
