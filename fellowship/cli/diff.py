"""Two runs over the same items, outcome by outcome: verdicts, scores, or whether the outcomes are equal.

fellowship diff runs/judge runs/jury                    paired by item, else by prompt
fellowship diff runs/judge runs/jury --match position   paired by their position in the input

Where the items have labels: how often each run is right, and McNemar's exact test of the difference. Failed
conversations are left out of all figures and counted separately.
"""

import argparse


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("a", metavar="RUN_A", help="a run's folder")
    parser.add_argument("b", metavar="RUN_B", help="the other run's folder")
    parser.add_argument(
        "--match", choices=("prompt", "position"), default="prompt", help="how conversations are paired"
    )
    parser.add_argument("--json", action="store_true", help="print JSON lines only")


def main(args: argparse.Namespace) -> None:
    """Print the comparison; the exit code is 0 also when the runs differ."""
    from fellowship.formatting.json_lines import json_line
    from fellowship.replay.address import find_run
    from fellowship.reports.diff_report import diff_lines, diff_objects
    from fellowship.reports.run_pairing import pair_runs
    from fellowship.storage.recorded_run import RecordedRun

    with RecordedRun.open(find_run(args.a).folder) as a, RecordedRun.open(find_run(args.b).folder) as b:
        pairs = pair_runs(a, b, match=args.match)
        lines = map(json_line, diff_objects(a, b, pairs)) if args.json else diff_lines(a, b, pairs)
        for line in lines:
            print(line)
