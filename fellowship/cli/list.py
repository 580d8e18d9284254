"""List scenarios, roles, evaluators, providers, simulated models, and the runs below a folder."""

import argparse
import inspect
from collections.abc import Callable
from pathlib import Path


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("what", nargs="?", choices=(*LISTS, "runs"), help="one kind only; all by default")
    parser.add_argument("--dir", type=Path, default=Path("runs"), help="where to look for runs (runs)")
    parser.add_argument("--json", action="store_true", help="JSON lines, and only those, on standard output")


def main(args: argparse.Namespace) -> None:
    """Print the lists."""
    from fellowship.formatting.json_lines import print_json

    for what in [args.what] if args.what else (*LISTS, "runs"):
        found = LISTS[what]() if what in LISTS else _runs(args.dir)
        if args.json:
            for name, text in found:
                print_json({"kind": what, "name": name, "text": text})
            continue
        print(what if found else f"{what}: none in {args.dir}")
        width = max((len(name) for name, _ in found), default=0)
        for name, text in found:
            print(f"  {name:<{width}}  {text}".rstrip())


def _scenarios() -> list[tuple[str, str]]:
    """The built-in scenarios, with their agents and options."""
    import fellowship.scenarios as built_in
    from fellowship.runners.scenario_function import keyword_only

    named = {name: getattr(built_in, name) for name in built_in.__all__ if name != "panel"}
    return [
        (name, f"{_first_line(scenario)} ({', '.join(keyword_only(scenario))})") for name, scenario in named.items()
    ]


def _roles() -> list[tuple[str, str]]:
    from fellowship import Debater, Generator, Judge, Juror, Reviewer

    return [(role.__name__, _first_line(role)) for role in (Generator, Reviewer, Judge, Juror, Debater)]


def _evaluators() -> list[tuple[str, str]]:
    """The written forms of evaluators, and the named evaluators of the settings."""
    from fellowship.scenarios.evaluator_kind import KINDS
    from fellowship.settings.settings import load_settings

    kinds = {name: KINDS.find(name) for name in KINDS.names()}
    forms = [(f"{name}:{kind.models}", f"options: {', '.join(kind.options)}") for name, kind in kinds.items()]
    return [*forms, *load_settings().evaluators.items()]


def _provider_rows() -> list[tuple[str, str]]:
    """Providers, those of the settings too, with their addresses and key variables."""
    from fellowship.settings.settings import known_servers, load_settings

    return [("sim", "simulated models, no network")] + [
        (name, f"{server.base_url or 'your resource'}  {' or '.join(server.key_variables) or 'no key'}")
        for name, server in known_servers(load_settings()).items()
    ]


def _model_rows() -> list[tuple[str, str]]:
    """The simulated models, and the aliases of the settings."""
    from fellowship.providers.sim.profiles import PROFILES
    from fellowship.settings.settings import load_settings

    return [*load_settings().aliases.items()] + [
        (f"sim/{name}", f"skill {each.skill:.2f}, seat bias {each.seat_bias:+.1f}, judge noise {each.judge_noise:.1f}")
        for name, each in PROFILES.items()
    ]


LISTS: dict[str, Callable[[], list[tuple[str, str]]]] = {
    "scenarios": _scenarios,
    "roles": _roles,
    "evaluators": _evaluators,
    "providers": _provider_rows,
    "models": _model_rows,
}


def _runs(folder: Path) -> list[tuple[str, str]]:
    """The runs below a folder, newest first, with their counts."""
    from fellowship.reports.run_list import find_runs

    rows = []
    for run in find_runs(folder):
        text = "cannot be read"
        if account := run.account:
            counts = {"finished": account.n_finished, "failed": account.n_failed, "open": account.n_open}
            listed = ", ".join(f"{n:,} {status}" for status, n in counts.items() if n) or "empty"
            text = f"{'[SIM] ' if account.simulated else ''}{account.scenario}: {listed}"
        rows.append((str(run.folder), text))
    return rows


def _first_line(subject: object) -> str:
    return (inspect.getdoc(subject) or "").partition("\n")[0]
