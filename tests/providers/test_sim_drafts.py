"""Simulated drafts: composed of known sentences, better with skill, better after a critique."""

import os
import random
import statistics
import subprocess
import sys

import pytest

from fellowship.providers.sim.answer_layout import in_random_order, render
from fellowship.providers.sim.bank import PADDING, REFUSALS, SPECIFIC, TASKS, VAGUE, SimTask
from fellowship.providers.sim.critiques import NOTHING_FOUND, write_critique
from fellowship.providers.sim.drafts import revise_draft, write_draft
from fellowship.providers.sim.latent_quality import Latent, latent, latent_of
from fellowship.providers.sim.seeding import seeded
from fellowship.providers.sim.sentences import as_pieces, pieces_in, specific_sentences, task_pieces

OUTSIDE = "How should a small team organise code reviews across several time zones?"
PROMPTS = [*(task.prompt for task in TASKS), OUTSIDE, "¿Qué es esto?", "??"]


def mean_quality(prompts: list[str], skill: float, n: int) -> float:
    """Mean latent quality of n drafts per prompt."""
    return statistics.fmean(
        latent(prompt, write_draft(seeded(prompt, str(i)), prompt, skill, 0.4)).quality
        for prompt in prompts
        for i in range(n)
    )


@pytest.mark.parametrize("task", TASKS, ids=lambda task: task.id)
def test_latent_gives_back_the_composition_of_every_draft(task: SimTask) -> None:
    """Whatever the order and the form, inspection counts exactly what was put in."""
    pool = task_pieces(task) + as_pieces("padding", PADDING)
    for i in range(25):
        rng = seeded(task.id, str(i))
        chosen = in_random_order(rng, rng.sample(pool, rng.randint(1, 9)))

        text = render(rng, chosen)

        assert pieces_in(task.prompt, text) == tuple(chosen)
        assert latent(task.prompt, text) == latent_of(tuple(chosen), known=True)


@pytest.mark.parametrize("prompt", [OUTSIDE, "¿Qué es esto?", "??", "parrots"])
def test_latent_gives_back_the_composition_outside_the_bank(prompt: str) -> None:
    """The stand-in sentences are recognised for prompts with many, one or no key words."""
    pool = [*specific_sentences(prompt), *as_pieces("vague", VAGUE), *as_pieces("padding", PADDING)]
    for i in range(50):
        rng = seeded(prompt, str(i))
        chosen = in_random_order(rng, rng.sample(pool, rng.randint(1, 9)))

        text = render(rng, chosen)

        assert pieces_in(prompt, text) == tuple(chosen)


def test_full_and_faulty_drafts_have_the_documented_quality() -> None:
    """The formula, on the best possible answer and on a poor one."""
    task = TASKS[0]
    poor = " ".join((task.wrong[0], task.points[0], task.slips[0], PADDING[0]))

    assert latent(task.prompt, " ".join((task.answer, *task.points))) == Latent(True, 4, 0, 0, False, 10.0)
    assert latent(task.prompt, poor) == Latent(False, 1, 1, 1, False, 1 + 1 - 1.25 - 0.4)
    assert latent(task.prompt, REFUSALS[0]) == Latent(False, 0, 0, 0, True, 0.5)


def test_answer_beside_a_false_one_is_not_correct() -> None:
    """A text that contradicts itself earns nothing for being right once."""
    task = TASKS[0]

    assert latent(task.prompt, f"{task.answer} {task.wrong[0]}").correct is False


def test_foreign_text_has_a_stable_quality_that_grows_with_length() -> None:
    """Texts of real models get a pseudo-quality, the empty text none."""
    short = [latent(OUTSIDE, f"Text {i}.").quality for i in range(200)]
    long = [latent(OUTSIDE, f"Text {i}. " + "And so on. " * 120).quality for i in range(200)]

    assert latent(OUTSIDE, "Text 7.") == latent(OUTSIDE, "Text  7.\n") == Latent(None, 0, 0, 0, False, short[7])
    assert statistics.fmean(long) > statistics.fmean(short) + 0.5
    assert latent(OUTSIDE, " ").quality == 0.0
    assert 0.0 <= latent(OUTSIDE, "\ud800").quality <= 10.0


@pytest.mark.parametrize("prompts", [[task.prompt for task in TASKS], [OUTSIDE]], ids=["bank", "outside"])
def test_higher_skill_gives_higher_mean_quality(prompts: list[str]) -> None:
    """Weak, mid and strong are far enough apart to matter."""
    n = 300 // len(prompts)
    weak, mid, strong = (mean_quality(prompts, skill, n) for skill in (0.2, 0.55, 0.9))

    assert weak + 1 < mid
    assert mid + 1 < strong


def test_verbosity_adds_filler() -> None:
    """Filler comes from verbosity alone."""
    terse = [latent(OUTSIDE, write_draft(seeded(str(i)), OUTSIDE, 0.5, 0.0)).n_padding for i in range(50)]
    wordy = [latent(OUTSIDE, write_draft(seeded(str(i)), OUTSIDE, 0.5, 1.0)).n_padding for i in range(50)]

    assert sum(terse) == 0
    assert statistics.fmean(wordy) > 2


def test_two_drafts_of_one_prompt_differ() -> None:
    """Different seeds give different texts, nearly always."""
    texts = {write_draft(seeded(str(i)), TASKS[0].prompt, 0.5, 0.5) for i in range(50)}

    assert len(texts) >= 45


def test_avoided_composition_is_drawn_anew() -> None:
    """The same latent truth returns less often when it is to be avoided."""
    avoid = latent(OUTSIDE, write_draft(seeded("0"), OUTSIDE, 0.9, 0.0))
    plain = sum(latent(OUTSIDE, write_draft(seeded(str(i)), OUTSIDE, 0.9, 0.0)) == avoid for i in range(200))
    avoiding = sum(
        latent(OUTSIDE, write_draft(seeded(str(i)), OUTSIDE, 0.9, 0.0, avoid=avoid)) == avoid for i in range(200)
    )

    assert avoiding < plain / 3


def test_refusals_are_as_frequent_as_asked_and_recognised() -> None:
    """A refusal rate of 1 always refuses, one of 0 never does."""
    for prompt in PROMPTS:
        assert latent(prompt, write_draft(seeded(prompt), prompt, 0.5, 0.5, refusal_rate=1.0)).refused
        assert not latent(prompt, write_draft(seeded(prompt), prompt, 0.5, 0.5, refusal_rate=0.0)).refused


@pytest.mark.parametrize("prompts", [[task.prompt for task in TASKS], [OUTSIDE]], ids=["bank", "outside"])
@pytest.mark.parametrize("skill", [0.2, 0.55, 0.9])
def test_revision_after_a_critique_raises_mean_quality(prompts: list[str], skill: float) -> None:
    """With a keen reviewer, even a weak writer gets better."""
    gains = []
    for prompt in prompts:
        for i in range(150 // len(prompts)):
            rng = seeded(prompt, str(i))
            draft = write_draft(rng, prompt, skill, 0.4)
            critique = write_critique(rng, prompt, draft, 0.9).text
            revised = revise_draft(rng, prompt, draft, critique, skill, 0.4)
            gains.append(latent(prompt, revised).quality - latent(prompt, draft).quality)

    assert statistics.fmean(gains) > 0.4


def test_keen_review_helps_more_than_a_dull_one() -> None:
    """What the critique names is what gets repaired."""

    def mean_gain(acuity: float) -> float:
        gains = []
        for task in TASKS:
            rng = seeded(task.id)
            draft = write_draft(rng, task.prompt, 0.3, 0.6)
            critique = write_critique(rng, task.prompt, draft, acuity).text
            revised = revise_draft(rng, task.prompt, draft, critique, 0.6, 0.0)
            gains.append(latent(task.prompt, revised).quality - latent(task.prompt, draft).quality)
        return statistics.fmean(gains)

    assert mean_gain(1.0) > mean_gain(0.2) + 0.5


def test_named_defects_are_repaired() -> None:
    """Each form of remark leads to its repair, for a writer who repairs nearly always."""
    task = TASKS[0]
    draft = " ".join((task.wrong[0], task.slips[0], PADDING[0]))
    critique = (
        f'The statement "{task.wrong[0]}" is wrong. The statement "{task.slips[0]}" is wrong. Cut the filler. '
        f"Missing: something on bill, exactly."
    )

    revised = [
        latent(task.prompt, revise_draft(seeded(str(i)), task.prompt, draft, critique, 1, 0)) for i in range(100)
    ]

    assert sum(bool(result.correct) for result in revised) > 80
    assert sum(result.n_slips == 0 for result in revised) > 80
    assert sum(result.n_padding == 0 for result in revised) > 80
    assert sum(result.n_points == 1 for result in revised) > 80


def test_refused_or_foreign_draft_is_written_anew() -> None:
    """A reviser that finds nothing of its own to repair starts over."""
    for draft in (REFUSALS[0], "I have no idea, ask my brother."):
        revised = revise_draft(seeded(draft), TASKS[0].prompt, draft, "Missing: a direct answer.", 0.9, 0.2)

        assert latent(TASKS[0].prompt, revised).n_points > 0


def test_critique_without_remarks_leaves_the_sentences_alone() -> None:
    """A skilled reviser does not repair what nobody named."""
    task = TASKS[0]
    draft = " ".join((task.wrong[0], task.points[0]))

    revised = revise_draft(seeded("x"), task.prompt, draft, NOTHING_FOUND, 1.0, 0.0)

    assert latent(task.prompt, revised) == latent(task.prompt, draft)


def test_perfect_reviewer_names_every_false_sentence_and_no_true_one() -> None:
    """Acuity 1 finds all and invents nothing."""
    for task in TASKS:
        draft = " ".join((task.wrong[1], *task.slips, *task.points))

        text = write_critique(seeded(task.id), task.prompt, draft, 1.0).text

        assert all(f'The statement "{false}" is wrong.' in text for false in (task.wrong[1], *task.slips))
        assert text.count("The statement") == 3


def test_dull_reviewer_sometimes_accuses_a_true_sentence() -> None:
    """Acuity 0 finds nothing, and invents something about a quarter of the time."""
    task = TASKS[0]
    draft = " ".join((task.answer, *task.points))
    accused = sum("is wrong" in write_critique(seeded(str(i)), task.prompt, draft, 0.0).text for i in range(200))

    assert 25 <= accused <= 80


def test_review_score_follows_the_quality() -> None:
    """A keen reviewer's score is near the latent quality, and within [0, 10]."""
    for task in TASKS:
        draft = write_draft(seeded(task.id), task.prompt, 0.5, 0.5)

        score = write_critique(seeded(task.id), task.prompt, draft, 1.0).score

        assert 0 <= score <= 10
        assert score == pytest.approx(latent(task.prompt, draft).quality, abs=1.5)


def test_key_words_rotate_over_the_specific_sentences() -> None:
    """Stand-in answers mention words of the prompt, one sentence per template."""
    found = specific_sentences(OUTSIDE)

    assert [piece.origin for piece in found] == list(SPECIFIC)
    assert all(any(word in piece.text for word in ("small", "organise", "reviews", "zones")) for piece in found)


def test_any_prompt_and_text_can_be_processed() -> None:
    """Empty, strange and unknown inputs give text, never an error."""
    for prompt in ("", "??", "{a} {b} {", "¿Qué es esto?", OUTSIDE):
        for i in range(20):
            rng = random.Random(i)
            draft = write_draft(rng, prompt, rng.random(), rng.random())
            critique = write_critique(rng, prompt, draft, rng.random()).text
            assert draft
            assert critique
            assert revise_draft(rng, prompt, draft, critique, rng.random(), rng.random())
            assert revise_draft(rng, prompt, draft, "", rng.random(), rng.random())
            assert write_critique(rng, prompt, "", 0.5).text


SCRIPT = """
from fellowship.providers.sim.critiques import write_critique
from fellowship.providers.sim.drafts import revise_draft, write_draft
from fellowship.providers.sim.seeding import seeded
for prompt in ("Why is the sky blue?", "How do I train a parrot to whistle?"):
    rng = seeded("a", prompt)
    draft = write_draft(rng, prompt, 0.4, 0.8)
    review = write_critique(rng, prompt, draft, 0.7)
    print(draft, review, revise_draft(rng, prompt, draft, review.text, 0.6, 0.5), ascii(rng.random()))
"""


def test_same_seed_gives_same_text_in_every_process() -> None:
    """The hash seed of the process changes nothing."""
    outputs = {
        subprocess.run(
            [sys.executable, "-c", SCRIPT],
            env={**os.environ, "PYTHONHASHSEED": hash_seed, "PYTHONIOENCODING": "utf-8"},
            capture_output=True,
            check=True,
        ).stdout
        for hash_seed in ("0", "1", "4242")
    }

    assert len(outputs) == 1
    assert outputs.pop()
