"""Estimate the calls, tokens, cost and time of a scenario script by a dry run on simulated models. Makes no call.

With --pilot N the first N prompts are executed for real, in the runs' own folders: they are the first conversations of
the runs and are not paid for twice. Tokens, cost and time are then extrapolated from the pilot, with nominal 99 %
intervals that assume its prompts to be a random sample; without a pilot they are estimated from text lengths. Prices
and limits come from fellowship.toml.
"""

import argparse
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING

from fellowship.cli import exit_codes
from fellowship.cli.script_execution import execute_script, only_errors_logged, script_output_to_stderr
from fellowship.cli.script_options import add_script_options, check_script_options, script_overrides

if TYPE_CHECKING:
    from fellowship.estimates.run_estimate import RunEstimate
    from fellowship.estimates.script_estimate import ScriptEstimate


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of `fellowship plan`: those that it shares with `fellowship run`, and the pilot."""
    add_script_options(parser)
    parser.add_argument("--pilot", type=int, metavar="N", help="execute the first N prompts for real, at least 2")


def main(args: argparse.Namespace) -> int:
    """Print the estimate; 1 when the script itself raises an error."""
    from fellowship.protocols.errors import ConfigurationError
    from fellowship.reports.plan_report import plan_json_lines, print_plan

    check_script_options(args)
    if args.pilot is not None and args.pilot < 2:
        raise ConfigurationError(f"--pilot is {args.pilot}; expected at least 2: one prompt shows no variation")
    out = sys.stdout
    plans, completed = _dry_run(args)
    if not plans and completed:
        raise ConfigurationError(f"{args.script} does not call run(...)")
    if args.pilot is not None and completed:
        completed = _execute_pilot(args)
    estimates: Sequence[RunEstimate] = [plan.estimate_run() for plan in plans]
    if args.json:
        plan_json_lines(estimates, out)
    else:
        print_plan(estimates, out)
    return exit_codes.OK if completed else exit_codes.INTERNAL


def _dry_run(args: argparse.Namespace) -> "tuple[list[ScriptEstimate], bool]":
    """The estimates of the runs that the script reached, and whether it completed."""
    from fellowship.estimates.script_estimate import estimate_script

    with (
        estimate_script(script_overrides(args)) as plans,
        only_errors_logged(verbose=args.verbose),
        script_output_to_stderr(),
    ):
        completed = execute_script(args.script, args.arguments, may_exit=True)
    return plans, completed


def _execute_pilot(args: argparse.Namespace) -> bool:
    from fellowship.estimates.script_estimate import run_pilot

    with run_pilot(script_overrides(args), args.pilot), script_output_to_stderr():
        return execute_script(args.script, args.arguments, may_exit=True)
