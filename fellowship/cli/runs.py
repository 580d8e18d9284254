"""The runs below a folder, newest first: how far they are, what they took, and which are being carried out now.

fellowship runs                    all runs below runs/; --dir looks elsewhere
fellowship runs show runs/jury     settings, failures by reason, asks by agent and model
fellowship runs rm runs/jury       removes a run: its journal, settings, lock and log, and nothing else
"""

import argparse
import sys
from pathlib import Path

from fellowship.cli import exit_codes


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of `fellowship runs`, and its two actions."""
    parser.add_argument("--dir", type=Path, default=Path("runs"), help="where to look for runs (runs)")
    parser.add_argument("--json", action="store_true", help="JSON lines, and only those, on standard output")
    actions = parser.add_subparsers(dest="action", metavar="show|rm", required=False)
    show = actions.add_parser("show", help="one run: settings, failures by reason, asks by agent and model")
    show.add_argument("run", type=Path, metavar="RUN", help="the run's folder")
    show.add_argument(
        "--json", action="store_true", default=argparse.SUPPRESS, help="JSON lines, and only those, on standard output"
    )
    rm = actions.add_parser("rm", help="remove runs")
    rm.add_argument("runs", type=Path, nargs="+", metavar="RUN", help="folders of runs")
    rm.add_argument("--yes", action="store_true", help="without being asked")


def main(args: argparse.Namespace) -> int:
    """List, show or remove."""
    if args.action == "rm":
        return _rm(args.runs, yes=args.yes)
    if args.action == "show":
        return _show(args.run, as_json=args.json)
    return _list(args.dir, as_json=args.json)


def _list(folder: Path, *, as_json: bool) -> int:
    from fellowship.reports import run_list
    from fellowship.reports.json_objects import json_line

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


def _show(folder: Path, *, as_json: bool) -> int:
    from fellowship.replay.address import find_run
    from fellowship.reports import run_list
    from fellowship.reports.json_objects import json_line
    from fellowship.storage.recorded_run import RecordedRun

    with RecordedRun.open(find_run(str(folder)).folder) as recorded:
        lines = map(json_line, run_list.run_objects(recorded)) if as_json else run_list.run_lines(recorded)
        for line in lines:
            print(line)
    return exit_codes.OK


def _rm(folders: list[Path], *, yes: bool) -> int:
    """All of them are looked at before the first is removed."""
    folders = list(dict.fromkeys(folders))
    from fellowship.protocols.errors import ConfigurationError
    from fellowship.runners.run_folder import check_removable, remove_run

    for folder in folders:
        check_removable(folder)
    if not yes and not sys.stdin.isatty():
        raise ConfigurationError(
            "nobody is there to be asked, as this is no terminal; --yes removes runs without asking"
        )
    for folder in folders:
        if not yes and not _agreed(folder):
            print(f"kept {folder}")
            continue
        remove_run(folder)
        print(f"removed {folder}")
    return exit_codes.OK


def _agreed(folder: Path) -> bool:
    from fellowship.reports.run_list import find_runs

    (run,) = find_runs(folder)
    told = f", {run.account.n_total:,} conversations, {run.account.n_asks:,} replies" if run.account else ""
    try:
        answer = input(f"remove the run {folder}{told}? [y/N] ")
    except EOFError:
        return False
    return answer.strip().casefold() in ("y", "yes")
