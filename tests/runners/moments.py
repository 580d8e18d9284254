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


@dataclass(frozen=True)
class Loss:
    """What a session has lost.

    forgotten    replies that were safe before it and are not behind it
    asked_again  bodies of requests that were all answered before it and were sent in it
    n_lost       requests of it without a safe reply
    """

    forgotten: frozenset[tuple[AskKey, int]]
    asked_again: frozenset[str]
    n_lost: int


NOTHING = Loss(frozenset(), frozenset(), 0)


def loss(before: Moment, after: Moment, whole: Counter[str]) -> Loss:
    """The loss of the session between two moments; `whole`: the bodies of the finished run."""
    asked = after.asked - before.asked
    done = {body for body, n in before.safe_bodies.items() if n == whole[body]}
    forgotten, asked_again = before.safe - after.safe, done & asked.keys()
    return Loss(frozenset(forgotten), frozenset(asked_again), asked.total() - len(after.safe - before.safe))


def undisturbed(work: Path, folder: Path, server: StartedServer) -> None:
    """A run from its beginning to its end."""
    assert run_to_end(work, folder, server) == (0, "")


def exported(folder: Path, to: Path) -> dict[str, bytes]:
    """All files of the data set made of a run."""
    assert main(["export", str(folder), "--to", str(to)]) == 0
    return {str(file.relative_to(to)): file.read_bytes() for file in sorted(to.rglob("*")) if file.is_file()}
