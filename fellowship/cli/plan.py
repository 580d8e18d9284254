"""Estimate the calls, tokens, cost and time of a scenario script by a dry run on simulated models. Makes no call.

With --pilot N a sample of N prompts is executed for real, in the runs' own folders: they are conversations of the runs
and are not paid for twice. The sample is spread over the lengths of the prompts, and the same in every call. Tokens,
cost and time are then extrapolated by the lengths of the prompts, with nominal 98 % intervals; without a pilot they are
estimated from text lengths. Prices and limits come from fellowship.toml, other prices from a table with a date.
"""

import argparse
import contextlib
import sys

from fellowship.cli import exit_codes
from fellowship.cli.script_execution import dry_run_script, execute_script
from fellowship.cli.script_options import add_script_options, check_script_options, script_overrides


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add_script_options(parser)
    parser.add_argument(
        "--accept-changes", action="store_true", help="plan a start that accepts changed agents, settings or code"
    )
    parser.add_argument("--pilot", type=int, metavar="N", help="execute N prompts for real, at least 2")


def main(args: argparse.Namespace) -> int:
    """Print the estimate; 1 when the script itself raises an error."""
    from fellowship.estimates.script_estimate import PilotPass, estimate_script, run_pilot
    from fellowship.protocols.errors import ConfigurationError
    from fellowship.reports.plan_report import plan_json_lines, print_plan
    from fellowship.telemetry.progress import print_input

    check_script_options(args)
    if args.pilot is not None and args.pilot < 2:
        raise ConfigurationError(f"--pilot is {args.pilot}; expected at least 2: one prompt shows no variation")
    plans, completed = dry_run_script(args, estimate_script)
    for plan in plans:
        print_input(plan.spec.survey)
    before = PilotPass.of(plans)
    while args.pilot is not None and completed:
        with run_pilot(script_overrides(args), args.pilot, before) as before, contextlib.redirect_stdout(sys.stderr):
            completed = execute_script(args.script, args.arguments, may_exit=True)
        if before.spent:
            print(
                f"fellowship: the pilot ended early: {before.spent}; the plan is made from what it finished",
                file=sys.stderr,
            )
        if before.spent or before.is_complete or not before.has_finished:
            break
    estimates = [plan.estimate_run() for plan in before.updated(plans)]
    print_estimates = plan_json_lines if args.json else print_plan
    print_estimates(estimates, sys.stdout)
    return exit_codes.OK if completed else exit_codes.INTERNAL
