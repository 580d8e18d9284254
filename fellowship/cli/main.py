"""Entry point of the command `fellowship`: runs one subcommand and turns errors into one line and an exit code."""

import argparse
import difflib
import os
import sys
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path
from typing import Any, NoReturn

from fellowship.cli import exit_codes
from fellowship.cli.signals import EndedBySignal, close_output, ignore_signals, raise_at_signals
from fellowship.formatting.ascii_marks import use_ascii_marks
from fellowship.formatting.valid_unicode import is_valid_unicode

COMMANDS = {
    "demo": "a complete study on simulated models: evaluators, pairings, a preference data set; no key, no network",
    "check": "dry run of a scenario script on its first prompt: shows the requests, makes no call",
    "plan": "dry run of a scenario script: estimates its calls, cost and time",
    "run": "execute a scenario script; --prompts, --out, --model and -n override its run(...)",
    "runs": "list the runs below a folder with progress, tokens and times; show RUN for details, rm RUN to remove",
    "diff": "compare two runs over the same items, outcome by outcome; with labels, McNemar's test",
    "show": "print a run, a conversation or a message",
    "replay": "step through recorded conversations in the terminal; makes no call, costs nothing",
    "verify": "run the current code on the replies of a recorded run and report differences; makes no call",
    "fork": "repeat a recorded conversation from one of its messages on, with changes",
    "reproduce": "recompute published figures from recorded replies",
    "export": "write DPO and KTO data sets from a run",
    "list": "list scenarios, roles, providers, simulated models, runs",
    "serve-sim": "serve simulated models over HTTP, with limits and faults, to test runs",
    "doctor": "check packages, settings, keys, local servers and limits of this machine",
}
GUIDE = """\
fellowship - LLM evaluators that agree with people, and preference data made with them

  fellowship demo                     a complete study in under a minute: no key, no network
  fellowship check SCRIPT             show the requests of a scenario script; plan SCRIPT estimates its cost
  fellowship run SCRIPT               execute a scenario script; the same command continues it
  fellowship replay runs/NAME         step through its conversations
  fellowship export runs/NAME --to D  write DPO and KTO data sets

  fellowship --help                   all commands and exit codes
  fellowship doctor                   check this machine: keys, settings, local servers
"""

# They only read runs: importing structlog, which imports rich and pygments, would be half of their time.
COMMANDS_WITHOUT_EVENTS = frozenset({"show", "runs", "diff", "replay"})


class Parser(argparse.ArgumentParser):
    """An argument parser whose errors are one line, with exit code 2; an empty path is one."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.register("type", Path, _given_path)
        for name in (None, "store"):
            self.register("action", name, StoreOnce)

    def error(self, message: str) -> NoReturn:
        print(f"{self.prog}: {message}; see {self.prog} --help", file=sys.stderr)
        raise SystemExit(exit_codes.USAGE)


class StoreOnce(argparse.Action):
    """Stores the value of an argument; an option that is given twice is an error, not the last value."""

    is_given = False

    def __call__(self, parser: argparse.ArgumentParser, namespace: argparse.Namespace, values: Any, *_: Any) -> None:
        """Store the value."""
        if self.option_strings and self.is_given:
            before = getattr(namespace, self.dest)
            raise argparse.ArgumentError(self, f"given twice, as {str(before)!r} and as {str(values)!r}")
        self.is_given = True
        setattr(namespace, self.dest, values)


def _given_path(text: str) -> Path:
    if not text.strip():
        raise argparse.ArgumentTypeError(f"{text!r} names no file or folder; is a variable of the shell not set?")
    return Path(text)


def entry() -> None:
    """Entry point of the installed console script."""
    try:
        raise_at_signals()
        use_ascii_marks((sys.stdout, sys.stderr))
        code = main(sys.argv[1:])
    except KeyboardInterrupt:  # while the command itself is still being imported
        print("interrupted", file=sys.stderr)
        code = exit_codes.INTERRUPTED
    except EndedBySignal as ended:
        print(f"fellowship: {ended}", file=sys.stderr)
        code = ended.exit_code
    except BrokenPipeError:
        code = exit_codes.OK
    ignore_signals()
    close_output()
    sys.exit(code)


def main(arguments: Sequence[str]) -> int:
    """Run the command line; returns the exit code."""
    if not arguments:
        print(GUIDE, end="")
        return exit_codes.OK
    if (given := next((each for each in arguments if not is_valid_unicode(each)), None)) is not None:
        problem = f"the argument {given!r} is not UTF-8; rename the file, or write the text in UTF-8"
        print(f"fellowship: {problem}", file=sys.stderr)
        return exit_codes.USAGE
    name = arguments[0]
    if name in ("-h", "--help"):
        print(usage(), end="")
        return exit_codes.OK
    if name == "--version":
        from fellowship import __version__

        print(f"fellowship {__version__}")
        return exit_codes.OK
    if name not in COMMANDS:
        near = difflib.get_close_matches(name, COMMANDS, n=1)
        hint = f"did you mean '{near[0]}'?" if near else f"the commands are {', '.join(COMMANDS)}"
        print(f"fellowship: unknown command {name!r}; {hint}", file=sys.stderr)
        return exit_codes.USAGE
    return run_command(name, arguments[1:])


def run_command(name: str, arguments: Sequence[str]) -> int:
    """Run one subcommand; returns the exit code. The only place where errors become exit codes."""
    module = import_module(f"fellowship.cli.{name.replace('-', '_')}")
    parser = Parser(
        prog=f"fellowship {name}",
        description=module.__doc__,
        epilog=exit_codes.TABLE,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("-v", "--verbose", action="store_true", help="print the full log, and tracebacks with errors")
    module.add_arguments(parser)
    place = arguments.index("--") if "--" in arguments else len(arguments)
    own, passed_on = arguments[:place], arguments[place + 1 :]  # the command's, and those of the script
    try:
        parsed = parser.parse_args(own)
        if passed_on and not hasattr(parsed, "arguments"):
            parser.error("takes no arguments behind --")
    except SystemExit as stop:
        return int(stop.code or 0)
    parsed.arguments = passed_on
    from fellowship.extensions import working_folder

    if name not in COMMANDS_WITHOUT_EVENTS:
        from fellowship.telemetry.console_log import configure_log

        configure_log(verbose=parsed.verbose)
    try:
        working_folder()
        return int(module.main(parsed) or exit_codes.OK)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return exit_codes.OK
    except KeyboardInterrupt:
        print("interrupted", file=sys.stderr)
        return exit_codes.INTERRUPTED
    except Exception as error:
        return exit_codes.report_error(error, verbose=parsed.verbose)


def usage() -> str:
    """The text of --help."""
    width = max(map(len, COMMANDS))
    lines = [f"  {name:<{width}}  {text}" for name, text in COMMANDS.items()]
    head = "usage: fellowship COMMAND [OPTIONS]        fellowship COMMAND --help for details\n\n"
    return head + "\n".join(lines) + f"\n\n{exit_codes.TABLE}\n"
