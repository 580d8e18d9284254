"""Today's code over recorded replies: nothing is asked, and every difference is named with its place."""

from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from fellowship.agents.generator import Generator
from fellowship.agents.reviewer import Reviewer
from fellowship.protocols.completions import Request
from fellowship.protocols.content import Critique, Draft, Prompt
from fellowship.protocols.errors import ConfigurationError, ProviderUnavailable, RunNotFound
from fellowship.protocols.interfaces import Conversation
from fellowship.protocols.messages import Message
from fellowship.reruns.api import verify
from fellowship.reruns.verify import VerifyResult
from fellowship.scenarios import feedback_loop
from fellowship.testing import ScriptedProvider
from tests.runners.kit import MODEL, content_of, improved, one_answer, scripted_run, told

CAST: dict[str, Any] = {"generator": Generator(MODEL), "reviewer": Reviewer(MODEL), "rounds": 2}


def reply(request: Request) -> str:
    """Some reviews need a repair."""
    if request.key.agent != "reviewer":
        return told(request)
    odd = int(request.key.conversation[1:]) % 10 == 3
    return "No score." if odd and request.attempt == 1 else f"Shorter, {request.key.conversation}.\nOverall score: 5/10"


def looped(folder: Path, n: int) -> None:
    """A run of so many feedback loops."""
    prompts = [f"question {number}" for number in range(n)]
    scripted_run(feedback_loop, folder, ScriptedProvider(reply), prompts=prompts, **CAST)


def held(folder: Path, scenario: Any = feedback_loop, **changes: Any) -> VerifyResult:
    """The run verified with a provider that fails a test when it is asked."""
    never = ScriptedProvider([])
    found = verify(scenario, of=folder, providers={"fake": never}, **{**CAST, **changes})
    assert never.requests == []
    return found


def test_budget_needs_no_prices_where_no_call_is_made(tmp_path: Path) -> None:
    """The call of the script has one; the price of its model is unknown."""
    looped(tmp_path, 1)

    assert held(tmp_path, budget=1).differences == ()


def test_an_untouched_run_has_no_differences(tmp_path: Path) -> None:
    """200 conversations, repairs among them; the run is as it was."""
    looped(tmp_path, 200)
    before = content_of(tmp_path)

    found = held(tmp_path)

    assert (found.n_conversations, found.n_asks, found.differences) == (200, 840, ())
    assert content_of(tmp_path) == before


def test_an_untouched_run_whose_changes_were_accepted_has_no_differences(tmp_path: Path) -> None:
    """The replies to the earlier prompts are passed over."""
    brief = Generator(MODEL, instructions="Be brief.")
    scripted_run(improved, tmp_path, ScriptedProvider(told))
    scripted_run(improved, tmp_path, ScriptedProvider(told), generator=brief, accept_changes=True)

    found = verify(improved, of=tmp_path, generator=brief, providers={"fake": ScriptedProvider([])})

    assert (found.n_conversations, found.differences) == (3, ())


def test_another_template_changes_exactly_the_messages_it_renders(tmp_path: Path) -> None:
    """All reviews of all conversations; the drafts between them are asked for as before."""
    looped(tmp_path, 5)

    found = held(tmp_path, reviewer=Reviewer(MODEL, instructions="Be kind."))

    assert Counter((each.message, each.kind) for each in found.differences) == {
        ("reviewer.0", "prompt"): 5,
        ("reviewer.1", "prompt"): 5,
    }
    first = found.differences[0]
    assert str(first) == "c00000 reviewer.0: the prompt differs"
    assert "+Be kind." in first.changes
    assert any(line.startswith("-You review an answer") for line in first.changes)


class Strict(Reviewer):
    """Reads half of what it is given."""

    def parse(self, completion: Any) -> Critique:
        """Half the score."""
        critique = super().parse(completion)
        assert critique.score is not None
        return critique.model_copy(update={"score": critique.score / 2})


def test_another_reading_of_the_same_reply_is_told(tmp_path: Path) -> None:
    """The message has changed, and so have the prompts that show it."""
    looped(tmp_path, 1)

    found = held(tmp_path, reviewer=Strict(MODEL, name="reviewer"))

    assert [(each.message, each.kind) for each in found.differences] == [
        ("reviewer.0", "message"),
        ("reviewer.1", "message"),
    ]
    assert found.differences[0].changes[-3:-1] == ("-score: 5.0", "+score: 2.5")


async def one_more(talk: Conversation, prompt: Message[Prompt], *, generator: Generator) -> Message[Draft]:
    """Asks for more than was asked."""
    draft = await talk.ask(generator, prompt)
    return await talk.ask(generator, prompt, draft)


def test_an_ask_that_was_not_recorded_is_new_and_ends_the_conversation(tmp_path: Path) -> None:
    """With what it would have sent."""
    scripted_run(one_answer, tmp_path, ScriptedProvider(told), prompts=["one"])

    found = verify(one_more, of=tmp_path, generator=Generator(MODEL), providers={"fake": ScriptedProvider([])})

    assert [(each.message, each.kind) for each in found.differences] == [("generator.1", "new"), ("(end)", "ending")]
    assert found.differences[1].changes[1:] == ("-finished generator.0", "+failed provider")


def test_a_message_that_is_not_said_any_more_is_gone(tmp_path: Path) -> None:
    """And the conversation ends with another one."""
    scripted_run(improved, tmp_path, ScriptedProvider(told), prompts=["one"])

    found = verify(one_answer, of=tmp_path, generator=Generator(MODEL), providers={"fake": ScriptedProvider([])})

    assert [(each.message, each.kind) for each in found.differences] == [("generator.1", "gone"), ("(end)", "ending")]


def test_what_failed_by_the_provider_fails_in_the_same_place(tmp_path: Path) -> None:
    """No reply was recorded there, and none is expected."""
    provider = ScriptedProvider(
        lambda request: ProviderUnavailable("gone") if request.key.occurrence else told(request)
    )
    scripted_run(improved, tmp_path, provider, prompts=["one"])

    found = verify(improved, of=tmp_path, generator=Generator(MODEL), providers={"fake": ScriptedProvider([])})

    assert (found.n_conversations, found.differences) == (1, ())


def test_a_reply_that_stayed_unreadable_is_no_difference(tmp_path: Path) -> None:
    """The conversation failed by its content, and does so again."""
    provider = ScriptedProvider(lambda request: "No score." if request.key.agent == "reviewer" else told(request))
    scripted_run(feedback_loop, tmp_path, provider, prompts=["one"], **CAST)

    assert held(tmp_path).differences == ()


def test_there_must_be_a_run(tmp_path: Path) -> None:
    """RunNotFound, as everywhere."""
    with pytest.raises(RunNotFound):
        verify(improved, of=tmp_path, generator=Generator(MODEL))


def test_the_arguments_are_checked_as_those_of_a_run(tmp_path: Path) -> None:
    """A missing one is told."""
    scripted_run(improved, tmp_path, ScriptedProvider(told), prompts=["one"])

    with pytest.raises(ConfigurationError, match="generator"):
        verify(improved, of=tmp_path)
