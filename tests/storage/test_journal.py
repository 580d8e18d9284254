"""The journal by itself: migrations, constraints, group commits, and what a failed commit does."""

import asyncio
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path
from random import Random
from typing import Any

import pytest

from fellowship.protocols.completions import AskKey, Attempt, Completion, Request, Usage
from fellowship.protocols.content import Draft
from fellowship.protocols.errors import ReplyNotParsed, StoreError
from fellowship.protocols.interfaces import Ending, MessageRecord
from fellowship.protocols.items import Item
from fellowship.storage.journal import COLLECT_S, SqliteJournal, item_digest
from fellowship.storage.records import ConversationState
from fellowship.storage.schema import MIGRATIONS, migrate
from tests.builders import a_draft, an_item

KEY = AskKey("c00000", "ab/inner", "juror_1", 2)
COMPLETION = Completion(
    "raw \0 text \N{GRINNING FACE}",
    "length",
    Usage(1, 2, 3, 4),
    served_model="served",
    request_id="id-1",
    latency_s=0.5,
    simulated=True,
    reasoning="sent beside the text",
)


def a_request(key: AskKey = KEY, attempt: int = 1) -> Request:
    messages = ({"role": "user", "content": "why?"},)
    return Request(key, attempt, "x/y", messages, {"seed": 1}, "Draft")  # type: ignore[arg-type]


def an_attempt(number: int = 1, completion: Completion = COMPLETION) -> Attempt:
    return Attempt(number, a_request(attempt=number).fingerprint, completion, 12.5)


def record_reply(text: str = "text") -> MessageRecord:
    return MessageRecord(a_draft(text, source="juror_1"), "ab/inner", 2, 1)


def schema_of(connection: sqlite3.Connection) -> list[Any]:
    return connection.execute("SELECT type, name, sql FROM sqlite_schema ORDER BY name").fetchall()


def test_migrations_are_applied_once() -> None:
    """A second time changes nothing, and the version is their number."""
    with closing(sqlite3.connect(":memory:")) as connection:
        migrate(connection)
        before = schema_of(connection)
        migrate(connection)

        assert schema_of(connection) == before
        assert connection.execute("PRAGMA user_version").fetchone() == (len(MIGRATIONS),)


def test_an_empty_file_gets_the_schema_of_all_migrations() -> None:
    """It is a copy of a journal that was made by the migrations one by one."""
    with closing(sqlite3.connect(":memory:")) as new, closing(sqlite3.connect(":memory:")) as old:
        migrate(new)
        old.executescript(f"{MIGRATIONS[0]}; PRAGMA user_version = 1;")
        migrate(old)

        assert schema_of(new) == schema_of(old)
        assert new.execute("PRAGMA user_version").fetchone() == old.execute("PRAGMA user_version").fetchone()


def test_a_database_with_tables_of_its_own_keeps_them() -> None:
    """It is not empty, so no copy is written over it."""
    with closing(sqlite3.connect(":memory:")) as connection:
        connection.executescript("CREATE TABLE mine (a); INSERT INTO mine VALUES (1)")
        migrate(connection)

        assert connection.execute("SELECT a FROM mine").fetchall() == [(1,)]


def test_whether_a_completion_is_whole_is_kept() -> None:
    """A reply of an old run that a new run reuses is taken whole there too."""
    old, new = Completion("old", whole=True), Completion("new")

    async def recorded() -> Any:
        async with SqliteJournal(None) as journal:
            journal.start("c00000", 0, an_item("a", "b"), 1, 10.0)
            for number, completion in enumerate((old, new), start=1):
                await journal.commit(a_request(attempt=number), an_attempt(number, completion), record_reply())
            return await journal.recorded("c00000")

    assert [attempt.completion for attempt in asyncio.run(recorded())[KEY]] == [old, new]


def test_the_tables_and_views_and_their_columns_are_these() -> None:
    """They are public: people query them."""
    with closing(sqlite3.connect(":memory:")) as connection:
        migrate(connection)
        tables = {
            table: [row[1] for row in connection.execute(f"PRAGMA table_info({table})")]
            for (table,) in connection.execute("SELECT name FROM sqlite_schema WHERE sql NOT NULL").fetchall()
        }
        for name in ("texts", "ask_rows", "message_rows"):  # what the views are made of
            del tables[name]

    assert tables == {
        "run": ["key", "value"],
        "conversations": [
            *("id", "position", "item", "digest", "status", "tries", "outcome", "fault", "error", "ended_at"),
            "begun_at",
        ],
        "asks": [
            *("conversation", "lane", "agent", "occurrence", "attempt", "fingerprint", "model", "request"),
            *("completion", "finish", "prompt_tokens", "completion_tokens", "cached_tokens", "reasoning_tokens"),
            *("served_model", "request_id", "latency_s", "simulated", "error", "answered_at"),
            *("cost", "wait_s", "failed_s", "failures", "reused", "reasoning", "split"),
        ],
        "messages": [
            *("conversation", "lane", "source", "occurrence", "depth"),
            *("id", "type", "content", "inputs", "created_at"),
        ],
        "events": ["at", "event", "facts"],
        "labels": ["conversation", "author", "label", "reason", "at"],
        "verdicts": ["conversation", "lane", "source", "id", "decision", "reason"],
        "votes": ["conversation", "lane", "source", "id", "decision", "reason"],
        "recipients": ["conversation", "message", "lane", "recipient"],
    }


def test_an_attempt_comes_back_as_it_was(tmp_path: Path) -> None:
    """Every field of it, in another session."""

    async def written() -> None:
        async with SqliteJournal(tmp_path / "journal.sqlite") as journal:
            journal.start("c00000", 0, an_item("a", "b"), 1, 10.0)
            await journal.commit(a_request(), an_attempt(), ReplyNotParsed("no score", raw="raw"))
            await journal.commit(a_request(attempt=2), an_attempt(2), record_reply())

    async def read() -> Any:
        async with SqliteJournal(tmp_path / "journal.sqlite") as journal:
            return await journal.recorded("c00000"), await journal.sent(KEY, 2), journal.settings(), journal.begun()

    asyncio.run(written())
    recorded, sent, settings, begun = asyncio.run(read())

    assert recorded == {KEY: [an_attempt(), an_attempt(2)]}
    assert sent == {
        "model": "x/y",
        "messages": [{"role": "user", "content": "why?"}],
        "sampling": {"seed": 1},
        "reply": "Draft",
    }
    assert settings == {"simulated": "true"}
    assert begun == {"c00000": ConversationState("started", None, 1, item_digest(an_item("a", "b")))}


def test_beginning_again_forgets_messages_and_keeps_replies(tmp_path: Path) -> None:
    """The messages are told anew, from the replies."""

    async def main() -> tuple[int, int, Any]:
        async with SqliteJournal(tmp_path / "journal.sqlite") as journal:
            journal.start("c00000", 0, an_item(), 1, 10.0)
            await journal.commit(a_request(), an_attempt(), record_reply())
            await journal.finish("c00000", Ending("failed", None, "provider", "down"), 1.0)
            journal.start("c00000", 0, an_item(), 2, 10.0)
            await journal.finish("c00000", Ending("finished", "x"), 2.0)
            counted = [
                journal.connection.execute(f"SELECT count(*) FROM {table}").fetchone()[0]
                for table in ("messages", "asks")
            ]
            row = journal.connection.execute(
                "SELECT status, tries, outcome, fault, error FROM conversations"
            ).fetchone()
            return counted[0], counted[1], row

    assert asyncio.run(main()) == (0, 1, ("finished", 2, "x", None, None))


def test_a_reply_belongs_to_a_conversation_that_was_begun(tmp_path: Path) -> None:
    """Foreign keys are on; the error names the journal."""

    async def main() -> None:
        async with SqliteJournal(tmp_path / "journal.sqlite") as journal:
            await journal.commit(a_request(), an_attempt(), record_reply())

    with pytest.raises(StoreError) as caught:
        asyncio.run(main())

    assert (
        str(caught.value)
        == f"the journal {tmp_path / 'journal.sqlite'} cannot be written: FOREIGN KEY constraint failed"
    )


def test_an_attempt_is_never_overwritten(tmp_path: Path) -> None:
    """The second of one number is an error, and the first stays."""

    async def main() -> Any:
        async with SqliteJournal(tmp_path / "journal.sqlite") as journal:
            journal.start("c00000", 0, an_item(), 1, 10.0)
            await journal.commit(a_request(), an_attempt(), record_reply())
            with pytest.raises(StoreError, match="UNIQUE constraint failed"):
                await journal.commit(a_request(), an_attempt(completion=Completion("other")), record_reply())
            return await journal.recorded("c00000")

    assert asyncio.run(main()) == {KEY: [an_attempt()]}


def test_commits_are_shared_and_none_returns_too_early(tmp_path: Path) -> None:
    """A hundred at once need a few transactions; each is on disk when its commit returns."""
    path = tmp_path / "journal.sqlite"

    async def main() -> int:
        async with SqliteJournal(path) as journal:
            journal.connection.set_trace_callback(lambda statement: commits.append(statement))
            journal.start("c00000", 0, an_item(), 1, 10.0)

            async def one(number: int) -> None:
                key = KEY._replace(occurrence=number)
                await journal.commit(a_request(key), an_attempt(), MessageRecord(a_draft(), "", number, 0))
                with closing(sqlite3.connect(path)) as other:
                    found = other.execute("SELECT count(*) FROM asks WHERE occurrence = ?", (number,)).fetchone()
                assert found == (1,)

            async with asyncio.TaskGroup() as group:
                for number in range(100):
                    group.create_task(one(number))
            assert journal.n_committed == 100
            return commits.count("COMMIT")

    commits: list[str] = []

    assert 1 <= asyncio.run(main()) <= 5


def test_a_commit_that_is_alone_waits_for_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    """After a shared one others are waited for; after one for itself it is begun at once."""
    waits: list[float] = []

    async def main() -> None:
        loop, journal = asyncio.get_running_loop(), SqliteJournal(None)
        later = loop.call_later

        def noted(delay: float, *rest: Any) -> Any:
            waits.append(delay)
            return later(delay, *rest)

        monkeypatch.setattr(loop, "call_later", noted)
        for together in (1, 1, 2, 1, 1):
            await asyncio.gather(*(journal.finish("c00000", Ending("finished"), 0.0) for _ in range(together)))
        await journal.close()

    asyncio.run(main())

    assert waits == [0.0, 0.0, 0.0, COLLECT_S, 0.0]


def test_what_was_noted_is_safe_after_closing(tmp_path: Path) -> None:
    """Also when nobody waited for it; and at rest the journal is one file."""
    path = tmp_path / "journal.sqlite"

    async def main() -> None:
        async with SqliteJournal(path) as journal:
            journal.start("c00000", 0, an_item(), 1, 10.0)
            journal.note("c00000", record_reply())

    asyncio.run(main())

    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("SELECT id FROM messages").fetchall() == [("juror_1.0",)]
    assert [each.name for each in tmp_path.iterdir()] == ["journal.sqlite"]


def test_a_cancelled_commit_is_safe_all_the_same(tmp_path: Path) -> None:
    """The reply was paid for; whoever waited for it is gone."""

    async def main() -> Any:
        async with SqliteJournal(tmp_path / "journal.sqlite") as journal:
            journal.start("c00000", 0, an_item(), 1, 10.0)
            task = asyncio.ensure_future(journal.commit(a_request(), an_attempt(), record_reply()))
            await asyncio.sleep(0)
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
        async with SqliteJournal(tmp_path / "journal.sqlite") as journal:
            return await journal.recorded("c00000")

    assert asyncio.run(main()) == {KEY: [an_attempt()]}


def test_a_reader_does_not_hold_up_the_writer(tmp_path: Path) -> None:
    """And keeps what it began to read, as WAL promises; the log stays beside the journal for it."""
    path = tmp_path / "journal.sqlite"

    async def main(reader: sqlite3.Connection) -> int:
        async with SqliteJournal(path) as journal:
            journal.start("c00000", 0, an_item(), 1, 10.0)
            await journal.commit(a_request(), an_attempt(), record_reply())
            reader.execute("BEGIN")
            (before,) = reader.execute("SELECT count(*) FROM asks").fetchone()
            await journal.commit(a_request(attempt=2), an_attempt(2), record_reply())
            (after,) = reader.execute("SELECT count(*) FROM asks").fetchone()
            assert before == after
            return int(before)

    asyncio.run(_with_tables(path))
    with closing(sqlite3.connect(path)) as reader:
        assert asyncio.run(main(reader)) == 1
        reader.execute("COMMIT")
        assert reader.execute("SELECT count(*) FROM asks").fetchone() == (2,)


async def _with_tables(path: Path) -> None:
    async with SqliteJournal(path):
        pass


def test_a_locked_journal_is_an_error_of_the_store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Somebody else writes to it; what was to be written is not safe, and nobody is told it is."""
    path = tmp_path / "journal.sqlite"

    async def main(other: sqlite3.Connection) -> None:
        async with SqliteJournal(path) as journal:
            journal.connection.execute("PRAGMA busy_timeout = 10")
            other.execute("BEGIN IMMEDIATE")
            journal.start("c00000", 0, an_item(), 1, 10.0)
            with pytest.raises(StoreError, match="cannot be written: database is locked"):
                await journal.commit(a_request(), an_attempt(), record_reply())
            assert journal.n_committed == 0
            other.execute("ROLLBACK")

    asyncio.run(_with_tables(path))
    with closing(sqlite3.connect(path)) as other:
        asyncio.run(main(other))
        assert other.execute("SELECT count(*) FROM asks").fetchone() == (0,)


def test_a_journal_in_memory_stays_readable_after_closing() -> None:
    """A run without a folder is looked at through it."""

    async def main() -> SqliteJournal:
        async with SqliteJournal(None) as journal:
            journal.start("c00000", 0, an_item(), 1, 10.0)
            journal.note("c00000", record_reply())
        return journal

    journal = asyncio.run(main())

    assert journal.connection.execute("SELECT type FROM messages").fetchall() == [("DraftMessage",)]


def test_the_digest_of_an_item_changes_with_it() -> None:
    """With its prompt, its answers, its label."""
    items = [
        an_item(),
        an_item("a", "b"),
        an_item("a", "c"),
        an_item("a", "b", label="A"),
        an_item("a", "b", prompt="Why?"),
    ]

    assert len({item_digest(item) for item in items}) == len(items)
    assert item_digest(items[1]) == item_digest(
        Item(prompt=items[1].prompt, candidates=(Draft(text="a"), Draft(text="b")))
    )


def test_a_commit_that_leaves_no_room_stops_the_run_and_open_requests_are_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The reply of that commit is safe; the error comes once."""
    journal = SqliteJournal(tmp_path / "journal.sqlite")

    def full(path: Path) -> Any:
        return shutil._ntuple_diskusage(10**9, 10**9 - 5_000, 5_000)

    async def main() -> None:
        journal.start("c00000", 0, an_item(), 1, 0.0)
        await journal.commit(a_request(), an_attempt(), ReplyNotParsed("odd", raw="odd"))
        monkeypatch.setattr(shutil, "disk_usage", full)
        with pytest.raises(StoreError, match=r"less than 1\.\d MiB is free"):
            await journal.commit(a_request(attempt=2), an_attempt(2), ReplyNotParsed("odd", raw="odd"))
        await journal.commit(a_request(attempt=3), an_attempt(3), ReplyNotParsed("odd", raw="odd"))
        await journal.close()

    asyncio.run(main())
    with closing(sqlite3.connect(tmp_path / "journal.sqlite")) as connection:
        assert connection.execute("SELECT count(*) FROM asks").fetchone() == (3,)
    assert journal.n_committed == 3


def test_room_is_kept_for_the_replies_to_open_requests_and_the_write_ahead_log(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Long replies to many open requests need more than the least room; the message counts what is safe."""
    journal = SqliteJournal(tmp_path / "journal.sqlite")
    monkeypatch.setattr(shutil, "disk_usage", lambda path: shutil._ntuple_diskusage(10**9, 0, 6 * 2**20))
    long = ReplyNotParsed("odd", raw="odd")

    async def main() -> None:
        journal.start("c00000", 0, an_item(), 1, 0.0)
        text = Random(0).randbytes(50_000).hex()
        await journal.commit(a_request(), an_attempt(1, Completion(text)), long)
        journal.n_in_flight = lambda: 60
        with pytest.raises(StoreError, match=r"less than [78]\.\d MiB is free"):
            await journal.commit(a_request(attempt=2), an_attempt(2), long)
        await journal.close()

    asyncio.run(main())
    assert journal.n_committed == 2
