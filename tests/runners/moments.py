"""What is safe between two sessions of a run, and what a session may have cost."""

from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from fellowship.cli.main import main
from fellowship.protocols.completions import AskKey
from fellowship.testing.server import StartedServer
from tests.runners.kit import committed
from tests.runners.processes import bodies, run_to_end, settled


@dataclass(frozen=True)
class Moment:
    """What is safe in the journal, and what the server was asked for, while no run is under way."""

    safe: set[tuple[AskKey, int]]
    safe_bodies: Counter[str]
    asked: Counter[str]

    @classmethod
    def now(cls, folder: Path, server: StartedServer) -> "Moment":
        """Once the server is at rest."""
        asked = settled(server)
        return cls(committed(folder), bodies(folder), asked)


def assert_nothing_safe_was_lost_or_asked_again(before: Moment, after: Moment, whole: Counter[str]) -> int:
    """How many replies the session between two moments has lost; `whole`: the bodies of the finished run."""
    asked = after.asked - before.asked
    done = {body for body, n in before.safe_bodies.items() if n == whole[body]}

    assert before.safe <= after.safe
    assert not done & asked.keys()
    return asked.total() - len(after.safe - before.safe)


def undisturbed(work: Path, folder: Path, server: StartedServer) -> None:
    """A run from its beginning to its end."""
    assert run_to_end(work, folder, server) == (0, "")


def exported(folder: Path, to: Path) -> dict[str, bytes]:
    """All files of the data set made of a run."""
    assert main(["export", str(folder), "--to", str(to)]) == 0
    return {str(file.relative_to(to)): file.read_bytes() for file in sorted(to.rglob("*")) if file.is_file()}
