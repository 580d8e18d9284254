"""The options of commands that execute a scenario script; they override the arguments of its `run(...)` calls."""

import argparse
import sys
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import fields
from decimal import Decimal, InvalidOperation
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from fellowship.runners.overrides import Overrides


def add_script_options(parser: argparse.ArgumentParser) -> None:
    """SCRIPT or -m MODULE, and the options that `run`, `check` and `plan` share."""
    add = parser.add_argument
    add("script", type=Path, nargs="?", help="a Python file that calls run(...)")
    add("-m", dest="module", type=_module_file, metavar="MODULE", help="a module or package in place of SCRIPT")
    parser.set_defaults(arguments=[])
    add("--prompts", type=Path, help="JSONL or Parquet file of prompts or comparisons")
    add("--out", type=Path, help="the run's folder")
    add(
        "--model",
        action="append",
        default=[],
        metavar="[ROLE=]PROVIDER/MODEL",
        help="use this model for one agent, or for all; can be repeated",
    )
    add("-n", type=int, help="use only the first N prompts")
    add("--seed", type=int, help="the run's seed")
    add("--concurrency", type=int, metavar="N", help="at most N conversations at once")
    add("--config", type=Path, metavar="FILE", help="settings, instead of the nearest fellowship.toml")
    add("--json", action="store_true", help="print JSON lines only")


def add_budget_options(parser: argparse.ArgumentParser) -> None:
    """The limits of what a run may use; all of them are unlimited by default."""
    add = parser.add_argument
    add(
        "--budget",
        type=_dollars,
        metavar="USD",
        help="dollars for all runs of the command, earlier starts included",
    )
    add("--max-calls", type=int, metavar="N", help="requests of all runs of the command, likewise")
    add("--max-hours", type=float, metavar="H", help="hours that this start may take")


def _dollars(text: str) -> Decimal:
    with suppress(InvalidOperation):
        if (amount := Decimal(text)).is_finite():
            return amount
    raise argparse.ArgumentTypeError(f"invalid amount of US dollars value: {text!r}")


def _module_file(name: str) -> Path:
    """The file of a module, or the `__main__` of a package, found from the current folder as `python -m` does."""
    sys.path.insert(0, str(Path.cwd()))
    try:
        spec = find_spec(name)
        if spec is not None and spec.submodule_search_locations is not None:
            name, spec = f"{name}.__main__", find_spec(f"{name}.__main__")
    except (ImportError, ValueError):
        spec = None
    finally:
        sys.path.pop(0)
    if spec is None or spec.origin is None or not spec.origin.endswith(".py"):
        raise argparse.ArgumentTypeError(f"there is no module {name!r} in the current folder or among those installed")
    return Path(spec.origin)


def script_overrides(args: argparse.Namespace) -> "Overrides":
    """The given options as overrides of the script's `run(...)` calls: fields of `Overrides` are named as options."""
    from fellowship.runners.overrides import Overrides

    models = models_by_agent(args.model)
    default_model = models.pop(None, None)
    named = {each.name: getattr(args, each.name) for each in fields(Overrides) if each.name in args}
    return Overrides(**named, models=models, default_model=default_model)


def models_by_agent(given: Sequence[str]) -> dict[Any, str]:
    """The values of --model by agent, None for all; an equals sign behind the slash belongs to the model's name.

    ConfigurationError for one without a model.
    """
    from fellowship.protocols.errors import ConfigurationError

    models = {}
    for each in given:
        agent, _, model = each.partition("=") if "=" in each.partition("/")[0] else (None, "", each)
        if not model.strip():
            raise ConfigurationError(f"--model {each!r} names no model; is a variable of the shell not set?")
        models[agent] = model
    return models


def check_script_options(args: argparse.Namespace) -> None:
    """Take the module as the script where one is named; warn of FELLOWSHIP_* variables without effect.

    ConfigurationError for a missing script or invalid settings.
    """
    from fellowship.protocols.errors import ConfigurationError
    from fellowship.settings import environment
    from fellowship.settings.settings import load_settings

    if (args.script is None) == (args.module is None):
        raise ConfigurationError("name a SCRIPT, a Python file that calls run(...), or a module with -m MODULE")
    args.script = args.script or args.module
    if not args.script.is_file():
        raise ConfigurationError(f"{args.script}: no such script; expected a Python file that calls run(...)")
    key_variables = {own.key_variable for own in load_settings(args.config).providers.values() if own.key_variable}
    for line in environment.unknown_variables(key_variables):
        print(f"fellowship: {line}", file=sys.stderr)
