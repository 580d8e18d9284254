"""Published figures beside ours, from recorded replies; no model is called.

By default our own agents read the replies, and failures leave n. As recorded, the decisions are taken as the study
made them (a score of -1 compares as a number, and a jury without one commonest vote is a tie).
"""

from pathlib import Path

from fellowship.protocols.errors import ConfigurationError, InputError
from fellowship.studies.reproduction.figures import Figure, figure
from fellowship.studies.reproduction.published import read_published
from fellowship.studies.reproduction.recorded_replies import RecordedReplies
from fellowship.studies.reproduction.rereading import conversations_of, reread_replies
from fellowship.studies.reproduction.sources import figure_plans
from fellowship.telemetry.metrics import Metrics
from fellowship.telemetry.progress import progress, refreshing


async def reproduce(
    folder: Path | str, *, as_recorded: bool = False, draws: int = 10_000, seed: int = 0, quiet: bool = True
) -> list[Figure]:
    """Every figure of `published.json`, in its order; those that cannot be computed name the missing data.

    draws, seed: of the draws behind the intervals. Rows with a defect are counted and named
    (`Figure.odd_rows`). InputError, before anything is computed, if a file has no usable row or no figure can be made.
    """
    if draws < 1:
        raise ConfigurationError(f"draws is {draws}; expected at least 1")
    if seed < 0:
        raise ConfigurationError(f"seed is {seed}; expected 0 or more")
    recorded = RecordedReplies(Path(folder))
    path = recorded.folder / "published.json"
    entries = read_published(path, recorded.odd_rows.setdefault(path, []))
    plans = [figure_plans(recorded, published) for published in entries]
    if all(plan.missing is not None for plan in plans):
        first = f"{plans[0].published.dataset} {plans[0].published.method}: {plans[0].missing}"
        raise InputError(recorded.folder, f"none of the {len(plans)} published figures is at hand; of {first}")
    readings = None
    if not as_recorded:
        metrics = Metrics("reproduce", conversations_of(recorded, plans))
        async with refreshing(progress(metrics, quiet=quiet)):
            readings = await reread_replies(recorded, plans, metrics)
    return [figure(plan, recorded, readings, draws=draws, seed=seed) for plan in plans]
