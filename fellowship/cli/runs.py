"""List the runs below a folder, newest first: progress, calls, tokens, and the process that executes a run now.

fellowship runs                    all runs below runs/; --dir names another folder
fellowship runs show runs/jury     settings, failures by reason, calls by agent and model
fellowship runs rm runs/jury       remove a run: its journal, settings, lock and log, and nothing else
"""

import argparse
import sys
from pathlib import Path

from fellowship.cli import exit_codes


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of `fellowship runs`, and its two actions."""
    parser.add_argument("--dir", type=Path, default=Path("runs"), help="the folder that is searched for runs (runs)")
    parser.add_argument("--json", action="store_true", help="print JSON lines only")
    actions = parser.add_subparsers(dest="action", metavar="show|rm", required=False)
    show = actions.add_parser("show", help="one run: settings, failures by reason, calls by agent and model")
    show.add_argument("run", type=Path, metavar="RUN", help="the run's folder")
    show.add_argument(
        "--json",
        action="store_true",
        default=argparse.SUPPRESS,
        help="print JSON lines only",
    )
    rm = actions.add_parser("rm", help="remove runs")
    rm.add_argument("runs", type=Path, nargs="+", metavar="RUN", help="folders of runs")
    rm.add_argument("--yes", action="store_true", help="remove without confirmation")


def main(args: argparse.Namespace) -> int:
    """List runs, show one, or remove runs."""
    if args.action == "rm":
        return _remove_runs(args.runs, yes=args.yes)
    if args.action == "show":
        return _show_run(args.run, as_json=args.json)
    return _list_runs(args.dir, as_json=args.json)


def _list_runs(folder: Path, *, as_json: bool) -> int:
    from fellowship.formatting.json_lines import json_line
    from fellowship.reports import run_list

    found = run_list.find_runs(folder)
    if as_json:
        for each in found:
            print(json_line(run_list.found_run_object(each)))
    elif not found:
        print(f"no runs in {folder}")
    else:
        for line in run_list.found_run_lines(found, folder):
            print(line)
    return exit_codes.OK


def _show_run(folder: Path, *, as_json: bool) -> int:
    from fellowship.formatting.json_lines import json_line
    from fellowship.replay.address import find_run
    from fellowship.reports import run_list
    from fellowship.storage.recorded_run import RecordedRun

    with RecordedRun.open(find_run(str(folder)).folder) as recorded:
        lines = map(json_line, run_list.run_objects(recorded)) if as_json else run_list.run_lines(recorded)
        for line in lines:
            print(line)
    return exit_codes.OK


def _remove_runs(folders: list[Path], *, yes: bool) -> int:
    """Remove all of them, or none when one cannot be removed."""
    folders = list(dict.fromkeys(folders))
    from fellowship.protocols.errors import ConfigurationError
    from fellowship.runners.run_folder import check_removable, remove_run

    for folder in folders:
        check_removable(folder)
    if not yes and not sys.stdin.isatty():
        raise ConfigurationError("standard input is not a terminal, so removal cannot be confirmed; give --yes")
    for folder in folders:
        if not yes and not _confirmed(folder):
            print(f"kept {folder}")
            continue
        remove_run(folder)
        print(f"removed {folder}")
    return exit_codes.OK


def _confirmed(folder: Path) -> bool:
    from fellowship.reports.run_list import find_runs

    (run,) = find_runs(folder)
    size = f", {run.account.n_total:,} conversations, {run.account.n_asks:,} replies" if run.account else ""
    try:
        answer = input(f"remove the run {folder}{size}? [y/N] ")
    except EOFError:
        return False
    return answer.strip().casefold() in ("y", "yes")
