"""Try a scenario script without asking a model: its first prompt, simulated replies, nothing written.

Shows the messages that each agent would be sent, in reading order, once per kind of call; -v shows them in full. All
prompts are read. A defect of the script, a prompt or an agent is reported in one line, with exit code 2.
"""

import argparse
import sys
from typing import TYPE_CHECKING

from fellowship.cli import exit_codes
from fellowship.cli.script_execution import dry_run_script
from fellowship.cli.script_options import add_script_options, check_script_options
from fellowship.formatting.json_lines import print_json
from fellowship.formatting.shorten import shorten_middle
from fellowship.formatting.terminal_text import sanitized

if TYPE_CHECKING:
    from fellowship.estimates.script_check import CheckResult

SHORTENED_LENGTH = 240
add_arguments = add_script_options


def main(args: argparse.Namespace) -> int:
    """Print the requests of a dry run; 1 when the script itself raises an error."""
    from fellowship.estimates.script_check import check_script

    check_script_options(args)
    checks, completed = dry_run_script(args, check_script)
    for number, checked in enumerate(checks, start=1):
        if args.json:
            _print_events(checked, number)
        else:
            _print_text(checked, in_full=args.verbose)
        for note in checked.notes:
            print(f"note: {note}", file=sys.stderr)
    return exit_codes.OK if completed else exit_codes.INTERNAL


def _print_text(checked: "CheckResult", *, in_full: bool) -> None:
    total, by_agent = sum(checked.n_asks.values()), ", ".join(f"{n} {agent}" for agent, n in checked.n_asks.items())
    print(f"{checked.scenario}: prompts: {checked.n_prompts:,}; calls in the first conversation: {total} ({by_agent})")
    print(*checked.survey.lines(), "", sep="\n")
    for ask in checked.asks:
        sees = f" · sees {', '.join(ask.sees)}" if ask.sees else ""
        times = f" · {ask.n} times" if ask.n > 1 else ""
        print(f"  {ask.agent} · {ask.model}{sees}{times}")
        for message in ask.messages:
            text = sanitized(message["content"] if in_full else shorten_middle(message["content"], SHORTENED_LENGTH))
            indented = text.replace("\n", "\n      ")
            print(f"    {message['role']}:\n      {indented}")
        print()


def _print_events(checked: "CheckResult", number: int) -> None:
    for ask in checked.asks:
        request = {"agent": ask.agent, "model": ask.model, "sees": ask.sees, "times": ask.n, "messages": ask.messages}
        print_json({"event": "ask", "run": number, **request})
    counts = {"scenario": checked.scenario, "prompts": checked.n_prompts, "asks": checked.n_asks}
    counts["input"] = checked.survey.as_json()
    print_json({"event": "checked", "run": number, **counts, "notes": checked.notes})
