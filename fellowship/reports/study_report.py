"""A study's findings as tables for people and as data files; the same findings give the same bytes."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import orjson

from fellowship.export.dataset_folder import Exported
from fellowship.reports.json_objects import interval_object
from fellowship.reports.tables import print_text, text_table
from fellowship.studies.meta_evaluation import EvaluatorResult
from fellowship.studies.study import StudyResult
from fellowship.studies.tournament import DuelResult, Tournament


def write_tables(result: StudyResult, folder: Path) -> list[Any]:
    """The tables, which are also written to `folder` as evaluators.jsonl, win_rates.jsonl and report.txt."""
    mark = "[SIM] " if result.simulated else ""
    report = [
        evaluators_table(result.evaluators, mark=mark),
        f"{mark}agrees best: {result.evaluator}{_within_interval(result)}\n",
        win_rates_table(result.tournament, result.evaluator, mark=mark),
        f"{mark}best pairing: {result.pairing} (highest mean of its row)\n",
        data_table(result.data, result.pairing, mark=mark),
    ]
    _write_lines(folder / "evaluators.jsonl", [_evaluator_row(each, result.simulated) for each in result.evaluators])
    _write_lines(folder / "win_rates.jsonl", [_match_row(each, result.simulated) for each in result.tournament.matches])
    with (folder / "report.txt").open("w", encoding="utf-8") as file:
        print_text(report, file)
    return report


def _within_interval(result: StudyResult) -> str:
    """The evaluators whose kappa lies within the best one's interval, as a half sentence; empty if there are none."""
    best = next(each.agreement.kappa for each in result.evaluators if each.name == result.evaluator)
    others = [each for each in result.evaluators if each.name != result.evaluator]
    near = [each.name for each in others if each.agreement.kappa.value >= best.low]
    return f"; within its interval: {', '.join(near)}" if near else ""


def evaluators_table(results: Sequence[EvaluatorResult], *, mark: str) -> Any:
    """Evaluators against labels: kappa with its interval, n, and what failed."""
    constant = f"{results[0].agreement.constant_accuracy:.2f}"
    rows = [*map(_evaluator_cells, results), ("always the commonest label", "0.00", constant, "", "", "", "")]
    columns = ("evaluator", "kappa [95 %]", "acc.", "n", "failed", "incons.", "kappa*")
    caption = (
        "incons. = the two seat orders disagree, counted as a tie; failed verdicts are in no n;\n"
        "kappa* = the range of kappa if each failed verdict had gone one way or the other"
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


def undecided_text(n_undecided: Mapping[str, int]) -> str:
    """The verdicts that failed because failed votes could decide, by name, as a further line; empty without any."""
    counts = ", ".join(f"{name} {n:,}" for name, n in n_undecided.items() if n)
    return f"\nfailed because the votes that failed could decide: {counts}" if counts else ""


def _undecided(match: DuelResult) -> int:
    return 0 if match.run is None else match.run.n_undecided


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
        f"{agreed.accuracy.value:.2f}",
        str(agreed.kappa.n),
        str(agreed.n_failed),
        str(agreed.n_inconsistent),
        f"{agreed.bounds.low:.2f} to {agreed.bounds.high:.2f}" if agreed.n_failed else "-",
    )


def _win_cell(match: DuelResult) -> str:
    result = match.result
    failed = f" +{result.failed} failed" if result.failed else ""
    return f"{result.rate:.0%} n={result.rate.n}{failed}".replace("%, ", "-").replace("%]", "]")


def _evaluator_row(result: EvaluatorResult, simulated: bool) -> dict[str, Any]:
    agreed = result.agreement
    return {
        "evaluator": result.name,
        "kappa": interval_object(agreed.kappa),
        "kappa_inconsistent_dropped": interval_object(agreed.kappa_dropped),
        "kappa_inconsistent_as_disagreement": interval_object(agreed.kappa_as_disagreement),
        "kappa_bounds": list(agreed.bounds),
        "accuracy": interval_object(agreed.accuracy),
        **{name: getattr(agreed, name) for name in ("constant_accuracy", "n_items", "n_failed", "n_inconsistent")},
        "n_undecided": result.run.n_undecided,
        "simulated": simulated,
    }


def _match_row(match: DuelResult, simulated: bool) -> dict[str, Any]:
    result = match.result
    counts = {name: getattr(result, name) for name in ("wins", "losses", "ties", "inconsistent", "failed")}
    names = {"pairing": match.pairing, "opponent": match.opponent}
    counts["undecided"] = _undecided(match)
    return {**names, "win_rate": interval_object(result.rate), **counts, "simulated": simulated}


def _write_lines(path: Path, rows: Sequence[Mapping[str, Any]]) -> None:
    path.write_bytes(b"".join(orjson.dumps(row, option=orjson.OPT_APPEND_NEWLINE) for row in rows))
