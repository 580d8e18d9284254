"""From votes to a verdict: majority, mean, abstentions, and what must not matter."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fellowship.protocols.content import Verdict, Vote
from fellowship.scenarios.aggregation import Rule, aggregate
from tests.builders import a_verdict

DECISIONS = ["A", "B", "tie", "inconsistent", "failed"]


def votes_of(decisions: str) -> list[Verdict]:
    """A vote for each letter: A, B, t(ie), i(nconsistent), f(ailed)."""
    meaning = {decision[0]: decision for decision in DECISIONS}
    return [a_verdict(meaning[letter]) for letter in decisions]


def scored(a: float, b: float, *, out_of: float = 10) -> Vote:
    """A vote by scores."""
    return Vote.from_scores(a, b, out_of=out_of)


points = st.integers(0, 10).map(float)
scored_votes = st.builds(scored, points, points)
lost_votes = st.sampled_from([a_verdict("inconsistent"), a_verdict("failed")])
many_votes = st.lists(scored_votes | lost_votes, min_size=1, max_size=7)
rules = st.sampled_from(["majority", "mean"])


def without_tally(verdict: Verdict) -> dict[str, Any]:
    """A verdict without the words about how it came to be."""
    return verdict.model_dump(exclude={"explanation", "reason"})


@pytest.mark.parametrize(
    ("votes", "decision"),
    [
        ("A", "A"),
        ("AAB", "A"),
        ("BBA", "B"),
        ("ttA", "tie"),
        ("AB", "tie"),
        ("AAtt", "tie"),
        ("AABBt", "tie"),
        ("ABt", "tie"),
        ("AAABB", "A"),
        ("AAiii", "A"),
        ("Aii", "A"),
        ("ABiB", "B"),
        ("iii", "inconsistent"),
        ("AAf", "A"),
        ("ABf", "failed"),
        ("iif", "failed"),
        ("ABBBf", "B"),
        ("ABBf", "failed"),
        ("Af", "failed"),
        ("AAff", "failed"),
        ("AAAff", "A"),
        ("iff", "failed"),
        ("f", "failed"),
    ],
)
def test_the_commonest_vote_wins_if_it_is_alone_at_the_top(votes: str, decision: str) -> None:
    """Who is inconsistent abstains; a failed vote that could change the verdict makes it failed."""
    assert aggregate(votes_of(votes)).decision == decision


def test_a_verdict_tells_how_the_votes_fell() -> None:
    """The commonest first."""
    assert aggregate(votes_of("ABAi")).explanation == "2 A, 1 B, 1 inconsistent"


def test_a_failed_jury_gives_the_reasons_of_its_jurors() -> None:
    """With how many they were."""
    votes = [Vote.failure("mira: no score"), a_verdict("A"), Vote.failure("noor: no text")]

    assert aggregate(votes) == Verdict.failure("2 of 3 votes failed: mira: no score; noor: no text")


@pytest.mark.parametrize(
    ("votes", "expected"),
    [
        ([scored(8, 2)], ("A", 8, 2)),
        ([scored(8, 2), scored(3, 9)], ("tie", 5.5, 5.5)),
        ([scored(6, 5), scored(6, 5), scored(0, 9)], ("B", 4, 19 / 3)),
        ([scored(8, 2), a_verdict("failed"), scored(9, 1)], ("A", 8.5, 1.5)),
        ([scored(2, 8), a_verdict("inconsistent", score_a=9, score_b=1, out_of=10)], ("B", 2, 8)),
    ],
    ids=["one", "balance", "mean against majority", "one failed", "one inconsistent"],
)
def test_the_higher_mean_wins(votes: list[Verdict], expected: tuple[str, float, float]) -> None:
    """Of those who voted."""
    verdict = aggregate(votes, "mean")

    assert (verdict.decision, verdict.score_a, verdict.score_b) == pytest.approx(expected)
    assert verdict.out_of == 10


@given(many_votes.flatmap(lambda votes: st.tuples(st.just(votes), st.permutations(votes))), rules)
def test_the_order_of_the_votes_does_not_matter(votes: tuple[list[Verdict], list[Verdict]], rule: Rule) -> None:
    """Under either rule."""
    given_, permuted = votes

    assert without_tally(aggregate(permuted, rule)) == without_tally(aggregate(given_, rule))


@given(many_votes, rules)
def test_swapping_the_seats_of_the_votes_swaps_those_of_the_verdict(votes: list[Verdict], rule: Rule) -> None:
    """Neither seat is favoured."""
    swapped = aggregate([vote.with_seats_swapped() for vote in votes], rule)

    assert without_tally(swapped) == without_tally(aggregate(votes, rule).with_seats_swapped())


@given(st.lists(scored_votes, min_size=1, max_size=5), rules)
def test_votes_that_agree_decide(votes: list[Verdict], rule: Rule) -> None:
    """As many as there are."""
    same = [vote for vote in votes if vote.decision == votes[0].decision]

    assert aggregate(same, rule).decision == votes[0].decision


@pytest.mark.parametrize(
    ("votes", "rule", "problem"),
    [
        ([], "majority", r"^a verdict needs at least one vote$"),
        (
            [a_verdict("A")],
            "loudest",
            r"^unknown rule 'loudest'; expected one of 'majority', 'mean', or one of your own as module:name$",
        ),
        ([a_verdict("A")], "mean", r"^the rule 'mean' needs votes with scores on one scale$"),
        ([scored(1, 2), a_verdict("A")], "mean", r"^the rule 'mean' needs votes with scores on one scale$"),
        ([scored(1, 2), scored(1, 2, out_of=5)], "mean", r"^the rule 'mean' needs votes with scores on one scale$"),
    ],
    ids=["no vote", "unknown rule", "no scores", "some scores", "two scales"],
)
def test_what_cannot_be_aggregated_is_refused(votes: list[Verdict], rule: Any, problem: str) -> None:
    """A programmer's mistake."""
    with pytest.raises(ValueError, match=problem):
        aggregate(votes, rule)
