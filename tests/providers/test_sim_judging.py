"""Simulated judges and people: their marked characters, and their agreement."""

import statistics
from random import Random

import pytest

from fellowship.providers.sim.bank import PADDING, TASKS
from fellowship.providers.sim.drafts import write_draft
from fellowship.providers.sim.judging import explanation, human_label, perceived
from fellowship.providers.sim.profiles import PROFILES, Profile, profile
from fellowship.providers.sim.seeding import seeded

TASK = TASKS[0]
GOOD = " ".join((TASK.answer, TASK.points[0]))
BAD = " ".join((TASK.wrong[0], TASK.slips[0]))


def verdict(judge: Profile, scores: tuple[float, float]) -> str:
    """A, B or tie for the two scores."""
    if abs(scores[0] - scores[1]) <= judge.tie_width:
        return "tie"
    return "A" if scores[0] > scores[1] else "B"


def compare(rng: Random, judge: Profile, prompt: str, first: str, second: str) -> tuple[float, float]:
    """The judge's scores of two answers shown in this order."""
    return perceived(rng, judge, prompt, first, 1), perceived(rng, judge, prompt, second, 2)


def agreement(judge: Profile) -> float:
    """The share of 3 comparisons per task on which the judge and a simulated person give the same label."""
    same = []
    for task in TASKS:
        for i in range(3):
            rng = seeded(task.id, str(i))
            a, b = (write_draft(rng, task.prompt, skill, 0.4) for skill in (0.5, 0.6))
            label = human_label(rng, task.prompt, a, b, 0.7, 0.5)
            same.append(verdict(judge, compare(rng, judge, task.prompt, a, b)) == label)
    return statistics.fmean(same)


def test_strong_judge_agrees_with_people_clearly_above_chance() -> None:
    """Chance is near 0.45 for two main labels and few ties."""
    assert agreement(profile("strong")) > 0.7


def test_weak_and_biased_judges_agree_less_than_the_strong_one() -> None:
    """The characters can be told apart by agreement with people."""
    strong = agreement(profile("strong"))

    assert agreement(profile("weak")) < strong - 0.05
    assert agreement(profile("biased")) < strong - 0.05


def test_biased_judge_prefers_seat_1_on_identical_texts() -> None:
    """And the strong judge has no such preference."""

    def mean_lead(name: str) -> float:
        scores = [compare(seeded(str(i)), profile(name), TASK.prompt, GOOD, GOOD) for i in range(300)]
        return statistics.fmean(first - second for first, second in scores)

    assert mean_lead("biased") > 1.5
    assert abs(mean_lead("strong")) < 0.2


def test_wordy_judge_likes_length() -> None:
    """The same content with filler gains with this judge and loses with the strong one."""
    padded = " ".join((GOOD, *PADDING[:6]))

    def lead(name: str) -> float:
        scores = [compare(seeded(str(i)), profile(name), TASK.prompt, padded, GOOD) for i in range(300)]
        return statistics.fmean(first - second for first, second in scores)

    assert lead("wordy") > lead("strong") + 0.7


def test_scores_stay_within_0_and_10() -> None:
    """Noise and bias are clipped."""
    noisy = Profile(name="noisy", skill=0.5, verbosity=0.5, acuity=0.5, judge_noise=30.0)
    scores = [perceived(seeded(str(i)), noisy, TASK.prompt, GOOD, 1) for i in range(50)]

    assert min(scores) == 0.0
    assert max(scores) == 10.0


def test_seat_other_than_1_or_2_is_refused() -> None:
    """Seats count from 1."""
    with pytest.raises(ValueError, match=r"^seat 0; expected 1 or 2$"):
        perceived(seeded("x"), profile("mid"), TASK.prompt, GOOD, 0)


def test_explanation_quotes_the_false_statement_of_the_loser() -> None:
    """Whichever seat the loser has."""
    for i in range(10):
        assert 'The second answer claims "You get 10.60 euros back", which is wrong.' in explanation(
            seeded(str(i)), TASK.prompt, GOOD, BAD, (8.0, 3.0)
        )
        assert 'The first answer claims "You get 10.60 euros back", which is wrong.' in explanation(
            seeded(str(i)), TASK.prompt, BAD, GOOD, (3.0, 8.0)
        )


def test_explanation_quotes_no_flaw_that_both_answers_share() -> None:
    """A common error is no reason to prefer either."""
    text = explanation(seeded("x"), TASK.prompt, f"{BAD} {TASK.points[0]}", BAD, (6.0, 3.0))

    assert "claims" not in text


def test_explanation_has_two_or_three_sentences_for_any_texts() -> None:
    """Also for identical, foreign and empty texts, and for a wrong preference."""
    for first, second in ((GOOD, BAD), (GOOD, GOOD), ("Foreign.", "Other."), ("", "")):
        for scores in ((8.0, 3.0), (3.0, 8.0), (5.0, 5.0)):
            parts = explanation(seeded(first, second), "Which?", first, second, scores).rstrip(".").split(". ")

            assert 2 <= len(parts) <= 3


def test_tie_is_explained_as_a_tie() -> None:
    """Equal scores praise neither answer."""
    text = explanation(seeded("x"), TASK.prompt, GOOD, GOOD, (7.0, 7.0))

    assert text.startswith(("Both answers", "I see no clear difference"))


def test_person_without_noise_labels_by_quality() -> None:
    """The better text wins in either position; equal ones tie."""
    rng = seeded("x")

    assert human_label(rng, TASK.prompt, GOOD, BAD, 0.0, 0.5) == "A"
    assert human_label(rng, TASK.prompt, BAD, GOOD, 0.0, 0.5) == "B"
    assert human_label(rng, TASK.prompt, GOOD, GOOD, 0.0, 0.5) == "tie"


def test_known_profiles_are_found_under_their_names() -> None:
    """Every profile answers to its own name and lies within the documented ranges."""
    assert {"weak", "mid", "strong", "biased", "wordy", "sloppy", "scribe", "scholar", "poet"} <= set(PROFILES)
    for name, found in PROFILES.items():
        assert profile(name) is found
        assert found.name == name
        rates = (found.skill, found.verbosity, found.acuity, found.malformed_rate, found.refusal_rate)
        assert all(0 <= rate <= 1 for rate in rates)


def test_unknown_profile_is_refused_with_the_nearest_name_and_all_names() -> None:
    """A slip of the pen costs one look at the message."""
    known = "known: weak, mid, strong, biased, wordy, sloppy, scribe, scholar, poet"

    with pytest.raises(ValueError, match="unknown simulated model") as near:
        profile("strnog")
    with pytest.raises(ValueError, match="unknown simulated model") as far:
        profile("xyzzy")

    assert str(near.value) == f"unknown simulated model 'strnog'; did you mean 'strong'? {known}"
    assert str(far.value) == f"unknown simulated model 'xyzzy'; {known}"
