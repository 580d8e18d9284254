"""The summary that a planned run gives its script: what is done as it is, the rest made up of rehearsed outcomes.

A later run of the script may be built on it, and is to be planned in its full size.
"""

from collections.abc import Sequence
from contextlib import nullcontext

from fellowship.runners.call import Call
from fellowship.runners.plan.standing import Standing
from fellowship.runners.session import conversation_id
from fellowship.runners.summary import RunSummary, summarised
from fellowship.storage.copying import copy_conversation
from fellowship.storage.journal import SqliteJournal
from fellowship.storage.recorded_run import RecordedRun


async def made_up(call: Call, stands: Standing, positions: Sequence[int], rehearsal: RecordedRun | None) -> RunSummary:
    """All of the run's conversations; those rehearsed stand at their `positions`, their outcomes at all others."""
    journal = SqliteJournal(None)
    journal.set(scenario=str(call.config["scenario"]), simulated="true")
    target = journal.connection
    places = {position: number for number, position in enumerate(positions)}
    with RecordedRun.open(call.folder) if stands.done and call.folder else nullcontext() as run:
        for position, item in enumerate(call.items):
            id = conversation_id(position)
            if position in stands.done and run is not None:
                copy_conversation(run.connection, id, target, id, position=position, item=item, whole=True)
            elif rehearsal is not None:
                played = conversation_id(places.get(position, position % len(positions)))
                whole = position in places
                copy_conversation(rehearsal.connection, played, target, id, position=position, item=item, whole=whole)
    target.commit()
    await journal.close()
    return summarised(RecordedRun(target), call.total, 0)
