"""The study: the evaluator that agrees best with people, the pairing that it prefers, and preference data of both.

evaluators on labelled comparisons  ->  the one of the highest kappa
pairings against single models      ->  the one of the highest win rate, as that evaluator sees it
the best pairing's duels            ->  DPO and KTO data
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from fellowship.agents.generator import Generator
from fellowship.export.dataset_folder import Exported, write_dataset
from fellowship.runners.inputs import Prompts
from fellowship.scenarios.select_best import Compare
from fellowship.studies.meta_evaluation import EvaluatorResult, best_evaluator, compare_evaluators
from fellowship.studies.preferences import preferences
from fellowship.studies.tournament import Pairing, Tournament, tournament


@dataclass(frozen=True, slots=True)
class StudyResult:
    """The results of the three steps."""

    evaluators: tuple[EvaluatorResult, ...]
    evaluator: str
    tournament: Tournament
    pairing: str
    data: Exported

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
    """All three steps; the same call continues them: runs are below `out`/runs, the data set is in `out`/data."""
    out = Path(out)
    options |= {"seed": seed}
    results = await compare_evaluators(evaluators, comparisons, out=out / "runs/evaluators", **options)
    chosen = best_evaluator(results)
    options |= {"evaluator": evaluators[chosen.name], "rounds": rounds}
    played = await tournament(singles, pairings, prompts, out=out / "runs", **options)
    winner = played.best_pairing()
    duels = [match.run.recorded for match in played.matches if match.pairing == winner and match.run is not None]
    return StudyResult(tuple(results), chosen.name, played, winner, write_dataset(preferences(duels), out / "data"))
