"""Limits and dry runs of a command hold in all of its threads, and for earlier starts; other processes are refused."""

import shutil
from pathlib import Path

import pytest

from fellowship.testing.server import StartedServer
from tests.cli.kit import Ran, run_in_child
from tests.servers import Serve

pytestmark = pytest.mark.slow

HEAD = """
import asyncio, multiprocessing, os, subprocess, sys, threading
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from fellowship import Generator, Sampling, run
from fellowship.scenarios import answer


def one(k):
    prompts = [f"Question {k}, number {i}: what is it?" for i in range(5)]
    generator = Generator("lab/m", sampling=Sampling(max_tokens=20))
    return str(run(answer, prompts=prompts, out=f"runs/{k}", generator=generator, quiet=True))


"""
THREADS = {
    "pool": "with ThreadPoolExecutor(3) as pool: list(pool.map(one, range(3)))",
    "pool that stays open": "pool = ThreadPoolExecutor(3)\nkept = [pool.submit(one, k) for k in range(3)]",
    "threads that are not joined": "for k in range(3): threading.Thread(target=one, args=(k,)).start()",
    "executor of the event loop": """
async def main():
    loop = asyncio.get_running_loop()
    await asyncio.gather(*(loop.run_in_executor(None, one, k) for k in range(3)))
asyncio.run(main())""",
    "after a run in the main thread": """
one(0)
threads = [threading.Thread(target=one, args=(k,)) for k in (1, 2)]
for each in threads: each.start()
for each in threads: each.join()""",
}
PROCESSES = {
    "pool": "if __name__ == '__main__':\n with ProcessPoolExecutor(2) as pool: list(pool.map(one, range(3)))",
    "spawned": """
if __name__ == "__main__":
    with multiprocessing.get_context("spawn").Pool(2) as pool: pool.map(one, range(3))""",
    "os.fork": """
if not (child := os.fork()):
    try: one(0)
    except BaseException as error: print(error, file=sys.stderr, flush=True)
    os._exit(0)
os.waitpid(child, 0)""",
    "another Python": "subprocess.run([sys.executable, 'other.py'])",
}
OTHER = "import sys\nsys.argv = ['x']\n" + HEAD + "one(0)\n"
IN_TURN = "for k in range(int(sys.argv[1]) if sys.argv[1:] else 2): one(k)"


class Place:
    """A folder with a script, settings and a server that counts requests."""

    def __init__(self, folder: Path, server: StartedServer) -> None:
        self.folder, self.server = folder, server
        prices = '[prices."lab/m"]\ninput = 0\noutput = 100\nas_of = 2026-11-01\n'
        own = f'[providers.lab]\nform = "openai"\nbase_url = "{server.base_url}"\n'
        (folder / "fellowship.toml").write_text(own + prices)
        (folder / "other.py").write_text(OTHER)

    def write(self, body: str, name: str = "s.py", *, max_tokens: int = 20) -> None:
        text = f"{HEAD}{body}\n".replace("max_tokens=20", f"max_tokens={max_tokens}")
        (self.folder / name).write_text(text)

    def sent(self, *arguments: str) -> tuple[int, Ran]:
        """The requests of a command, and what it printed."""
        before = self.server.stats()["requests"]
        ran = run_in_child(*arguments, cwd=self.folder)
        return self.server.stats()["requests"] - before, ran


@pytest.fixture
def place(tmp_path: Path, serve: Serve) -> Place:
    return Place(tmp_path, serve())


@pytest.mark.parametrize("body", THREADS.values(), ids=THREADS)
def test_threads_share_the_calls_of_the_command(place: Place, body: str) -> None:
    """A larger limit continues them."""
    place.write(body)

    n, ran = place.sent("run", "s.py", "--max-calls", "7")
    n_more, _ = place.sent("run", "s.py", "--max-calls", "9")

    assert (n, n_more) == (7, 2)
    assert "Traceback" not in ran.err


def test_a_run_that_is_stopped_in_a_thread_ends_the_command_with_its_error(place: Place) -> None:
    """In one line, as in the main thread."""
    place.write(THREADS["threads that are not joined"])

    _, ran = place.sent("run", "s.py", "--max-calls", "2")

    assert (ran.code, ran.err.count("fellowship: the 2 requests of --max-calls are made; ")) == (5, 1)


@pytest.mark.parametrize(
    ("body", "command"), [*((body, "check") for body in THREADS.values()), (THREADS["pool"], "plan")]
)
def test_threads_of_a_dry_run_ask_nothing(place: Place, body: str, command: str) -> None:
    """All three runs are found."""
    place.write(body)

    n, ran = place.sent(command, "s.py")

    assert (n, ran.code) == (0, 0)
    assert ran.out.count("answer: ") >= 3


def test_other_options_hold_in_threads_too(place: Place) -> None:
    """The number of prompts, and the model."""
    place.write(THREADS["pool"])

    assert place.sent("run", "s.py", "-n", "1")[0] == 3
    assert place.sent("run", "s.py", "--model", "sim/mid", "--out", "simulated")[0] == 0


@pytest.mark.parametrize(
    ("body", "options"),
    [
        *((body, ("run", "--max-calls", "7")) for body in PROCESSES.values()),
        (PROCESSES["spawned"], ("run", "-n", "1")),
        (PROCESSES["pool"], ("check",)),
        (PROCESSES["another Python"], ("plan",)),
    ],
)
def test_another_process_is_refused_before_it_asks(place: Place, body: str, options: tuple[str, ...]) -> None:
    """It cannot keep the limits of the command; the line says what to do."""
    place.write(body)
    command, *limits = options

    n, ran = place.sent(command, "s.py", *limits)

    assert n == 0
    assert f", and `fellowship {command}` is process " in ran.err
    assert "call run(...) in that process, in threads or with `await arun(...)`" in ran.err


def test_processes_run_where_the_command_has_no_limits(place: Place) -> None:
    """As before; a spawned one does not know the command's other options."""
    place.write(PROCESSES["spawned"])

    assert place.sent("run", "s.py", "--model", "sim/mid")[0] == 0
    assert place.sent("run", "s.py")[0] == 15


def test_a_command_that_a_script_starts_has_its_own_options(place: Place) -> None:
    """It is refused where it would ask below a command that asks nothing."""
    started = "subprocess.run([sys.executable, '-m', 'fellowship', '{}', 'other.py'])\none(1)"
    place.write(started.format("run"))

    assert place.sent("check", "s.py")[0] == 0
    assert place.sent("run", "s.py", "--max-calls", "3")[0] == 8
    place.write(started.format("check"))
    assert place.sent("check", "s.py")[0] == 0


@pytest.mark.parametrize(
    ("first", "out"),
    [
        (("plan", "s.py", "--pilot", "3"), ()),
        (("run", "s.py", "-n", "3"), ()),
        (("run", "s.py", "-n", "3", "--max-calls", "99"), ()),
        (("run", "s.py", "-n", "3"), ("--out", "there")),
    ],
)
def test_earlier_starts_count_for_runs_that_are_reached_later(
    place: Place, first: tuple[str, ...], out: tuple[str, ...]
) -> None:
    """Whether or not they had limits of their own."""
    place.write(IN_TURN)

    assert place.sent(*first, *out)[0] == 6
    assert place.sent("run", "s.py", *out, "--max-calls", "8")[0] == 2


def test_budget_counts_a_pilot_too(place: Place) -> None:
    """A reply costs at most 0.002 dollars."""
    place.write(IN_TURN)
    place.sent("plan", "s.py", "--pilot", "4")

    assert place.sent("run", "s.py", "--budget", "0.001")[0] == 0


@pytest.mark.parametrize(("removed", "n_kept"), [("0", 6), ("1", 6), ("2", 6)])
def test_a_removed_run_leaves_the_others_known(place: Place, removed: str, n_kept: int) -> None:
    """Also the first one, which then starts again."""
    place.write("for k in range(3): one(k)")
    assert place.sent("run", "s.py", "-n", "3")[0] == 9
    shutil.rmtree(place.folder / "runs" / removed)

    assert place.sent("run", "s.py", "--max-calls", "8")[0] == 8 - n_kept


def test_a_shared_folder_does_not_join_two_scripts(place: Place) -> None:
    """The other script's runs are not runs of this command; a script that was renamed is still the same."""
    place.write("one('base')\none('a')", "a.py")
    place.write("one('base')\none('b')", "b.py")
    assert place.sent("run", "a.py")[0] == 10

    assert place.sent("run", "b.py", "--max-calls", "7")[0] == 2
    (place.folder / "a.py").rename(place.folder / "c.py")
    assert place.sent("run", "c.py", "--max-calls", "10")[0] == 0


def test_moved_runs_and_another_folder(place: Place) -> None:
    """The links are relative; a new --out begins at 0."""
    place.write(IN_TURN)
    assert place.sent("run", "s.py", "-n", "3", "--out", "one")[0] == 6
    (place.folder / "one").rename(place.folder / "two")

    assert place.sent("run", "s.py", "--out", "two", "--max-calls", "7")[0] == 1
    assert place.sent("run", "s.py", "--out", "three", "--max-calls", "7")[0] == 7


def test_the_limit_that_stopped_a_run_is_named(place: Place) -> None:
    """The argument of the run, or the option of the command."""
    place.write("run(answer, prompts=list('abcdef'), generator=Generator('lab/m'), max_calls=4, out='r')")

    assert "the 4 requests of run(max_calls=...) are made" in place.sent("run", "s.py", "--max-calls", "5")[1].err
    shutil.rmtree(place.folder / "r")
    assert "the 3 requests of --max-calls are made" in place.sent("run", "s.py", "--max-calls", "3")[1].err


ASK = """
from autogen_agentchat.agents import AssistantAgent
from autogen_agentchat.teams import RoundRobinGroupChat
from autogen_agentchat.conditions import MaxMessageTermination
from autogen_core.models import UserMessage
from fellowship import Judge, ModelClient, ScenarioTeam
client = ModelClient("lab/m", max_tokens=20)
generator = Generator("lab/m", sampling=Sampling(max_tokens=20))
def asked(n):
    async def main():
        for i in range(n): await client.create([UserMessage(content=f"Hello {i}", source="user")])
    asyncio.run(main())
def told(n):
    team = ScenarioTeam(answer, generator=generator)
    for i in range(n): asyncio.run(team.run(task=f"Hello {i}"))
def spoken(n):
    team = RoundRobinGroupChat([generator], termination_condition=MaxMessageTermination(n + 1))
    asyncio.run(team.run(task="Hello"))
def kept(n, model="lab/m"):
    run(answer, prompts=[f"m{i}" for i in range(n)], generator=Generator(model, sampling=Sampling(max_tokens=20)), out=":memory:", quiet=True)
"""  # noqa: E501 - a script
OUTSIDE = {"client": "asked", "team": "told", "role in AutoGen's team": "spoken"}


@pytest.mark.parametrize("limit", [("--max-calls", "7"), ("--budget", "0.1")], ids=str)
@pytest.mark.parametrize("name", OUTSIDE.values(), ids=OUTSIDE)
def test_requests_outside_of_runs_share_the_limits(place: Place, name: str, limit: tuple[str, str]) -> None:
    """Before a run, after one, and beyond the limit; a reply costs 0.013 dollars."""
    place.write(f"{ASK}{name}(3)\none(0)", max_tokens=200)
    n, ran = place.sent("run", "s.py", *limit)
    assert (n, ran.code) == (7, 5)

    place.write(f"{ASK}one(1)\n{name}(3)", max_tokens=200)
    n, ran = place.sent("run", "s.py", *limit, "--out", "other")
    assert n == 7
    assert limit[0] in ran.err


def test_a_client_alone_is_stopped(place: Place) -> None:
    """With the exit code of a limit."""
    place.write(f"{ASK}asked(9)")

    n, ran = place.sent("run", "s.py", "--max-calls", "4")

    assert (n, ran.code) == (4, 5)
    assert ran.err.strip() == "fellowship: the 4 requests of --max-calls are made"


def test_a_client_in_a_thread_is_stopped_too(place: Place) -> None:
    """And together with the others."""
    place.write(f"{ASK}for each in (asked, told): threading.Thread(target=each, args=(5,)).start()")

    assert place.sent("run", "s.py", "--max-calls", "6")[0] == 6


@pytest.mark.parametrize(("use", "n"), [("asked(2)", 2), ("told(3)", 3)])
def test_requests_of_a_client_that_belongs_to_a_run_count_once(place: Place, use: str, n: int) -> None:
    """As the model of its agent."""
    place.write(f"{ASK}{use}\nkept(4, client)")

    assert place.sent("run", "s.py", "--max-calls", "20")[0] == n + 4
    assert place.sent("run", "s.py", "--max-calls", str(n + 3))[0] == n + 3


@pytest.mark.parametrize(
    ("name", "given", "problem"),
    [
        ("asked", ASK.replace("max_tokens=20", ""), "--budget needs max_tokens for agent 'model_client'"),
        ("told", ASK.replace("lab/m", "far/m"), "--budget needs the price of far/m"),
    ],
)
def test_a_budget_that_outside_requests_cannot_keep(place: Place, name: str, given: str, problem: str) -> None:
    """It is refused before the first request."""
    with (place.folder / "fellowship.toml").open("a") as toml:
        toml.write('[providers.far]\nform = "openai"\nbase_url = "https://lab.invalid/v1"\n')
    place.write(f"{given}{name}(3)")

    n, ran = place.sent("run", "s.py", "--budget", "1")

    assert (n, problem in ran.err) == (0, True), ran.err


@pytest.mark.parametrize("name", ["asked", "told"])
def test_another_process_may_not_ask_outside_of_runs(place: Place, name: str) -> None:
    """It cannot share the limits."""
    (place.folder / "other.py").write_text(f"{HEAD}{ASK}{name}(2)\n")
    place.write("subprocess.run([sys.executable, 'other.py'])")

    n, ran = place.sent("run", "s.py", "--max-calls", "7")

    assert (n, " cannot be asked here: this is process " in ran.err) == (0, True)


@pytest.mark.parametrize("out", ["runs/a", "results/study/b"])
@pytest.mark.parametrize("first", ["kept(4)", "asked(4)", "told(4)"])
def test_what_has_no_folder_knows_earlier_starts(place: Place, first: str, out: str) -> None:
    """Of the runs that are reached after it."""
    place.write(f"{ASK}{first}\nrun(answer, prompts=list('abcdef'), generator=generator, out={out!r}, quiet=True)")
    assert place.sent("run", "s.py", "--max-calls", "8")[0] == 8

    assert place.sent("run", "s.py", "--max-calls", "8")[0] == 4
    assert place.sent("run", "s.py", "--max-calls", "4")[0] == 0
    assert place.sent("run", "s.py", "--max-calls", "4", "--fresh")[0] == 4


def test_runs_that_are_not_of_this_script_are_not_counted(place: Place) -> None:
    """Those of another script, renamed ones, copies, and those below another --out."""
    place.write("one('other')", "other.py")
    place.sent("run", "other.py")
    place.write(f"{ASK}asked(2)\none('a')")
    assert place.sent("run", "s.py")[0] == 7
    assert place.sent("run", "s.py", "--out", "there", "--max-calls", "4")[0] == 4
    shutil.copytree(place.folder / "runs/a", place.folder / "copy/a")
    assert place.sent("run", "s.py", "--max-calls", "6")[0] == 1
    shutil.rmtree(place.folder / "copy")
    (place.folder / "runs/a").rename(place.folder / "runs/b")

    assert place.sent("run", "s.py", "--max-calls", "4")[0] == 4


def test_a_moved_project_keeps_its_count(place: Place) -> None:
    """The script and its runs together."""
    (place.folder / "one").mkdir()
    inner = Place(place.folder / "one", place.server)
    inner.write(f"{ASK}kept(2)\none('a')")
    assert inner.sent("run", "s.py")[0] == 7
    (place.folder / "one").rename(place.folder / "two")
    inner.folder = place.folder / "two"

    assert inner.sent("run", "s.py", "--max-calls", "6")[0] == 1
