"""Sibling runs: those that one execution of a script has reached, whose limits a later command may share.

Every start records in its run the folders of the first run and of the one before, and in those the folder of its run,
so that from any of them the others are found. A link names the script too: another script may use one of the folders.
"""

import os
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

import orjson

from fellowship.protocols.errors import StoreError
from fellowship.runners.running_script import running_script
from fellowship.storage import queries
from fellowship.storage.journal import SqliteJournal, record_event
from fellowship.storage.recorded_run import JOURNAL, RecordedRun
from fellowship.storage.spending import SHARES_LIMITS


def record_siblings(folder: Path | None, journal: SqliteJournal, before: Sequence[Path], *, both: bool) -> None:
    """Link the run with those that this execution of the script has reached `before`, in their order.

    `both`: the link is recorded in the other run too.
    """
    if folder is None:
        return
    script, own = running_script(), folder.resolve()
    linked = set(_targets(own, journal.facts_of(SHARES_LIMITS), script))
    first_and_last = (_first_run(before, own), _first_run(before[::-1], own))
    for other in dict.fromkeys(first_and_last):
        if other is not None and other not in linked:
            journal.set_event(SHARES_LIMITS, time.time(), **_link(own, other, script))
            if both:
                with suppress(StoreError):  # a run that may only be read: it is found from the others
                    record_event(other / JOURNAL, SHARES_LIMITS, time.time(), **_link(other, own, script))


def sibling_runs(folder: Path, journal: SqliteJournal, *, look_beside: bool = True) -> list[Path]:
    """The folders of all runs that are linked with this one, directly or through others.

    `look_beside`: a run without links may be one that was removed and starts again; then runs in the same folder are
    read for links to it.
    """
    script, own = running_script(), folder.resolve()
    pending = list(_targets(own, journal.facts_of(SHARES_LIMITS), script))
    if not pending and look_beside:
        pending = [each for each in _runs_beside(own) if own in _recorded_targets(each, script)]
    return sorted(_linked({own}, pending, script) - {own})


def siblings_in(folder: Path) -> list[Path]:
    """The folders of all runs that are linked with a recorded one, directly or through others."""
    script, own = running_script(), folder.resolve()
    return sorted(_linked({own}, _recorded_targets(own, script), script) - {own})


def _linked(found: set[Path], pending: list[Path], script: Path | None) -> set[Path]:
    """The folders found, with those pending and all that these are linked with."""
    while pending:
        each = pending.pop()
        if each not in found and (each / JOURNAL).is_file():
            found.add(each)
            pending += _recorded_targets(each, script)
    return found


def _first_run(folders: Sequence[Path], but: Path) -> Path | None:
    places = (each.resolve() for each in folders)
    return next((each for each in places if each != but and (each / JOURNAL).is_file()), None)


def _link(folder: Path, other: Path, script: Path | None) -> dict[str, str]:
    of = {} if script is None else {"script": os.path.relpath(script, folder)}
    return {"folder": os.path.relpath(other, folder), **of}


def _targets(folder: Path, links: Sequence[Mapping[str, Any]], script: Path | None) -> Iterator[Path]:
    """The folders that a run in this folder names, without those of another script that still exists."""
    for link in links:
        of = None if "script" not in link else (folder / str(link["script"])).resolve()
        if of is None or of == script or not of.is_file():
            yield (folder / str(link["folder"])).resolve()


def _recorded_targets(folder: Path, script: Path | None) -> list[Path]:
    with RecordedRun.open(folder) as recorded:
        links = [orjson.loads(facts) for (facts,) in recorded.rows(queries.FACTS_OF_EVENT, SHARES_LIMITS)]
    return list(_targets(folder, links, script))


def _runs_beside(folder: Path) -> Iterator[Path]:
    """The readable runs in the same folder."""
    for journal in sorted(folder.parent.glob(f"*/{JOURNAL}")):
        with suppress(StoreError, OSError):
            RecordedRun.open(journal.parent).close()
            if journal.parent != folder:
                yield journal.parent
