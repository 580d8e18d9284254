"""Write data sets for DPO, KTO and formats of your own from recorded runs: `datasets.load_dataset(FOLDER, "dpo")`.

Each conversation gives at most one pair: of the two answers between which an evaluator decided, else of the best and
the worst draft by its reviewers' scores. People's labels, where the prompts have them, take precedence over a verdict.
Pairs that contradict one another (X over Y and Y over X, also by way of further answers) are left out, all of them.
"""

import argparse
from collections import Counter
from pathlib import Path
from typing import Literal

UNKNOWN_FINISH: Literal["unknown finish reason"] = "unknown finish reason"
UNKNOWN_FINISH_ADVICE = (
    "replies whose finish reason is unknown may be cut off; --with-unknown-finish takes their pairs nevertheless"
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("runs", nargs="+", type=Path, metavar="RUN", help="a run's folder")
    parser.add_argument("--to", type=Path, required=True, metavar="FOLDER", help="where the data set is written")
    parser.add_argument(
        "--format",
        default="dpo,kto",
        metavar="NAMES",
        help="formats, separated by commas: dpo, kto, or your own as module:name (dpo,kto)",
    )
    parser.add_argument(
        "--test-share",
        type=float,
        default=0.1,
        help="approximate share of the questions kept for testing; a hash of the question decides its side (0.1)",
    )
    parser.add_argument("--license", help="licence of the data set, such as cc-by-4.0")
    parser.add_argument(
        "--overwrite",
        action="store_true",
        help="replace the data set in FOLDER also if its files were edited, or if it was made with other options",
    )
    parser.add_argument(
        "--labels",
        choices=("human", "evaluator"),
        default="human",
        help="human: people's labels where there are any, else verdicts; evaluator: verdicts only (human)",
    )
    parser.add_argument(
        "--with-unknown-finish",
        action="store_true",
        help="also pairs from replies whose finish reason is unknown, which may have been cut off",
    )


def main(args: argparse.Namespace) -> None:
    """Write the data set and print its counts."""
    from contextlib import ExitStack

    from fellowship.export.dataset_folder import write_dataset
    from fellowship.protocols.errors import ConfigurationError
    from fellowship.storage.recorded_run import RecordedRun
    from fellowship.studies.preferences import preferences, selection

    with ExitStack() as stack:
        runs = [stack.enter_context(RecordedRun.open(folder)) for folder in args.runs]
        simulated = any(run.simulated for run in runs)
        behind = [f"{run.folder}: {text}" for run in runs if (text := run.left_out_text())]
        choice = {"trust_labels": args.labels == "human", "with_unknown_ends": args.with_unknown_finish}
        try:
            written = write_dataset(
                preferences(runs, **choice),
                args.to,
                configs=[part.strip() for part in args.format.split(",")],
                test_share=args.test_share,
                license=args.license,
                selection=selection(**choice),
                overwrite=args.overwrite,
            )
        except ConfigurationError as error:
            if UNKNOWN_FINISH in str(error):
                raise ConfigurationError(f"{error}; {UNKNOWN_FINISH_ADVICE}") from error
            raise
    mark = "[SIM] " if simulated else ""
    for config, splits in written.counts.items():
        counts = ", ".join(f"{n:,} {split}" for split, n in splits.items())
        print(f'{mark}{config}: {counts}      load_dataset("{written.folder}", "{config}")')
    print(f"{mark}{written.funnel}")
    if written.funnel.left_out.get(UNKNOWN_FINISH):
        print(f"{mark}{UNKNOWN_FINISH_ADVICE}")
    for config, left_out in written.rows_left_out.items():
        if left_out:
            reasons = ", ".join(f"{n:,} {reason}" for reason, n in sorted(left_out.items()))
            print(f"{mark}{config} rows left out: {reasons}")
    for text in behind:
        print(f"{mark}{text}")
    sources = Counter(written.label_sources).most_common()
    print(f"{mark}label sources: {', '.join(f'{source} {n:,}' for source, n in sources)}")
