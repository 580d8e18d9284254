"""Entry of the command: picks the subcommand, and turns errors into one clear line and an exit code."""

import argparse
import difflib
import os
import sys
from collections.abc import Sequence
from importlib import import_module
from typing import NoReturn

from fellowship.cli import exit_codes

COMMANDS = {
    "demo": "a whole study on simulated models: evaluators, pairings, a preference data set; no key, no network",
    "check": "try a scenario script on its first prompt with simulated replies; shows what would be asked",
    "plan": "how many asks a script makes, what they cost and how long they take, before it is run",
    "run": "execute a scenario script; --prompts, --out, --model and -n override its run(...)",
    "runs": "the runs below a folder: how far, how much, since when; show RUN tells all, rm RUN removes",
    "diff": "two runs over the same items, outcome by outcome; with labels, who was right, and McNemar's test",
    "show": "a run, a conversation or a message as text",
    "replay": "step through recorded conversations in the terminal; asks nothing, costs nothing",
    "verify": "hold today's code against a recorded run: it asks nothing, and tells what would be otherwise",
    "fork": "a recorded conversation once more from one of its messages on, with something changed",
    "reproduce": "recompute published figures from recorded replies",
    "export": "write DPO and KTO data sets from a run",
    "list": "scenarios, roles, providers, simulated models, runs",
    "serve-sim": "a simulated provider as an HTTP server, with limits and faults, to try runs on",
    "doctor": "what is installed, which keys are set, what can be written",
}
GUIDE = """\
fellowship - LLM evaluators that agree with people, and preference data made with them

  fellowship demo                     see all of it in under a minute: no key, no network
  fellowship check SCRIPT             what a scenario script would ask; plan SCRIPT: what it would cost
  fellowship run SCRIPT               carry out a scenario script; the same command continues it
  fellowship replay runs/NAME         step through its conversations
  fellowship export runs/NAME --to D  write DPO and KTO data sets

  fellowship --help                   all commands and exit codes
  fellowship doctor                   what is ready on this machine
"""


class Parser(argparse.ArgumentParser):
    """Errors are one line, with the nearest thing that would have been right, and exit code 2."""

    def error(self, message: str) -> NoReturn:
        print(f"{self.prog}: {message}; see {self.prog} --help", file=sys.stderr)
        raise SystemExit(exit_codes.USAGE)


def entry() -> None:
    """The console script."""
    try:
        code = main(sys.argv[1:])
    except KeyboardInterrupt:  # while the command itself is still being imported
        print("interrupted", file=sys.stderr)
        code = exit_codes.INTERRUPTED
    sys.exit(code)


def main(arguments: Sequence[str]) -> int:
    """Run one command; the exit code."""
    if not arguments:
        print(GUIDE, end="")
        return exit_codes.OK
    name = arguments[0]
    if name in ("-h", "--help"):
        print(usage(), end="")
        return exit_codes.OK
    if name == "--version":
        from fellowship import __version__

        print(f"fellowship {__version__}")
        return exit_codes.OK
    if name not in COMMANDS:
        print(f"fellowship: {unknown_command_message(name)}", file=sys.stderr)
        return exit_codes.USAGE
    return run_command(name, arguments[1:])


def run_command(name: str, arguments: Sequence[str]) -> int:
    """One subcommand with its arguments; errors become exit codes here and nowhere else."""
    module = import_module(f"fellowship.cli.{name.replace('-', '_')}")
    parser = Parser(
        prog=f"fellowship {name}",
        description=module.__doc__,
        epilog=exit_codes.TABLE,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("-v", "--verbose", action="store_true", help="more of the log, and tracebacks with errors")
    module.add_arguments(parser)
    own, passed_on = _divided(arguments)
    try:
        parsed = parser.parse_args(own)
        if passed_on and not hasattr(parsed, "arguments"):
            parser.error("nothing is passed on behind --")
    except SystemExit as stop:
        return int(stop.code or 0)
    parsed.arguments = passed_on
    exit_codes.configure_command_log(verbose=parsed.verbose)
    try:
        return int(module.main(parsed))
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return exit_codes.OK
    except KeyboardInterrupt:
        print("interrupted", file=sys.stderr)
        return exit_codes.INTERRUPTED
    except Exception as error:
        return exit_codes.exit_code_table(error, verbose=parsed.verbose)


def _divided(arguments: Sequence[str]) -> tuple[Sequence[str], Sequence[str]]:
    """The command's own arguments, and those behind -- that it passes on."""
    if "--" not in arguments:
        return arguments, []
    place = list(arguments).index("--")
    return arguments[:place], arguments[place + 1 :]


def usage() -> str:
    """The text of --help."""
    width = max(map(len, COMMANDS))
    lines = [f"  {name:<{width}}  {text}" for name, text in COMMANDS.items()]
    head = "usage: fellowship COMMAND [OPTIONS]        fellowship COMMAND --help tells more\n\n"
    return head + "\n".join(lines) + f"\n\n{exit_codes.TABLE}\n"


def unknown_command_message(name: str) -> str:
    """What to say about a command that does not exist."""
    near = difflib.get_close_matches(name, COMMANDS, n=1)
    hint = f"; did you mean '{near[0]}'?" if near else f"; the commands are {', '.join(COMMANDS)}"
    return f"unknown command {name!r}{hint}"
