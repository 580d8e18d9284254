"""A study's findings as tables for people and as data files; the same findings give the same bytes."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import orjson

from fellowship.export.dataset_folder import Exported
from fellowship.reports.json_objects import interval_object
from fellowship.reports.tables import print_text, text_table
from fellowship.statistics.difference import PairedDifference
from fellowship.statistics.estimate import Bounds
from fellowship.statistics.proportion import wilson
from fellowship.storage.recorded_run import left_out_of_input
from fellowship.studies.choices import CandidateChoice
from fellowship.studies.meta_evaluation import EvaluatorResult, decisions_and_labels, equal_labels_text
from fellowship.studies.study import StudyResult
from fellowship.studies.tournament import DuelResult, Tournament

MOST_FAILED = 10
"""A warning says so where the chosen one failed on more than one in so many comparisons."""


def write_tables(result: StudyResult, folder: Path) -> list[Any]:
    """The tables, which are also written to `folder` as evaluators.jsonl, win_rates.jsonl, pairings.jsonl and
    report.txt."""
    mark = "[SIM] " if result.simulated else ""
    report = [
        evaluators_table(result.evaluators, mark=mark),
        choice_table(result.evaluator_choice, "kappa", mark=mark),
        win_rates_table(result.tournament, result.evaluator, mark=mark),
        choice_table(result.pairing_choice, "mean win rate", mark=mark),
        data_table(result.data, result.pairing, mark=mark),
    ]
    if result.n_left_out:
        report.append(f"{mark}{left_out_of_input(result.n_left_out)}")
    _write_lines(folder / "evaluators.jsonl", [_evaluator_row(each, result) for each in result.evaluators])
    _write_lines(folder / "win_rates.jsonl", [_match_row(each, result.simulated) for each in result.tournament.matches])
    _write_lines(folder / "pairings.jsonl", list(_pairing_rows(result)))
    with (folder / "report.txt").open("w", encoding="utf-8") as file:
        print_text(report, file)
    return report


def evaluators_table(results: Sequence[EvaluatorResult], *, mark: str) -> Any:
    """Evaluators against labels: kappa with its interval, n, and what failed."""
    rows = [*map(_evaluator_cells, results), _constant_cells(results[0])]
    columns = ("evaluator", "kappa [95 %]", "accuracy [95 %]", "n", "failed", "inc.")
    equal_labels = equal_labels_text(results)
    caption = (
        "inc. = inconsistent: the two seat orders disagree, counted as a tie; failed verdicts are in no n"
        + _bounds_text({each.name: each.agreement.bounds for each in results if each.agreement.n_failed})
        + (f"\n{equal_labels}; compare the accuracy" if equal_labels else "")
        + undecided_text({each.name: each.run.n_undecided for each in results})
    )
    return text_table(f"{mark}evaluators against labels", columns, rows, caption=caption)


def win_rates_table(tournament: Tournament, evaluator: str, *, mark: str) -> Any:
    """The matrix of win rates: a row per pairing, a column per single model."""
    pairings = list(dict.fromkeys(match.pairing for match in tournament.matches))
    opponents = list(dict.fromkeys(match.opponent for match in tournament.matches))
    rows = [(each, *(_win_cell(tournament.match(each, opponent)) for opponent in opponents)) for each in pairings]
    columns = ("generator + reviewers", *(f"vs {opponent}" for opponent in opponents))
    caption = f"win rate [95 %], ties half, as {evaluator} sees it; failed comparisons are in no n"
    undecided = {f"{match.pairing} vs {match.opponent}": _undecided(match) for match in tournament.matches}
    caption += undecided_text(undecided)
    return text_table(f"{mark}pairings against single models", columns, rows, caption=caption)


def _bounds_text(bounds: Mapping[str, Bounds]) -> str:
    """The range of kappa of each evaluator with failed verdicts, a line each; empty without any."""
    lines = [f"\n  {name}  {each.low:.2f} to {each.high:.2f}" for name, each in bounds.items() if each.low <= each.high]
    heading = "\nkappa if each failed verdict had gone one way or the other:"
    return "".join([heading, *lines]) if lines else ""


def undecided_text(n_undecided: Mapping[str, int]) -> str:
    """The verdicts that failed because failed votes could decide, by name, as a further line; empty without any."""
    counts = ", ".join(f"{name} {n:,}" for name, n in n_undecided.items() if n)
    return f"\nfailed because the votes that failed could decide: {counts}" if counts else ""


def _undecided(match: DuelResult) -> int:
    return 0 if match.run is None else match.run.n_undecided


def choice_table(choice: CandidateChoice, figure: str, *, mark: str) -> Any:
    """The candidate with the highest figure, and whether the data distinguish the others from it."""
    columns = ("compared with it", f"{figure} lower by [95 %]", "n", "p", "")
    rows = [(name, *_difference_cells(each)) for name, each in choice.differences.items()]
    caption = f"the highest of {len(choice.figures)} {_items_text(choice)}"
    if rows:
        caption += "\n" if any(choice.n_failed.values()) else ";\n"
        caption += f"{len(choice.indistinguishable)} of {len(rows)} cannot be distinguished from it; lower = p at most "
        caption += "0.05 and an interval without 0,\nby paired exchange tests, all corrected for "
        caption += f"{choice.n_pairs} {'pair' if choice.n_pairs == 1 else 'pairs'} (Bonferroni)"
    title = f"{mark}highest {figure}: {choice.best}, {choice.figures[choice.best]}"
    return text_table(title, columns, rows, caption=caption)


def _items_text(choice: CandidateChoice) -> str:
    """On what the best was chosen; candidates that failed were ranked on other comparisons than the rest."""
    failed = {name: n for name, n in choice.n_failed.items() if n}
    if not failed:
        n = choice.figures[choice.best].n
        return f"on the n={n} items on which it was chosen, so its figure is optimistic"
    lines = [f"\n  {name}  {n:,}" for name, n in failed.items()]
    text = "by its figure, which is therefore optimistic; each was ranked on the comparisons\non which it did not fail;"
    text += f" failed, of {choice.n_comparisons:,}:{''.join(lines)}"
    if MOST_FAILED * (n := failed.get(choice.best, 0)) > choice.n_comparisons:
        text += f"\nwarning: {choice.best} failed on {n:,} of {choice.n_comparisons:,}; the rest may be easier ones"
    return text


def data_table(data: Exported, pairing: str, *, mark: str) -> Any:
    """Rows per config and split."""
    splits = ("train", "test")
    rows = [(config, *(f"{counts.get(split, 0):,}" for split in splits)) for config, counts in data.counts.items()]
    caption = f"from the duels of {pairing}:\n{data.funnel}"
    title = f"{mark}preference data in {data.folder.name}/"
    return text_table(title, ("config", "train rows", "test rows"), rows, caption=caption)


def _evaluator_cells(result: EvaluatorResult) -> tuple[str, ...]:
    agreed = result.agreement
    return (
        result.name,
        str(agreed.kappa),
        str(agreed.accuracy),
        str(agreed.kappa.n),
        str(agreed.n_failed),
        str(agreed.n_inconsistent),
    )


def _constant_cells(result: EvaluatorResult) -> tuple[str, ...]:
    """Of an evaluator that always gives the commonest of all labels, also of the items on which `result` failed.

    Its kappa is 0 whatever the items, and undefined where all labels are equal.
    """
    counts = Counter(decisions_and_labels(result.run)[1])
    n, n_right = counts.total(), max(counts.values())
    return "always the commonest label", "n/a" if n_right == n else "0", str(wilson(n_right, n)), str(n), "", ""


def _difference_cells(difference: PairedDifference) -> tuple[str, ...]:
    found = (
        "lower" if difference.estimate.low > 0 else "higher" if difference.estimate.high < 0 else "not distinguishable"
    )
    p = "<0.001" if difference.p < 0.001 else f"{difference.p:.3f}"
    return str(difference.estimate), str(difference.estimate.n), p, found


def _difference_object(difference: PairedDifference | None) -> dict[str, Any] | None:
    """The best one's figure minus this one's; None for the best one itself."""
    if difference is None:
        return None
    return {**interval_object(difference.estimate), "p": difference.p, "distinguishable": difference.is_significant}


def _pairing_rows(result: StudyResult) -> Iterator[dict[str, Any]]:
    for name, rate in result.pairing_choice.figures.items():
        below = _difference_object(result.pairing_choice.differences.get(name))
        yield {
            "pairing": name,
            "mean_win_rate": interval_object(rate),
            "below_best": below,
            "simulated": result.simulated,
        }


def _win_cell(match: DuelResult) -> str:
    result = match.result
    failed = f" +{result.failed} failed" if result.failed else ""
    return f"{result.rate:.0%} n={result.rate.n}{failed}".replace("%, ", "-").replace("%]", "]")


def _evaluator_row(evaluator: EvaluatorResult, result: StudyResult) -> dict[str, Any]:
    agreed = evaluator.agreement
    return {
        "evaluator": evaluator.name,
        "kappa": interval_object(agreed.kappa),
        "kappa_inconsistent_dropped": interval_object(agreed.kappa_dropped),
        "kappa_inconsistent_as_disagreement": interval_object(agreed.kappa_as_disagreement),
        "kappa_bounds": list(agreed.bounds),
        "accuracy": interval_object(agreed.accuracy),
        **{name: getattr(agreed, name) for name in ("constant_accuracy", "n_items", "n_failed", "n_inconsistent")},
        "n_undecided": evaluator.run.n_undecided,
        "below_best": _difference_object(result.evaluator_choice.differences.get(evaluator.name)),
        "simulated": result.simulated,
    }


def _match_row(match: DuelResult, simulated: bool) -> dict[str, Any]:
    result = match.result
    counts = {name: getattr(result, name) for name in ("wins", "losses", "ties", "inconsistent", "failed")}
    names = {"pairing": match.pairing, "opponent": match.opponent}
    counts["undecided"] = _undecided(match)
    return {**names, "win_rate": interval_object(result.rate), **counts, "simulated": simulated}


def _write_lines(path: Path, rows: Sequence[Mapping[str, Any]]) -> None:
    path.write_bytes(b"".join(orjson.dumps(row, option=orjson.OPT_APPEND_NEWLINE) for row in rows))
