"""What a run was started with, written beside its journal, and compared when it is started again."""

import dataclasses
import functools
import inspect
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import orjson
import tomli_w

from fellowship.agents.agent import Agent
from fellowship.formatting.shorten import short_repr
from fellowship.protocols.errors import ConfigurationError, StoreError
from fellowship.runners.agent_binding import AgentBindings
from fellowship.runners.request_difference import around_the_change
from fellowship.runners.run_folder import UNFINISHED_SUFFIX
from fellowship.runners.source_code import source_hash

CODE_KEY = "code"
AGENT_KIND = re.compile(r"agents\.\w+\.kind")
CHANGE_ADVICE = (
    "ask only what has changed with --accept-changes, start over with --fresh, or give another folder with --out"
)


def describe_run(scenario: Any, bindings: AgentBindings, *, seed: int) -> dict[str, Any]:
    """Scenario, seed, arguments and agents as plain data, in the order given."""
    return {
        "scenario": scenario_name(scenario),
        "seed": seed,
        "arguments": {name: _plain(value) for name, value in bindings.arguments.items() if value is not None},
        "agents": {agent.name: _without_none(agent.described()) for agent in bindings.agents()},
        **({CODE_KEY: source} if (source := source_hash(scenario)) else {}),
    }


def check_config(config: Mapping[str, Any]) -> None:
    """ConfigurationError for settings that cannot be written down, such as an integer of more than 64 bits."""
    try:
        orjson.dumps(config)
    except TypeError as error:
        raise ConfigurationError(f"the settings of the run cannot be written down: {error}") from error


def write_config(config: Mapping[str, Any], path: Path) -> None:
    """As TOML, for people; whole or not at all."""
    new = path.with_name(f"{path.name}{UNFINISHED_SUFFIX}")
    try:
        new.write_text(tomli_w.dumps(config), encoding="utf-8")
        new.replace(path)
    except OSError as error:
        raise StoreError(f"{path} cannot be written: {error.strerror or error}") from error


def refuse_changes(before: str, config: Mapping[str, Any], folder: Path | None) -> None:
    """ConfigurationError naming the first settings in which a run differs from what it was started with."""
    changes = changed_settings(before, config)
    if changes:
        more = f" (and {len(changes) - 3} more)" if len(changes) > 3 else ""
        ways = "or fork anew with --fresh" if "fork" in config else CHANGE_ADVICE
        raise ConfigurationError(
            f"the run in {folder} was started otherwise: {'; '.join(changes[:3])}{more}; put it back, {ways}"
        )


def changed_settings(before: str, config: Mapping[str, Any]) -> list[str]:
    """What differs between a run's settings and today's, setting by setting."""
    was, now = dict(_flat(orjson.loads(before))), dict(_flat(orjson.loads(orjson.dumps(config))))
    names = [name for name in {**was, **now} if was.get(name) != now.get(name) and not _is_news(name, was)]
    return [_change(name, was.get(name), now.get(name)) for name in names]


def _is_news(name: str, was: Mapping[str, Any]) -> bool:
    """Whether the earlier run did not record this setting, which is then not compared: it may have been the same."""
    return name not in was and (name == CODE_KEY or AGENT_KIND.fullmatch(name) is not None)


def scenario_name(scenario: Any) -> str:
    """The function's own name, through `functools.partial`."""
    while isinstance(scenario, functools.partial):
        scenario = scenario.func
    return str(getattr(scenario, "__name__", type(scenario).__name__))


def _plain(value: Any) -> Any:
    if isinstance(value, Agent):
        return f"agent {value.name}"
    if isinstance(value, functools.partial):
        given = {"given": _plain(value.args)} if value.args else {}
        return {"call": scenario_name(value), **given, **{key: _plain(part) for key, part in value.keywords.items()}}
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {part.name: _plain(getattr(value, part.name)) for part in dataclasses.fields(value)}
    if isinstance(value, list | tuple):
        return [_plain(part) for part in value]
    if isinstance(value, set | frozenset):
        return sorted((_plain(part) for part in value), key=str)
    if isinstance(value, dict):
        return {str(key): _plain(part) for key, part in value.items()}
    if isinstance(value, bool | int | str):
        return value
    if isinstance(value, float):
        return float(value)  # numpy's are floats too, but no JSON
    return repr(value) if _has_its_own_repr(value) else scenario_name(value)


def _has_its_own_repr(value: Any) -> bool:
    """Whether the repr is the same in every process: `object`'s own, and that of functions, names an address."""
    own: Any = type(value).__repr__
    return own is not object.__repr__ and not inspect.isroutine(value)


def _without_none(record: Mapping[str, Any]) -> dict[str, Any]:
    return {
        key: list(value) if isinstance(value, tuple) else _without_none(value) if isinstance(value, dict) else value
        for key, value in record.items()
        if value is not None
    }


def _flat(value: Any, name: str = "") -> Iterator[tuple[str, Any]]:
    if isinstance(value, dict):
        for key, part in value.items():
            yield from _flat(part, f"{name}.{key}" if name else key)
    else:
        yield name, value


def _change(name: str, was: Any, now: Any) -> str:
    if name == CODE_KEY:
        return "the code of the scenario was changed"
    if isinstance(was, str) and isinstance(now, str):
        was_part, now_part = around_the_change(was, now)
        return f"{name} was {was_part}, is {now_part}"
    return f"{name} was {_given(was)}, is {_given(now)}"


def _given(value: Any) -> str:
    return "not set" if value is None else short_repr(value)
