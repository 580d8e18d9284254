"""The study: the evaluator of the highest agreement with people, the pairing that it prefers, and data of both.

evaluators on labelled comparisons  ->  the one of the highest kappa
pairings against single models      ->  the one of the highest win rate, as that evaluator sees it
the duels of that pairing           ->  DPO and KTO data

The first of each is compared with all others (`choices.py`): often the data cannot distinguish several of them.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from fellowship.agents.generator import Generator
from fellowship.export.dataset_folder import Exported, write_dataset
from fellowship.protocols.errors import ConfigurationError
from fellowship.runners.inputs import Prompts
from fellowship.runners.overrides import sharing_limits
from fellowship.runners.run import IN_MEMORY
from fellowship.scenarios.select_best import Compare
from fellowship.studies.choices import CandidateChoice, choose_evaluator, choose_pairing
from fellowship.studies.meta_evaluation import EvaluatorResult, compare_evaluators, evaluator_folders
from fellowship.studies.preferences import preferences, selection
from fellowship.studies.tournament import Pairing, Tournament, tournament, tournament_folders


@dataclass(frozen=True, slots=True)
class StudyResult:
    """The results of the three steps."""

    evaluators: tuple[EvaluatorResult, ...]
    evaluator_choice: CandidateChoice
    tournament: Tournament
    pairing_choice: CandidateChoice
    data: Exported

    @property
    def evaluator(self) -> str:
        """The evaluator of the highest kappa, which judges the tournament."""
        return self.evaluator_choice.best

    @property
    def pairing(self) -> str:
        """The pairing of the highest mean win rate, whose duels are the data."""
        return self.pairing_choice.best

    @property
    def runs(self) -> list[Any]:
        """Every run of the study."""
        versus = [match.run for match in self.tournament.matches if match.run is not None]
        return [*(result.run for result in self.evaluators), *self.tournament.answers.values(), *versus]

    @property
    def n_asked(self) -> int:
        """Requests made now, in all runs."""
        return sum(run.n_asked for run in self.runs)

    @property
    def n_left_out(self) -> int:
        """Conversations of all runs about items that are not in the input of this start."""
        return sum(run.n_left_out for run in self.runs)

    @property
    def simulated(self) -> bool:
        """Whether any reply was simulated."""
        return any(run.simulated for run in self.runs)


async def study(
    *,
    evaluators: Mapping[str, Compare],
    comparisons: Prompts,
    singles: Mapping[str, Generator],
    pairings: Mapping[str, Pairing],
    prompts: Prompts,
    out: Path | str,
    rounds: int = 3,
    seed: int = 0,
    **options: Any,
) -> StudyResult:
    """All three steps; the same call continues them: runs are below `out`/runs, the data set is in `out`/data.

    `options` are those of `arun`, for each run; budget, max_calls and max_hours are for all runs of the study together,
    budget and max_calls for all of their starts.
    """
    if str(out) == IN_MEMORY:
        raise ConfigurationError(
            f"study(out='{IN_MEMORY}'): a study writes a data set, so it needs a folder; to keep nothing, call "
            "compare_evaluators and tournament"
        )
    out = Path(out)
    runs, judged = out / "runs", out / "runs/evaluators"
    folders = [*evaluator_folders(evaluators, judged).values(), *tournament_folders(singles, pairings, runs)]
    with sharing_limits(options, of="study", folders=folders, out=out) as shared:
        shared["seed"] = seed
        results = await compare_evaluators(evaluators, comparisons, out=judged, **shared)
        chosen = choose_evaluator(results, seed=seed)
        shared |= {"evaluator": evaluators[chosen.best], "rounds": rounds}
        played = await tournament(singles, pairings, prompts, out=runs, **shared)
    winner = choose_pairing(played, seed=seed)
    duels = [match.run.recorded for match in played.matches if match.pairing == winner.best and match.run is not None]
    written = write_dataset(preferences(duels), out / "data", selection=selection())
    return StudyResult(tuple(results), chosen, played, winner, written)
