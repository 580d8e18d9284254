"""Meta-evaluation: every evaluator decides the same comparisons, and its verdicts are compared with human labels."""

import math
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from fellowship.protocols.errors import ConfigurationError, RunStopped
from fellowship.runners.inputs import Prompts, open_source
from fellowship.runners.overrides import current_overrides, sharing_limits
from fellowship.runners.run import arun, folder_below
from fellowship.runners.summary import RunSummary
from fellowship.scenarios.select_best import Compare
from fellowship.statistics.agreement import Agreement, agreement

N_COMPARED = 2
NO_LABELS = "the comparisons have no labels, so nothing can be held against them"


@dataclass(frozen=True, slots=True)
class EvaluatorResult:
    """How an evaluator agrees with the labels; `run` is its record."""

    name: str
    agreement: Agreement
    run: RunSummary


async def compare_evaluators(
    evaluators: Mapping[str, Compare], comparisons: Prompts, *, out: Path | str, seed: int = 0, **options: Any
) -> list[EvaluatorResult]:
    """One result per evaluator, in the order given; each evaluator's run has its own folder below `out`;
    ":memory:" keeps nothing.

    A reply that stayed unreadable counts as a failed verdict. RunStopped if the provider failed conversations.
    Comparisons without a label are decided, too, so that their pairs can be exported; they enter no agreement, and
    their number is printed before the first request. ConfigurationError, before any request, where none has a label.
    Evaluators share no replies, even of one model: each pays for its own requests.
    `options` are those of `arun`, for each run; budget, max_calls and max_hours are for all runs of the call together,
    budget and max_calls for all of their starts.
    """
    folders = evaluator_folders(evaluators, out)
    _refuse_unlabelled(comparisons, options)
    results = []
    with sharing_limits(options, of="compare_evaluators", folders=folders.values(), out=out) as each:
        for name, evaluator in evaluators.items():
            summary = await arun(evaluator, prompts=comparisons, out=folders[name], seed=seed, label=name, **each)
            refuse_unfinished(summary, name)
            verdicts, labels = decisions_and_labels(summary)
            if not labels:  # of a single pass over an iterator
                raise ConfigurationError(NO_LABELS)
            agreed = agreement(verdicts, labels, rng=np.random.default_rng(seed))
            results.append(EvaluatorResult(name, agreed, summary))
    return results


def _refuse_unlabelled(comparisons: Prompts, options: Mapping[str, Any]) -> None:
    """ConfigurationError where no comparison has a label; an iterator can be read once only, by the first run."""
    given = {"prompts": comparisons, **{name: options[name] for name in ("n",) if name in options}}
    resolved = current_overrides().over(given)
    if isinstance(resolved.prompts, Iterator):
        return
    labels = open_source(resolved.prompts, n_candidates=N_COMPARED, n=resolved.n).survey().labels
    if labels.total() == labels["none"]:
        raise ConfigurationError(NO_LABELS)


def evaluator_folders(evaluators: Iterable[str], out: Path | str) -> dict[str, Path]:
    """The folder of each evaluator's run; ConfigurationError for two in one folder."""
    names = list(evaluators)
    refuse_same_folders(names)
    return {name: folder_below(out, slug(name)) for name in names}


def best_evaluator(results: Sequence[EvaluatorResult]) -> EvaluatorResult:
    """The result with the highest headline kappa, undefined ones last; the first of equals. ValueError without any.

    A kappa is one division of whole numbers (`kappa_of_tables`), so equal kappas are equal as floats.
    ConfigurationError where the labels of the items that an evaluator could read are all equal: its kappa is then 0 or
    undefined, whether it is right or wrong.
    """
    refuse_equal_labels(results)
    return max(results, key=lambda each: each.agreement.kappa.value if each.agreement.kappa.is_defined else -math.inf)


def refuse_equal_labels(results: Sequence[EvaluatorResult]) -> None:
    """ConfigurationError for evaluators whose kappa says nothing: see `equal_labels_text`."""
    if found := equal_labels_text(results):
        accuracies = ", ".join(f"{each.name} {each.agreement.accuracy}" for each in results)
        advice = "add comparisons with other labels"
        if not all(each.agreement.has_equal_labels for each in results):
            advice += ", or leave that evaluator out"
        raise ConfigurationError(f"{found}, and no evaluator is chosen by it; accuracy: {accuracies}; {advice}")


def equal_labels_text(results: Sequence[EvaluatorResult]) -> str:
    """That all labels are equal, or those of the items that some evaluators could read; empty where neither is so."""
    names = [each.name for each in results if each.agreement.has_equal_labels]
    if not names:
        return ""
    is_all = len(set(decisions_and_labels(results[0].run)[1])) == 1
    of = "" if is_all else f" of the items that {' and '.join(names)} could read"
    return f"all labels{of} are equal: kappa says nothing"


def decisions_and_labels(summary: RunSummary) -> tuple[list[str], list[str]]:
    """Decisions and human labels, item by item; items without a label are left out."""
    pairs = [(decision, label) for decision, label in decisions(summary) if label is not None]
    return [decision for decision, _ in pairs], [label for _, label in pairs]


def decisions(summary: RunSummary) -> Iterator[tuple[str, str | None]]:
    """The decision and the label of every conversation; without a decision a conversation has failed."""
    for decision, label in summary.recorded.decisions(first=len(summary)):
        yield decision or "failed", label


def refuse_unfinished(summary: RunSummary, name: str) -> None:
    """RunStopped if conversations are open or will be tried again: a part of a run decides nothing."""
    if n_open := summary.recorded.n_unreached(first=len(summary)):
        msg = f"{name}: {n_open} of {len(summary)} conversations did not get through; the same command tries them again"
        raise RunStopped(msg, n_committed=summary.recorded.totals()[0])


def refuse_same_folders(names: Iterable[str]) -> None:
    """ConfigurationError for names with the same folder."""
    seen: dict[str, str] = {}
    for name in names:
        other = seen.setdefault(slug(name), name)
        if other != name:
            raise ConfigurationError(f"'{other}' and '{name}' would share the folder {slug(name)}; rename one of them")


def slug(name: str) -> str:
    """A name as a folder: judge:sim/mid,strategy=direct -> judge-sim-mid-strategy-direct."""
    return re.sub(r"[^A-Za-z0-9.]+", "-", name).strip("-")
