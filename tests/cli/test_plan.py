"""`fellowship plan`: what it prints, what it asks (nothing, unless there is a pilot), and how it ends."""

from pathlib import Path

import pytest

from tests.cli.kit import EXAMPLES, lines_of, run_in_process, script_of
from tests.runners.kit import queried
from tests.servers import Serve

RUNS = sorted(path.name for path in EXAMPLES.glob("*.py") if not path.name.startswith("autogen_"))
HEAD = """\
from fellowship import Generator, Reviewer, run
from fellowship.scenarios import answer, feedback_loop

"""
PRICES = """\
[prices."sim/mid"]
input = 2
output = 10
as_of = 2026-11-01
"""


pytestmark = pytest.mark.usefixtures("folder_without_keys")


def script(text: str) -> Path:
    """A script in the working directory."""
    return script_of(HEAD + text)


@pytest.mark.parametrize("name", RUNS)
def test_every_example_is_planned_without_a_key_and_nothing_is_written(
    name: str,
    tmp_path: Path,
) -> None:
    """A price is that of the table with its date, or unknown until it is given."""
    for file in EXAMPLES.glob("*.jsonl"):
        (tmp_path / file.name).write_bytes(file.read_bytes())
    before = sorted(tmp_path.iterdir())

    ran = run_in_process("plan", EXAMPLES / name)

    assert ran.code == 0, ran.err
    assert "remaining calls: " in ran.out
    assert "price unknown, add it to fellowship.toml: " in ran.out or "price of genai-prices " in ran.out
    assert sorted(tmp_path.iterdir()) == before


def test_plan_as_a_person_reads_it() -> None:
    """Agents in the order in which they are asked, then what stands behind the numbers."""
    Path("fellowship.toml").write_text("[limits.openai]\nrpm = 30\n")
    path = script(
        "run(feedback_loop, prompts=['Why?', 'How?'], rounds=2,"
        " generator=Generator('openai/x'), reviewer=Reviewer('sim/mid'))"
    )

    ran = run_in_process("plan", path)

    lines = [line.strip() for line in ran.out.splitlines()]
    assert lines[0] == "feedback_loop: 2 prompts · runs/feedback_loop"
    assert [line.split()[0] for line in lines[4:9]] == ["generator", "openai/x", "reviewer", "sim/mid", "total"]
    assert [line.split()[-1] for line in (lines[4], lines[6], lines[8])] == ["unknown", "simulated", "unknown"]
    assert lines[10:15] == [
        "remaining calls: 8, exact unless conversations fail; repairs are further requests",
        "looked at: 2 of 2 remaining prompts, each simulated 3 times",
        "tokens and cost: estimated from text lengths; --pilot 20 measures them",
        "time: about 8 s, limited by openai: requests per minute",
        "price unknown, add it to fellowship.toml: openai/x; known part $0",
    ]


def test_pilot_is_carried_out_in_the_run_s_folder_and_told_as_json() -> None:
    """A spread sample is done; only JSON stands on standard output."""
    Path("mine.toml").write_text(PRICES)
    Path("mine.jsonl").write_text(lines_of([{"prompt": f"Why is {i} odd?"} for i in range(30)]))
    path = script("print(run(answer, prompts=['Why?'], out='runs/x', generator=Generator('openai/x')))")
    options = ("--prompts", "mine.jsonl", "-n", 20, "--model", "sim/mid", "--config", "mine.toml", "--json")

    ran = run_in_process("plan", path, "--pilot", 8, *options)

    agent, run, whole = ran.lines
    paid = queried(Path("runs/x"), "SELECT sum(prompt_tokens) * 2e-6 + sum(completion_tokens) * 1e-5 FROM asks")
    positions = queried(Path("runs/x"), "SELECT position FROM conversations")
    assert len(positions) == 8
    assert (min(positions) < 4, max(positions) > 15) == (True, True)
    assert (agent["event"], agent["agent"], agent["model"], agent["price"]) == (
        *("agent", "generator", "sim/mid", "priced"),
    )
    assert (run["prompts"], run["prompts_done"], run["measured_on"], run["exact"]) == (20, 8, 8, True)
    assert run["asks"] == {"low": 12, "expected": 12, "high": 12}
    assert [run["paid_usd"]] == pytest.approx(paid)
    assert run["cost_usd"]["low"] < run["cost_usd"]["expected"] < run["cost_usd"]["high"]
    assert (whole["event"], whole["runs"], whole["cost_usd"]) == ("total", 1, run["cost_usd"])


def test_pilot_on_a_server_measures_the_time(monkeypatch: pytest.MonkeyPatch, serve: Serve) -> None:
    """Without limits: latency, at the number of open requests that was measured; a server here costs nothing."""
    path = script(f"run(answer, prompts={[f'q{i}' for i in range(12)]}, generator=Generator('openai/mid'))")
    server = serve("sim")
    monkeypatch.setenv("OPENAI_BASE_URL", server.base_url)

    ran = run_in_process("plan", path, "--pilot", 6)
    n_requests = server.stats()["requests"]

    assert ran.code == 0, ran.err
    assert "limited by openai: latency, with " in ran.out
    assert "local" in ran.out
    assert n_requests == 6


def test_without_a_pilot_no_server_is_asked(monkeypatch: pytest.MonkeyPatch, serve: Serve) -> None:
    """Although it could be."""
    path = script("run(answer, prompts=['Why?'], generator=Generator('openai/mid'))")
    server = serve("sim")
    monkeypatch.setenv("OPENAI_BASE_URL", server.base_url)

    ran = run_in_process("plan", path)
    n_requests = server.stats()["requests"]

    assert (ran.code, n_requests) == (0, 0)


@pytest.mark.parametrize(
    ("text", "options", "message"),
    [
        ("print()", ["--pilot", 1], "--pilot is 1; expected at least 2: one prompt shows no variation\n"),
        ("", [], "script.py does not call run(...)\n"),
        (
            "async def odd(talk, prompt, *, generator):\n    return 1 / 0\n"
            "run(odd, prompts=['Why?'], generator=Generator('openai/x'))",
            [],
            "scenario odd fails: ZeroDivisionError: division by zero\n",
        ),
        (
            "run(answer, prompts=['Why?'], generator=Generator('openai/x'))",
            ["--pilot", 2],
            "openai/x needs the environment variable OPENAI_API_KEY; set it, or OPENAI_BASE_URL for a server of your "
            "own\n",
        ),
    ],
    ids=["pilot of one", "no run", "scenario raises", "pilot without a key"],
)
def test_mistakes_are_told_in_one_line_with_exit_2(
    text: str,
    options: list[object],
    message: str,
) -> None:
    """And nothing is written."""
    ran = run_in_process("plan", script(text), *options)

    assert (ran.code, ran.err) == (2, f"fellowship: {message}")
    assert not Path("runs").exists()


def test_bug_of_the_script_itself_is_shown_and_what_was_planned_before_it() -> None:
    """Exit 1; no pilot is carried out then."""
    path = script("run(answer, prompts=['Why?', 'How?'], generator=Generator('sim/mid'))\n1 / 0")

    ran = run_in_process("plan", path, "--pilot", 2)

    assert ran.code == 1
    assert "remaining calls: 2, exact" in ran.out
    assert not Path("runs").exists()


def test_a_script_may_end_with_an_exit_code_of_its_own() -> None:
    """It may be about results that are made up here."""
    path = script("run(answer, prompts=['Why?'], generator=Generator('sim/mid'))\nraise SystemExit(7)")

    assert run_in_process("plan", path).code == 0
    assert run_in_process("check", path).code == 0


def test_a_narrow_interval_is_not_commented() -> None:
    """All of the prompts but a few are finished, and of one length."""
    path = script("run(answer, prompts=['Why?'] * 3, generator=Generator('sim/mid'), out='runs/narrow')")

    ran = run_in_process("plan", path, "--pilot", "3")

    assert ran.code == 0, ran.err
    assert "wide interval" not in ran.out


@pytest.mark.parametrize(
    ("limit", "n_done", "reason"),
    [
        ("max_calls=3", 3, "the 3 requests of run(max_calls=...) are made"),
        ("budget=0.0001", 0, "$0.0000 of run(budget=...) $0.0001 are spent, and the next request may cost $0.0206"),
    ],
)
def test_a_pilot_that_reaches_a_limit_of_its_script_is_planned_with_what_it_finished(
    limit: str, n_done: int, reason: str
) -> None:
    """Nothing stands on standard output but the plan."""
    Path("fellowship.toml").write_text(PRICES)
    prompts = [f"Why is {i} odd?" for i in range(12)]
    path = script(f"run(answer, prompts={prompts}, generator=Generator('sim/mid'), concurrency=1, {limit})")

    ran = run_in_process("plan", path, "--pilot", 6, "--json")

    end = "the plan is made from what it finished"
    assert (ran.code, ran.err) == (0, f"fellowship: the pilot ended early: {reason}; {end}\n")
    _, planned, total = ran.lines
    assert (planned["prompts_done"], planned["measured_on"], planned["asks"]["expected"]) == (
        n_done,
        n_done,
        12 - n_done,
    )
    assert total["asks"] == planned["asks"]


def test_a_pilot_that_reached_a_limit_is_continued_with_a_larger_one() -> None:
    """Without a second request for what it finished."""
    text = "run(answer, prompts=['Why?', 'How?', 'When?'], generator=Generator('sim/mid'), concurrency=1, max_calls={})"

    first = run_in_process("plan", script(text.format(1)), "--pilot", 3)
    second = run_in_process("plan", script(text.format(3)), "--pilot", 3)

    assert "1 reply is recorded in the journal" in first.out.replace("\n", " ")
    assert (second.code, second.err) == (0, "")
    assert "3 replies are recorded in the journal" in second.out.replace("\n", " ")


def test_models_without_a_price_are_named_and_what_is_known_is_summed() -> None:
    """As text and as JSON; a cost that has an unknown part is null."""
    path = script(
        "run(feedback_loop, prompts=['Why?'], rounds=1, generator=Generator('openai/x'), reviewer=Reviewer('lab/y'))"
    )

    text, json = run_in_process("plan", path), run_in_process("plan", path, "--json")

    assert "price unknown, add it to fellowship.toml: openai/x, lab/y; known part $0" in text.out
    assert [each["cost_usd"] for each in json.lines] == [None] * 4
    assert [each["price_unknown"] for each in json.lines[2:]] == [["openai/x", "lab/y"]] * 2


def test_the_total_of_several_runs_has_the_part_of_the_cost_that_is_known() -> None:
    """The second run has a price of its own."""
    Path("fellowship.toml").write_text('[prices."lab/y"]\ninput = 2\noutput = 10\nas_of = 2026-11-01\n')
    path = script(
        "run(answer, prompts=['Why?'], out='runs/x', generator=Generator('openai/x'))\n"
        "run(answer, prompts=['Why?'], out='runs/y', generator=Generator('lab/y'))"
    )

    text, json = run_in_process("plan", path), run_in_process("plan", path, "--json")

    *_, priced, total = json.lines
    assert "unknown (known part: $" in text.out
    assert "price of fellowship.toml, as of 2026-11-01: lab/y" in text.out
    assert (total["cost_usd"], total["price_unknown"]) == (None, ["openai/x"])
    assert total["known_cost_usd"] == priced["cost_usd"]
    assert priced["price_unknown"] == []


CHAINED = """\
from fellowship import Judge
from fellowship.scenarios import judge

questions = ["One?", "Two?", "Three?", "Four?"]
drafts = [run(answer, prompts=questions, out=f"runs/{m}", generator=Generator(f"sim/{m}")) for m in ("weak", "mid")]
pairs = [{"prompt": a.item.prompt.text, "response_a": a.outcome, "response_b": b.outcome} for a, b in zip(*drafts)]
run(judge, prompts=pairs, out="runs/judge", judge=Judge("sim/strong"))
"""


@pytest.mark.parametrize("first", [("plan", "--pilot", 2), ("run", "-n", 2)], ids=["a pilot", "a start with -n"])
def test_runs_about_the_answers_of_others_go_on_after_a_plan_and_are_planned_after_a_start(
    first: tuple[str | int, ...],
) -> None:
    """Simulated outcomes name the models that the real ones will have, so the items of the later run are the same."""
    path = script(CHAINED)
    command, *options = first

    codes = [run_in_process(command, path, *options).code, run_in_process("plan", path).code]
    ran = run_in_process("run", path)

    assert (codes, ran.code, ran.err.count("accept")) == ([0, 0], 0, 0)
    query = "SELECT count(*) FROM conversations WHERE item LIKE '%sim/weak%sim/mid%'"
    assert queried(Path("runs/judge"), query) == [4]
