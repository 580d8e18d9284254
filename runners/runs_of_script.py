"""Recorded runs that are found from no other run: those of a script, and those of calls that start several.

A run in memory has no folder in which links to others could be recorded (`sibling_runs.py`). So the places where the
script's runs usually are, are searched for runs that name it as their origin. A call such as `compare_evaluators` knows
the folders of its own runs, and its `out`, in which earlier calls may have made others.
"""

import os
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import orjson

from fellowship.extensions import working_folder
from fellowship.protocols.errors import FellowshipError
from fellowship.runners.running_script import running_script
from fellowship.runners.sibling_runs import siblings_in
from fellowship.storage.recorded_run import JOURNAL, RecordedRun

MAX_DEPTH, MAX_FOLDERS = 4, 20_000
CALL = "call"
"""The setting of a run with the function that has started it among others."""


def runs_of_script(out: Path | None) -> list[Path]:
    """The folders of the runs of the running script, and of those that are linked with them.

    Searched are `out` if given, else the working folder and that of the script, 4 levels and 20,000 folders deep,
    without hidden ones. Not counted are runs with another `--out`, copies, and runs that were renamed.
    """
    script = running_script()
    if script is None:
        return []
    tops = (working_folder(), script.parent) if out is None else (out,)
    found: set[Path] = set()
    for folder in dict.fromkeys(each for top in tops for each in _folders_below(top.resolve())):
        with suppress(FellowshipError, OSError, ValueError):
            if folder not in found and _is_of(folder, script, out):
                found |= {folder, *siblings_in(folder)}
    return sorted(found)


def runs_of_calls(out: Path) -> list[Path]:
    """The folders below `out` of the runs that belong to calls of functions that start several.

    Not counted are forks, copies, and runs that were renamed or replaced.
    """
    found = []
    for folder in _folders_below(out.resolve()):
        with suppress(FellowshipError, OSError, ValueError), RecordedRun.open(folder) as recorded:
            settings = recorded.settings()
            if (
                CALL in settings
                and "fork" not in settings
                and _is_at_home(folder, Path(settings.get("made_in", folder)))
            ):
                found.append(folder)
    return found


def _folders_below(top: Path) -> Iterator[Path]:
    """The folders with a run."""
    depth = len(top.parts)
    for n, (place, names, files) in enumerate(os.walk(top)):
        if JOURNAL in files:
            yield Path(place)
        if n >= MAX_FOLDERS:
            return
        names[:] = [each for each in names if not each.startswith((".", "__"))]
        if len(Path(place).parts) - depth >= MAX_DEPTH:
            names.clear()


def _is_of(folder: Path, script: Path, out: Path | None) -> bool:
    with RecordedRun.open(folder) as recorded:
        settings = recorded.settings()
    origin, made_in = orjson.loads(settings.get("origin", "{}")), Path(settings.get("made_in", folder))
    if "fork" in settings or not origin.get("script") or not _is_at_home(folder, made_in):
        return False
    origin_script = Path(origin["script"])
    moved = Path(os.path.normpath(folder / os.path.relpath(origin_script, made_in)))  # with its runs
    is_below_out = origin.get("overrides", {}).get("out") is not None
    return script in (origin_script.resolve(), moved.resolve()) and is_below_out == (out is not None)


def _is_at_home(folder: Path, made_in: Path) -> bool:
    """Whether the run is where it was made, or was moved with the folders around it, or below `--out`."""
    if folder == made_in:
        return True
    return made_in.name in (folder.name, folder.parent.name) and not (made_in / JOURNAL).is_file()
