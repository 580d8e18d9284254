"""Estimate the calls, tokens, cost and time of a scenario script by a dry run on simulated models. Makes no call.

With --pilot N the first N prompts are executed for real, in the runs' own folders: they are the first conversations of
the runs and are not paid for twice. Tokens, cost and time are then extrapolated from the pilot, with nominal 99 %
intervals that assume its prompts to be a random sample; without a pilot they are estimated from text lengths. Prices
and limits come from fellowship.toml.
"""

import argparse
import contextlib
import sys

from fellowship.cli import exit_codes
from fellowship.cli.script_execution import dry_run_script, execute_script
from fellowship.cli.script_options import add_script_options, check_script_options, script_overrides


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add_script_options(parser)
    parser.add_argument("--pilot", type=int, metavar="N", help="execute the first N prompts for real, at least 2")


def main(args: argparse.Namespace) -> int:
    """Print the estimate; 1 when the script itself raises an error."""
    from fellowship.estimates.script_estimate import estimate_script, run_pilot
    from fellowship.protocols.errors import ConfigurationError
    from fellowship.reports.plan_report import plan_json_lines, print_plan
    from fellowship.telemetry.progress import print_input

    check_script_options(args)
    if args.pilot is not None and args.pilot < 2:
        raise ConfigurationError(f"--pilot is {args.pilot}; expected at least 2: one prompt shows no variation")
    plans, completed = dry_run_script(args, estimate_script)
    for plan in plans:
        print_input(plan.spec.survey)
    if args.pilot is not None and completed:
        with run_pilot(script_overrides(args), args.pilot), contextlib.redirect_stdout(sys.stderr):
            completed = execute_script(args.script, args.arguments, may_exit=True)
    estimates = [plan.estimate_run() for plan in plans]
    print_estimates = plan_json_lines if args.json else print_plan
    print_estimates(estimates, sys.stdout)
    return exit_codes.OK if completed else exit_codes.INTERNAL
