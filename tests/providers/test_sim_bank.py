"""The bank of the simulated models: consistent, inspectable, quickly found."""

import itertools

import pytest

from fellowship.providers.sim.bank import PADDING, REFUSALS, SPECIFIC, TASKS, VAGUE, SimTask, find_task
from fellowship.providers.sim.critiques import hint_at, hinted
from fellowship.providers.sim.sentences import task_pieces

BY_ID = pytest.mark.parametrize("task", TASKS, ids=lambda task: task.id)


def sentences(task: SimTask) -> list[str]:
    """Every sentence of a task, with repetitions if there are any."""
    return [piece.text for piece in task_pieces(task)]


def test_bank_holds_at_least_48_tasks_of_8_skills() -> None:
    """Demos need variety."""
    assert len(TASKS) >= 48
    assert {task.skill for task in TASKS} == {
        "arithmetic", "conversion", "logic", "code", "science", "history", "geography", "explanation", "rewriting",
    }  # fmt: skip


def test_ids_prompts_and_sentences_are_unique() -> None:
    """No sentence belongs to two tasks, or to a task and the shared pools."""
    everything = [sentence.casefold() for task in TASKS for sentence in sentences(task)]
    everything += [sentence.casefold() for sentence in (*PADDING, *REFUSALS, *SPECIFIC, *VAGUE)]

    assert len({task.id for task in TASKS}) == len(TASKS)
    assert len({task.prompt for task in TASKS}) == len(TASKS)
    assert len(set(everything)) == len(everything)


@BY_ID
def test_task_has_the_promised_number_of_sentences(task: SimTask) -> None:
    """One answer, 4 points, 2 false answers, 2 slips."""
    assert (len(task.points), len(task.wrong), len(task.slips)) == (4, 2, 2)


@BY_ID
def test_no_sentence_of_a_task_contains_another(task: SimTask) -> None:
    """Otherwise inspection by membership would see sentences that were not written."""
    pool = [sentence.casefold() for sentence in (*sentences(task), *PADDING, *REFUSALS)]

    assert [pair for pair in itertools.permutations(pool, 2) if pair[0] in pair[1]] == []


@BY_ID
def test_sentences_can_be_quoted_and_end_like_sentences(task: SimTask) -> None:
    """Critiques put sentences in double quotes, so the bank uses none."""
    for sentence in sentences(task):
        assert '"' not in sentence
        assert sentence[-1] in ".!?"
        assert sentence == " ".join(sentence.split())


@BY_ID
def test_task_is_found_in_a_text_that_contains_its_prompt(task: SimTask) -> None:
    """Alone, with other whitespace, on a line, or inside a line."""
    assert find_task(task.prompt) is task
    assert find_task("  " + task.prompt.replace(" ", "\n ")) is task
    assert find_task(f"Judge this.\n\n{task.prompt}\n\nAnswer 1: yes") is task
    assert find_task(f"Question: {task.prompt} Think first.") is task


def test_unknown_prompt_belongs_to_no_task() -> None:
    """None is the documented answer, also for an empty text."""
    assert find_task("How do I train a parrot?") is None
    assert find_task("") is None


@BY_ID
def test_every_hint_leads_back_to_its_point(task: SimTask) -> None:
    """A reviser can act on each hint at a missing point."""
    for point in task.points:
        assert hinted(hint_at(task, point), list(task.points)) == point
