"""Which conversations become pairs, and why the others do not."""

from itertools import permutations
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fellowship.export.pairs import (
    LeftOut,
    PairedDrafts,
    count_votes,
    draft_scores,
    pair_from_critiques,
    pair_from_verdict,
)
from fellowship.protocols.content import Vote
from fellowship.protocols.messages import Message
from tests.export.builders import a_critique, a_draft, a_message, a_verdict

A, B = a_draft("a"), a_draft("b")


@pytest.mark.parametrize(("decision", "chosen", "rejected"), [("A", A, B), ("B", B, A)])
def test_winning_draft_is_chosen(decision: str, chosen: Message[Any], rejected: Message[Any]) -> None:
    """In either seat."""
    assert pair_from_verdict(a_verdict(decision), A, B) == PairedDrafts(chosen, rejected)


def test_scores_follow_their_drafts_as_shares_of_the_highest_possible() -> None:
    """So that scores out of 5 and out of 100 can stand in one column."""
    verdict = a_verdict("B", score_a=2.0, score_b=4.0, out_of=5.0)

    assert pair_from_verdict(verdict, A, B) == PairedDrafts(B, A, score_chosen=0.8, score_rejected=0.4)


def test_score_of_unknown_scale_is_not_given() -> None:
    """A 7 of nobody knows how many says nothing."""
    assert pair_from_verdict(a_verdict("A", score_a=7.0, score_b=3.0), A, B) == PairedDrafts(A, B)


@pytest.mark.parametrize("decision", ["tie", "inconsistent", "failed"])
def test_verdict_without_a_preference_makes_no_pair(decision: str) -> None:
    """Each is left out under its own name."""
    assert pair_from_verdict(a_verdict(decision), A, B) == LeftOut(decision)  # type: ignore[arg-type]


def test_identical_texts_make_no_pair() -> None:
    """White space around them makes no difference."""
    same = a_draft("b", f"{A.content.text}\n")

    assert pair_from_verdict(a_verdict("A"), A, same) == LeftOut("identical texts")


@pytest.mark.parametrize("decision", ["A", "B"])
def test_blank_text_makes_no_pair(decision: str) -> None:
    """Whether it won or lost."""
    assert pair_from_verdict(a_verdict(decision), A, a_draft("b", " \n")) == LeftOut("empty text")


def test_truncated_draft_is_neither_chosen_nor_rejected() -> None:
    """A model must not learn to stop in the middle, nor that the end of a text is what matters."""
    cut = a_draft("cut", truncated=True)

    assert pair_from_verdict(a_verdict("A"), cut, B) == LeftOut("chosen truncated")
    assert pair_from_verdict(a_verdict("B"), cut, B) == LeftOut("rejected truncated")


def test_feedback_loop_pairs_its_best_with_its_worst_draft() -> None:
    """Whatever their order; drafts between them are not used."""
    drafts = [a_draft("one"), a_draft("two"), a_draft("three")]
    messages = [drafts[0], a_critique("one", 6), drafts[1], a_critique("two", 9), drafts[2], a_critique("three", 5)]

    assert pair_from_critiques(messages) == PairedDrafts(drafts[1], drafts[2], score_chosen=0.9, score_rejected=0.5)


def test_score_of_a_draft_is_the_mean_over_its_reviewers() -> None:
    """On one scale, whatever each of them used."""
    messages = [
        a_draft("one"),
        a_critique("one", 6, source="strict"),
        a_critique("one", 4, out_of=5, source="mild"),
    ]

    assert draft_scores(messages) == {"one": pytest.approx(0.7)}


def test_order_of_reviewers_does_not_break_a_tie() -> None:
    """Sums of floating-point numbers depend on their order; these must not."""
    for scores in permutations((1.0, 2.0, 7.0)):
        messages: list[Message[Any]] = [a_draft("one"), a_draft("two")]
        messages += [a_critique("one", score, source=f"r{i}") for i, score in enumerate((1.0, 2.0, 7.0))]
        messages += [a_critique("two", score, source=f"r{i}") for i, score in enumerate(scores)]

        assert pair_from_critiques(messages) == LeftOut("tie")


@pytest.mark.parametrize(
    ("one", "two"),
    [
        ([(7.1, 10), (7.3, 10)], [(7.2, 10), (7.2, 10)]),
        ([(1, 10), (2, 10)], [(3, 20), (3, 20)]),
        ([(1, 3), (1, 3), (1, 3)], [(3, 9)]),
        ([(4, 5), (7, 10), (0.6, 1)], [(7, 10)]),
        ([(8.2, 10), (8.4, 10), (8.6, 10)], [(8.4, 10)]),
    ],
)
def test_equal_means_of_reviewers_make_no_pair(one: list[tuple[float, float]], two: list[tuple[float, float]]) -> None:
    """Whatever their scales: means are those of the digits, not of floats."""
    messages: list[Message[Any]] = [a_draft("one"), a_draft("two")]
    for draft, scores in (("one", one), ("two", two)):
        messages += [
            a_critique(draft, score, out_of=out_of, source=f"r{i}") for i, (score, out_of) in enumerate(scores)
        ]

    assert pair_from_critiques(messages) == LeftOut("tie")


def test_means_that_differ_in_the_last_digit_make_a_pair() -> None:
    """There is no tolerance."""
    messages = [a_draft("one"), a_critique("one", 7.000000000000001), a_draft("two"), a_critique("two", 7)]

    assert isinstance(pair_from_critiques(messages), PairedDrafts)


def test_critique_that_saw_earlier_drafts_scores_the_latest() -> None:
    """A reviewer with a memory has all of them among its inputs."""
    critique = a_critique("one", 8).model_copy(update={"inputs": ("prompt", "two", "one", "critique of one by r")})
    messages = [a_draft("one"), a_draft("two"), critique]

    assert draft_scores(messages) == {"two": 0.8}


@pytest.mark.parametrize("score", [None, float("nan"), float("inf")])
def test_draft_whose_score_is_missing_takes_no_part(score: float | None) -> None:
    """It is neither zero nor the worst."""
    messages = [a_draft("one"), a_critique("one", score), a_draft("two"), a_critique("two", 7)]

    assert pair_from_critiques(messages) == LeftOut("fewer than two scored drafts")


def test_reviewer_without_a_score_leaves_the_mean_to_the_others() -> None:
    """One parsed score is enough for a draft."""
    messages = [a_draft("one"), a_critique("one", None, source="mute"), a_critique("one", 3, source="other")]

    assert draft_scores(messages) == {"one": 0.3}


def test_last_draft_without_a_critique_is_not_compared() -> None:
    """The final revision of a loop is usually read by nobody."""
    messages = [a_draft("one"), a_critique("one", 5), a_draft("two")]

    assert pair_from_critiques(messages) == LeftOut("fewer than two scored drafts")


def test_among_equals_the_latest_best_and_the_earliest_worst_are_taken() -> None:
    """The most and the least revised of them."""
    drafts = [a_draft(name) for name in ("w1", "w2", "b1", "b2")]
    critiques = [a_critique(name, score) for name, score in (("w1", 2), ("w2", 2), ("b1", 8), ("b2", 8))]

    assert pair_from_critiques([*drafts, *critiques]) == PairedDrafts(drafts[3], drafts[0], 0.8, 0.2)


@given(st.lists(st.integers(0, 3), max_size=6))
def test_chosen_always_scores_above_rejected(scores: list[int]) -> None:
    """Or there is no pair."""
    drafts = [a_draft(f"d{i}") for i in range(len(scores))]
    critiques = [a_critique(f"d{i}", score) for i, score in enumerate(scores)]

    pairing = pair_from_critiques([*drafts, *critiques])

    if isinstance(pairing, PairedDrafts):
        assert pairing.score_chosen is not None
        assert pairing.score_rejected is not None
        assert pairing.score_chosen > pairing.score_rejected
        assert pairing.chosen.content.text != pairing.rejected.content.text
    else:
        assert len(set(scores)) < 2


def test_abstaining_and_failed_jurors_count_among_all_votes() -> None:
    """Three of five, not three of three."""
    votes = [Vote(decision="A")] * 3 + [Vote(decision="inconsistent"), Vote(decision="failed", reason="no reply")]
    messages = [a_message(vote, f"vote {i}") for i, vote in enumerate(votes)]

    assert count_votes(a_verdict("A"), messages) == {"votes_for": 3, "votes_total": 5}
