"""Provenance: the script of a run, its arguments and overrides, recorded so that it can be executed again."""

import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson

from fellowship.protocols.errors import ConfigurationError
from fellowship.runners.overrides import Overrides

FELLOWSHIP_MAIN = Path(__file__).parents[1] / "__main__.py"


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
        script = getattr(sys.modules["__main__"], "__file__", None)
        if script is None or _is_fellowship(Path(script)):
            return cls(None, tuple(sys.argv[1:]), Path.cwd(), overrides)
        return cls(Path(script).resolve(), tuple(sys.argv[1:]), Path.cwd(), overrides)

    @classmethod
    def read(cls, text: str | None, script: Path | None = None) -> "Provenance":
        """The recorded provenance, or `script` instead of the recorded one. ConfigurationError without either."""
        data: dict[str, Any] = orjson.loads(text) if text else {}
        arguments, recorded = tuple(data.get("arguments", ())), data.get("script")
        if script is not None:
            return cls(
                script.resolve(), arguments[1:] if recorded is None else arguments, Path.cwd(), _overrides_of(data)
            )
        if recorded is None and arguments[:1] != ("demo",):
            raise ConfigurationError("the run has no record of its script; name it with --script FILE")
        return cls(None if recorded is None else Path(recorded), arguments, Path(data["folder"]), _overrides_of(data))

    def written(self) -> str:
        """As JSON, which the journal keeps."""
        wanted = self.overrides
        overridden = {
            "prompts": _absolute(wanted.prompts),
            "out": _absolute(wanted.out),
            "config": _absolute(wanted.config),
            "everyone": wanted.default_model,
            "models": dict(wanted.models),
            "n": wanted.n,
            "seed": wanted.seed,
        }
        return orjson.dumps(
            {
                "script": str(self.script) if self.script else None,
                "arguments": self.arguments,
                "folder": str(self.folder),
                "overrides": overridden,
            }
        ).decode()


def _is_fellowship(script: Path) -> bool:
    """Whether it is the command `fellowship`, or the module that `python -m fellowship` executes."""
    return script.name == "fellowship" or script.resolve() == FELLOWSHIP_MAIN.resolve()


def _absolute(path: Path | None) -> str | None:
    return None if path is None else str(path.absolute())


def _overrides_of(data: dict[str, Any]) -> Overrides:
    was: dict[str, Any] = data.get("overrides", {})
    paths = {name: Path(was[name]) if was.get(name) else None for name in ("prompts", "out", "config")}
    return Overrides(
        prompts=paths["prompts"],
        out=paths["out"],
        config=paths["config"],
        default_model=was.get("everyone"),
        models=was.get("models", {}),
        n=was.get("n"),
        seed=was.get("seed"),
    )
