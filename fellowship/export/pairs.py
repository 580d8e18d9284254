"""Preference pairs of finished conversations, or the reason why a conversation gives none.

A pair is made only from a preference: never from a tie, a failure or two seat orders that disagree. (Taking the highest
and the lowest of equal scores gives pairs of an answer with itself.)
"""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Literal, TypeAlias

from fellowship.formatting.normal_text import normal_answer
from fellowship.protocols.content import Critique, Draft, Verdict, Vote
from fellowship.protocols.exact import exact, exact_mean
from fellowship.protocols.interfaces import AuthoredMessage

LeftOutReason: TypeAlias = Literal[
    "not finished",
    "failed",
    "inconsistent",
    "tie",
    "fewer than two scored drafts",
    "empty text",
    "identical texts",
    "chosen truncated",
    "rejected truncated",
    "unknown finish reason",
    "not valid Unicode",
    "duplicate pair",
    "contradictory pair",
]


@dataclass(frozen=True, slots=True)
class PairedDrafts:
    """A better and a worse draft; scores are shares of the highest possible score, in [0, 1], None where not given."""

    chosen: AuthoredMessage[Draft]
    rejected: AuthoredMessage[Draft]
    score_chosen: float | None = None
    score_rejected: float | None = None


@dataclass(frozen=True, slots=True)
class LeftOut:
    """No pair, with the reason."""

    reason: LeftOutReason


PairResult: TypeAlias = PairedDrafts | LeftOut


def pair_from_verdict(
    verdict: AuthoredMessage[Verdict], draft_a: AuthoredMessage[Draft], draft_b: AuthoredMessage[Draft]
) -> PairResult:
    """The drafts in seats A and B as the verdict orders them; left out when it prefers neither."""
    decision = verdict.content.decision
    out_of = verdict.content.out_of
    score_a, score_b = share(verdict.content.score_a, out_of), share(verdict.content.score_b, out_of)
    if decision == "A":
        return usable(PairedDrafts(draft_a, draft_b, score_a, score_b))
    if decision == "B":
        return usable(PairedDrafts(draft_b, draft_a, score_b, score_a))
    return LeftOut(decision)


def pair_from_critiques(messages: Sequence[AuthoredMessage[Any]]) -> PairResult:
    """The best and the worst draft of a feedback loop, by the scores its reviewers gave; messages in order of writing.

    A critique scores the latest draft among its inputs; a draft's score is the mean over its scored critiques, however
    many they are. Means are compared exactly. Among equals the latest best and the earliest worst draft are taken.
    """
    scores = exact_draft_scores(messages)
    scored = [(scores[message.id], message) for message in messages if message.id in scores]
    if len(scored) < 2:
        return LeftOut("fewer than two scored drafts")
    worst, rejected = min(scored, key=lambda entry: entry[0])
    best, chosen = max(reversed(scored), key=lambda entry: entry[0])
    if best == worst:
        return LeftOut("tie")
    return usable(PairedDrafts(chosen, rejected, float(best), float(worst)))


def count_votes(verdict: AuthoredMessage[Verdict], votes: Iterable[AuthoredMessage[Vote]]) -> dict[str, int]:
    """`votes_for` as the jury decided, of `votes_total` of all jurors, abstaining and failed ones included."""
    decisions = [vote.content.decision for vote in votes]
    return {"votes_for": decisions.count(verdict.content.decision), "votes_total": len(decisions)}


def draft_scores(messages: Sequence[AuthoredMessage[Any]]) -> dict[str, float]:
    """The mean score of each draft that has one, by message id, as a share in [0, 1], rounded to a float."""
    return {draft: float(score) for draft, score in exact_draft_scores(messages).items()}


def exact_draft_scores(messages: Sequence[AuthoredMessage[Any]]) -> dict[str, Fraction]:
    """The exact mean score of each draft that has one, by message id, as a share in [0, 1]."""
    position = {message.id: i for i, message in enumerate(messages) if isinstance(message.content, Draft)}
    given: dict[str, list[Fraction]] = {}
    for message in messages:
        drafts = [seen for seen in message.inputs if seen in position]
        if not isinstance(message.content, Critique) or not drafts:
            continue
        if (score := exact_share(message.content.score, message.content.out_of)) is not None:
            given.setdefault(max(drafts, key=position.__getitem__), []).append(score)
    return {draft: exact_mean(scores) for draft, scores in given.items()}


def usable(pair: PairedDrafts) -> PairResult:
    """The pair, unless one may not train on its texts: a cut-off answer teaches where it was cut, on either side."""
    if (fault := fault_of_texts(pair.chosen.content.text, pair.rejected.content.text)) is not None:
        return LeftOut(fault)
    if pair.chosen.content.truncated:
        return LeftOut("chosen truncated")
    return LeftOut("rejected truncated") if pair.rejected.content.truncated else pair


def fault_of_texts(chosen: str, rejected: str) -> LeftOutReason | None:
    """What is wrong with two answers as a pair, None if nothing is; not counting differences in typing."""
    better, worse = normal_answer(chosen), normal_answer(rejected)
    if not better or not worse:
        return "empty text"
    return "identical texts" if better == worse else None


def share(score: float | None, out_of: float | None) -> float | None:
    """The score as a share of the highest possible one; None if either is missing or not a usable number."""
    found = exact_share(score, out_of)
    return None if found is None else float(found)


def exact_share(score: float | None, out_of: float | None) -> Fraction | None:
    """As `share`, by the decimal digits of both."""
    if score is None or out_of is None or not math.isfinite(score) or not 0 < out_of < math.inf:
        return None
    return exact(score) / exact(out_of)
