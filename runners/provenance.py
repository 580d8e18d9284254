"""Provenance: the script of a run, its arguments and overrides, recorded so that it can be executed again."""

import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson

from fellowship.extensions import working_folder
from fellowship.formatting.valid_unicode import is_valid_unicode
from fellowship.protocols.errors import ConfigurationError
from fellowship.runners.overrides import Overrides
from fellowship.runners.running_script import running_script

RECORDED_OVERRIDES = ("prompts", "out", "config", "everyone", "models", "n", "seed")
NAMES = {"everyone": "default_model"}  # of overrides that are recorded under another one


@dataclass(frozen=True, slots=True)
class Provenance:
    """A script, or None for a command of fellowship; its arguments, its working directory, and the overrides."""

    script: Path | None
    arguments: tuple[str, ...]
    folder: Path
    overrides: Overrides

    @classmethod
    def now(cls, overrides: Overrides) -> "Provenance":
        """The provenance of a run that this process starts."""
        return cls(running_script(), tuple(sys.argv[1:]), working_folder(), overrides)

    @classmethod
    def read(cls, text: str | None, script: Path | None = None) -> "Provenance":
        """The recorded provenance, or `script` instead of the recorded one. ConfigurationError without either."""
        data: dict[str, Any] = orjson.loads(text) if text else {}
        arguments, recorded = tuple(data.get("arguments", ())), data.get("script")
        overrides = _overrides_of(data.get("overrides", {}))
        if script is not None:
            return cls(script.resolve(), arguments[1:] if recorded is None else arguments, Path.cwd(), overrides)
        if recorded is None and arguments[:1] != ("demo",):
            raise ConfigurationError("the run has no record of its script; name it with --script FILE")
        return cls(None if recorded is None else Path(recorded), arguments, Path(data["folder"]), overrides)

    def written(self) -> str:
        """As JSON, which the journal keeps; ConfigurationError for a path or an argument that is not UTF-8."""
        given = {key: getattr(self.overrides, NAMES.get(key, key)) for key in RECORDED_OVERRIDES}
        data = {"script": self.script, "arguments": self.arguments, "folder": self.folder, "overrides": given}
        for each in (self.script, *self.arguments, self.folder, *_texts_of(given)):
            check_recordable(each)
        return orjson.dumps(data, default=_json_value).decode()


def check_recordable(given: object) -> None:
    """ConfigurationError for a path or a text that is not UTF-8: the journal cannot keep it."""
    if not is_valid_unicode(str(given)):
        raise ConfigurationError(f"{str(given)!r} is not UTF-8, and cannot be recorded with the run; rename it")


def _texts_of(values: Mapping[str, Any]) -> Iterator[Any]:
    for value in values.values():
        yield from value.values() if isinstance(value, Mapping) else (value,)


def _json_value(value: Path | Mapping[str, str]) -> Any:
    return str(value.absolute()) if isinstance(value, Path) else dict(value)


def _overrides_of(recorded: Mapping[str, Any]) -> Overrides:
    given: dict[str, Any] = {NAMES.get(key, key): recorded.get(key) for key in RECORDED_OVERRIDES}
    paths = {name: Path(given[name]) for name in ("prompts", "out", "config") if given[name]}
    return Overrides(**{**given, **paths, "models": given["models"] or {}})
