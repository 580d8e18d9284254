"""The summary that an estimated run returns to its script: finished conversations, and placeholders for the others.

A later run of the script may use it, and is estimated in its full size.
"""

from collections.abc import Sequence
from contextlib import nullcontext

from fellowship.estimates.run_state import RunState
from fellowship.runners.resume import conversation_id
from fellowship.runners.run_spec import RunSpec
from fellowship.runners.summary import RunSummary, summarize
from fellowship.storage.copy_conversation import copy_conversation
from fellowship.storage.journal import SqliteJournal
from fellowship.storage.recorded_run import RecordedRun


async def placeholder_run(
    spec: RunSpec, state: RunState, positions: Sequence[int], dry_run: RecordedRun | None
) -> RunSummary:
    """A run of all conversations. Those of the dry run are at `positions`; their outcomes fill all other places."""
    journal = SqliteJournal(None)
    journal.set(scenario=str(spec.config["scenario"]), simulated="true")
    target = journal.connection
    places = {position: number for number, position in enumerate(positions)}
    with RecordedRun.open(spec.folder) if state.done and spec.folder else nullcontext() as run:
        for position, item in enumerate(spec.items):
            id = conversation_id(position)
            if position in state.done and run is not None:
                copy_conversation(run.connection, id, target, id, position=position, item=item, whole=True)
            elif dry_run is not None:
                source = conversation_id(places.get(position, position % len(positions)))
                whole = position in places
                copy_conversation(dry_run.connection, source, target, id, position=position, item=item, whole=whole)
    target.commit()
    await journal.close()
    return summarize(RecordedRun(target), spec.total, 0)
