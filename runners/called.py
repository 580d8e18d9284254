"""A `run(...)` as it was called: checked, cast, its prompts read through, and nothing asked or written yet."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from fellowship.runners.cast import Cast
from fellowship.runners.settings import Settings
from fellowship.runners.sources import Source


@dataclass(frozen=True, slots=True)
class Called:
    """What `Overrides.instead` is handed. `arun(scenario, prompts=..., **options, **arguments)` calls it once more.

    arguments       the scenario's, as the script gave them; `company` has them with agents cast
    options         those of the run that are not fields here
    folder, seed    the command line's, where it gives them; so is `concurrency`; a folder of None is memory
    total           how many items there are
    config          what is held against the configuration of a run that was begun
    """

    scenario: Callable[..., Any]
    arguments: Mapping[str, Any]
    options: Mapping[str, Any]
    company: Cast
    items: Source
    total: int
    folder: Path | None
    seed: int
    concurrency: int | None
    config: Mapping[str, Any]
    settings: Settings
