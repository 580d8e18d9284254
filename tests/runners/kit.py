"""What the tests of the runners share: dumps of journals, a provider with latencies, random scenarios."""

import asyncio
import hashlib
import random
import sqlite3
from collections import Counter
from collections.abc import Callable, Coroutine, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any, TypeVar

from fellowship.agents.agent import Agent
from fellowship.agents.generator import Generator
from fellowship.protocols.completions import AskKey, Completion, Request
from fellowship.protocols.content import Draft, Prompt
from fellowship.protocols.interfaces import Conversation
from fellowship.protocols.messages import Message
from fellowship.runners.run import arun
from fellowship.runners.summary import RunSummary
from fellowship.testing import ScriptedProvider
from tests.jumping_loop import JumpingLoop

ResultT = TypeVar("ResultT")
MODEL = "fake/any"
NOT_CONTENT = {
    "run": (),
    "conversations": ("begun_at", "ended_at"),
    "asks": ("latency_s", "answered_at", "wait_s", "failed_s", "failures"),
    "messages": ("created_at",),
}
COMPARISONS = [
    {"prompt": f"question {i}", "response_a": f"good answer {i}", "response_b": f"bad answer {i}", "label": "A"}
    for i in range(4)
]


def jumping(main: Coroutine[Any, Any, ResultT]) -> ResultT:
    """The result, on a loop whose clock jumps."""
    with asyncio.Runner(loop_factory=JumpingLoop) as runner:
        return runner.run(main)


def content_of(journal: Path | sqlite3.Connection, *, without: Sequence[str] = ()) -> dict[str, list[dict[str, Any]]]:
    """Everything in a journal but times: rows by table, in an order of their own."""
    if isinstance(journal, Path):
        with closing(opened(journal)) as connection:
            return content_of(connection, without=without)
    return {table: rows_of(journal, table, {*times, *without}) for table, times in NOT_CONTENT.items()}


def rows_of(connection: sqlite3.Connection, table: str, without: set[str]) -> list[dict[str, Any]]:
    """A table's rows, sorted, without some columns."""
    where = "WHERE key NOT IN ('origin', 'made_in')" if table == "run" else ""
    cursor = connection.execute(f"SELECT * FROM {table} {where}")
    names = [column[0] for column in cursor.description]
    rows = [{name: value for name, value in zip(names, row, strict=True) if name not in without} for row in cursor]
    return sorted(rows, key=repr)


def opened(folder: Path) -> sqlite3.Connection:
    """A second connection to the journal in a folder, which only reads."""
    return sqlite3.connect(f"{(folder / 'journal.sqlite').absolute().as_uri()}?mode=ro", uri=True)


def queried(folder: Path, query: str) -> list[Any]:
    """What a person with the sqlite3 shell would see; single columns as plain values."""
    with closing(opened(folder)) as connection:
        return [row[0] if len(row) == 1 else row for row in connection.execute(query).fetchall()]


def committed(folder: Path) -> set[tuple[AskKey, int]]:
    """The asks and attempts that are safe in a journal."""
    if not (folder / "journal.sqlite").exists():
        return set()
    if not queried(folder, "SELECT 1 FROM sqlite_schema WHERE name = 'asks'"):
        return set()
    rows = queried(folder, "SELECT conversation, lane, agent, occurrence, attempt FROM asks")
    return {(AskKey(*row[:4]), row[4]) for row in rows}


class DelayedProvider:
    """Replies are a function of the request; how long they take is drawn from a generator of its own."""

    def __init__(
        self, reply: Callable[[Request], str | Exception], *, latency_seed: int, longest_s: float = 2.0
    ) -> None:
        self._reply, self._longest_s = reply, longest_s
        self._rng = random.Random(latency_seed)
        self.asked: Counter[tuple[AskKey, int]] = Counter()

    async def complete(self, request: Request) -> Completion:
        """The reply, after a while."""
        self.asked[request.key, request.attempt] += 1
        await asyncio.sleep(self._rng.random() * self._longest_s)
        reply = self._reply(request)
        if isinstance(reply, Exception):
            raise reply
        return Completion(reply)

    async def close(self) -> None:
        """Nothing to give back."""


def drawn(*parts: object) -> float:
    """A number in [0, 1) that depends on the parts only."""
    return int.from_bytes(hashlib.sha256(repr(parts).encode()).digest()[:6]) / 2**48


async def one_answer(talk: Conversation, prompt: Message[Prompt], *, generator: Generator) -> Message[Draft]:
    """A scenario of one ask."""
    return await talk.ask(generator, prompt)


async def improved(
    talk: Conversation, prompt: Message[Prompt], *, generator: Generator, rounds: int = 2
) -> Message[Draft]:
    """A scenario of several asks, each of which builds on the one before."""
    draft = await talk.ask(generator, prompt)
    for _ in range(rounds - 1):
        draft = await talk.ask(generator, prompt, draft)
    return draft


def told(request: Request) -> str:
    """A reply that names the ask it answers."""
    return f"reply to {request.key}, attempt {request.attempt}"


def scripted_run(
    scenario: Any,
    out: Path | str,
    provider: ScriptedProvider | Any,
    *,
    prompts: Any = ("one", "two", "three"),
    **more: Any,
) -> RunSummary:
    """A run of a scenario, with one generator unless another cast is given, answered by the provider."""
    if not any(isinstance(value, Agent) for value in more.values()):
        more["generator"] = Generator(MODEL)
    return asyncio.run(arun(scenario, prompts=list(prompts), out=out, quiet=True, providers={"fake": provider}, **more))
