"""The command in a child process, as a user runs it, and the command in this process, for speed."""

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
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


def fellowship(*arguments: object, cwd: Path | None = None, environment: Mapping[str, str] = NO_VARIABLES) -> Ran:
    """A new process without keys, and with `environment` on top."""
    kept = {name: value for name, value in os.environ.items() if not name.endswith("_API_KEY")}
    command = [sys.executable, "-m", "fellowship", *map(str, arguments)]
    done = subprocess.run(
        command, cwd=cwd, env={**kept, **environment}, capture_output=True, text=True, timeout=100, check=False
    )
    return Ran(done.returncode, done.stdout, done.stderr)


def in_process(capsys: pytest.CaptureFixture[str], *arguments: object) -> Ran:
    """The same without a new process."""
    code = main([str(argument) for argument in arguments])
    captured = capsys.readouterr()
    return Ran(code, captured.out, captured.err)


def lines_of(rows: list[Any]) -> str:
    """Rows as JSON lines."""
    return "".join(json.dumps(row) + "\n" for row in rows)


def script_of(text: str) -> Path:
    """A script in the working directory."""
    path = Path("script.py")
    path.write_text(text)
    return path
