"""Recompute published figures from recorded replies. Makes no call.

DIR holds published.json, items_<dataset>.jsonl and <dataset>_<strategy>.jsonl (direct-comparison,
independent-scoring-N, combined-scoring-N, debate, versus). The judge, jury and debate of fellowship read the recorded
replies, and each published figure is shown beside the recomputed one, with the differences and their reasons. With
--as-recorded the published decisions are used; exit code 4 if a figure marked exact then differs. Rows with a defect
are counted and named. Where items have an own_label, the kappa against it is shown too.
"""

import argparse
import sys
from pathlib import Path

from fellowship.cli import exit_codes


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("folder", type=Path, metavar="DIR", help="a folder of recorded replies with a published.json")
    parser.add_argument(
        "--as-recorded", action="store_true", help="use the published decisions instead of reading the replies"
    )
    parser.add_argument("--json", action="store_true", help="print one JSON line per figure, and nothing else")
    parser.add_argument("--draws", type=int, default=10_000, help="draws behind the intervals (10000)")
    parser.add_argument("--seed", type=int, default=0, help="seed of the draws (0)")


def main(args: argparse.Namespace) -> int:
    """Recompute the figures and print them; 4 when an exact figure differs with --as-recorded."""
    import asyncio

    from fellowship.formatting.json_lines import print_json
    from fellowship.reports.reproduction_report import figure_object, print_figures
    from fellowship.studies.reproduction.reproduce import reproduce

    quiet = args.json or not sys.stderr.isatty()
    figures = asyncio.run(
        reproduce(args.folder, as_recorded=args.as_recorded, draws=args.draws, seed=args.seed, quiet=quiet)
    )
    if args.json:
        for figure in figures:
            print_json(figure_object(figure))
    else:
        print_figures(figures, explained=not args.as_recorded)
    exact = [figure for figure in figures if figure.exact and figure.missing is None]
    missed = [figure for figure in exact if not figure.match]
    if not args.as_recorded or not missed:
        return exit_codes.OK
    first = f"{missed[0].dataset} {missed[0].method} {' + '.join(filter(None, missed[0].who))}"
    print(f"fellowship: {len(missed)} of {len(exact)} exact figures differ; first {first}", file=sys.stderr)
    return exit_codes.GATE
