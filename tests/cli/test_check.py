"""`fellowship check`: what would be asked is shown, nothing is asked or written, and defects are told."""

from pathlib import Path

import pytest

from tests.cli.kit import EXAMPLES, lines_of, run_in_process, script_of

RUNS = sorted(path.name for path in EXAMPLES.glob("*.py") if not path.name.startswith("autogen_"))
HEAD = """\
from fellowship import Generator, Reviewer, run
from fellowship.scenarios import answer, feedback_loop

"""
RAISING = """\
class Raising:
    async def complete(self, request):
        raise AssertionError("a provider was asked")

    async def close(self):
        pass

"""


pytestmark = pytest.mark.usefixtures("folder_without_keys")


def script(text: str) -> Path:
    """A script in the working directory."""
    return script_of(HEAD + text)


@pytest.mark.parametrize("name", RUNS)
def test_every_example_holds_without_a_key_and_nothing_is_written(
    name: str,
    tmp_path: Path,
) -> None:
    """Exit 0; each real model that cannot be opened here is a note that names the variable."""
    for file in EXAMPLES.glob("*.jsonl"):
        (tmp_path / file.name).write_bytes(file.read_bytes())
    before = sorted(tmp_path.iterdir())

    ran = run_in_process("check", EXAMPLES / name)

    assert ran.code == 0, ran.err
    assert "_API_KEY" in ran.err
    assert "note: " in ran.err
    assert sorted(tmp_path.iterdir()) == before


def test_messages_are_shown_once_per_kind_of_ask_in_reading_order() -> None:
    """The first draft and a revision are two kinds; both seat orders are one."""
    path = script(
        "run(feedback_loop, prompts=['Why?', 'How?'], rounds=3,"
        " generator=Generator('openai/x'), reviewer=Reviewer('sim/sloppy'))"
    )

    ran = run_in_process("check", path, "--json")

    *asks, done = ran.lines
    assert [(ask["agent"], ask["model"], ask["sees"], ask["times"]) for ask in asks] == [
        ("generator", "openai/x", ["prompt"], 1),
        ("reviewer", "sim/sloppy", ["prompt", "draft"], 3),
        ("generator", "openai/x", ["prompt", "draft", "critique"], 2),
    ]
    assert asks[0]["messages"] == [{"role": "user", "content": "Why?"}]
    assert (done["event"], done["scenario"], done["prompts"]) == ("checked", "feedback_loop", 2)
    assert done["asks"] == {"generator": 3, "reviewer": 3}


def test_no_provider_is_asked() -> None:
    """Neither one that the script gives, nor one in place of the simulated models."""
    path = script(
        RAISING + "run(feedback_loop, prompts=['Why?'], out='runs/x', providers={'fake': Raising(), 'sim': Raising()},"
        " generator=Generator('fake/x'), reviewer=Reviewer('sim/mid'))"
    )

    ran = run_in_process("check", path)

    assert (ran.code, ran.err) == (0, "")
    assert "feedback_loop: prompts: 1; calls in the first conversation: 6 (3 generator, 3 reviewer)" in ran.out
    assert not Path("runs").exists()


def test_what_is_asked_outside_of_run_is_refused() -> None:
    """A team of AutoGen's would ask its models for real."""
    ran = run_in_process("check", EXAMPLES / "autogen_team.py")

    assert ran.code == 2
    assert ran.err.startswith("fellowship: openai/gpt-4o is not opened now: it is asked outside of run(...)")


def test_a_later_run_may_use_the_results_of_an_earlier_one() -> None:
    """Both are checked."""
    path = script(
        "first = run(answer, prompts=['Why?', 'How?'], generator=Generator('openai/x'))\n"
        "texts = [each.outcome.content.text for each in first]\n"
        "run(answer, prompts=texts, generator=Generator('openai/y'), out='runs/second')"
    )

    ran = run_in_process("check", path, "--json")

    assert [(line["run"], line["prompts"]) for line in ran.lines if line["event"] == "checked"] == [(1, 2), (2, 1)]


def test_output_of_the_script_stays_out_of_json() -> None:
    """It goes to standard error."""
    path = script("print('noise')\nrun(answer, prompts=['Why?'], generator=Generator('sim/mid'))\nprint('more')")

    ran = run_in_process("check", path, "--json")

    assert [line["event"] for line in ran.lines] == ["ask", "checked"]
    assert ran.err == "noise\nmore\n"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            "async def odd(talk, prompt, *, generator):\n    return 1 / 0\n"
            "run(odd, prompts=['Why?'], generator=Generator('openai/x'))",
            "scenario odd fails: ZeroDivisionError: division by zero\n",
        ),
        (
            "async def odd(talk, prompt, *, generator):\n    raise ValueError('this\\nand that')\n"
            "run(odd, prompts=['Why?'], generator=Generator('openai/x'))",
            "scenario odd fails: ValueError: this and that\n",
        ),
        (
            "async def forgetful(talk, prompt, *, generator):\n    return talk.ask(generator, prompt).close()\n"
            "run(forgetful, prompts=['Why?'], generator=Generator('openai/x'))",
            "scenario forgetful fails: the scenario returned NoneType; expected a message\n",
        ),
        (
            "run(answer, prompts=['Why?'], generator=Generator())",
            "agent 'generator' has no model: give Generator('provider/model'), or --model generator=provider/model, "
            "or set FELLOWSHIP_MODEL\n",
        ),
        (
            "run(answer, prompts='prompts.jsonl', generator=Generator('openai/x'))",
            "prompts.jsonl:3: column 'prompt': missing; the columns are: text\n",
        ),
        ("print('nothing')", "script.py does not call run(...)\n"),
    ],
    ids=["scenario raises", "in two lines", "no message", "no model", "prompts", "no run"],
)
def test_defects_are_told_in_one_line_with_exit_2(text: str, message: str) -> None:
    """Also a defect in a prompt that is not the first."""
    Path("prompts.jsonl").write_text(lines_of([{"prompt": "a"}, {"prompt": "b"}, {"text": "c"}]))

    ran = run_in_process("check", script(text))

    assert ran.code == 2
    assert ran.err.removeprefix("nothing\n") == f"fellowship: {message}"


def test_bug_of_the_script_itself_is_shown_with_what_was_checked_before() -> None:
    """Exit 1, as under run."""
    path = script("run(answer, prompts=['Why?'], generator=Generator('sim/mid'))\n1 / 0")

    ran = run_in_process("check", path)

    assert ran.code == 1
    assert ran.out.startswith("answer: prompts: 1; calls in the first conversation: 1 (1 generator)\n")
    assert ran.err.endswith("fellowship: the script script.py failed: ZeroDivisionError: division by zero\n")


def test_a_role_that_reads_no_simulated_reply_is_a_note() -> None:
    """Simulated models need not fit every form; what was asked is shown all the same."""
    path = script(
        "class Strict(Generator):\n"
        "    def parse(self, completion):\n"
        "        raise UnreadableReply('missing', 'word', 'expected the word')\n"
        "from fellowship.agents.reading import UnreadableReply\n"
        "run(answer, prompts=['Why?'], generator=Strict('sim/mid'))"
    )

    ran = run_in_process("check", path)

    assert ran.code == 0
    assert ran.err.startswith("note: a simulated reply could not be read: strict: ")
    assert "  strict · sim/mid\n    user:\n      Why?\n" in ran.out


def test_long_messages_are_shortened_unless_verbose() -> None:
    """Beginning and end stay."""
    path = script("run(answer, prompts=['begin ' + 'x' * 1000 + ' end'], generator=Generator('sim/mid'))")

    short, whole = run_in_process("check", path), run_in_process("check", path, "-v")

    assert "      [... 770 characters ...]\n" in short.out
    assert " end\n" in short.out
    assert "x" * 1000 in whole.out


def test_a_prompt_cannot_command_the_terminal() -> None:
    """Escape sequences are shown as text."""
    path = script("run(answer, prompts=['red \\x1b[31m'], generator=Generator('sim/mid'))")

    ran = run_in_process("check", path)

    assert ran.code == 0
    assert "red \\x1b[31m" in ran.out
    assert "\x1b" not in ran.out
