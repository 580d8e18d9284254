"""A journal of 100,000 conversations: how soon a start gets to its first new ask, and how much memory that takes."""

import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import orjson
import pytest

from fellowship.protocols.content import Prompt
from fellowship.protocols.items import Item
from fellowship.storage.journal import item_digest

CONVERSATIONS = 100_000
SCRIPT = """
import sys, time
from pathlib import Path
from fellowship import Generator, Reviewer, run
from fellowship.scenarios import feedback_loop
from fellowship.testing import ScriptedProvider

first = []

def reply(request):
    first.append(time.process_time())
    return "A sentence of some length, as they are. " * 7 + "\\nOverall score: 7/10"

summary = run(
    feedback_loop, prompts="prompts.jsonl", out="run", n=int(sys.argv[1]), rounds=3, quiet=True,
    generator=Generator("fake/m"), reviewer=Reviewer("fake/m"), providers={"fake": ScriptedProvider(reply)},
)
status = Path("/proc/self/status").read_text()  # rusage counts what the process was before it began
peak = int(status.partition("VmHWM:")[2].split()[0]) * 1024
print(summary.n_finished, summary.n_asked, first[0], peak)
"""


def questions(n: int) -> list[str]:
    return [f"Question {number}: what of it, and what follows from that?" for number in range(n)]


def started(folder: Path, n: int) -> tuple[int, int, float, int]:
    """Finished, asked now, seconds of CPU before the first ask, and the most memory in bytes; in a new process."""
    command = [sys.executable, "-c", SCRIPT, str(n)]
    printed = subprocess.run(command, cwd=folder, stdout=subprocess.PIPE, check=True, text=True).stdout
    finished, asked, cpu_s, peak = printed.split()
    return int(finished), int(asked), float(cpu_s), int(peak)


def multiply(journal: Path, n: int) -> None:
    """The first conversation, n times, each about the question in its place."""
    with closing(sqlite3.connect(journal)) as connection, connection:
        for table in ("ask_rows", "message_rows"):
            rows = connection.execute(f"SELECT * FROM {table}").fetchall()
            insert = f"INSERT INTO {table} VALUES ({', '.join('?' * len(rows[0]))})"
            for number in range(1, n):
                connection.executemany(insert, [(f"c{number:05d}", *row[1:]) for row in rows])
        cursor = connection.execute("SELECT * FROM conversations")
        names = [column[0] for column in cursor.description]
        first = dict(zip(names, cursor.fetchone(), strict=True))
        for position, question in enumerate(questions(n)[1:], start=1):
            item = Item(prompt=Prompt.of(question))
            own = {"id": f"c{position:05d}", "position": position, "digest": item_digest(item)}
            row = {**first, **own, "item": item.model_dump_json(exclude_defaults=True)}
            connection.execute(f"INSERT INTO conversations VALUES ({', '.join('?' * len(row))})", tuple(row.values()))


@pytest.mark.soak
@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="the system does not tell the peak of a process")
def test_a_large_run_is_soon_continued(tmp_path: Path) -> None:
    """Its six asks are made, nothing else; within 5 s of CPU and 300 MB."""
    lines = [orjson.dumps({"prompt": question}) for question in questions(CONVERSATIONS + 1)]
    (tmp_path / "prompts.jsonl").write_bytes(b"\n".join(lines))
    assert started(tmp_path, 1)[:2] == (1, 6)
    multiply(tmp_path / "run" / "journal.sqlite", CONVERSATIONS)

    finished, asked, cpu_s, peak = started(tmp_path, CONVERSATIONS + 1)

    assert (finished, asked) == (CONVERSATIONS + 1, 6)
    assert cpu_s < 5.0
    assert peak < 300e6
