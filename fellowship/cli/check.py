"""Try a scenario script without asking a model: its first prompt, simulated replies, nothing written.

Shows what each agent would be sent, in reading order, once per kind of ask; -v shows it whole. All prompts are read,
and what is wrong with the script, a prompt or an agent is told, with exit code 2.
"""

import argparse
import sys
from typing import TYPE_CHECKING, TextIO

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
    from fellowship.estimates.check import CheckResult, SampleRequest

SHORT = 240


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of `fellowship check`: those of `fellowship run`, so that one word may stand for the other."""
    add_overrides(parser)


def main(args: argparse.Namespace) -> int:
    """Show what would be asked; 1 when the script itself has a bug."""
    from fellowship.estimates.check import check_script
    from fellowship.protocols.errors import ConfigurationError

    look_at(args)
    out = sys.stdout
    with (
        check_script(overrides(args)) as checks,
        only_errors_logged(verbose=args.verbose),
        stdout_kept_clean(clean=True),
    ):
        came_to_its_end = executed(args.script, args.arguments, may_exit=True)
    for number, checked in enumerate(checks, start=1):
        if args.json:
            _tell(checked, number, out)
        else:
            _show(checked, out, whole=args.verbose)
        for note in checked.notes:
            print(f"note: {note}", file=sys.stderr)
    if not came_to_its_end:
        return exit_codes.INTERNAL
    if not checks:
        raise ConfigurationError(f"{args.script} made no call of run(...)")
    return exit_codes.OK


def _show(checked: "CheckResult", out: TextIO, *, whole: bool) -> None:
    from fellowship.formatting.shorten import shorten_middle
    from fellowship.formatting.terminal_text import sanitized

    total, agents = sum(checked.n_asks.values()), checked.n_asks.items()
    asks = ", ".join(f"{n} {agent}" for agent, n in agents)
    print(
        f"{checked.scenario}: prompts: {checked.n_prompts:,}; asks in the first conversation: {total} ({asks})\n",
        file=out,
    )
    for ask in checked.asks:
        sees = f" · sees {', '.join(ask.sees)}" if ask.sees else ""
        times = f" · {ask.n} times" if ask.n > 1 else ""
        print(f"  {ask.agent} · {ask.model}{sees}{times}", file=out)
        for message in ask.messages:
            text = sanitized(message["content"] if whole else shorten_middle(message["content"], SHORT))
            indented = text.replace("\n", "\n      ")
            print(f"    {message['role']}:\n      {indented}", file=out)
        print(file=out)


def _tell(checked: "CheckResult", number: int, out: TextIO) -> None:
    import orjson

    for ask in checked.asks:
        print(orjson.dumps({"event": "ask", "run": number, **_told(ask)}).decode(), file=out)
    done = {
        "event": "checked",
        "run": number,
        "scenario": checked.scenario,
        "prompts": checked.n_prompts,
        "asks": checked.n_asks,
        "notes": checked.notes,
    }
    print(orjson.dumps(done).decode(), file=out)


def _told(ask: "SampleRequest") -> dict[str, object]:
    return {"agent": ask.agent, "model": ask.model, "sees": ask.sees, "times": ask.n, "messages": ask.messages}
