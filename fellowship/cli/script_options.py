"""The options of commands that execute a scenario script; they override the arguments of its `run(...)` calls."""

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from fellowship.runners.overrides import Overrides


def add_script_options(parser: argparse.ArgumentParser) -> None:
    """SCRIPT, and the options that `run`, `check` and `plan` share."""
    parser.add_argument("script", type=Path, help="a Python file that calls run(...)")
    parser.set_defaults(arguments=[])
    parser.add_argument("--prompts", type=Path, help="JSONL or Parquet file of prompts or comparisons")
    parser.add_argument("--out", type=Path, help="the run's folder")
    parser.add_argument(
        "--model",
        action="append",
        default=[],
        metavar="[ROLE=]PROVIDER/MODEL",
        help="use this model for one agent, or for all; can be repeated",
    )
    parser.add_argument("-n", type=int, help="use only the first N prompts")
    parser.add_argument("--seed", type=int, help="the run's seed")
    parser.add_argument("--concurrency", type=int, metavar="N", help="at most N conversations at once")
    parser.add_argument("--config", type=Path, metavar="FILE", help="settings, instead of the nearest fellowship.toml")
    parser.add_argument("--json", action="store_true", help="print JSON lines only")


def script_overrides(args: argparse.Namespace) -> "Overrides":
    """The given options as overrides of the script's `run(...)` calls."""
    from fellowship.runners.overrides import Overrides

    models = dict(given.split("=", 1) for given in args.model if _names_agent(given))
    default_models = [given for given in args.model if not _names_agent(given)]
    return Overrides(
        prompts=args.prompts,
        out=args.out,
        models=models,
        default_model=default_models[-1] if default_models else None,
        n=args.n,
        seed=args.seed,
        concurrency=args.concurrency,
        config=args.config,
    )


def _names_agent(given: str) -> bool:
    """Whether it is ROLE=MODEL; an equals sign behind the slash belongs to the model's name."""
    return "=" in given.partition("/")[0]


def check_script_options(args: argparse.Namespace) -> None:
    """ConfigurationError for a missing script or invalid settings; warns of FELLOWSHIP_* variables without effect."""
    from fellowship.protocols.errors import ConfigurationError
    from fellowship.settings import environment
    from fellowship.settings.settings import load_settings

    if not args.script.is_file():
        raise ConfigurationError(f"{args.script}: no such script; expected a Python file that calls run(...)")
    key_variables = {own.key_variable for own in load_settings(args.config).providers.values() if own.key_variable}
    for line in environment.unknown_variables(key_variables):
        print(f"fellowship: {line}", file=sys.stderr)
