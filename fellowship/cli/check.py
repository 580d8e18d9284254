"""Try a scenario script without asking a model: its first prompt, simulated replies, nothing written.

Shows the messages that each agent would be sent, in reading order, once per kind of call; -v shows them in full. All
prompts are read. A defect of the script, a prompt or an agent is reported in one line, with exit code 2.
"""

import argparse
import sys
from typing import TYPE_CHECKING, TextIO

from fellowship.cli import exit_codes
from fellowship.cli.script_execution import execute_script, only_errors_logged, script_output_to_stderr
from fellowship.cli.script_options import add_script_options, check_script_options, script_overrides

if TYPE_CHECKING:
    from fellowship.estimates.script_check import CheckResult, SampleRequest

SHORTENED_LENGTH = 240


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of `fellowship check`: those that it shares with `fellowship run`."""
    add_script_options(parser)


def main(args: argparse.Namespace) -> int:
    """Print the requests of a dry run; 1 when the script itself raises an error."""
    from fellowship.estimates.script_check import check_script
    from fellowship.protocols.errors import ConfigurationError

    check_script_options(args)
    out = sys.stdout
    with (
        check_script(script_overrides(args)) as checks,
        only_errors_logged(verbose=args.verbose),
        script_output_to_stderr(),
    ):
        completed = execute_script(args.script, args.arguments, may_exit=True)
    for number, checked in enumerate(checks, start=1):
        if args.json:
            _print_events(checked, number, out)
        else:
            _print_text(checked, out, in_full=args.verbose)
        for note in checked.notes:
            print(f"note: {note}", file=sys.stderr)
    if not completed:
        return exit_codes.INTERNAL
    if not checks:
        raise ConfigurationError(f"{args.script} does not call run(...)")
    return exit_codes.OK


def _print_text(checked: "CheckResult", out: TextIO, *, in_full: bool) -> None:
    from fellowship.formatting.shorten import shorten_middle
    from fellowship.formatting.terminal_text import sanitized

    total, by_agent = sum(checked.n_asks.values()), ", ".join(f"{n} {agent}" for agent, n in checked.n_asks.items())
    print(
        f"{checked.scenario}: prompts: {checked.n_prompts:,}; calls in the first conversation: {total} ({by_agent})\n",
        file=out,
    )
    for ask in checked.asks:
        sees = f" · sees {', '.join(ask.sees)}" if ask.sees else ""
        times = f" · {ask.n} times" if ask.n > 1 else ""
        print(f"  {ask.agent} · {ask.model}{sees}{times}", file=out)
        for message in ask.messages:
            text = sanitized(message["content"] if in_full else shorten_middle(message["content"], SHORTENED_LENGTH))
            indented = text.replace("\n", "\n      ")
            print(f"    {message['role']}:\n      {indented}", file=out)
        print(file=out)


def _print_events(checked: "CheckResult", number: int, out: TextIO) -> None:
    from fellowship.formatting.json_lines import print_json

    for ask in checked.asks:
        print_json({"event": "ask", "run": number, **_request_object(ask)}, out)
    done = {
        "event": "checked",
        "run": number,
        "scenario": checked.scenario,
        "prompts": checked.n_prompts,
        "asks": checked.n_asks,
        "notes": checked.notes,
    }
    print_json(done, out)


def _request_object(ask: "SampleRequest") -> dict[str, object]:
    return {"agent": ask.agent, "model": ask.model, "sees": ask.sees, "times": ask.n, "messages": ask.messages}
