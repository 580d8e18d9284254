"""From votes to a verdict: majority, mean, abstentions, and what must not matter."""

from collections.abc import Sequence
from itertools import product
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fellowship.protocols.content import Decision, Verdict, Vote, winner
from fellowship.scenarios.aggregation import AggregationRule, Rule, aggregate, aggregate_possible
from fellowship.scenarios.possible_verdicts import PossibleVerdicts, one_score_missing
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


@pytest.mark.parametrize(
    "scores",
    [
        [(7.1, 7.2), (7.3, 7.2)],
        [(0.1, 0.3), (0.2, 0.0)],
        [(8.2, 8.4), (8.4, 8.4), (8.6, 8.4)],
        [(1.1, 3.3), (2.2, 0.0), (0.0, 0.0)],
        [(9.9, 3.3), (0.1, 6.7)],
    ],
)
def test_equal_means_of_the_digits_are_a_tie(scores: list[tuple[float, float]]) -> None:
    """Also where their floats differ in the last bit; on any scale."""
    votes = [scored(a, b) for a, b in scores]

    assert aggregate(votes, "mean").decision == "tie"
    assert aggregate([scored(10 * a, 10 * b, out_of=100) for a, b in scores], "mean").decision == "tie"


def test_means_that_differ_by_one_digit_are_no_tie() -> None:
    """There is no tolerance."""
    assert aggregate([scored(7.1, 7.2), scored(7.3000000000001, 7.2)], "mean").decision == "A"


@given(st.lists(st.tuples(st.integers(0, 100), st.integers(0, 100)), min_size=1, max_size=6))
def test_means_of_decimals_are_compared_like_those_of_whole_numbers(points: list[tuple[int, int]]) -> None:
    """Tenths of a point."""
    by_tenths = aggregate([scored(a / 10, b / 10) for a, b in points], "mean")

    assert by_tenths.decision == winner(sum(a for a, _ in points), sum(b for _, b in points))


@pytest.mark.parametrize(
    ("differences", "n_failed", "decision"),
    [
        ([1], 1, "failed"),
        ([9, 2], 1, "A"),
        ([9, 1], 1, "failed"),
        ([-9, -2], 1, "B"),
        ([-9, -1], 1, "failed"),
        ([0, 0, 0], 1, "failed"),
        ([9, 9, 9], 2, "A"),
        ([9, 9, 2], 2, "failed"),
        ([10, 10, 1], 2, "A"),
        ([10, 10, 0.1], 2, "A"),
        ([5, 5, 5, -5], 1, "failed"),
    ],
)
def test_a_failed_vote_that_could_change_the_mean_fails_the_verdict(
    differences: list[float], n_failed: int, decision: str
) -> None:
    """At most by the whole scale; a mean that could only just become a tie has failed too."""
    votes = [scored(max(points, 0), max(-points, 0)) for points in differences]

    assert aggregate([*votes, *[a_verdict("failed")] * n_failed], "mean").decision == decision


@given(st.lists(scored_votes | lost_votes, min_size=1, max_size=4), rules)
def test_a_verdict_has_failed_exactly_if_a_resolution_of_its_failed_votes_differs(
    votes: list[Verdict], rule: Rule
) -> None:
    """Against all of them: abstentions, and the corners and the middle of the scale."""
    resolutions = [a_verdict("inconsistent"), scored(0, 10), scored(10, 0), scored(4, 4)]
    options = [resolutions if vote.decision == "failed" else [vote] for vote in votes]
    decisions = {aggregate(each, rule).decision for each in product(*options)}

    verdict = aggregate(votes, rule)

    assert verdict.decision == ("failed" if len(decisions) > 1 else decisions.pop())


def test_a_rule_says_itself_what_failed_votes_could_change(monkeypatch: pytest.MonkeyPatch) -> None:
    """A veto of B decides whatever is missing; a plain function fails with any vote."""

    def veto(votes: Sequence[Verdict]) -> Verdict:
        return Verdict(decision="B" if any(vote.decision == "B" for vote in votes) else "A")

    def outcomes(votes: Sequence[PossibleVerdicts]) -> frozenset[Decision]:
        vetoed = any(vote.decisions == {"B"} for vote in votes)
        return frozenset({"B"}) if vetoed else frozenset({"A", "B"})

    entries = {
        "plain": AggregationRule(veto),
        "open": AggregationRule(veto, is_open=lambda votes: all(vote.decision != "B" for vote in votes)),
        "outcomes": AggregationRule(veto, outcomes=outcomes),
    }
    monkeypatch.setattr("fellowship.scenarios.aggregation.find_rule", entries.__getitem__)

    found = {
        (rule, votes): aggregate(votes_of(votes), rule).decision for rule in entries for votes in ("Bf", "Af", "AB")
    }

    assert [found[rule, "Bf"] for rule in entries] == ["failed", "B", "B"]
    assert [found[rule, "Af"] for rule in entries] == ["failed", "failed", "failed"]
    assert [found[rule, "AB"] for rule in entries] == ["B", "B", "B"]


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


@pytest.mark.parametrize(
    ("others", "score_a", "score_b", "decision"),
    [
        ([(8, 6)], None, 10, "tie"),  # B or a tie, and both make a tie
        ([(5, 7)], None, 0, "tie"),
        ([(8, 6), (9, 1)], None, 10, "A"),
        ([(8, 6), (5, 5), (9, 1), (1, 3)], None, 10, "tie"),
        ([(8, 6)], None, 9.9, "failed"),  # A is possible
        ([], None, 10, "failed"),  # B or a tie
    ],
)
def test_a_vote_of_which_one_score_was_read_counts_where_all_of_its_values_agree(
    others: list[tuple[float, float]], score_a: float | None, score_b: float | None, decision: str
) -> None:
    """And fails where they do not; the verdict is not that of the other votes alone."""
    half = one_score_missing(score_a, score_b, out_of=10)
    votes = [*(scored(*each) for each in others), a_verdict("failed")]

    found = aggregate_possible(votes, [*[None] * len(others), half], "majority")

    assert found.verdict.decision == decision


def test_two_votes_that_can_only_cancel_out_make_a_tie() -> None:
    halves = [one_score_missing(10, None, out_of=10), one_score_missing(None, 10, out_of=10)]

    assert aggregate_possible(votes_of("ff"), halves, "majority").verdict.decision == "tie"
