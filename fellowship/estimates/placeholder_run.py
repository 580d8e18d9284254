"""The summary that a planned run gives its script: what is done as it is, the rest made up of rehearsed outcomes.

A later run of the script may be built on it, and is to be planned in its full size.
"""

from collections.abc import Sequence
from contextlib import nullcontext

from fellowship.estimates.run_state import RunState
from fellowship.runners.run_spec import RunSpec
from fellowship.runners.session import conversation_id
from fellowship.runners.summary import RunSummary, summarize
from fellowship.storage.copy_conversation import copy_conversation
from fellowship.storage.journal import SqliteJournal
from fellowship.storage.recorded_run import RecordedRun


async def placeholder_run(
    spec: RunSpec, stands: RunState, positions: Sequence[int], rehearsal: RecordedRun | None
) -> RunSummary:
    """All of the run's conversations; those rehearsed stand at their `positions`, their outcomes at all others."""
    journal = SqliteJournal(None)
    journal.set(scenario=str(spec.config["scenario"]), simulated="true")
    target = journal.connection
    places = {position: number for number, position in enumerate(positions)}
    with RecordedRun.open(spec.folder) if stands.done and spec.folder else nullcontext() as run:
        for position, item in enumerate(spec.items):
            id = conversation_id(position)
            if position in stands.done and run is not None:
                copy_conversation(run.connection, id, target, id, position=position, item=item, whole=True)
            elif rehearsal is not None:
                played = conversation_id(places.get(position, position % len(positions)))
                whole = position in places
                copy_conversation(rehearsal.connection, played, target, id, position=position, item=item, whole=whole)
    target.commit()
    await journal.close()
    return summarize(RecordedRun(target), spec.total, 0)
