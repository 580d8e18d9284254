"""A whole study on simulated models: no key, no network, every figure marked simulated.

Six evaluators decide labelled comparisons and are compared with the labels; the one of the highest kappa then
judges generator/reviewer pairings against single models; the answers of the pairing of the highest mean win rate
become a DPO and a KTO data set. Both are tested against the others.
The same command in the same folder makes no call again.
"""

import argparse
import sys
import time
from pathlib import Path

DEMO_EVALUATORS = (
    "judge:sim/strong",
    "judge:sim/mid,strategy=direct",
    "judge:sim/biased",
    "judge:sim/sloppy,strategy=independent-10",
    "jury:sim/mid+sim/wordy+sim/biased",
    "debate:sim/mid,rounds=2",
)
SINGLES = ("sim/scribe", "sim/mid", "sim/scholar")
REVIEWERS = ("sim/mid", "sim/strong")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--dir", type=Path, default=Path("fellowship-demo"), help="where to write (fellowship-demo)")
    parser.add_argument("--seed", type=int, default=7, help="of the simulated world (7)")
    parser.add_argument("-n", type=int, default=40, help="prompts for the pairings, at most 69 (40)")
    parser.add_argument("--no-open", action="store_true", help="never open a window; the demo stays in the terminal")


def main(args: argparse.Namespace) -> None:
    """Run the study and print its tables."""
    import asyncio

    from fellowship import Generator, Reviewer
    from fellowship.protocols.errors import ConfigurationError
    from fellowship.providers.sim.comparisons import comparisons, prompts
    from fellowship.reports.study_report import write_tables
    from fellowship.reports.tables import print_text
    from fellowship.studies.evaluator_spec import parse_evaluator
    from fellowship.studies.study import study
    from fellowship.studies.tournament import Pairing

    begun = time.perf_counter()
    try:
        posed = prompts(args.seed, args.n)
    except ValueError as error:
        raise ConfigurationError(str(error)) from error
    pairings = {
        f"{generator} + {' & '.join(reviewers)}": Pairing(Generator(generator), [Reviewer(name) for name in reviewers])
        for generator in SINGLES[:2]
        for reviewers in (*((name,) for name in REVIEWERS), REVIEWERS)
    }
    work = study(
        evaluators={written: parse_evaluator(written) for written in DEMO_EVALUATORS},
        comparisons=comparisons(args.seed),
        singles={model: Generator(model) for model in SINGLES},
        pairings=pairings,
        prompts=posed,
        out=args.dir,
        seed=args.seed,
    )
    result = asyncio.run(work)
    print_text(write_tables(result, args.dir), sys.stdout)
    took = time.perf_counter() - begun
    n_conversations = sum(len(run) for run in result.runs)
    print(f"[SIM] {n_conversations:,} conversations, {result.n_asked:,} asks now, {took:.1f} s, $0")
    print(f"next: fellowship replay {args.dir}/runs/evaluators/debate-sim-mid-rounds-2   steps through a debate")
    print(f"      fellowship runs --dir {args.dir}   lists all of its runs")
