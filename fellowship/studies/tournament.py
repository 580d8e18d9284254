"""The tournament: win rates of pairings against single models, by the chosen evaluator (paper, section 5).

Each single model answers every prompt once; each pairing works on every prompt once; then each pairing's answer
meets each single model's answer to the same prompt.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

from fellowship.agents.generator import Generator
from fellowship.agents.reviewer import Reviewer
from fellowship.protocols.content import Draft
from fellowship.protocols.exact import exact_mean
from fellowship.protocols.items import Item
from fellowship.runners.inputs import Prompts
from fellowship.runners.overrides import sharing_limits
from fellowship.runners.run import arun, folder_below
from fellowship.runners.summary import RunSummary
from fellowship.scenarios.answer import answer
from fellowship.scenarios.feedback_loop import feedback_loop
from fellowship.scenarios.select_best import Compare
from fellowship.scenarios.versus import versus
from fellowship.statistics.win_rate import WinRate, win_rate
from fellowship.studies.meta_evaluation import decisions, refuse_same_folders, refuse_unfinished, slug

DUEL_OUTCOMES = {"A": "win", "B": "loss", "tie": "tie", "inconsistent": "inconsistent", "failed": "failed"}


@dataclass(frozen=True, slots=True)
class Pairing:
    """A generator with its reviewers."""

    generator: Generator
    reviewers: Sequence[Reviewer]


@dataclass(frozen=True, slots=True)
class DuelResult:
    """One pairing against one single model. Prompts without an answer of either count as failed, and not in n.

    outcomes: of the pairing, prompt by prompt.
    """

    pairing: str
    opponent: str
    result: WinRate
    run: RunSummary | None
    outcomes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Tournament:
    """Every match, and the runs of the answers by name."""

    matches: tuple[DuelResult, ...]
    answers: dict[str, RunSummary]

    def match(self, pairing: str, opponent: str) -> DuelResult:
        """One cell of the matrix; KeyError if it does not exist."""
        for match in self.matches:
            if (match.pairing, match.opponent) == (pairing, opponent):
                return match
        raise KeyError(f"{pairing} against {opponent}")

    def best_pairing(self) -> str:
        """The pairing of the highest mean win rate over its opponents, compared exactly; the first of equals."""
        return max(dict.fromkeys(match.pairing for match in self.matches), key=self._exact_mean_win_rate)

    def mean_win_rate(self, pairing: str) -> float:
        """The mean of a pairing's win rates in [0, 1], with equal weights of the opponents; -1 without any."""
        return float(self._exact_mean_win_rate(pairing))

    def _exact_mean_win_rate(self, pairing: str) -> Fraction:
        known = [match.result for match in self.matches if match.pairing == pairing and match.result.rate.n]
        return exact_mean(each.exact_rate for each in known) if known else Fraction(-1)


async def tournament(
    singles: Mapping[str, Generator],
    pairings: Mapping[str, Pairing],
    prompts: Prompts,
    *,
    evaluator: Compare,
    out: Path | str,
    rounds: int = 3,
    seed: int = 0,
    **options: Any,
) -> Tournament:
    """All matches of the pairings against the single models; every run has its own folder below `out`.

    ":memory:" as `out` keeps nothing.
    `options` are those of `arun`, for each run; budget, max_calls and max_hours are for all runs of the call together,
    budget and max_calls for all of their starts.
    """
    refuse_same_folders([*singles, *pairings])
    folders = tournament_folders(singles, pairings, out)
    with sharing_limits(options, of="tournament", folders=folders, out=out) as shared:
        return await _all_matches(singles, pairings, prompts, Path(out), rounds, evaluator, {**shared, "seed": seed})


def tournament_folders(singles: Iterable[str], pairings: Iterable[str], out: Path | str) -> list[Path]:
    """The folders of all runs of a tournament."""
    singles, pairings = list(singles), list(pairings)
    answers = [_answers_folder(Path(out), name) for name in (*singles, *pairings)]
    return answers + [_match_folder(Path(out), pairing, single) for pairing in pairings for single in singles]


def _answers_folder(out: Path, name: str) -> Path:
    return folder_below(out, "answers", slug(name))


def _match_folder(out: Path, pairing: str, single: str) -> Path:
    return folder_below(out, "versus", f"{slug(pairing)}-vs-{slug(single)}")


async def _all_matches(
    singles: Mapping[str, Generator],
    pairings: Mapping[str, Pairing],
    prompts: Prompts,
    out: Path,
    rounds: int,
    evaluator: Compare,
    options: dict[str, Any],
) -> Tournament:
    judged: dict[str, Any] = {"evaluator": evaluator, **options}
    runs: dict[str, tuple[Any, dict[str, Any]]] = {}
    for name, generator in singles.items():
        runs[name] = answer, {"generator": generator, **options}
    for name, pairing in pairings.items():
        agents = {"generator": pairing.generator, "reviewer": list(pairing.reviewers)}
        runs[name] = feedback_loop, {"rounds": rounds, **agents, **judged}
    answers: dict[str, RunSummary] = {}
    for name, (scenario, arguments) in runs.items():
        answers[name] = await arun(scenario, prompts=prompts, out=_answers_folder(out, name), label=name, **arguments)
    for name, summary in answers.items():
        refuse_unfinished(summary, name)
    matches = [await _match(pairing, single, answers, out, judged) for pairing in pairings for single in singles]
    return Tournament(tuple(matches), answers)


async def _match(
    pairing: str, single: str, answers: Mapping[str, RunSummary], out: Path, options: Mapping[str, Any]
) -> DuelResult:
    items = duels(answers[pairing], answers[single], (pairing, single))
    outcomes = ["failed"] * len(items)
    met = {position: item for position, item in enumerate(items) if item is not None}
    if not met:
        return DuelResult(pairing, single, win_rate(outcomes), None, tuple(outcomes))
    folder = _match_folder(out, pairing, single)
    summary = await arun(versus, prompts=list(met.values()), out=folder, label=f"{pairing} vs {single}", **options)
    for position, (decision, _) in zip(met, decisions(summary), strict=True):
        outcomes[position] = DUEL_OUTCOMES[decision]
    return DuelResult(pairing, single, win_rate(outcomes), summary, tuple(outcomes))


def duels(candidate: RunSummary, opponent: RunSummary, names: tuple[str, str]) -> list[Item | None]:
    """Per prompt, the item that compares the candidate's answer with the opponent's; None where one is missing."""
    items: list[Item | None] = []
    for one, other in zip(candidate, opponent, strict=True):
        item = None
        if one.outcome is not None and other.outcome is not None:
            drafts: tuple[Draft, Draft] = (one.outcome.content, other.outcome.content)
            item = Item(prompt=one.item.prompt, id=one.item.id or one.id, candidates=drafts, models=names)
        items.append(item)
    return items
