"""The configuration of a run: described as plain data, and compared where the journal of a continued run is opened."""

import dataclasses
import functools
import inspect
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import Any, TypeAlias

import orjson
import tomli_w

from fellowship.agents.agent import Agent
from fellowship.agents.reading import READING_VERSION
from fellowship.agents.strategy import Strategy
from fellowship.extensions import is_own_entry
from fellowship.formatting.shorten import around_the_change, short_repr
from fellowship.protocols.errors import ConfigurationError, StoreError
from fellowship.protocols.stable_text import stable_repr
from fellowship.runners.agent_binding import AgentBindings, AnyAgent
from fellowship.runners.own_code import own_code
from fellowship.runners.run_folder import UNFINISHED_SUFFIX
from fellowship.runners.scenario_function import scenario_name
from fellowship.runners.source_code import entry_hash, role_hash, source_hash
from fellowship.storage.journal import SqliteJournal
from fellowship.storage.recorded_run import CONFIG, JOURNAL, RecordedRun

Keys: TypeAlias = tuple[str, ...]

CODE_KEY, ROLE_CODE_KEY, ENTRY_CODE_KEY = "scenario_digest", "role_digests", "entry_digests"
READING_KEY = "reading_version"
OWN_CODE_KEY = "own_code"  # of code and values beyond the module of the scenario, a role or an entry
MODULES = (OWN_CODE_KEY, "modules")
CODE_KEYS = (CODE_KEY, ROLE_CODE_KEY, ENTRY_CODE_KEY, OWN_CODE_KEY, READING_KEY)
FORMER_CODE_KEYS = ("code", "role_code", "entry_code")  # hashes that depend on Python's version
CHANGE_ADVICE = (
    "continue with --accept-changes (recorded replies are read again, and only requests that differ are "
    "asked{renamed}), start over with --fresh, or choose another folder with --out"
)
MOST_NAMED = 3


def describe_run(scenario: Any, bindings: AgentBindings, *, seed: int, prompts: Any = None) -> dict[str, Any]:
    """Scenario, seed, arguments and agents as plain data, in the order given, with hashes of the user's own code.

    `prompts` is the run's input: a file of it is not part of the code that names it.
    """
    arguments = {name: _plain(value) for name, value in bindings.arguments.items() if value is not None}
    entries = _entry_code(arguments, bindings.agents())
    code = {
        CODE_KEY: source_hash(scenario),
        ROLE_CODE_KEY: _role_code(type(agent) for agent in bindings.agents()),
        ENTRY_CODE_KEY: entries,
        OWN_CODE_KEY: own_code(scenario, bindings.arguments, bindings.agents(), entries, prompts),
    }
    return {
        "scenario": scenario_name(scenario),
        "seed": seed,
        "arguments": arguments,
        "agents": {agent.name: _without_none(agent.described()) for agent in bindings.agents()},
        **{key: value for key, value in code.items() if value},
        READING_KEY: READING_VERSION,
    }


def check_config(config: Mapping[str, Any]) -> None:
    """ConfigurationError for settings that cannot be written down, such as an integer of more than 64 bits."""
    try:
        orjson.dumps(config)
    except TypeError as error:
        raise ConfigurationError(f"the settings of the run cannot be written down: {error}") from error


def open_journal(
    folder: Path | None, config: dict[str, Any], *, accept_changes: bool = False, has_ended: bool = False, **facts: str
) -> SqliteJournal:
    """The run's journal, new or continued, in memory without a folder; `facts` are recorded in it.

    A run that `has_ended` keeps the verdicts that an older version of fellowship has read. ConfigurationError if the
    run was started with different settings, unless changes are accepted.
    """
    journal = SqliteJournal(folder and folder / JOURNAL)
    path = folder and folder / CONFIG
    with ExitStack() as on_failure:
        on_failure.callback(journal.connection.close)
        before = journal.settings().get("config")
        if before is not None and has_ended:
            config = _as_it_was_read(before, config)
        now = orjson.dumps(config).decode()
        if before is not None and not journal.n_committed:
            journal.forget()
        elif before is not None:
            if accept_changes:
                write_config(config, path)
                journal.tell("changes_accepted", time.time(), changes=changed_settings(before, config))
                journal.accept_changes(now)
            else:
                refuse_changes(before, config, folder)
        if journal.settings().get("config") != now or (path is not None and not path.exists()):
            write_config(config, path)  # first: after a kill in between, the run must have this file
            journal.set(config=now, scenario=config["scenario"])
        journal.set(**facts)
        on_failure.pop_all()
    return journal


def refuse_changes_of_ended(folder: Path, config: Mapping[str, Any]) -> None:
    """As `open_journal` of a run that has ended, which is only read: ConfigurationError for different settings."""
    with RecordedRun.open(folder) as recorded:
        before = recorded.settings().get("config")
    if before is not None:
        refuse_changes(before, _as_it_was_read(before, config), folder)


def _as_it_was_read(before: str, config: Mapping[str, Any]) -> dict[str, Any]:
    """The settings with the version that has read the verdicts of a run, which a run that has ended keeps."""
    recorded = orjson.loads(before)
    return {**config, **({READING_KEY: recorded[READING_KEY]} if READING_KEY in recorded else {})}


def write_config(config: Mapping[str, Any], path: Path | None) -> None:
    """Write the configuration as TOML, for people; an interrupted write leaves the old file. StoreError on failure."""
    if path is None:  # a run in memory
        return
    new = path.with_name(f"{path.name}{UNFINISHED_SUFFIX}")
    try:
        new.write_text(tomli_w.dumps(config), encoding="utf-8")
        new.replace(path)
    except OSError as error:
        raise StoreError(f"{path} cannot be written: {error.strerror or error}") from error


def refuse_changes(before: str, config: Mapping[str, Any], folder: Path | None) -> None:
    """ConfigurationError naming the first settings in which a run differs from what it was started with."""
    if changes := changed_settings(before, config):
        more = f" (and {len(changes) - 3} more)" if len(changes) > 3 else ""
        renamed = _renamed_agents(orjson.loads(before).get("agents", {}), config["agents"])
        advice = "or fork again with --fresh" if "fork" in config else CHANGE_ADVICE.format(renamed=renamed)
        raise ConfigurationError(
            f"the run in {folder} was started with different settings: {'; '.join(changes[:3])}{more}; "
            f"restore them, {advice}"
        )


def _renamed_agents(was: Mapping[str, Any], now: Mapping[str, Any]) -> str:
    """That replies are not used where some agents are missing and others are new; empty for all other changes."""
    missing, new = [each for each in was if each not in now], [each for each in now if each not in was]
    if not missing or not new:
        return ""
    lost, added = _named(missing), _named(new)
    give = "the agent its former name" if len(missing) == 1 else "the agents their former names"
    given = ", ".join(f'name="{each}"' for each in missing[:MOST_NAMED])
    return (
        f"; replies belong to the name of their agent: {lost} {_is(missing)} missing now and {added} {_is(new)} new, "
        f"so the replies of {lost} are not used, and all requests of {added} are asked and paid; to keep them, give "
        f"{give} with {given}"
    )


def _is(names: list[str]) -> str:
    return "is" if len(names) == 1 else "are"


def _named(names: list[str]) -> str:
    """The first of the names, in quotation marks."""
    more = f" and {len(names) - MOST_NAMED} more" if len(names) > MOST_NAMED else ""
    return ", ".join(f"'{each}'" for each in names[:MOST_NAMED]) + more


def changed_settings(before: str, config: Mapping[str, Any]) -> list[str]:
    """One text for each setting whose recorded value, in JSON, differs from that in the configuration."""
    return [_change(*each) for each in _changes(before, config)]


def changed_code(before: str, config: Mapping[str, Any]) -> list[str]:
    """The part of `changed_settings` that is about code: the scenario's, the roles', the reading of replies."""
    return [_change(keys, was, now) for keys, was, now in _changes(before, config) if keys[0] in CODE_KEYS]


def _changes(before: str, config: Mapping[str, Any]) -> Iterator[tuple[Keys, Any, Any]]:
    """Keys, earlier and present value of each setting that differs.

    A setting that is not known of one of the two may have been the same: an earlier run may not have recorded it, and
    the module of an own entry may not have been imported yet. Hashes of code that depend on Python's version are not
    compared: see docs/decisions/0020-content-and-code.md.
    """
    was, now = dict(_flat(orjson.loads(before))), dict(_flat(orjson.loads(orjson.dumps(config))))
    recorded = {keys[:1] for keys in was} | {(key,) for key in orjson.loads(before)}
    changed = [keys for keys in {**was, **now} if was.get(keys) != now.get(keys) and keys[0] not in FORMER_CODE_KEYS]
    is_edited = any(_is_code(keys) and keys in was for keys in changed)
    for keys in changed:
        if keys[:2] == MODULES:  # which modules are imported is known of a run that has recorded any code of this kind
            is_known = keys[:1] in recorded
        elif keys[0] == OWN_CODE_KEY:  # values are another consequence of the code that was edited
            is_known = (keys in was and keys in now) or (keys[:1] in recorded and " of the role " in keys[2])
            is_known = is_known and not (is_edited and keys[1] == "values")
        elif keys[0] == ENTRY_CODE_KEY:
            is_known = keys in was and keys in now
        elif keys[0] in CODE_KEYS or (keys[0] == "agents" and keys[2:] == ("kind",)):
            is_known = keys in was
        else:
            is_known = True
        if is_known:
            yield keys, was.get(keys), now.get(keys)


def _is_code(keys: Keys) -> bool:
    return keys[0] in (CODE_KEY, ROLE_CODE_KEY, ENTRY_CODE_KEY) or keys[:2] == MODULES


def _role_code(roles: Iterable[type[AnyAgent]]) -> dict[str, str]:
    """The hashes of the roles defined outside fellowship, by class name; several where classes share a name."""
    hashes: dict[str, set[str]] = {}
    for role in roles:
        if (code := role_hash(role)) is not None:
            hashes.setdefault(role.__name__, set()).add(code)
    return {name: " ".join(sorted(each)) for name, each in hashes.items()}


def _entry_code(arguments: Mapping[str, Any], agents: Iterable[AnyAgent]) -> dict[str, str]:
    """The hashes of the user's own rules and strategies, by the names under which they are written."""
    written = {value for _, value in _flat(arguments) if isinstance(value, str) and is_own_entry(value)}
    strategies = (getattr(agent, "strategy", None) for agent in agents)
    written |= {each.entry for each in strategies if isinstance(each, Strategy) and each.entry is not None}
    return {name: code for name in sorted(written) if (code := entry_hash(name)) is not None}


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
    return stable_repr(value) if _has_its_own_repr(value) else scenario_name(value)


def _has_its_own_repr(value: Any) -> bool:
    """Whether the repr is the same in every process; that of `object` and of functions contains an address."""
    own: Any = type(value).__repr__
    return own is not object.__repr__ and not inspect.isroutine(value)


def _without_none(record: Mapping[str, Any]) -> dict[str, Any]:
    return {
        key: list(value) if isinstance(value, tuple) else _without_none(value) if isinstance(value, dict) else value
        for key, value in record.items()
        if value is not None
    }


def _flat(value: Any, keys: Keys = ()) -> Iterator[tuple[Keys, Any]]:
    """The values in nested mappings, with the keys that lead to them."""
    if isinstance(value, dict):
        for key, part in value.items():
            yield from _flat(part, (*keys, key))
    else:
        yield keys, value


def _change(keys: Keys, was: Any, now: Any) -> str:
    match keys:
        case (key,) if key == CODE_KEY:
            return "the code of the scenario was changed"
        case (key, role) if key == ROLE_CODE_KEY:
            return f"the code of the role {role} was changed"
        case (key, entry) if key == ENTRY_CODE_KEY:
            return f"the code of {entry} was changed"
        case (key, _, name) if key == OWN_CODE_KEY:
            imported = "is imported now" if now else "is not imported any more"
            return f"{name} {imported if keys[:2] == MODULES and not (was and now) else 'was changed'}"
        case (key,) if key == READING_KEY:
            return f"its replies were read by another version of fellowship (reading {was}, now {now})"
    if isinstance(was, str) and isinstance(now, str):
        was_text, now_text = around_the_change(was, now)
    else:
        was_text, now_text = ("not set" if each is None else short_repr(each) for each in (was, now))
    return f"{'.'.join(keys)} was {was_text}, is {now_text}"
