"""List the runs below a folder, newest first: progress, calls, tokens, and the process that executes a run now.

fellowship runs                    all runs below runs/; --dir names another folder
fellowship runs show runs/jury     settings, failures by reason, calls by agent and model
fellowship runs rm runs/jury       remove a run: its journal, settings, lock and log, and nothing else
fellowship runs rm -r runs/study   remove all runs in a folder, after one question; other files stay
"""

import argparse
import sys
from collections.abc import Iterator
from pathlib import Path

from fellowship.formatting.units import count_noun


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--dir", type=Path, default=Path("runs"), help="the folder that is searched for runs (runs)")
    parser.add_argument("--json", action="store_true", help="print JSON lines only")
    actions = parser.add_subparsers(dest="action", metavar="show|rm", required=False)
    show = actions.add_parser("show", help="one run: settings, failures by reason, calls by agent and model")
    show.add_argument("run", type=Path, metavar="RUN", help="the run's folder")
    show.add_argument("--json", action="store_true", default=argparse.SUPPRESS, help="print JSON lines only")
    rm = actions.add_parser("rm", help="remove runs")
    rm.add_argument("runs", type=Path, nargs="+", metavar="RUN", help="folders of runs")
    rm.add_argument("-r", "--recursive", action="store_true", help="all runs in these folders and below them")
    rm.add_argument("--yes", action="store_true", help="remove without confirmation")


def main(args: argparse.Namespace) -> None:
    """List runs, show one, or remove runs."""
    if args.action == "rm":
        remove = _remove_below if args.recursive else _remove_runs
        remove(args.runs, yes=args.yes)
        return
    for line in _lines(args):
        print(line)


def _lines(args: argparse.Namespace) -> Iterator[str]:
    from fellowship.formatting.json_lines import json_line
    from fellowship.replay.address import find_run
    from fellowship.reports import run_list
    from fellowship.storage.recorded_run import RecordedRun

    if args.action == "show":
        with RecordedRun.open(find_run(str(args.run)).folder) as recorded:
            yield from map(json_line, run_list.run_objects(recorded)) if args.json else run_list.run_lines(recorded)
        return
    found = run_list.find_runs(args.dir)
    if args.json:
        yield from map(json_line, map(run_list.found_run_object, found))
    else:
        yield from run_list.found_run_lines(found, args.dir) if found else [f"no runs in {args.dir}"]


def _remove_runs(folders: list[Path], *, yes: bool) -> None:
    """Remove all of them, or none when one cannot be removed."""
    from fellowship.runners.run_folder import check_removable, remove_run

    folders = list(dict.fromkeys(folders))
    for folder in folders:
        check_removable(folder)
    _refuse_unconfirmed(yes=yes)
    for folder in folders:
        if not yes and not _confirmed(folder):
            print(f"kept {folder}")
            continue
        remove_run(folder)
        print(f"removed {folder}")


def _confirmed(folder: Path) -> bool:
    from fellowship.reports.run_list import find_runs

    (run,) = find_runs(folder)
    size = f", {run.account.n_total:,} conversations, {run.account.n_asks:,} replies" if run.account else ""
    return _agreed(f"remove the run {folder}{size}? [y/N] ")


def _remove_below(folders: list[Path], *, yes: bool) -> None:
    """Remove the runs in each folder, after one question for the folder; none of them when one cannot be removed."""
    from fellowship.runners.run_folder import remove_empty_folders, remove_run, runs_below

    places = {folder.resolve(): folder for folder in reversed(folders)}
    outermost = [folder for place, folder in reversed(places.items()) if not places.keys() & set(place.parents)]
    found = {folder: runs_below(folder) for folder in outermost}
    _refuse_unconfirmed(yes=yes)
    for folder, runs in found.items():
        named = ", ".join(str(run.relative_to(folder)) for run in runs[:3]) + (", ..." if len(runs) > 3 else "")
        if not yes and not _agreed(f"remove {count_noun(len(runs), 'run')} in {folder} ({named})? [y/N] "):
            print(f"kept {folder}")
            continue
        for run in runs:
            remove_run(run)
            remove_empty_folders([run.parent], folder)
        print(f"removed {count_noun(len(runs), 'run')} in {folder}{'; other files stay' if folder.exists() else ''}")


def _refuse_unconfirmed(*, yes: bool) -> None:
    from fellowship.protocols.errors import ConfigurationError

    if not yes and not sys.stdin.isatty():
        raise ConfigurationError("standard input is not a terminal, so removal cannot be confirmed; give --yes")


def _agreed(question: str) -> bool:
    try:
        answer = input(question)
    except EOFError:
        return False
    return answer.strip().casefold() in ("y", "yes")
