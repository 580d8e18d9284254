"""Carry a recorded conversation on otherwise, from one of its messages on. The original never changes.

fellowship fork runs/loop/c00417@2 -m "A shorter draft."       another text in the place of message 2
fellowship fork runs/jury/c00417 --model juror_2=openai/x      another model for one agent; the others' replies are kept
fellowship fork runs/jury/c00417@4 --times 10                  everything from message 4 on, ten times: what comes?

What would be asked is told by --dry-run, with its cost. Replies to the same request are taken from the record. The fork
is a run of its own, beside the original's; the same command continues it.
"""

import argparse
import sys
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any

from fellowship.cli import exit_codes
from fellowship.cli.budget_options import add_caps
from fellowship.cli.rerun_script import add_script, rerun_script

if TYPE_CHECKING:
    from fellowship.replay.address import Address
    from fellowship.reruns.fork import ForkChanges
    from fellowship.reruns.fork_estimate import ForkEstimate
    from fellowship.runners.run_spec import RunSpec
    from fellowship.runners.summary import RunSummary


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of `fellowship fork`."""
    parser.add_argument("address", metavar="RUN/CONV[@N]", help="a conversation, and the message from which on (1)")
    text = parser.add_mutually_exclusive_group()
    text.add_argument("-m", "--text", help="a text in the place of the message")
    text.add_argument("--edit", type=Path, metavar="FILE", help="the same, from a file")
    parser.add_argument(
        "--model", action="append", default=[], metavar="[AGENT=]MODEL", help="another model, for one agent or for all"
    )
    parser.add_argument(
        "--instructions", action="append", default=[], metavar="AGENT=TEXT", help="other instructions for an agent"
    )
    parser.add_argument("--temperature", type=float, metavar="T", help="another temperature, for all agents")
    parser.add_argument(
        "--times", type=int, default=1, metavar="N", help="so many forks, for the spread of outcomes (1)"
    )
    parser.add_argument("--dry-run", action="store_true", help="tell which asks would be new and what they cost")
    parser.add_argument("--fresh", action="store_true", help="fork anew, where the same was forked before")
    add_caps(parser)
    add_script(parser)
    parser.add_argument("--json", action="store_true", help="JSON lines, and only those, on standard output")


def main(args: argparse.Namespace) -> int:
    """Carry the fork out, or tell what it would ask; 3 when one of the forks failed."""
    from fellowship.protocols.errors import ConfigurationError
    from fellowship.replay.address import find_run

    if args.times < 1:
        raise ConfigurationError(f"--times is {args.times}; expected at least 1")
    address = find_run(args.address)
    if address.conversation is None:
        raise ConfigurationError(f"{args.address} is a run; name a conversation of it, as in {args.address}/c00000@3")
    if args.dry_run:
        _show_forecast(*_forecast(args, address), args)
        return exit_codes.OK
    summary, before = _carried_out(args, address)
    if args.json:
        _tell(summary, before)
    else:
        _show(summary, before)
    return exit_codes.FAILURES if summary.n_failed else exit_codes.OK


def _changes(args: argparse.Namespace) -> "ForkChanges":
    from fellowship.protocols.completions import Sampling
    from fellowship.protocols.errors import ConfigurationError, InputError
    from fellowship.reruns.fork import ForkChanges

    text = args.text
    if args.edit is not None:
        try:
            text = args.edit.read_text(encoding="utf-8").rstrip("\n")
        except (OSError, UnicodeDecodeError) as error:
            raise InputError(args.edit, f"cannot be read: {error}") from error
    models = dict(_named(given) for given in args.model)
    wrong = next((given for given in args.instructions if "=" not in given), None)
    if wrong is not None:
        raise ConfigurationError(f"--instructions is {wrong!r}; expected AGENT=TEXT")
    instructions = dict(given.split("=", 1) for given in args.instructions)
    try:
        sampling = {} if args.temperature is None else {"": Sampling(temperature=args.temperature)}
    except ValueError:
        raise ConfigurationError(f"--temperature is {args.temperature}; expected 0 to 2") from None
    return ForkChanges(text, models, instructions, sampling)


def _named(given: str) -> tuple[str, str]:
    """Agent and model; a model's own name may have an equals sign in it behind its slash."""
    if "=" not in given.partition("/")[0]:
        return "", given
    agent, _, model = given.partition("=")
    return agent, model


def _forked(spec: "RunSpec", args: argparse.Namespace, address: "Address", recorded: Any) -> "RunSpec":
    from dataclasses import replace

    from fellowship.reruns.fork import forked_run
    from fellowship.runners.budget import BudgetLimits

    assert address.conversation is not None
    fork = forked_run(spec, recorded, address.conversation, address.number or 1, _changes(args), times=args.times)
    given = BudgetLimits(args.budget, args.max_calls, args.max_hours)
    return replace(fork, fresh=args.fresh, quiet=args.json, caps=given if given.is_any else fork.caps)


def _forecast(args: argparse.Namespace, address: "Address") -> "tuple[ForkEstimate, Path | None]":
    from fellowship.reruns.fork_estimate import estimate_fork
    from fellowship.storage.recorded_run import RecordedRun

    folder = address.folder.resolve()

    async def work(spec: "RunSpec") -> "tuple[ForkEstimate, Path | None]":
        with RecordedRun.open(folder) as recorded:
            fork = _forked(spec, args, address, recorded)
            return await estimate_fork(fork), fork.folder

    return rerun_script(folder, work, script=args.script, config=args.config)


def _carried_out(args: argparse.Namespace, address: "Address") -> "tuple[RunSummary, dict[str, Any]]":
    from fellowship.reruns.fork_estimate import refuse_unreadable
    from fellowship.runners.run import execute
    from fellowship.runners.summary import row_of
    from fellowship.runners.workers import StopSignal
    from fellowship.storage.recorded_run import RecordedRun

    folder = address.folder.resolve()

    async def work(spec: "RunSpec") -> "tuple[RunSummary, dict[str, Any]]":
        with RecordedRun.open(folder) as recorded:
            before = row_of(recorded.conversation(address.conversation or ""))
            fork = _forked(spec, args, address, recorded)
            await refuse_unreadable(fork)
            return await execute(fork, spec.options["stop"] or StopSignal()), before

    return rerun_script(folder, work, script=args.script, config=args.config)


def _show_forecast(found: "ForkEstimate", folder: Path | None, args: argparse.Namespace) -> None:
    import orjson

    from fellowship.formatting.units import format_dollars
    from fellowship.replay.address import holds_a_run

    cost = None if found.cost is None else found.cost * args.times
    if args.json:
        told = {"new": found.new, "following": found.following, "reused": found.n_reused, "times": args.times}
        print(orjson.dumps({"event": "forecast", **told, "cost_usd": None if cost is None else float(cost)}).decode())
        return
    print(f"new: {', '.join(found.new) or 'none'}")
    if found.following:
        print(f"new too, if those turn out otherwise: {', '.join(found.following)}")
    unknown = "unknown: a model has no price in fellowship.toml"
    price = unknown if cost is None else f"about {format_dollars(cost)}" if cost else format_dollars(cost)
    times = f", {args.times} times" if args.times > 1 else ""
    print(f"{len(found.new) + len(found.following)} to ask{times}, {found.n_reused} reused; cost {price}")
    if folder is not None and holds_a_run(folder) and not args.fresh:
        print(f"forked before, in {_from_here(folder)}: what was asked there is not asked again, unless with --fresh")


def _outcome(row: dict[str, Any], before: dict[str, Any]) -> str:
    """What people compare: a decision, a score, whether a text is the one it was, or that it did not end well."""
    if row["status"] != "finished":
        return "failed" if row["status"] == "failed" else "open"
    for name in ("decision", "score"):
        if row.get(name) is not None:
            return str(row[name])
    if row is before:
        return "finished"
    return "the same" if _content(row) == _content(before) else "another text" if "text" in row else "another"


def _content(row: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in row.items() if name not in ("conversation", "item", "label")}


def _show(summary: "RunSummary", before: dict[str, Any]) -> None:
    from fellowship.formatting.terminal_text import sanitized

    counts = Counter(_outcome(row, before) for row in summary.rows())
    spread = ", ".join(f"{outcome} {n}" for outcome, n in counts.most_common())
    folder = _from_here(summary.folder)
    print(str(summary).replace(str(summary.folder), folder))
    print(f"was {_outcome(before, before)}; is {spread if summary.n_conversations > 1 else next(iter(counts), 'open')}")
    if failed := next((row for row in summary.rows() if row["status"] == "failed"), None):
        print(f"{failed['conversation']} failed: {sanitized(str(failed['error']))}")
    print(f"look into it: fellowship show {folder}/c00000, or replay {folder}", file=sys.stderr)


def _from_here(folder: Path | None) -> str:
    """The folder as it is called in the working directory, where that is shorter."""
    here = Path.cwd()
    return str(folder.relative_to(here) if folder is not None and folder.is_relative_to(here) else folder)


def _tell(summary: "RunSummary", before: dict[str, Any]) -> None:
    import orjson

    print(orjson.dumps({"event": "original", **before}, default=str).decode())
    for row in summary.rows():
        print(orjson.dumps({"event": "conversation", **row}, default=str).decode())
    done = {"finished": summary.n_finished, "failed": summary.n_failed, "asked": summary.n_asked}
    print(orjson.dumps({"event": "done", **done, "folder": str(summary.folder)}).decode())
