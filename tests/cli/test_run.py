"""`fellowship run`: scripts, overrides, failures, and files that cannot be used."""

import json
import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.kit import EXAMPLES, Ran, lines_of, run_in_child, run_in_process
from tests.servers import Serve

SIM = {"FELLOWSHIP_MODEL": "sim/mid"}
PROMPTS = [{"prompt": f"Why is {thing} round?"} for thing in ("a wheel", "the earth", "a coin")]
PAIRS = EXAMPLES / "comparisons.jsonl"


RUNS = sorted(path.name for path in EXAMPLES.glob("*.py") if not path.name.startswith("autogen_"))


@pytest.mark.parametrize("name", RUNS)
def test_every_example_runs_without_keys_or_network(name: str, tmp_path: Path) -> None:
    """Each script that keeps a run carries it out on simulated models, and a second start asks nothing."""
    for file in EXAMPLES.glob("*.jsonl"):
        (tmp_path / file.name).write_bytes(file.read_bytes())

    first = run_in_process("run", EXAMPLES / name, "--json", cwd=tmp_path, environment=SIM)
    second = run_in_process("run", EXAMPLES / name, "--json", cwd=tmp_path, environment=SIM)

    done = [line for line in first.lines if line["event"] == "done"]
    assert (first.code, second.code) == (0, 0), first.err
    assert done
    assert all(line["simulated"] and line["asked"] > 0 and line["failed"] == 0 for line in done)
    assert [line["asked"] for line in second.lines if line["event"] == "done"] == [0] * len(done)


def test_the_example_with_autogen_runs_without_keys_or_network(tmp_path: Path) -> None:
    """As a script of its own: a debate in AutoGen's Console, then a jury in a team of AutoGen's."""
    script = EXAMPLES / "autogen_team.py"

    done = subprocess.run(
        [sys.executable, script], cwd=tmp_path, env={**os.environ, **SIM}, capture_output=True, text=True, check=False
    )

    heads = [line.strip("- ") for line in done.stdout.splitlines() if line.startswith("----------")]
    assert (done.returncode, done.stderr) == (0, "")
    assert heads.count("VoteMessage (critic_ballot)") == 2
    assert heads[heads.index("TextMessage (plain)") + 1] == "TextMessage (detailed)"
    assert heads[-1] == "VerdictMessage (jury)"
    assert list(tmp_path.iterdir()) == []


def test_options_override_the_script(tmp_path: Path) -> None:
    """--prompts, --out, -n and --model win over the arguments of run(...)."""
    prompts = tmp_path / "mine.jsonl"
    prompts.write_text(lines_of(PROMPTS))

    ran = run_in_process(
        *("run", EXAMPLES / "feedback_loop.py", "--prompts", prompts, "--out", tmp_path / "mine", "-n", 2),
        *("--model", "sim/weak", "--model", "reviewer=sim/strong", "--json"),
        cwd=tmp_path,
    )

    config = (tmp_path / "mine/config.resolved.toml").read_text()
    assert ran.lines[-1]["conversations"] == 2
    assert config.index('model = "sim/weak"') < config.index('model = "sim/strong"')


THREE_RUNS = """\
from fellowship import Generator, run
from fellowship.scenarios import answer
for name in "abc":
    run(answer, prompts=[f"Why {name}?", f"How {name}?"], out=f"runs/{name}", generator=Generator("sim/mid"))
"""


def test_each_run_of_a_script_has_its_own_folder_below_out(tmp_path: Path) -> None:
    """The first is moved there when the second begins; the same command continues all of them."""
    (tmp_path / "script.py").write_text(THREE_RUNS)

    first, second = (run_in_process("run", "script.py", "--out", "mine", "--json", cwd=tmp_path) for _ in range(2))

    done = [[line for line in ran.lines if line["event"] == "done"] for ran in (first, second)]
    assert (first.code, second.code) == (0, 0), first.err
    folders = ["mine/answer", "mine/answer-2", "mine/answer-3"]
    assert [line["folder"] for line in done[0]] == folders
    assert "several runs, each in a folder of its own below mine: mine/answer, then mine/answer-2\n" in first.err
    assert sorted(path.name for path in (tmp_path / "mine").iterdir()) == ["answer", "answer-2", "answer-3"]
    assert [(line["folder"], line["asked"]) for line in done[1]] == [(folder, 0) for folder in folders]


def test_pilot_and_verify_use_the_folders_of_run(tmp_path: Path) -> None:
    """The pilot of each run is its beginning; verify finds the third run again."""
    (tmp_path / "script.py").write_text(THREE_RUNS)

    plan = run_in_process("plan", "script.py", "--out", "mine", "--pilot", 2, cwd=tmp_path)
    run = run_in_process("run", "script.py", "--out", "mine", "--json", cwd=tmp_path)
    verify = run_in_process("verify", "mine/answer-3", cwd=tmp_path)

    assert (plan.code, run.code, verify.code) == (0, 0, 0), (plan.err, run.err, verify.err)
    assert [line["asked"] for line in run.lines if line["event"] == "done"] == [0, 0, 0]


def test_runs_of_the_former_layout_are_continued_where_they_are(tmp_path: Path) -> None:
    """The first in the folder itself, the others below it."""
    (tmp_path / "script.py").write_text(THREE_RUNS)
    run_in_process("run", "script.py", "--out", "mine", "--json", cwd=tmp_path)
    mine = tmp_path / "mine"
    for file in (mine / "answer").iterdir():
        file.rename(mine / file.name)
    (mine / "answer").rmdir()
    (mine / "answer-2").rename(mine / "answer")
    (mine / "answer-3").rename(mine / "answer-2")

    again = run_in_process("run", "script.py", "--out", "mine", "--json", cwd=tmp_path)

    done = [(line["folder"], line["asked"]) for line in again.lines if line["event"] == "done"]
    assert done == [("mine", 0), ("mine/answer", 0), ("mine/answer-2", 0)]


def test_out_in_memory_keeps_nothing(tmp_path: Path) -> None:
    (tmp_path / "script.py").write_text(THREE_RUNS)

    ran = run_in_process("run", "script.py", "--out", ":memory:", "--json", cwd=tmp_path)

    assert [line["folder"] for line in ran.lines if line["event"] == "done"] == [None, None, None]
    assert [path.name for path in tmp_path.iterdir()] == ["script.py"]


COLLIDING = """\
from fellowship import Generator, run
from fellowship.scenarios import answer
for model in ("sim/mid", "sim/weak"):
    run(answer, prompts=["Why?"], out="runs/x", generator=Generator(model))
"""


@pytest.mark.parametrize("command", [["run"], ["run", "--accept-changes"], ["run", "--fresh"], ["check"]])
def test_two_runs_in_one_folder_are_refused_by_name(command: list[str], tmp_path: Path) -> None:
    (tmp_path / "script.py").write_text(COLLIDING)

    ran = run_in_process(*command, "script.py", cwd=tmp_path)

    assert ran.code == 2
    assert ran.err.splitlines()[-1] == (
        "fellowship: runs/x is the folder of an earlier run(...) of this script, of the scenario 'answer': "
        "agents.generator.model was 'sim/mid', is 'sim/weak'; give each run(...) a folder of its own, such as "
        "out='runs/x-answer'"
    )


def test_the_same_run_twice_is_one_run(tmp_path: Path) -> None:
    (tmp_path / "script.py").write_text(COLLIDING.replace("sim/weak", "sim/mid"))

    ran = run_in_process("run", "script.py", "--json", cwd=tmp_path)

    assert [line["asked"] for line in ran.lines if line["event"] == "done"] == [1, 0]


def test_outside_of_commands_the_error_names_the_earlier_run(tmp_path: Path) -> None:
    (tmp_path / "script.py").write_text(COLLIDING)

    done = subprocess.run([sys.executable, "script.py"], cwd=tmp_path, capture_output=True, text=True, check=False)

    assert done.stderr.endswith(
        "; an earlier run(...) in this process, of 'answer', has this folder: give each run(...) a folder of its own, "
        "such as out='runs/x-answer'\n"
    )


def test_json_keeps_standard_output_clean_of_what_the_script_prints(tmp_path: Path) -> None:
    """Every line parses although the script prints noise, and the noise is not lost."""
    script = tmp_path / "noisy.py"
    script.write_text(
        "from fellowship import Generator, run\n"
        "from fellowship.scenarios import answer\n"
        "print('noise before')\n"
        f"print(run(answer, prompts={['Why?', 'How?']!r}, out='runs/x', generator=Generator('sim/mid')))\n"
    )

    ran = run_in_process("run", script, "--json", cwd=tmp_path)

    assert [line["event"] for line in ran.lines] == ["launch", "progress", "conversation", "conversation", "done"]
    assert "noise before" in ran.err


def test_judge_on_a_server_whose_bodies_are_no_completions_stops(tmp_path: Path, serve: Serve) -> None:
    """One line says what the server sends; no verdict is a tie."""
    server = serve("garbage")
    ran = run_in_process(
        *("run", EXAMPLES / "judge.py", "--prompts", PAIRS, "--out", tmp_path / "run", "--json"),
        *("--model", "judge=openai/any"),
        environment={"OPENAI_BASE_URL": server.base_url},
    )

    conversations = [line for line in ran.lines if line["event"] == "conversation"]
    assert ran.code == 2, ran.err
    assert {line["decision"] for line in conversations} <= {"failed"}
    assert "none of 6 conversations got through: MalformedResponse: openai at" in ran.err


def test_judge_on_a_server_that_answers_gibberish_fails_and_never_ties(tmp_path: Path, serve: Serve) -> None:
    """Meaningless texts: every verdict failed with a reason, exit 3, no hang."""
    server = serve("gibberish")
    ran = run_in_process(
        *("run", EXAMPLES / "judge.py", "--prompts", PAIRS, "--out", tmp_path / "run", "--json"),
        *("--model", "judge=openai/any"),
        environment={"OPENAI_BASE_URL": server.base_url},
    )

    conversations = [line for line in ran.lines if line["event"] == "conversation"]
    assert ran.code == 3, ran.err
    assert {line["decision"] for line in conversations} == {"failed"}
    assert all(line["status"] == "failed" and line["error"] for line in conversations)
    assert "6 of 6 conversations failed, 0 allowed; the first: c00000: " in ran.err


def test_figures_of_the_simulated_server_are_marked(tmp_path: Path, serve: Serve) -> None:
    """As those of `sim/` models are, in the run and in what is made of it; a canned text is somebody's fake."""

    def start(answers: str, out: Path) -> Ran:
        return run_in_process(
            *("run", EXAMPLES / "judge.py", "--prompts", PAIRS, "--out", out, "--json"),
            *("--model", "judge=openai/mid", "--max-failures", "6"),
            environment={"OPENAI_BASE_URL": serve(answers).base_url},
        )

    ran, other = start("sim", tmp_path / "a"), start("canned", tmp_path / "b")

    assert ran.lines[-1]["simulated"] is True
    assert run_in_process("runs", "show", tmp_path / "a").out.splitlines()[0].endswith("  [SIMULATED]")
    assert other.lines[-1]["simulated"] is False


def test_allowed_failures_are_no_failure(tmp_path: Path, serve: Serve) -> None:
    """--max-failures decides between 0 and 3."""
    server = serve("gibberish")
    ran = run_in_process(
        *("run", EXAMPLES / "judge.py", "--prompts", PAIRS, "--out", tmp_path / "run", "--max-failures", 6),
        *("--model", "judge=openai/any"),
        environment={"OPENAI_BASE_URL": server.base_url},
    )

    assert ran.code == 0


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("", ":1: the file is empty; expected one JSON object per line with a column 'prompt'"),
        ('{"prompt": "a"}\nnot json\n', ":2: column 'prompt': not JSON: "),
        ('{"prompt": "a"}\n{"text": "b"}\n', ":2: column 'prompt': missing; the columns are: text"),
        ('{"prompt": 7}\n', ":1: column 'prompt': expected a text or a list of chat messages, got a number"),
        ('{"prompt": null}\n', ":1: column 'prompt': expected a text or a list of chat messages, got null"),
        ('{"prompt": "  "}\n', ":1: column 'prompt': a prompt has a text that is not blank"),
        ('["prompt"]\n', ":1: expected a JSON object with a column 'prompt', got a list"),
    ],
    ids=["empty", "not JSON", "no prompt", "number", "null", "blank", "list"],
)
def test_prompt_file_that_cannot_be_used_is_named_with_line_and_column(
    content: str, message: str, tmp_path: Path
) -> None:
    """One line on standard error, exit 2, and nothing half-written."""
    prompts = tmp_path / "prompts.jsonl"
    prompts.write_text(content)

    ran = run_in_process("run", EXAMPLES / "feedback_loop.py", "--prompts", prompts, cwd=tmp_path, environment=SIM)

    assert ran.code == 2
    assert ran.err.startswith(f"fellowship: {prompts}{message}")
    assert ran.err.count("\n") == 1
    assert [path.name for path in tmp_path.iterdir()] == ["prompts.jsonl"]


@pytest.mark.parametrize(
    ("arguments", "environment", "message"),
    [
        (["run", "nowhere.py"], {}, "nowhere.py: no such script; expected a Python file that calls run(...)"),
        (["run", EXAMPLES / "judge.py"], {}, "openai/gpt-4o needs the environment variable OPENAI_API_KEY; set it"),
        (["run", EXAMPLES / "judge.py", "--model", "judge=simm/mid"], {}, "unknown provider 'simm'"),
        (["run", EXAMPLES / "judge.py", "--model", "judge=sim/midd"], {}, "unknown simulated model 'midd'"),
        (["run", EXAMPLES / "judge.py", "--model", "jduge=sim/mid"], SIM, "--model names 'jduge'"),
        (["run", EXAMPLES / "judge.py", "-n", "0"], SIM, "n is 0; expected at least 1"),
        (["run", EXAMPLES / "judge.py", "--prompts", EXAMPLES / "prompts.jsonl"], SIM, "column 'response_a': missing"),
    ],
    ids=["script", "key", "provider", "simulated model", "agent", "n", "no answers"],
)
def test_mistakes_are_told_in_one_line_with_exit_2(
    arguments: list[str], environment: dict[str, str], message: str, tmp_path: Path
) -> None:
    """What was wrong and what to do, without a traceback, and nothing is written."""
    for file in EXAMPLES.glob("*.jsonl"):
        (tmp_path / file.name).write_bytes(file.read_bytes())

    ran = run_in_process(*arguments, cwd=tmp_path, environment=environment)

    assert ran.code == 2
    assert message in ran.err
    assert ran.err.count("\n") == 1
    assert not (tmp_path / "runs").exists()


def test_bug_of_a_script_is_shown_from_the_script_on(tmp_path: Path) -> None:
    """The traceback begins in the user's file; exit 1."""
    script = tmp_path / "broken.py"
    script.write_text("def inner():\n    return 1 / 0\n\ninner()\n")

    ran = run_in_process("run", script)

    assert ran.code == 1
    assert "runpy" not in ran.err
    assert ran.err.endswith(f"fellowship: the script {script} failed: ZeroDivisionError: division by zero\n")


def test_arguments_behind_two_dashes_are_the_script_s_own(tmp_path: Path) -> None:
    """The script sees itself and them in sys.argv, as under python."""
    script = tmp_path / "own.py"
    script.write_text("import sys\nprint(sys.argv[1:])\nraise SystemExit(7)\n")

    ran = run_in_process("run", script, "--quiet", "--", "--depth", 3)

    assert (ran.code, ran.out) == (7, "['--depth', '3']\n")


def test_a_server_that_is_not_there_is_told_early(tmp_path: Path) -> None:
    """After the first failures nothing more is tried; exit 2, since nothing was answered."""
    prompts = tmp_path / "many.jsonl"
    prompts.write_text(lines_of([{"prompt": f"question {i}"} for i in range(400)]))
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]

    ran = run_in_process(
        *("run", EXAMPLES / "feedback_loop.py", "--prompts", prompts, "--out", tmp_path / "run", "--quiet"),
        *("--model", "openai/any"),
        environment={"OPENAI_BASE_URL": f"http://127.0.0.1:{port}/v1"},
    )

    assert ran.code == 2
    assert "conversations got through: ProviderUnavailable: " in ran.err
    assert ran.err.count("\n") == 1


def test_rows_are_json_of_the_outcomes(tmp_path: Path) -> None:
    """A line per conversation with its outcome's fields, then one that sums up."""
    ran = run_in_process(
        "run", EXAMPLES / "judge.py", "--prompts", PAIRS, "--out", tmp_path / "r", "--json", environment=SIM
    )

    *_, done = ran.lines
    first = next(line for line in ran.lines if line["event"] == "conversation")
    assert first["conversation"] == "c00000"
    assert first["decision"] in ("A", "B", "tie", "inconsistent")
    assert json.loads(ran.out.splitlines()[-1]) == done
    assert (done["finished"], done["asked"], done["folder"]) == (6, 12, str(tmp_path / "r"))


PACKAGE_MAIN = """
from fellowship import Generator, run
from fellowship.scenarios import answer
from .questions import QUESTIONS

run(answer, prompts=QUESTIONS, generator=Generator("sim/mid"), out="r", quiet=True)
"""


@pytest.mark.parametrize("name", ["study", "study.__main__"])
def test_a_package_is_run_like_with_python_m(tmp_path: Path, name: str) -> None:
    """Its files import one another; the record of the run is enough to execute it again."""
    package = tmp_path / "study"
    package.mkdir()
    (package / "__init__.py").touch()
    (package / "questions.py").write_text("QUESTIONS = ['Why?', 'How?']\n")
    (package / "__main__.py").write_text(PACKAGE_MAIN)

    ran = run_in_process("run", "-m", name, "--json", cwd=tmp_path)
    again = run_in_process("verify", "r", cwd=tmp_path)

    assert [line["finished"] for line in ran.lines if line["event"] == "done"] == [2]
    assert (ran.code, again.code) == (0, 0)


@pytest.mark.parametrize(
    ("base", "name", "is_proper"),
    [(".", "study.inner.job", True), ("study.inner", "study.inner", False)],
    ids=["in a package", "namespace"],
)
def test_a_namespace_package_is_run_like_with_python_m(tmp_path: Path, base: str, name: str, is_proper: bool) -> None:
    """A folder without `__init__.py`, alone or in a package that has one; `verify` executes it again."""
    package = tmp_path / "study" / "inner"
    package.mkdir(parents=True)
    if is_proper:
        (package.parent / "__init__.py").touch()
    (package / "questions.py").write_text("QUESTIONS = ['Why?', 'How?']\n")
    text = PACKAGE_MAIN.replace("from .questions", f"from {base.rstrip('.')}.questions")
    (package / ("__main__.py" if name == "study.inner" else "job.py")).write_text(text)

    ran = run_in_child("run", "-m", name, "--json", cwd=tmp_path)
    again = run_in_child("verify", "r", cwd=tmp_path)

    assert [line["finished"] for line in ran.lines if line["event"] == "done"] == [2]
    assert (ran.code, again.code) == (0, 0)


@pytest.mark.parametrize("arguments", [("-m", "no_such_module"), ()])
def test_neither_script_nor_module_is_one_line(tmp_path: Path, arguments: tuple[str, ...]) -> None:
    ran = run_in_process("run", *arguments, cwd=tmp_path)

    assert ran.code == 2
    assert "MODULE" in ran.err or "no module 'no_such_module'" in ran.err


@pytest.mark.parametrize(
    ("argument", "named"),
    [("rubric={'tone': 0}", "criterion 'tone'"), ("sampling=Sampling(top_p=0)", "Sampling: top_p")],
    ids=["rubric", "sampling"],
)
def test_an_argument_of_an_agent_that_cannot_be_used_is_one_line(tmp_path: Path, argument: str, named: str) -> None:
    """As any other mistake in the configuration."""
    imports = "from fellowship import Judge\nfrom fellowship.protocols.completions import Sampling\n"
    (tmp_path / "s.py").write_text(f"{imports}Judge('sim/mid', {argument})\n")

    ran = run_in_process("run", "s.py", cwd=tmp_path)

    assert ran.code == 2
    assert named in ran.err
    assert len(ran.err.splitlines()) == 1


@pytest.mark.parametrize("option", ["out='runs/\u00e4-run'", "out='r', reuse='\u6f22'"], ids=["out", "reuse"])
def test_a_folder_that_the_file_system_encoding_lacks_is_one_line(tmp_path: Path, option: str) -> None:
    """As under LC_ALL=C without the UTF-8 mode of Python."""
    text = "from fellowship import Generator, run\nfrom fellowship.scenarios import answer\n"
    text += f"run(answer, prompts=['Why?'], generator=Generator('sim/mid'), {option})\n"
    (tmp_path / "s.py").write_text(text, encoding="utf-8")

    environment = {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
    ran = run_in_child("run", "s.py", cwd=tmp_path, environment=environment)

    assert ran.code == 2
    assert "cannot be a file name in the encoding ascii" in ran.err
    assert len(ran.err.splitlines()) == 1
    assert [each.name for each in tmp_path.iterdir()] == ["s.py"]


SWALLOWED = """
from fellowship import Generator, run
from fellowship.protocols.errors import FellowshipError
from fellowship.scenarios import answer

try:
    run(answer, prompts=["Why?", "How?"], generator=Generator("sim/mid"), out="r", quiet=True)
except FellowshipError as error:
    print("stopped:", error)
"""


def test_runs_whose_errors_the_script_handles_are_not_called_missing(tmp_path: Path) -> None:
    """A limit of the command stopped them: exit code 5, and a larger one continues."""
    (tmp_path / "s.py").write_text(SWALLOWED)

    ran = run_in_process("run", "s.py", "--max-calls", 1, cwd=tmp_path)
    again = run_in_process("run", "s.py", cwd=tmp_path)

    assert (ran.code, again.code) == (5, 0)
    assert "no run of s.py finished; the script handled the errors itself" in ran.err
