"""What a scenario script will ask, cost and take. Nothing is asked: its runs are rehearsed on simulated models.

With --pilot N the first N prompts are really carried out, in the runs' own folders; they are their first conversations,
so nothing is paid for twice. Tokens, cost and time are then foretold from what the pilot used, with nominal 99 %
intervals that take its prompts as a fair sample of all; without a pilot they are guessed from lengths. Prices and
limits come from fellowship.toml.
"""

import argparse
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING

from fellowship.cli import exit_codes
from fellowship.cli.script_execution import (
    add_overrides,
    executed,
    look_at,
    only_errors_logged,
    overrides,
    stdout_kept_clean,
)

if TYPE_CHECKING:
    from fellowship.estimates.estimate import ScriptEstimate
    from fellowship.estimates.run_estimate import RunEstimate


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of `fellowship plan`: those of `fellowship run`, and the pilot."""
    add_overrides(parser)
    parser.add_argument("--pilot", type=int, metavar="N", help="really carry out the first N prompts, at least 2")


def main(args: argparse.Namespace) -> int:
    """Tell it; 1 when the script itself has a bug."""
    from fellowship.protocols.errors import ConfigurationError
    from fellowship.reports.plan_report import plan_json_lines, print_plan

    look_at(args)
    if args.pilot is not None and args.pilot < 2:
        raise ConfigurationError(f"--pilot is {args.pilot}; expected at least 2, as one prompt tells of no spread")
    out = sys.stdout
    plans, came_to_its_end = _planned(args)
    if not plans and came_to_its_end:
        raise ConfigurationError(f"{args.script} made no call of run(...)")
    if args.pilot is not None and came_to_its_end:
        came_to_its_end = _piloted(args)
    forecasts: Sequence[RunEstimate] = [plan.estimate_run() for plan in plans]
    if args.json:
        plan_json_lines(forecasts, out)
    else:
        print_plan(forecasts, out)
    return exit_codes.OK if came_to_its_end else exit_codes.INTERNAL


def _planned(args: argparse.Namespace) -> "tuple[list[ScriptEstimate], bool]":
    """Its runs as far as it came, and whether it came to its end."""
    from fellowship.estimates.estimate import estimate_script

    with (
        estimate_script(overrides(args)) as plans,
        only_errors_logged(verbose=args.verbose),
        stdout_kept_clean(clean=True),
    ):
        came_to_its_end = executed(args.script, args.arguments, may_exit=True)
    return plans, came_to_its_end


def _piloted(args: argparse.Namespace) -> bool:
    from fellowship.estimates.estimate import run_pilot

    with run_pilot(overrides(args), args.pilot), stdout_kept_clean(clean=True):
        return executed(args.script, args.arguments, may_exit=True)
