"""Contents: prompts, verdicts, rubrics and items, and the rules they hold."""

from typing import Any, get_args

import pytest
from hypothesis import given
from pydantic import ValidationError

from fellowship.protocols.content import (
    ChatMessage,
    Criterion,
    Critique,
    Decision,
    Draft,
    Persona,
    Prompt,
    Rubric,
    Verdict,
    Vote,
)
from fellowship.protocols.errors import InvalidArgument
from fellowship.protocols.items import Item
from tests.protocols.contents import items, prompts, verdicts

CHAT: list[ChatMessage] = [
    {"role": "system", "content": "Be brief."},
    {"role": "user", "content": "Name a city."},
    {"role": "assistant", "content": "Lima."},
    {"role": "user", "content": "Another."},
]


def test_a_text_is_a_prompt() -> None:
    """Of one turn, by the user."""
    assert Prompt.of("Why?") == Prompt(chat=({"role": "user", "content": "Why?"},))


def test_a_chat_is_a_prompt() -> None:
    """As it stands."""
    assert Prompt.of(CHAT, reference="Quito.") == Prompt(chat=tuple(CHAT), reference="Quito.")


@given(prompts)
def test_a_prompt_of_a_prompt_is_the_same(prompt: Prompt) -> None:
    """So that either may be given."""
    assert Prompt.of(prompt) == prompt


def test_a_reference_goes_over_the_prompts_own() -> None:
    """The one given last counts."""
    prompt = Prompt.of("Why?", reference="old")

    assert Prompt.of(prompt, reference="new").reference == "new"
    assert Prompt.of(prompt).reference == "old"


@pytest.mark.parametrize(
    ("given_", "problem"),
    [
        pytest.param("", "a prompt has a text that is not blank", id="empty"),
        pytest.param(" \n", "a prompt has a text that is not blank", id="blank"),
        pytest.param([], "a prompt ends with a message of role 'user'", id="no message"),
        pytest.param(CHAT[:3], "a prompt ends with a message of role 'user'", id="ends with the assistant"),
        pytest.param(CHAT[:1], "a prompt ends with a message of role 'user'", id="system alone"),
        pytest.param([{"role": "tool", "content": "x"}], "Input should be 'system', 'user' or 'assistant'", id="role"),
        pytest.param([{"role": "user", "content": "x", "name": "Bo"}], "Extra inputs are not permitted", id="field"),
        pytest.param([{"role": "user"}], "Field required", id="no content"),
    ],
)
def test_what_is_not_a_prompt_is_refused(given_: Any, problem: str) -> None:
    """With what a prompt has to be."""
    with pytest.raises(ValueError, match=problem):
        Prompt.of(given_)


def test_a_prompt_of_one_turn_reads_as_the_users_words() -> None:
    """Nothing is put before them."""
    assert Prompt.of("Why?").text == "Why?"


def test_a_prompt_of_many_turns_reads_with_its_speakers() -> None:
    """In their order."""
    expected = "system: Be brief.\n\nuser: Name a city.\n\nassistant: Lima.\n\nuser: Another."

    assert Prompt.of(CHAT).text == expected


@pytest.mark.parametrize("kind", [Verdict, Vote])
@pytest.mark.parametrize("decision", get_args(Decision))
def test_a_verdict_has_a_reason_exactly_when_it_failed(kind: type[Verdict], decision: Decision) -> None:
    """The other way is refused, naming both."""
    right, wrong = ("no reply", None) if decision == "failed" else (None, "no reply")

    assert kind(decision=decision, reason=right).decision == decision
    with pytest.raises(ValidationError, match=f"exactly when it failed; got '{decision}' with reason {wrong!r}"):
        kind(decision=decision, reason=wrong)


@pytest.mark.parametrize("kind", [Verdict, Vote])
def test_a_failure_is_a_verdict_with_its_reason(kind: type[Verdict]) -> None:
    """And of the kind it was made from."""
    failure = kind.failure("no usable reply")

    assert failure == kind(decision="failed", reason="no usable reply")
    assert type(failure) is kind


@pytest.mark.parametrize(("a", "b", "decision"), [(8, 7.5, "A"), (7.5, 8, "B"), (8, 8, "tie")])
def test_the_higher_score_wins(a: float, b: float, decision: Decision) -> None:
    """Equal ones tie."""
    expected = Verdict(decision=decision, score_a=a, score_b=b, out_of=10)

    assert Verdict.from_scores(a, b, out_of=10) == expected


@given(verdicts() | verdicts(Vote))
def test_swapping_seats_twice_changes_nothing(verdict: Verdict) -> None:
    """And once keeps the kind."""
    swapped = verdict.with_seats_swapped()

    assert swapped.with_seats_swapped() == verdict
    assert type(swapped) is type(verdict)


@pytest.mark.parametrize(
    ("decision", "swapped"), [("A", "B"), ("B", "A"), ("tie", "tie"), ("inconsistent", "inconsistent")]
)
def test_swapping_seats_flips_the_winner_and_the_scores(decision: Decision, swapped: Decision) -> None:
    """What names no seat stays."""
    verdict = Verdict(decision=decision, score_a=1, score_b=2, out_of=10, explanation="so")

    expected = Verdict(decision=swapped, score_a=2, score_b=1, out_of=10, explanation="so")
    assert verdict.with_seats_swapped() == expected


def test_an_unknown_decision_is_refused() -> None:
    """With the known ones."""
    with pytest.raises(ValidationError, match="'A', 'B', 'tie', 'inconsistent' or 'failed'"):
        Verdict.model_validate({"decision": "C"})


@pytest.mark.parametrize("kind", [Draft, Critique])
def test_an_empty_text_is_refused(kind: type[Any]) -> None:
    """A message says something."""
    with pytest.raises(ValidationError, match="at least 1 character"):
        kind(text="")


@pytest.mark.parametrize(
    "rubric",
    [
        pytest.param(["accuracy", "style"], id="names"),
        pytest.param({"accuracy": 1.0, "style": 1.0}, id="weights"),
        pytest.param(Rubric(criteria=(Criterion(name="accuracy"), Criterion(name="style"))), id="a rubric"),
    ],
)
def test_a_rubric_comes_from_names_or_weights(rubric: Any) -> None:
    """Names alone weigh the same."""
    assert Rubric.of(rubric) == Rubric(criteria=(Criterion(name="accuracy"), Criterion(name="style")))


@pytest.mark.parametrize(
    ("rubric", "problem"),
    [
        ({}, "at least 1 item"),
        ({"style": 0}, "greater than 0"),
        ({"style": -1}, "greater than 0"),
        ([""], "at least 1"),
    ],
)
def test_a_rubric_without_weight_is_refused(rubric: Any, problem: str) -> None:
    """It has to say something."""
    with pytest.raises(InvalidArgument, match=problem):
        Rubric.of(rubric)


@given(items)
def test_an_item_survives_json(item: Item) -> None:
    """It is written down with its conversation."""
    assert Item.model_validate_json(item.model_dump_json()) == item


@pytest.mark.parametrize(
    "content",
    [
        Persona(name="critic", description="You probe."),
        Criterion(name="style", weight=2.0, description="reads well"),
        Rubric.of({"accuracy": 2, "style": 1}),
    ],
    ids=lambda content: type(content).__name__,
)
def test_settings_survive_json_and_refuse_unknown_fields(content: Any) -> None:
    """As messages do."""
    fields = content.model_dump()

    assert type(content).model_validate_json(content.model_dump_json()) == content
    with pytest.raises(ValidationError, match="Extra inputs are not permitted"):
        type(content).model_validate({**fields, "surprise": 1})
