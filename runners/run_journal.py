"""Opening the journal of a run that is started or continued, and comparing its configuration."""

import time
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import orjson

from fellowship.runners import run_config as configuration
from fellowship.storage.journal import SqliteJournal
from fellowship.storage.recorded_run import CONFIG, JOURNAL


def open_journal(
    folder: Path | None, config: dict[str, Any], *, accept_changes: bool = False, **facts: str
) -> SqliteJournal:
    """The run's journal, new or continued, in memory without a folder; `facts` are recorded in it.

    ConfigurationError if the run was started with different settings, unless changes are accepted.
    """
    journal = SqliteJournal(folder and folder / JOURNAL)
    with ExitStack() as on_failure:
        on_failure.callback(journal.connection.close)
        before, now = journal.settings().get("config"), orjson.dumps(config).decode()
        if before is not None and not journal.n_committed:
            journal.forget()
        elif before is not None:
            if accept_changes:
                _write_config(config, folder)
                changes = configuration.changed_settings(before, config)
                journal.tell("changes_accepted", time.time(), changes=changes)
                journal.accept_changes(now)
            else:
                configuration.refuse_changes(before, config, folder)
        if journal.settings().get("config") != now:
            _write_config(config, folder)  # first: after a kill in between, the run must have this file
            journal.set(config=now, scenario=config["scenario"])
        journal.set(**facts)
        on_failure.pop_all()
    return journal


def _write_config(config: dict[str, Any], folder: Path | None) -> None:
    if folder is not None:
        configuration.write_config(config, folder / CONFIG)
