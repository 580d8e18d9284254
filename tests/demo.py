"""The demo that tests look at: a second of CPU times ten, so it is carried out once."""

import fcntl
import json
from dataclasses import asdict, dataclass
from pathlib import Path

from tests.cli.kit import Ran, run_in_child

COMMAND = ("demo", "--seed", 7, "--dir", "folder", "--no-open")


@dataclass(frozen=True)
class FinishedDemo:
    """Where it was started, its folder there, and what the command printed."""

    place: Path
    ran: Ran

    @property
    def folder(self) -> Path:
        """What the demo wrote."""
        return self.place / "folder"


def finished_demo(place: Path) -> FinishedDemo:
    """The demo in this place, which one process carries out while the others wait."""
    place.mkdir(exist_ok=True)
    printed = place / "printed.json"
    with (place / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not printed.exists():
            printed.write_text(json.dumps(asdict(run_in_child(*COMMAND, cwd=place))))
    return FinishedDemo(place, Ran(**json.loads(printed.read_text())))
