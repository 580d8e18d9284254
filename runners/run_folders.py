"""The folders of the runs of one script: below --out one for each run, and never one for two different runs."""

import sys
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Any

import orjson

from fellowship.protocols.errors import ConfigurationError, FellowshipError
from fellowship.runners.run_config import changed_settings
from fellowship.runners.run_folder import move_run
from fellowship.runners.summary import RunSummary
from fellowship.storage.recorded_run import JOURNAL


@dataclass(slots=True)
class RunFolders:
    """What the `run(...)` calls of a command, or of this process outside of commands, have used so far.

    is_command  two different runs in one folder are refused; outside of commands, as in a notebook, a run may be
                repeated with changes
    """

    is_command: bool = False
    _first: "tuple[Path, str, RunSummary | None] | None" = None  # the run whose folder is that of --out itself
    _taken: set[Path] = field(default_factory=set)
    _configs: dict[Path, Mapping[str, Any]] = field(default_factory=dict)
    _replies: dict[Path, tuple[Path | None, Mapping[str, Any]]] = field(default_factory=dict)  # by the reused run
    _moved: dict[Path, Path] = field(default_factory=dict)
    _lock: threading.RLock = field(default_factory=threading.RLock)  # runs may be in several threads

    @property
    def has_runs(self) -> bool:
        """Whether a run with a folder was begun."""
        return bool(self._configs)

    def next_below(self, out: Path, name: str) -> Path:
        """The folder of the next run with --out: `out` for the first one, as long as there is no second.

        Then each has `out`/name, `out`/name-2, ...; the first one also when it was moved there by an earlier start.
        """
        with self._lock:
            if not self._taken and (_has_run(out) or not _has_run(out / name)):
                self._first = (out, name, None)
                self._taken.add(out)
                return out
            if self._first is not None and not _has_run(out / self._first[1]):
                self._taken.add(out / self._first[1])  # `separate` moves it there
            numbered = (out / (name if number == 1 else f"{name}-{number}") for number in count(1))
            folder = next(each for each in numbered if each not in self._taken)
            self._taken.add(folder)
            return folder

    def claim(self, folder: Path | None, config: Mapping[str, Any]) -> None:
        """Note that a run has this folder; in a command ConfigurationError if a different run of the script has it."""
        with self._lock:
            if folder is None:
                return
            place = folder.resolve()
            before = self._configs.get(place)
            if self.is_command and before is not None:
                changes = changed_settings(orjson.dumps(before).decode(), config)
                if changes:
                    raise ConfigurationError(
                        f"{folder} is the folder of an earlier run(...) of this script, of the scenario "
                        f"'{before['scenario']}': {'; '.join(changes[:3])}; {_own_folder(folder, config)}"
                    )
            self._configs[place] = config

    def claim_replies(self, source: Path, folder: Path | None, config: Mapping[str, Any]) -> bool:
        """Note that the run in `folder` takes the replies of the run in `source`; whether no other run does."""
        with self._lock:
            place = None if folder is None else folder.resolve()
            first_place, first_config = self._replies.setdefault(source.resolve(), (place, config))
            return first_place == place and (place is not None or first_config == config)

    def is_later_claim(self, source: Path) -> bool:
        """Whether a run takes the replies of the run in `source` by --reuse, and is not the first one that does so."""
        return source.resolve() in [*self._replies][1:]

    @property
    def has_claimed_replies(self) -> bool:
        """Whether some run takes the replies of another."""
        return bool(self._replies)

    def advice(self, folder: Path | None, config: Mapping[str, Any]) -> str:
        """The end of an error about a folder that this process has used for an earlier run; empty without one."""
        before = None if folder is None else self._configs.get(folder.resolve())
        if before is None or folder is None:
            return ""
        scenario = before["scenario"]
        return f"; an earlier run(...) in this process, of '{scenario}', has this folder: {_own_folder(folder, config)}"

    def place(self, folder: Path) -> Path:
        """Where the run in this folder is now."""
        return self._moved.get(folder, folder)

    def finished(self, summary: RunSummary) -> None:
        """Note the summary of a run, whose folder `separate` may move."""
        if self._first is not None and summary.folder == self._first[0]:
            self._first = (*self._first[:2], summary)

    def separate(self, folder: Path | None) -> None:
        """Before a second run below --out begins in `folder`: move the first into a folder of its own, and say so.

        A first run that is still in progress stays where it is.
        """
        with self._lock:
            if self._first is None or folder is None or folder not in self._taken or folder == self._first[0]:
                return
            out, name, summary = self._first
            self._first = None
            target = out / name
            if not _has_run(out) or _has_run(target):
                return
            try:
                move_run(out, target)
            except FellowshipError:
                return
            self._moved[out] = target
            if summary is not None:
                summary.recorded.folder = target
            says = f"fellowship: the script has several runs, each in a folder of its own below {out}"
            print(f"{says}: {target}, then {folder}", file=sys.stderr, flush=True)


def _has_run(folder: Path) -> bool:
    return (folder / JOURNAL).is_file()


def _own_folder(folder: Path, config: Mapping[str, Any]) -> str:
    other = folder.with_name(f"{folder.name}-{config['scenario']}")
    return f"give each run(...) a folder of its own, such as out='{other}'"
