"""A journal that was damaged while no run was under way: the run goes on from what is whole, or says what is broken."""

import random
import re
import shutil
import signal
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from fellowship.storage.journal import PAGE_SIZE
from fellowship.testing.server import StartedServer
from tests.runners.kit import committed, content_of
from tests.runners.moments import NOTHING, Moment, loss, undisturbed
from tests.runners.processes import bodies, run_to_end, settled, start, write_script
from tests.servers import Serve

pytestmark = pytest.mark.slow

JOURNAL, WAL = "journal.sqlite", "journal.sqlite-wal"
PAGE, WAL_HEADER, FRAME_HEADER = PAGE_SIZE, 32, 24
FRAME = FRAME_HEADER + PAGE
Damage = Callable[[bytes, int], bytes]


@dataclass(frozen=True)
class Case:
    """A run that was drained and later killed, so that both files hold a part; and what it would be."""

    work: Path
    killed: Path
    checkpointed: set[Any]
    whole: Counter[str]
    calm: dict[str, Any]
    server: StartedServer

    def copied(self, to: Path) -> Path:
        """The killed run in another place."""
        shutil.copytree(self.killed, to)
        return to


@pytest.fixture(scope="module")
def case(tmp_path_factory: pytest.TempPathFactory, serve: Serve) -> Case:
    """40 feedback loops; a third of the replies is in the main file, a third in the write-ahead log."""
    work = tmp_path_factory.mktemp("damaged")
    write_script(work, 40, concurrency=6)
    calm, killed = work / "calm", work / "killed"
    server = serve("sim", latency_ms=10)
    undisturbed(work, calm, server)
    for number in (signal.SIGINT, signal.SIGKILL):
        checkpointed = committed(killed)
        run = start(work, killed, server)
        run.wait_for_requests(80)
        run.signal(number)
        run.ended()
    return Case(work, killed, checkpointed, bodies(calm), content_of(calm), server)


def cut_short(log: bytes, at: int) -> bytes:
    """As a file system may leave it that had not yet written the rest."""
    return log[:at]


def flipped(log: bytes, at: int) -> bytes:
    """One byte is another."""
    return log[:at] + bytes([log[at] ^ 0xFF]) + log[at + 1 :]


def frame_cut_out(log: bytes, at: int) -> bytes:
    """What follows the frame is in its place."""
    begin = at - (at - WAL_HEADER) % FRAME
    return log[:begin] + log[begin + FRAME :]


def n_whole(log: bytes, at: int) -> int:
    """How long the log is up to the last commit before the frame of a place."""
    ends = range(WAL_HEADER + FRAME, at + 1, FRAME)
    commits = [end for end in ends if log[end - FRAME + 4 : end - FRAME + 8] != bytes(4)]
    return commits[-1] if commits else 0


@pytest.mark.parametrize(
    ("damage", "share"), [(cut_short, 0.1), (cut_short, 0.98), (flipped, 0.5), (flipped, 0.98), (frame_cut_out, 0.4)]
)
def test_a_run_with_a_damaged_write_ahead_log_goes_on_from_what_is_whole(
    case: Case, tmp_path: Path, damage: Damage, share: float
) -> None:
    """Nothing that was checkpointed or committed before the damage is lost or asked again, and the end is the same."""
    folder, whole_only = case.copied(tmp_path / "damaged"), case.copied(tmp_path / "whole")
    log = (folder / WAL).read_bytes()
    at = random.Random(share).randrange(int(share * len(log)), len(log))
    (folder / WAL).write_bytes(damage(log, at))
    (whole_only / WAL).write_bytes(log[: n_whole(log, at)])

    before = Moment.now(folder, case.server)
    ended = run_to_end(case.work, folder, case.server)
    after = Moment.now(folder, case.server)

    assert case.checkpointed < committed(case.killed)
    assert case.checkpointed <= before.safe == committed(whole_only)
    assert ended == (0, "")
    assert loss(before, after, case.whole) == NOTHING
    assert content_of(folder) == case.calm


def header_overwritten(journal: bytes) -> bytes:
    """Its first bytes are no longer SQLite's."""
    return b"\xa5" * 100 + journal[100:]


def page_zeroed(journal: bytes) -> bytes:
    """One in the middle: of replies that a run which goes on has no need of."""
    begin = len(journal) // PAGE // 2 * PAGE
    return journal[:begin] + bytes(PAGE) + journal[begin + PAGE :]


def overwritten(journal: bytes, by: bytes) -> bytes:
    """The type of a column, which SQLite quotes when it cannot be one."""
    return journal.replace(b"fingerprint TEXT", b"fingerprint " + by * 4, 1)


DAMAGED = r"it is damaged \(.*\); put a copy of it back, or start over with --fresh, which sets it aside"
BROKEN: dict[str, tuple[Callable[[bytes], bytes], str]] = {
    "header overwritten": (header_overwritten, "file is not a database"),
    "page zeroed": (page_zeroed, DAMAGED),
    "no text in its schema": (lambda journal: overwritten(journal, b"\xff"), "'utf-8' codec can't decode byte 0xff .*"),
    "escapes in its schema": (lambda journal: overwritten(journal, b"\x1b"), r'malformed database schema .*"\\x1b"'),
    "cut in half": (lambda journal: journal[: len(journal) // 2], "database disk image is malformed"),
}


@pytest.mark.parametrize(("damage", "told"), BROKEN.values(), ids=list(BROKEN))
def test_a_damaged_journal_is_told_in_one_line(
    case: Case, tmp_path: Path, damage: Callable[[bytes], bytes], told: str
) -> None:
    """Exit 2; nothing is asked, and the file is left as it is."""
    journal = tmp_path / "run" / JOURNAL
    shutil.copytree(case.work / "calm", journal.parent)
    damaged = damage(journal.read_bytes())
    journal.write_bytes(damaged)

    before = settled(case.server)
    code, said = run_to_end(case.work, journal.parent, case.server)

    assert code == 2
    assert re.fullmatch(rf"fellowship: the journal {re.escape(str(journal))} cannot be opened: {told}\n", said)
    assert (journal.read_bytes(), settled(case.server)) == (damaged, before)


def test_a_damaged_journal_is_set_aside_by_a_fresh_start(case: Case, tmp_path: Path) -> None:
    """As it is, and the new run is whole."""
    journal = tmp_path / "run" / JOURNAL
    shutil.copytree(case.work / "calm", journal.parent)
    damaged = page_zeroed(journal.read_bytes())
    journal.write_bytes(damaged)

    assert run_to_end(case.work, journal.parent, case.server, "--fresh") == (0, "")

    assert content_of(journal.parent) == case.calm
    assert (tmp_path / "run~1" / JOURNAL).read_bytes() == damaged
