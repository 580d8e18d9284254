"""The command in this process, and the command in a child process, as a user runs it."""

import contextlib
import contextvars
import io
import json
import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from fellowship.cli.main import main

ROOT = Path(__file__).resolve().parents[2]
EXAMPLES = ROOT / "examples"
NO_VARIABLES: Mapping[str, str] = {}


@dataclass(frozen=True)
class Ran:
    """What a command did."""

    code: int
    out: str
    err: str

    @property
    def lines(self) -> list[dict[str, Any]]:
        """Standard output as JSON lines; fails if one is not."""
        return [json.loads(line) for line in self.out.splitlines()]


def run_in_process(*arguments: object, cwd: Path | None = None, environment: Mapping[str, str] = NO_VARIABLES) -> Ran:
    """The command in this process, with `environment` on top of the present one, as if no terminal were there.

    Folder, environment, module path, scripts that were imported and context variables are afterwards as before.
    """
    out, err, path, known = io.StringIO(), io.StringIO(), list(sys.path), set(sys.modules)
    with (
        pytest.MonkeyPatch.context() as patch,
        contextlib.chdir(cwd or Path.cwd()),
        contextlib.redirect_stdout(out),
        contextlib.redirect_stderr(err),
    ):
        for name, value in {"COLUMNS": "80", **environment}.items():
            patch.setenv(name, value)
        patch.setattr(sys, "argv", ["fellowship", *map(str, arguments)])
        try:
            code = contextvars.copy_context().run(main, sys.argv[1:])
        except SystemExit as stop:  # of the script
            code = int(stop.code or 0)
        finally:
            sys.path[:] = path
            for name in [name for name in sys.modules.keys() - known if _is_of_a_script(sys.modules[name])]:
                del sys.modules[name]
    return Ran(code, out.getvalue(), err.getvalue())


def run_in_child(*arguments: object, cwd: Path | None = None, environment: Mapping[str, str] = NO_VARIABLES) -> Ran:
    """The command in a new process, for what only a process shows."""
    command = [sys.executable, "-m", "fellowship", *map(str, arguments)]
    done = subprocess.run(
        command, cwd=cwd, env={**os.environ, **environment}, capture_output=True, text=True, timeout=100, check=False
    )
    return Ran(done.returncode, done.stdout, done.stderr)


def _is_of_a_script(module: ModuleType) -> bool:
    """Whether it belongs to none of fellowship, its tests, Python and the installed packages."""
    file = getattr(module, "__file__", None)
    if file is None or module.__name__.partition(".")[0] in ("fellowship", "tests"):
        return False
    return not any(Path(file).is_relative_to(place) for place in (sys.prefix, sys.base_prefix))


def lines_of(rows: list[Any]) -> str:
    """Rows as JSON lines."""
    return "".join(json.dumps(row) + "\n" for row in rows)


def script_of(text: str) -> Path:
    """A script in the working directory."""
    path = Path("script.py")
    path.write_text(text)
    return path
