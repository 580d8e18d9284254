"""Requests stored as pieces: every one is read back as it was sent, and a repeated text is stored once."""

import asyncio
import sqlite3
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

import orjson
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from fellowship.protocols.completions import AskKey, Attempt, Completion, Request
from fellowship.protocols.content import ChatMessage, Draft
from fellowship.protocols.errors import ReplyNotParsed
from fellowship.protocols.interfaces import MessageRecord
from fellowship.protocols.messages import DraftMessage
from fellowship.storage import text_pool
from fellowship.storage.journal import LONG_TEXT, SqliteJournal
from fellowship.storage.recorded_run import RecordedRun
from fellowship.storage.text_pool import BLOCK, SHORTEST_POOLED, TextPool
from tests.builders import NOON, an_item

POOLED = "A text that is long enough to be stored once, and quoted often."
TEXTS = st.one_of(
    st.sampled_from(
        ["", POOLED, POOLED + POOLED, '"\\', "=#*@", "\0", f"{POOLED}\0\u2028é😀", "x" * LONG_TEXT, f"é\0{POOLED}" * 20]
    ),
    st.text(st.characters(exclude_categories=["Cs"]), max_size=2 * SHORTEST_POOLED),
)
CONTENTS = st.lists(TEXTS, max_size=4).map("".join)
CHATS = st.lists(
    st.builds(lambda role, content: {"role": role, "content": content}, st.sampled_from(["system", "user"]), CONTENTS),
    max_size=2 * BLOCK,
)


def a_request(chat: Sequence[Any], occurrence: int = 0, **sampling: Any) -> Request:
    return Request(AskKey("c00000", "", "writer", occurrence), 1, "x/y", tuple(chat), sampling, 'Draft/"é"')


def a_reply(text: str, occurrence: int, inputs: Sequence[str] = ()) -> MessageRecord:
    message = DraftMessage(
        id=f"writer.{occurrence}", source="writer", content=Draft(text=text), inputs=tuple(inputs), created_at=NOON
    )
    return MessageRecord(message, "", occurrence, occurrence)


def an_attempt(request: Request, text: str) -> Attempt:
    return Attempt(1, request.fingerprint, Completion(text), 1.0)


def sent(request: Request) -> bytes:
    """A request as JSON, byte for byte."""
    return orjson.dumps({"messages": request.messages, "sampling": request.sampling, "reply": request.reply})


async def journal_of(requests: Sequence[Request], replies: Sequence[str], path: Path | None = None) -> SqliteJournal:
    """A journal of one conversation with these asks, each of which has seen the replies before it."""
    journal = SqliteJournal(path)
    journal.start("c00000", 0, an_item(), 1, 0.0)
    for number, (request, text) in enumerate(zip(requests, replies, strict=True)):
        inputs = [f"writer.{each}" for each in range(number)]
        reply = a_reply(text, number, inputs) if text.strip() else ReplyNotParsed("no text", raw=text)
        await journal.commit(request, an_attempt(request, text), reply)
    await journal.close()
    return journal


@settings(suppress_health_check=[HealthCheck.too_slow], max_examples=60)
@given(st.lists(st.tuples(CHATS, TEXTS), min_size=1, max_size=4))
def test_every_request_and_reply_is_read_back_byte_for_byte(asks: list[tuple[list[ChatMessage], str]]) -> None:
    """Whatever they share: from the records, and from the view that people query."""
    requests = [a_request(chat, number, temperature=0.5) for number, (chat, _) in enumerate(asks)]
    replies = [text for _, text in asks]

    journal = asyncio.run(journal_of(requests, replies))
    run = RecordedRun(journal.connection)
    asked = run.asks("c00000")
    viewed = journal.connection.execute("SELECT request FROM asks ORDER BY occurrence").fetchall()

    assert [orjson.dumps(ask.request) for ask in asked] == [sent(request) for request in requests]
    assert [orjson.loads(text) for (text,) in viewed] == [ask.request for ask in asked]
    assert [ask.completion.text for ask in asked] == replies
    assert [message.content for message in run.conversation("c00000").messages] == [
        Draft(text=text) for text in replies if text.strip()
    ]
    journal.connection.close()


def test_a_history_costs_only_what_is_new(tmp_path: Path) -> None:
    """A call of a chat of 200 turns is stored in less than a sixth of its request, and every input is read back."""
    texts = [f"{number}: {POOLED * 5}" for number in range(200)]
    chat: list[ChatMessage] = [{"role": "user", "content": "Why?"}]
    requests = []
    for number, text in enumerate(texts):
        requests.append(a_request(chat, number))
        chat.append({"role": "assistant", "content": text})

    asyncio.run(journal_of(requests, texts, tmp_path / "journal.sqlite"))

    with RecordedRun.open(tmp_path) as run:
        assert [ask.request["messages"] for ask in run.asks("c00000")] == [list(each.messages) for each in requests]
        last = run.conversation("c00000").messages[-1]
        ((seen,),) = run.rows("SELECT count(*) FROM recipients WHERE recipient = 'writer' AND message = 'writer.0'")
    assert last.inputs == tuple(f"writer.{number}" for number in range(199))
    assert seen == 199
    assert (tmp_path / "journal.sqlite").stat().st_size < 200 * 3_000 < sum(len(sent(each)) for each in requests) / 10


def test_a_text_is_stored_once(tmp_path: Path) -> None:
    """Whoever quotes it, in whichever surroundings; a long reply too, as completion, message and part of a request."""
    reply = "A long reply. " * 100
    chats = [[{"role": "user", "content": f"<{name}>\n{reply}\n</{name}>"}] for name in ("answer_a", "answer_b", "c")]
    requests = [a_request([], 0), *(a_request(chat, number) for number, chat in enumerate(chats, start=1))]

    asyncio.run(journal_of(requests, [reply, "no", "yes", "no"], tmp_path / "journal.sqlite"))

    with closing(sqlite3.connect(tmp_path / "journal.sqlite")) as connection:
        texts = [text for (text,) in connection.execute("SELECT text FROM texts")]
        rows = "".join(map(str, connection.execute("SELECT * FROM ask_rows").fetchall()))
        rows += "".join(map(str, connection.execute("SELECT * FROM message_rows").fetchall()))
    assert sum(reply in text for text in texts) == 1
    assert "A long reply" not in rows


def test_what_the_pool_has_forgotten_is_written_again_and_changes_nothing(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Its memory is bounded."""
    monkeypatch.setattr(text_pool, "MEMORY_CHARS", 10)
    requests = [a_request([{"role": "user", "content": POOLED}], number) for number in range(3)]

    asyncio.run(journal_of(requests, ["a", "b", "c"], tmp_path / "journal.sqlite"))

    with RecordedRun.open(tmp_path) as run:
        assert [ask.request["messages"] for ask in run.asks("c00000")] == [list(each.messages) for each in requests]
        assert list(run.rows("SELECT count(*) FROM texts WHERE text = '" + POOLED + "'")) == [(1,)]


def test_messages_with_more_than_role_and_text_are_stored_whole() -> None:
    """Such as those of a role that sends names, or parts."""
    chat = [{"role": "user", "content": "Why?", "name": "ann"}, {"role": "user", "content": [{"type": "text"}]}]
    new: list[tuple[Any, ...]] = []
    pool = TextPool(new)

    for messages in (chat[:1], chat[1:], chat):
        request = a_request(messages)
        assert pool.pieces(request, {}, ()).encode() == sent(request)
