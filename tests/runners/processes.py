"""`fellowship run` in a child process that is killed or interrupted, against a server in another process."""

import os
import resource
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing, suppress
from dataclasses import dataclass
from pathlib import Path

import orjson

from fellowship.testing.server import StartedServer, body_digest
from tests.cli.kit import NO_VARIABLES, run_in_process
from tests.runners.kit import committed, opened

SCRIPTS = {
    "loop": """
from fellowship import Generator, Reviewer, run
from fellowship.scenarios import feedback_loop

run(
    feedback_loop,
    prompts="prompts.jsonl",
    rounds=3,
    concurrency={concurrency},
    generator=Generator("openai/mid"),
    reviewer=Reviewer("openai/strong"),
)
""",
    "jury": """
from fellowship import Juror, run
from fellowship.scenarios import jury

jurors = [Juror("openai/mid", name=f"juror_{{n}}") for n in (1, 2, 3)]
run(jury, prompts="prompts.jsonl", concurrency={concurrency}, jurors=jurors)
""",
    "judge": """
from fellowship import Judge, run
from fellowship.scenarios import judge

run(judge, prompts="prompts.jsonl", concurrency={concurrency}, max_calls=1_000_000, judge=Judge("openai/mid"))
""",
    "debate": """
from fellowship import run
from fellowship.scenarios import debate
from fellowship.scenarios.debate import panel

run(debate, prompts="prompts.jsonl", concurrency={concurrency}, rounds=1, debaters=panel("openai/strong"))
""",
}
ASKS = 6  # of a conversation, one after the other in the loop, all at once before the jury; repairs come on top
FEWEST_ASKS = {"loop": ASKS, "jury": ASKS, "judge": 2, "debate": 12}
AT_ONCE = {"loop": 1, "jury": ASKS, "judge": 2, "debate": 6}


@dataclass
class Started:
    """A child process that carries out a run in `folder`."""

    process: subprocess.Popen[str]
    folder: Path
    server: StartedServer
    n_before: int

    def wait(self, s: float) -> None:
        """So many seconds, or until the process has ended."""
        with suppress(subprocess.TimeoutExpired):
            self.process.wait(s)

    def wait_for_requests(self, n: int, *, at_most_s: float = 60.0) -> None:
        """Until the server was asked n times by this process, or the process has ended."""
        until = time.monotonic() + at_most_s
        while self.process.poll() is None and self.server.stats()["requests"] < self.n_before + n:
            assert time.monotonic() < until, "the run asks nothing"
            time.sleep(0.002)

    def signal(self, number: signal.Signals) -> None:
        """One signal to this process alone."""
        if self.process.poll() is None:
            os.kill(self.process.pid, number)

    def ended(self, *, at_most_s: float = 60.0) -> tuple[int, str]:
        """Exit code and what it said on standard error."""
        _, said = self.process.communicate(timeout=at_most_s)
        return self.process.returncode, said


def write_script(work: Path, n: int, *, concurrency: int, scenario: str = "loop") -> None:
    """A feedback loop over n prompts, or an evaluation of as many pairs of answers."""
    (work / "script.py").write_text(SCRIPTS[scenario].format(concurrency=concurrency))
    answers = {"response_a": "It is so because it is.", "response_b": "It depends, and this is on what."}
    more = {} if scenario == "loop" else answers
    lines = [orjson.dumps({"prompt": f"Explain point {i} of {n} to a beginner.", **more}) for i in range(n)]
    (work / "prompts.jsonl").write_bytes(b"\n".join(lines))


def start(
    work: Path,
    folder: Path,
    server: StartedServer,
    *options: str,
    most_bytes: int | None = None,
    variables: Mapping[str, str] = NO_VARIABLES,
) -> Started:
    """`fellowship run script.py --out folder`, under way; no file may grow beyond `most_bytes`, as on a full disk."""
    command = [sys.executable, "-m", "fellowship", *_command(folder, options)]
    environment = {**os.environ, **_environment(server, variables)}
    n_before = server.stats()["requests"]
    process = subprocess.Popen(
        command, cwd=work, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True
    )
    if most_bytes is not None:  # long before it has imported what it takes to write anything
        resource.prlimit(process.pid, resource.RLIMIT_FSIZE, (most_bytes, most_bytes))
    return Started(process, folder, server, n_before)


def run_to_end(
    work: Path, folder: Path, server: StartedServer, *options: str, variables: Mapping[str, str] = NO_VARIABLES
) -> tuple[int, str]:
    """The same command in this process, where nothing interrupts it: exit code and what it said on standard error."""
    ran = run_in_process(*_command(folder, options), cwd=work, environment=_environment(server, variables))
    return ran.code, ran.err


def _command(folder: Path, options: Sequence[str]) -> list[str]:
    return ["run", "script.py", "--out", str(folder), "--quiet", *options]


def _environment(server: StartedServer, variables: Mapping[str, str]) -> dict[str, str]:
    return {"OPENAI_BASE_URL": server.base_url, **variables}


def settled(server: StartedServer) -> Counter[str]:
    """How often every body was asked for, once nothing is in flight any more."""
    before, now = -1, server.stats()
    while now["in_flight"] or now["requests"] != before:
        before = now["requests"]
        time.sleep(0.02)
        now = server.stats()
    return Counter(now["by_body"])


def bodies(folder: Path, *, where: str = "true") -> Counter[str]:
    """The bodies whose replies a journal holds, as the server counts them; of certain asks, if given."""
    if not committed(folder):
        return Counter()
    with closing(opened(folder)) as connection:
        rows = connection.execute(f"SELECT model, request FROM asks WHERE {where}").fetchall()
    sent = ((model.partition("/")[2], orjson.loads(request)) for model, request in rows)
    return Counter(
        body_digest({"model": model, "messages": request["messages"], "seed": request["sampling"].get("seed")})
        for model, request in sent
    )


def until(condition: Callable[[], bool], *, at_most_s: float = 20.0) -> None:
    """Wait for something another process does."""
    deadline = time.monotonic() + at_most_s
    while not condition():
        assert time.monotonic() < deadline, "it does not happen"
        time.sleep(0.005)
