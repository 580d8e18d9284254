"""Check this machine: Python and packages, settings, keys (set or unset, never shown), local servers, limits.

Changes nothing and sends no key. Of servers, only those on this machine are contacted, for their list of models.
"""

import argparse
import importlib.metadata
import os
import platform
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from fellowship.cli import exit_codes
from fellowship.formatting.json_lines import print_json
from fellowship.protocols.errors import ConfigurationError, InputError

if TYPE_CHECKING:
    from fellowship.providers.server import Server
    from fellowship.settings.settings import Settings

PACKAGES = ("llm-fellowship", "autogen-agentchat", "aiohttp", "asyncio-throttle", "pydantic", "numpy", "orjson", "rich")
EXTRAS = {"pandas": "summary.frame()", "pyarrow": "Parquet prompts", "datasets": "reading exported data sets"}
RECOMMENDED_OPEN_FILES = 4096


@dataclass(frozen=True, slots=True)
class Finding:
    """The result of one check. `ok` is False where something required is missing or invalid."""

    kind: str
    name: str
    state: str
    advice: str = ""
    ok: bool = True


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--dir", type=Path, default=Path(), help="the folder that runs will be written to (.)")
    parser.add_argument("--config", type=Path, metavar="FILE", help="settings, instead of the nearest fellowship.toml")
    parser.add_argument("--json", action="store_true", help="print JSON lines only")


def main(args: argparse.Namespace) -> int:
    """Print the findings; 2 when something required is missing or the settings are not valid."""
    from fellowship.settings.settings import known_servers

    settings, file = _settings(args.config)
    servers = known_servers(settings)
    findings = [
        *_python(),
        _folder_finding(args.dir),
        file,
        *_limit_findings(settings),
        *_variables(settings),
        *_keys(servers),
        *_local_servers(servers),
        *_open_files(),
    ]
    if args.json:
        for finding in findings:
            print_json(finding)
    else:
        _print_table(findings)
    return exit_codes.OK if all(finding.ok for finding in findings) else exit_codes.USAGE


def _print_table(findings: list[Finding]) -> None:
    widths = [max(len(getattr(each, column)) for each in findings) for column in ("kind", "name")]
    for each in findings:
        advice = f"; {each.advice}" if each.advice else ""
        print(f"{each.kind:<{widths[0]}}  {each.name:<{widths[1]}}  {each.state}{advice}")
    problems = [each for each in findings if not each.ok]
    for each in problems:
        print(f"to do: {each.advice or each.state}")
    if not problems:
        print("everything required is present; `fellowship demo` needs no key")


def _settings(path: Path | None) -> tuple["Settings", Finding]:
    from fellowship.settings.settings import FILE, Settings, load_settings, settings_file

    place = settings_file(path)
    if place is None:
        return Settings(), Finding("settings", FILE, "none", "it is optional; docs/reference.md describes it")
    try:
        settings = load_settings(place)
    except InputError as error:
        return Settings(), Finding("settings", FILE, f"{place.absolute()} is NOT valid", str(error), ok=False)
    return settings, Finding("settings", FILE, f"{place.absolute()} is valid: {_summary(settings)}")


def _summary(settings: "Settings") -> str:
    single = {"model": settings.model, "concurrency": settings.concurrency}
    tables = ("providers", "limits", "prices", "aliases", "evaluators")
    named = [f"{name} {', '.join(sorted(getattr(settings, name)))}" for name in tables if getattr(settings, name)]
    return "; ".join([*(f"{name} {value}" for name, value in single.items() if value is not None), *named]) or "empty"


def _limit_findings(settings: "Settings") -> Iterator[Finding]:
    from fellowship.settings.limits import ConfiguredLimits

    for group, limits in ConfiguredLimits(settings).by_group().items():
        known = limits.model_dump(exclude_unset=True)
        yield Finding("limits", group, ", ".join(f"{name} {_shown_limit(value)}" for name, value in known.items()))


def _shown_limit(value: float | bool) -> str:
    return str(value).lower() if isinstance(value, bool) else f"{value:,g}"


def _variables(settings: "Settings") -> Iterator[Finding]:
    from fellowship.providers.catalog import read_variable
    from fellowship.settings import environment

    keys = {own.key_variable for own in settings.providers.values() if own.key_variable}
    for variable, use in environment.VARIABLES.items():
        if read_variable(variable) is not None:
            yield Finding("variable", variable, "set", use)
    try:
        environment.whole_number("FELLOWSHIP_CONCURRENCY")
    except ConfigurationError as error:
        yield Finding("variable", "FELLOWSHIP_CONCURRENCY", "NOT valid", str(error), ok=False)
    for line in environment.unknown_variables(keys):
        words, _, advice = line.partition("; ")
        yield Finding("variable", words.split()[3], "set, without effect", advice)


def _keys(servers: Mapping[str, "Server"]) -> Iterator[Finding]:
    """The state of each key; never a character of it."""
    users: dict[str, list[str]] = {}
    for name, server in servers.items():
        for variable in server.key_variables:
            users.setdefault(variable, []).append(f"{name}/MODEL")
    for variable, models in users.items():
        given, use = os.environ.get(variable, ""), f"use {' and '.join(models)}"
        bare = given.strip()
        if not bare:
            state, advice = "unset", f"export it to {use}"
        elif bare.strip("'\"") != bare:
            state, advice = "set, with quotes at the beginning or the end", "export it without the quotes"
        elif bare != given:
            state = "set, with white space at the beginning or the end"
            advice = "the white space is ignored; export it without"
        else:
            state, advice = "set", use
        yield Finding("key", variable, state, advice)


def _local_servers(servers: Mapping[str, "Server"]) -> Iterator[Finding]:
    from fellowship.providers.catalog import server_address

    urls = {name: server_address(name, server) for name, server in servers.items()}
    try:
        from fellowship.cli.local_servers import probe_servers
        from fellowship.providers.catalog import on_loopback

        local = {name: url for name, url in urls.items() if on_loopback(url)}
        results = probe_servers(local)
    except ImportError as error:
        yield Finding("server", "all", "not probed", f"{error.name} is missing")
        return
    for name, result in results.items():
        yield Finding("server", name, f"{local[name]} {result.state}", f"use {name}/MODEL" if result.found else "")


def _python() -> Iterator[Finding]:
    yield Finding("python", platform.python_version(), sys.executable)
    for name in PACKAGES:
        version = _version(name)
        advice = "" if version else f"pip install {name}"
        yield Finding("package", name, version or "MISSING", advice, ok=version is not None)
    for name, use in EXTRAS.items():
        version = _version(name)
        advice = f"for {use}" if version else f"pip install it for {use}"
        yield Finding("extra", name, version or "not installed", advice)


def _folder_finding(folder: Path) -> Finding:
    place = str(folder.resolve())
    if os.access(folder, os.W_OK):
        return Finding("folder", place, "can be written")
    return Finding("folder", place, "CANNOT be written", f"choose a writable folder instead of {folder}", ok=False)


def _open_files() -> Iterator[Finding]:
    """The limit on open files: every open request takes one."""
    try:
        import resource
    except ImportError:  # Windows has no such limit
        return
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    enough = soft == resource.RLIM_INFINITY or soft >= RECOMMENDED_OPEN_FILES
    advice = "" if enough else f"ulimit -n {RECOMMENDED_OPEN_FILES} allows more requests at once"
    now, most = ("any number" if limit == resource.RLIM_INFINITY else f"{limit:,}" for limit in (soft, hard))
    yield Finding("limit", "open files", f"{now}, can be raised to {most}", advice)


def _version(name: str) -> str | None:
    try:
        return importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        return None
