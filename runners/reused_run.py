"""The run whose replies another run takes: of a folder of runs, each run of a script has the one of its own name."""

import sys
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from fellowship.formatting.shorten import short_repr
from fellowship.protocols.errors import ConfigurationError
from fellowship.protocols.items import Item
from fellowship.runners.run_folders import RunFolders
from fellowship.storage.journal import item_digest
from fellowship.storage.recorded_run import JOURNAL, RecordedRun
from fellowship.storage.run_stats import agent_uses

SHOWN = 40
"""The most characters of a prompt in an error."""


def reused_run(
    given: Path | str | None,
    names: tuple[Path, ...],
    folder: Path | None,
    config: Mapping[str, Any],
    *,
    folders: RunFolders,
    is_option: bool,
) -> Path | None:
    """The folder of the run to reuse: the one given, or the run in a given folder of runs; None where it has none.

    names       the folders by which the run in `folder` is known: the script's, then that below --out
    is_option   `given` is --reuse, which holds for all runs of the script, and not the argument of one

    ConfigurationError where the replies of one run would be for two runs of a command, or where a folder of runs has
    none for the first. A folder without any run is returned as it is given, and refused where it is opened.
    """
    if given is None:
        return None
    source = Path(given)
    is_run = (source / JOURNAL).is_file()
    if not is_run:
        if not is_option or not any(source.rglob(JOURNAL)):
            return next(_runs_in(source, names), source)
        if (found := next(_runs_in(source, names), None)) is None:
            _report_missing(source, names, folders)
            return None
        source = found
    if is_option and not folders.claim_replies(source, folder, config):
        what = "is one run" if is_run else f"has one run, {source},"
        raise ConfigurationError(
            f"--reuse {given} {what} whose replies an earlier run(...) of this script takes; for a script with several "
            "runs name the folder that holds one run for each, by the names of their folders, or give reuse= in each "
            "run(...)"
        )
    return source


def check_reused_run(folder: Path, config: Mapping[str, Any]) -> None:
    """RunNotFound for no run; ConfigurationError for one with replies of none of the agents of this run."""
    with RecordedRun.open(folder) as recorded:
        own, former = config["agents"], recorded.config().get("agents", {})
        if not own or any(name in former for name in own):
            return
        replied = list(dict.fromkeys(use.agent for use in agent_uses(recorded)))
    if replied and all(name in former and name not in own for name in replied):
        raise ConfigurationError(
            f"nothing of the run in {folder} can be reused: replies belong to the name of their agent, it has those of "
            f"{_quoted(replied)}, and this run asks {_quoted(own)}; give the agents their former names with name=..., "
            "name another run, or leave out the reuse"
        )


def check_common_items(folder: Path, items: Iterable[Item], *, may_differ: bool = False) -> None:
    """ConfigurationError where no item is one of the run in `folder`: all would be asked again.

    may_differ   the run takes the replies because of an option for all runs of the command, of which an earlier one
                 takes replies, too: a line says that nothing is reused
    """
    with RecordedRun.open(folder) as recorded:
        known = recorded.by_digest()
        first_known = next(iter(recorded), None)
    first: Item | None = None
    for item in items:
        if item_digest(item) in known:
            return
        first = item if first is None else first
    if may_differ:
        problem = f"the run in {folder} has none of its items"
        print(f"fellowship: nothing is reused for a run of the script: {problem}", file=sys.stderr, flush=True)
        return
    own = "" if first is None else f" (the first is {short_repr(first.prompt.text, SHOWN)})"
    has = "it has none" if first_known is None else f"its first is {short_repr(first_known.item.prompt.text, SHOWN)}"
    raise ConfigurationError(
        f"nothing of the run in {folder} can be reused: replies belong to an item, which is a prompt with its answers, "
        f"labels and id, and none of the items of this run{own} is one of its items ({has}); give the same prompts, "
        "name another run, or leave out the reuse"
    )


def _runs_in(source: Path, names: tuple[Path, ...]) -> Iterator[Path]:
    """The runs in the folder that are named as the last parts of one of the names; first those with most parts."""
    for name in names:
        parts = [part for part in name.parts if part not in (name.anchor, "..")]
        for first in range(len(parts)):
            if ((found := source.joinpath(*parts[first:])) / JOURNAL).is_file():
                yield found


def _report_missing(source: Path, names: tuple[Path, ...], folders: RunFolders) -> None:
    """Says that nothing is reused for a run; ConfigurationError if it is so for the first run of a command."""
    missing = " or ".join(dict.fromkeys(str(source / name.name) for name in names))
    if not folders.has_claimed_replies:
        found = ", ".join(str(each.parent) for each in sorted(source.rglob(JOURNAL))[:5])
        raise ConfigurationError(
            f"--reuse {source} is a folder of runs and has none for this run: there is no {missing}; there are runs in "
            f"{found}: name one of them, or give reuse= in each run(...)"
        )
    print(f"fellowship: nothing is reused for a run of the script: there is no {missing}", file=sys.stderr, flush=True)


def _quoted(names: Any) -> str:
    """The first three of the names."""
    return ", ".join(f"'{name}'" for name in list(names)[:3])
