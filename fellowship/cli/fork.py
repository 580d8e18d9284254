"""Repeat a recorded conversation from one of its messages on, with changes. The original never changes.

fellowship fork runs/loop/c00417@2 -m "A shorter draft."       replace the text of message 2
fellowship fork runs/jury/c00417 --model juror_2=openai/x      another model for one agent; the others' replies are kept
fellowship fork runs/jury/c00417@4 --times 10                  repeat all from message 4 on, ten times

--dry-run shows the new calls and their cost. Replies to unchanged requests are taken from the record. The fork is a run
of its own in a folder beside the original; the same command continues it.
"""

import argparse
import sys
from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from fellowship.cli import exit_codes
from fellowship.cli.rerun_script import add_rerun_options, rerun_script
from fellowship.cli.script_options import add_budget_options, models_by_agent
from fellowship.formatting.json_lines import print_json
from fellowship.formatting.terminal_text import sanitized
from fellowship.formatting.units import count_noun, format_dollars
from fellowship.formatting.valid_unicode import encoding_problem
from fellowship.protocols.errors import ConfigurationError, InputError
from fellowship.protocols.stable_text import stable_repr

if TYPE_CHECKING:
    from fellowship.replay.address import Address
    from fellowship.reruns.fork import ForkChanges
    from fellowship.reruns.fork_estimate import ForkEstimate
    from fellowship.runners.run_spec import RunSpec
    from fellowship.runners.summary import RunSummary
    from fellowship.storage.recorded_run import RecordedRun


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    add("address", metavar="RUN/CONV[@N]", help="a conversation, and its first message to repeat (1)")
    text = parser.add_mutually_exclusive_group()
    text.add_argument("-m", "--text", help="replace the text of the message")
    text.add_argument("--edit", type=Path, metavar="FILE", help="replace it by the text in a file")
    add("--model", action="append", default=[], metavar="[AGENT=]MODEL", help="another model, for one agent or for all")
    add("--instructions", action="append", default=[], metavar="AGENT=TEXT", help="other instructions for an agent")
    add("--temperature", type=float, metavar="T", help="another temperature, for all agents")
    add("--times", type=int, default=1, metavar="N", help="fork N times, to see how outcomes vary (1)")
    add("--dry-run", action="store_true", help="show the new calls and their cost, and make none")
    add("--fresh", action="store_true", help="fork again, although the same fork exists")
    add_budget_options(parser)
    add_rerun_options(parser)


def main(args: argparse.Namespace) -> int:
    """Carry out the fork, or print its estimate; 3 when one of the forked conversations failed."""
    from fellowship.replay.address import find_run

    if args.times < 1:
        raise ConfigurationError(f"--times is {args.times}; expected at least 1")
    address = find_run(args.address)
    if address.conversation is None:
        raise ConfigurationError(f"{args.address} is a run; name a conversation of it, as in {args.address}/c00000@3")
    return _print_estimate(args, address) if args.dry_run else _execute_fork(args, address)


def _fork_changes(args: argparse.Namespace) -> "ForkChanges":
    from fellowship.protocols.completions import Sampling
    from fellowship.reruns.fork import ForkChanges

    text = args.text
    if args.edit is not None:
        try:
            text = args.edit.read_text(encoding="utf-8").rstrip("\n")
        except UnicodeDecodeError as error:
            raise InputError(args.edit, encoding_problem(args.edit.read_bytes()) or str(error)) from error
        except OSError as error:
            raise InputError(args.edit, f"cannot be read: {error}") from error
    models = {agent or "": model for agent, model in models_by_agent(args.model).items()}
    invalid = next((given for given in args.instructions if "=" not in given), None)
    if invalid is not None:
        raise ConfigurationError(f"--instructions is {invalid!r}; expected AGENT=TEXT")
    instructions = dict(given.split("=", 1) for given in args.instructions)
    try:
        sampling = {} if args.temperature is None else {"": Sampling(temperature=args.temperature)}
    except ValueError:
        raise ConfigurationError(f"--temperature is {args.temperature}; expected 0 to 2") from None
    return ForkChanges(text, models, instructions, sampling)


def _fork_spec(spec: "RunSpec", recorded: "RecordedRun", args: argparse.Namespace, address: "Address") -> "RunSpec":
    from fellowship.reruns.fork import forked_run
    from fellowship.runners.overrides import Overrides

    assert address.conversation is not None
    fork = forked_run(spec, recorded, address.conversation, address.number or 1, _fork_changes(args), times=args.times)
    limits = Overrides(budget=args.budget, max_calls=args.max_calls, max_hours=args.max_hours)
    options = replace(fork.options, fresh=args.fresh, quiet=args.json)
    return replace(fork, options=options, pots=() if (pot := limits.pot()) is None else (pot,))


def _print_estimate(args: argparse.Namespace, address: "Address") -> int:
    from fellowship.replay.address import holds_a_run
    from fellowship.reruns.fork_estimate import estimate_fork
    from fellowship.storage.fork_record import left_out_of

    async def work(spec: "RunSpec", recorded: "RecordedRun") -> "tuple[ForkEstimate, Path | None, str | None]":
        fork = _fork_spec(spec, recorded, args, address)
        return await estimate_fork(fork), fork.folder, left_out_of(fork.config)

    found, folder, left_out = rerun_script(address.folder, args, work, command="fork", is_dry=True)
    cost = None if found.cost is None else found.cost * args.times
    if args.json:
        counts = {"new": found.new, "following": found.following, "reused": found.n_reused, "times": args.times}
        print_json({"event": "forecast", **counts, "cost_usd": None if cost is None else float(cost)})
        return exit_codes.OK
    print(f"new calls: {', '.join(found.new) or 'none'}")
    if found.following:
        print(f"also new, if those replies differ: {', '.join(found.following)}")
    unknown = "unknown: a model has no price in fellowship.toml, or a recorded reply no usable token counts"
    price = unknown if cost is None else f"about {format_dollars(cost)}" if cost else format_dollars(cost)
    times = f", {args.times} times" if args.times > 1 else ""
    print(f"{count_noun(len(found.new) + len(found.following), 'call')}{times}, {found.n_reused} reused; cost {price}")
    if left_out is not None:
        print(left_out)
    if folder is not None and holds_a_run(folder) and not args.fresh:
        print(f"this fork exists in {_relative(folder)}: its calls are not made again, unless with --fresh")
    return exit_codes.OK


def _execute_fork(args: argparse.Namespace, address: "Address") -> int:
    from fellowship.reruns.fork import execute_fork
    from fellowship.runners.summary import row_of

    async def work(spec: "RunSpec", recorded: "RecordedRun") -> "tuple[RunSummary, dict[str, Any]]":
        original = row_of(recorded.conversation(address.conversation or ""))
        return await execute_fork(_fork_spec(spec, recorded, args, address)), original

    summary, original = rerun_script(address.folder, args, work, command="fork", is_dry=False)
    if args.json:
        print_json({"event": "original", **original})
        for row in summary.rows():
            print_json({"event": "conversation", **row})
        counts = {"finished": summary.n_finished, "failed": summary.n_failed, "asked": summary.n_asked}
        print_json({"event": "done", **counts, "folder": str(summary.folder)})
    else:
        _print_outcomes(summary, original)
    return exit_codes.FAILURES if summary.n_failed else exit_codes.OK


def _outcome(row: dict[str, Any], original: dict[str, Any]) -> str:
    """An outcome in a word: a decision, a score, whether the text is that of the original, or a status."""
    if row["status"] != "finished":
        return "failed" if row["status"] == "failed" else "open"
    for name in ("decision", "score"):
        if row.get(name) is not None:
            return str(row[name])
    if row is original:
        return "finished"
    same_place = {**row, **{name: original[name] for name in ("conversation", "item", "label")}}
    if stable_repr(dict(sorted(same_place.items()))) == stable_repr(
        dict(sorted(original.items()))
    ):  # NaN is the same as NaN
        return "unchanged"
    return "a different text" if "text" in row else "different"


def _print_outcomes(summary: "RunSummary", original: dict[str, Any]) -> None:
    counts = Counter(_outcome(row, original) for row in summary.rows())
    several = ", ".join(f"{outcome} {n}" for outcome, n in counts.most_common())
    now = several if summary.n_conversations > 1 else next(iter(counts), "open")
    folder = _relative(summary.folder)
    print(str(summary).replace(str(summary.folder), folder))
    print(f"originally: {_outcome(original, original)}; now: {now}")
    if failed := next((row for row in summary.rows() if row["status"] == "failed"), None):
        print(f"{failed['conversation']} failed: {sanitized(str(failed['error']))}")
    print(f"inspect it: fellowship show {folder}/c00000, or replay {folder}", file=sys.stderr)


def _relative(folder: Path | None) -> str:
    """The path from the working directory on, where the folder lies below it."""
    here = Path.cwd()
    return str(folder.relative_to(here) if folder is not None and folder.is_relative_to(here) else folder)
