"""Where a run came from: the script, its arguments and the options, so that it can be executed again."""

import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson

from fellowship.protocols.errors import ConfigurationError
from fellowship.runners.overrides import Overrides

FELLOWSHIP_PACKAGE = ("fellowship", "__main__.py")


@dataclass(frozen=True, slots=True)
class Provenance:
    """A script, or a command of ours, its arguments, the folder it was started in, and what was overridden."""

    script: Path | None
    arguments: tuple[str, ...]
    folder: Path
    overrides: Overrides

    @classmethod
    def now(cls, overrides: Overrides) -> "Provenance":
        """The origin of a run that is begun here and now."""
        script = getattr(sys.modules["__main__"], "__file__", None)
        if script is None or Path(script).name in FELLOWSHIP_PACKAGE:
            return cls(None, tuple(sys.argv[1:]), Path.cwd(), overrides)
        return cls(Path(script).resolve(), tuple(sys.argv[1:]), Path.cwd(), overrides)

    @classmethod
    def read(cls, text: str | None, script: Path | None = None) -> "Provenance":
        """The origin as a run has it; with another script, if one is given. ConfigurationError without any."""
        data: dict[str, Any] = orjson.loads(text) if text else {}
        arguments, recorded = tuple(data.get("arguments", ())), data.get("script")
        if script is not None:
            return cls(script.resolve(), arguments[1:] if recorded is None else arguments, Path.cwd(), _read(data))
        if recorded is None and arguments[:1] != ("demo",):
            raise ConfigurationError("it is not known which script made this run; name it with --script FILE")
        return cls(None if recorded is None else Path(recorded), arguments, Path(data["folder"]), _read(data))

    def written(self) -> str:
        """As JSON, for the run's record."""
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


def _absolute(path: Path | None) -> str | None:
    return None if path is None else str(path.absolute())


def _read(data: dict[str, Any]) -> Overrides:
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
