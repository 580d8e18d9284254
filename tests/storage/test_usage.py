"""What a journal's asks have used, and how many were open at once; conversations copied to another journal."""

import asyncio
from collections.abc import Sequence
from decimal import Decimal

import pytest

from fellowship.protocols.completions import AskKey, Attempt, Completion, Request, Usage
from fellowship.protocols.errors import ReplyNotParsed
from fellowship.protocols.interfaces import Ending, MessageRecord
from fellowship.storage.journal import SqliteJournal, item_digest
from fellowship.storage.recorded_run import RecordedRun
from fellowship.storage.run_stats import AgentUsage, Amounts, agent_usage, mean_open
from tests.builders import a_draft, an_item

USAGE = Usage(prompt_tokens=100, completion_tokens=10, cached_tokens=40)
UNREADABLE = ReplyNotParsed("odd", raw="odd")


def journal_of(attempts: Sequence[tuple[str, int, int, float]], *, latency_s: float = 2.0) -> SqliteJournal:
    """One conversation with attempts (agent, occurrence, attempt, answered at); the first of several is unreadable."""

    async def written() -> SqliteJournal:
        journal = SqliteJournal(None)
        journal.start("c00000", 0, an_item(), 1, 0.0)
        for agent, occurrence, number, at in attempts:
            request = Request(AskKey("c00000", "", agent, occurrence), number, f"a/{agent}", (), {}, "Draft")
            attempt = Attempt(number, "0" * 16, Completion("text", usage=USAGE, latency_s=latency_s), at)
            repaired = (agent, occurrence, number + 1) in [each[:3] for each in attempts]
            draft = a_draft(source=agent).model_copy(update={"id": f"{agent}.{occurrence}"})
            await journal.commit(request, attempt, UNREADABLE if repaired else MessageRecord(draft, "", occurrence, 1))
        await journal.finish("c00000", Ending("finished", f"{attempts[-1][0]}.{attempts[-1][1]}"), 9.0)
        await journal.close()
        return journal

    return asyncio.run(written())


def test_shares_are_summed_up_by_agent_in_the_order_of_asking() -> None:
    """A repair is a further attempt of the same ask."""
    journal = journal_of([("writer", 0, 1, 2.0), ("reader", 0, 1, 4.0), ("reader", 0, 2, 6.0), ("writer", 1, 1, 8.0)])

    found = list(agent_usage(RecordedRun(journal.connection)))

    twice = Amounts(200, 20, 0)
    assert found == [
        AgentUsage("c00000", "writer", "a/writer", 2, 2, 4.0, twice),
        AgentUsage("c00000", "reader", "a/reader", 1, 2, 4.0, twice, Amounts(100, 10, 0)),
    ]


def test_requests_are_priced_one_by_one() -> None:
    """A price may depend on the length of a request; repairs are counted apart, too."""
    journal = journal_of([("writer", 0, 1, 2.0), ("writer", 0, 2, 4.0)])

    def cost(model: str, usage: Usage) -> Decimal | None:
        assert (model, usage) == ("a/writer", USAGE)
        return Decimal("0.25")

    (found,) = agent_usage(RecordedRun(journal.connection), cost)

    assert (found.amounts, found.repeated, found.paid) == (Amounts(200, 20, 0.5), Amounts(100, 10, 0.25), 0.5)


def test_recorded_costs_are_not_computed_again() -> None:
    """Whatever the price is now; only what was recorded without a cost is priced."""
    journal = journal_of([("writer", 0, 1, 2.0), ("writer", 1, 1, 4.0), ("writer", 2, 1, 4.0)])
    journal.connection.execute("UPDATE ask_rows SET cost = '0.125' WHERE occurrence = 0")
    journal.connection.execute("UPDATE ask_rows SET reused = 1 WHERE occurrence = 2")

    (found,) = agent_usage(RecordedRun(journal.connection), lambda model, usage: Decimal(8))

    assert (found.paid, found.amounts.cost) == (8.125, 24.0)


@pytest.mark.parametrize(
    ("answered_at", "expected"),
    [([2.0, 4.0, 6.0], 1.0), ([2.0, 2.0], 2.0), ([2.0, 3.0], 4 / 3), ([2.0, 90_000.0], 1.0)],
    ids=["one after another", "side by side", "overlapping", "a day between"],
)
def test_time_in_which_nothing_is_open_does_not_count(answered_at: list[float], expected: float) -> None:
    """Each was open for two seconds."""
    journal = journal_of([("writer", number, 1, at) for number, at in enumerate(answered_at)])

    assert mean_open(RecordedRun(journal.connection)) == pytest.approx(expected)


def test_asks_that_took_no_time_were_not_open() -> None:
    """No division by nothing."""
    assert mean_open(RecordedRun(journal_of([("writer", 0, 1, 2.0)], latency_s=0.0).connection)) == 0.0


@pytest.mark.parametrize(("whole", "ids"), [(True, ["writer.0", "writer.1"]), (False, ["writer.1"])])
def test_conversation_is_copied_to_another_place_for_another_item(whole: bool, ids: list[str]) -> None:
    """Its ending and what was said, or the outcome only; never its asks."""
    source, target = journal_of([("writer", 0, 1, 2.0), ("writer", 1, 1, 4.0)]), SqliteJournal(None)
    item = an_item(prompt="another")

    target.copy_conversation(source.connection, "c00000", "c00007", 7, item, whole=whole)
    (copied,) = RecordedRun(target.connection)
    begun = target.begun()["c00007"]
    asyncio.run(target.close())

    assert (copied.id, copied.position, copied.item, copied.status) == ("c00007", 7, item, "finished")
    assert [message.id for message in copied.messages] == ids
    assert copied.outcome_id == "writer.1"
    assert begun.digest == item_digest(item)
    assert list(agent_usage(RecordedRun(target.connection))) == []
