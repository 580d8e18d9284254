"""The recorded replies behind a published figure, or the reason why the figure cannot be computed."""

from contextlib import suppress
from dataclasses import dataclass
from typing import Literal, TypeAlias

from fellowship.agents.strategy import Strategy
from fellowship.studies.reproduction.published import Published
from fellowship.studies.reproduction.recorded_replies import RecordedReplies, ReplyAuthors
from fellowship.studies.reproduction.reply_row import plain_value

FigureKind: TypeAlias = Literal["judge", "jury", "debate", "versus"]
ReplyPlace: TypeAlias = tuple[FigureKind, str, str]
"""Kind, data set and strategy."""
METHODS: dict[str, FigureKind] = {
    "judge": "judge", "llmasajudge": "judge", "llmasjudge": "judge",
    "jury": "jury", "llmsasajury": "jury", "llmasajury": "jury",
    "debate": "debate", "llmdebate": "debate",
}  # fmt: skip
WIN_RATE = "win_rate_percent"
METRICS = ("cohen_kappa", WIN_RATE)
SCORED = "combined-scoring-"


@dataclass(frozen=True, slots=True)
class FigurePlan:
    """The sources of a figure: authors and file of its replies. `missing` names missing data, else it is None."""

    published: Published
    kind: FigureKind = "judge"
    dataset: str = ""
    strategy: str = ""
    members: tuple[ReplyAuthors, ...] = ()
    missing: str | None = None

    @property
    def place(self) -> ReplyPlace:
        """The key of the verdicts that the figure needs."""
        return self.kind, self.dataset, self.strategy


class _MissingData(Exception):
    """Data of a figure are missing."""


def figure_plans(recorded: RecordedReplies, published: Published) -> FigurePlan:
    """The plan for one figure. Reads the files it needs, so InputError if one of them is defective."""
    try:
        return _planned(recorded, published)
    except _MissingData as reason:
        return FigurePlan(published, missing=str(reason))


def _planned(recorded: RecordedReplies, published: Published) -> FigurePlan:
    if published.metric not in METRICS:
        raise _MissingData(f"the metric {published.metric!r} is unknown; known are {' and '.join(METRICS)}")
    dataset = recorded.dataset(published.dataset)
    if dataset is None:
        raise _MissingData(f"there is no file of replies for the data set {published.dataset!r}")
    kind, strategy = _kind_and_strategy(published, dataset, recorded.strategies[dataset])
    members = (published.who,) if kind == "versus" else tuple((name,) for name in published.who)
    if not members or (kind != "jury" and len(members) > 1):
        raise _MissingData(f"{published.method} of {len(members)} models is unknown; expected one")
    replies = recorded.replies(dataset, strategy)
    for member in members:
        if member not in replies:
            name = " / ".join(part or "nobody" for part in member)
            raise _MissingData(f"{recorded.path(dataset, strategy).name} has no replies of {name}")
    return FigurePlan(published, kind, dataset, strategy, members)


def _kind_and_strategy(published: Published, dataset: str, at_hand: list[str]) -> tuple[FigureKind, str]:
    """The kind of the figure, and the strategy that names the file of its replies."""
    kind: FigureKind | None = "versus" if published.metric == WIN_RATE else METHODS.get(plain_value(published.method))
    wanted: str = {"versus": "versus", "debate": "debate", None: published.method}.get(kind, f"{SCORED}10")
    strategies = [name for name in at_hand if name == wanted]
    if kind in ("judge", "jury"):
        strategies = strategies or [name for name in at_hand if name.startswith(SCORED)]
    elif kind is None:
        if _strategy(wanted) is None:
            raise _MissingData(f"the method {wanted!r} is unknown")
        strategies = [name for name in at_hand if _strategy(name) == _strategy(wanted)]
    if len(strategies) != 1:
        raise _MissingData(f"there is no file {dataset}_{wanted}.jsonl")
    return kind or "judge", strategies[0]


def _strategy(name: str) -> Strategy | None:
    """A built-in strategy; a name in a file must not cause an import."""
    with suppress(ValueError):
        return None if ":" in name else Strategy.of(name.casefold())
    return None
