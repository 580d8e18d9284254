"""Every role reads the answer of a completion: its reasoning is recorded, and no reader, agent or data set gets it."""

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest
from autogen_core import CancellationToken
from autogen_ext.models.replay import ReplayChatCompletionClient

from fellowship import Generator, Judge, Reviewer, run
from fellowship.agents.agent import Agent
from fellowship.agents.debater import CRITIC, Debater
from fellowship.agents.juror import Juror
from fellowship.agents.reading import with_parts
from fellowship.cli.main import main
from fellowship.protocols.completions import Completion, Request
from fellowship.protocols.content import Critique, Draft
from fellowship.protocols.errors import ReplyNotParsed
from fellowship.protocols.messages import Message
from fellowship.reruns.api import verify
from fellowship.runners.run import IN_MEMORY
from fellowship.scenarios import feedback_loop, judge
from fellowship.testing import ScriptedProvider
from tests.agents.roles import FactChecker
from tests.builders import KEY, a_prompt
from tests.runners.kit import queried

REASONED = "<think>\nScore A: 10/10\nScore B: 1/10\nNo, A is wrong.\n</think>\n\nScore A: 2/10\nScore B: 9/10"
UNCLOSED = "<think>\nScore A: 10/10\nScore B: 1/10\nOverall score: 10/10\nAnswer: A\n{}"
ROLES: dict[str, Agent[Any]] = {
    "generator": Generator("fake/any"),
    "reviewer": Reviewer("fake/any"),
    "judge": Judge("fake/any"),
    "direct judge": Judge("fake/any", strategy="direct"),
    "rater": Judge("fake/any", strategy="independent-10").rater,
    "juror": Juror("fake/any"),
    "debater": Debater("fake/any", persona=CRITIC),
    "ballot": Debater("fake/any", persona=CRITIC).ballot,
    "JSON": FactChecker("fake/any"),
}


def judged(reply: str, **options: Any) -> Any:
    """A run of one comparison in the order given, and its only conversation."""
    provider = ScriptedProvider(lambda request: reply)
    comparison = {"prompt": "Why?", "response_a": "a", "response_b": "b", "label": "B"}
    options |= {"out": IN_MEMORY, "providers": {"fake": provider}, "seats": "as given", "quiet": True}
    summary = run(judge, prompts=[comparison], **options)
    return provider, next(iter(summary))


@pytest.mark.parametrize("agent", ROLES.values(), ids=ROLES)
def test_reasoning_that_does_not_end_is_unreadable_for_every_role(agent: Agent[Any]) -> None:
    """Whatever it says: no role has an answer then."""
    with pytest.raises(ReplyNotParsed) as caught:
        agent.read(with_parts(Completion(UNCLOSED, "length")))

    assert str(caught.value) == f"{agent.name}: reply: its reasoning does not end; raise max_tokens"
    assert caught.value.raw == UNCLOSED


@pytest.mark.parametrize(
    ("completion", "draft"),
    [
        (Completion("<think>A city.</think>\n<answer>\nCanberra.\n</answer>"), "Canberra."),
        (Completion("<Solution>Canberra.</Solution>", reasoning="A city."), "Canberra."),
        (Completion("<answer>Canberra.</answer>"), "<answer>Canberra.</answer>"),
        (Completion("<think>Two.</think><answer>A</answer><answer>B</answer>"), "<answer>A</answer><answer>B</answer>"),
    ],
    ids=["in the text", "beside it", "no reasoning", "two"],
)
def test_tags_around_a_whole_draft_behind_reasoning_are_no_part_of_it(completion: Completion, draft: str) -> None:
    """Models that are trained with both put them there."""
    assert Generator("fake/any").read(with_parts(completion)).text == draft


@pytest.mark.parametrize("text", ["", "<think>Hm.</think>\n"])
def test_reasoning_without_an_answer_is_told(text: str) -> None:
    """Be it in the text or beside it: where the answer is empty, the error says where the text went."""
    completion = with_parts(Completion(text, reasoning="" if text else "Canberra."))

    with pytest.raises(ReplyNotParsed) as caught:
        Generator("fake/any").read(completion)

    sender = (
        "model sent its reasoning" if text else "server sent the text as reasoning (in reasoning_content or the like)"
    )
    assert str(caught.value) == (
        f"generator: answer: expected an answer, got no text (finish: stop); the {sender} and no answer"
    )


def test_scores_in_reasoning_do_not_count() -> None:
    """The judge's own scores stand behind it; one request is enough."""
    provider, conversation = judged(REASONED, judge=Judge("fake/any"))

    verdict = conversation.outcome.content
    assert (verdict.decision, verdict.score_a, verdict.score_b) == ("B", 2, 9)
    assert verdict.explanation == "Score A: 2/10\nScore B: 9/10"
    assert provider.n_calls == 1


def test_reasoning_that_does_not_end_fails_as_content() -> None:
    """The repair shows the model no reasoning, and the conversation ends by the content of its reply."""
    provider, conversation = judged(UNCLOSED, judge=Judge("fake/any"))

    assert (conversation.fault, conversation.error) == (
        "content",
        "judge: reply: its reasoning does not end; raise max_tokens",
    )
    assert [message["content"] for message in provider.requests[1].messages if message["role"] == "assistant"] == [
        "(no text)"
    ]


def test_a_repair_shows_the_answer_without_its_reasoning() -> None:
    """What was wrong with it follows."""
    agent = Judge("fake/any")
    request = Request(KEY, 1, "fake/any", ({"role": "user", "content": "?"},), {}, "Verdict")
    completion = with_parts(Completion("<think>Score A: 10/10</think>No idea."))

    repaired = agent.repair(request, completion, ReplyNotParsed("judge: no score", raw=completion.text))

    assert repaired.messages[1] == {"role": "assistant", "content": "No idea."}


def test_a_draft_is_reviewed_rewritten_and_exported_without_its_reasoning(tmp_path: Path) -> None:
    """The journal keeps the raw text."""

    def reply(request: Request) -> str:
        if request.key.agent == "reviewer":
            return "<think>Secret: 9/10?</think>Say since when.\nOverall score: 6/10"
        return f"<think>Secret {request.key.occurrence}.</think>\nDraft {request.key.occurrence}."

    provider = ScriptedProvider(reply)
    agents: dict[str, Any] = {"generator": Generator("fake/any"), "reviewer": Reviewer("fake/any")}
    summary = run(
        feedback_loop,
        prompts=["Why?"],
        out=tmp_path / "run",
        rounds=2,
        providers={"fake": provider},
        quiet=True,
        **agents,
    )
    main(["export", str(tmp_path / "run"), "--to", str(tmp_path / "data"), "--test-share", "0"])

    contents = [message.content for message in next(iter(summary)).messages[1:]]
    assert contents[:2] == [Draft(text="Draft 0."), Critique(text="Say since when.\nOverall score: 6/10", score=6.0)]
    assert "Secret" not in json.dumps([request.messages for request in provider.requests])
    assert "Secret" not in "".join(path.read_text() for path in (tmp_path / "data").rglob("*.jsonl"))
    raw = queried(tmp_path / "run", "SELECT completion FROM asks WHERE agent = 'generator' AND occurrence = 0")
    assert raw == ["<think>Secret 0.</think>\nDraft 0."]


def test_a_run_reads_its_recorded_replies_as_it_did(tmp_path: Path) -> None:
    """A second start splits them again, and asks nothing."""
    prompts = [{"prompt": "Why?", "response_a": "a", "response_b": "b", "label": "B"}]

    def started() -> Any:
        provider = ScriptedProvider(lambda request: Completion(REASONED, reasoning="Hm."))
        agent = Judge("fake/any")
        summary = run(judge, prompts=prompts, out=tmp_path, judge=agent, providers={"fake": provider}, quiet=True)
        return provider.n_calls, [message.content for message in next(iter(summary)).messages]

    n_first, first = started()
    verified = verify(judge, of=tmp_path, judge=Judge("fake/any"))
    n_second, second = started()

    assert (n_first, n_second) == (2, 0)
    assert first == second
    assert verified.differences == ()
    assert set(queried(tmp_path, "SELECT reasoning, split FROM asks")) == {("Hm.", 1)}


def test_a_parser_of_somebody_s_own_is_given_the_answer_as_text() -> None:
    """So that no role can read reasoning by mistake."""

    class Notes(Agent[Draft]):
        def parse(self, completion: Completion) -> Draft:
            return Draft(text=completion.text)

    assert Notes("fake/any").read(with_parts(Completion("<think>Hm.</think>Canberra."))) == Draft(text="Canberra.")


def test_an_agent_in_an_autogen_chat_reads_the_answer() -> None:
    """Its thread shows the others no reasoning."""
    client = ReplayChatCompletionClient(["<think>Hm.</think>Canberra."])

    response = asyncio.run(Generator(client).on_messages([a_prompt()], CancellationToken()))

    assert isinstance(response.chat_message, Message)
    assert response.chat_message.content == Draft(text="Canberra.")
