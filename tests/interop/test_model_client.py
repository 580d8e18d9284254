"""A model of ours as an AutoGen client: in AutoGen's own agents and teams, and by its contract."""

import asyncio
import json
import re
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest
from autogen_agentchat.agents import AssistantAgent
from autogen_agentchat.conditions import MaxMessageTermination
from autogen_agentchat.messages import BaseChatMessage, StructuredMessage
from autogen_agentchat.teams import RoundRobinGroupChat
from autogen_core import FunctionCall, Image
from autogen_core.models import FunctionExecutionResult, FunctionExecutionResultMessage
from autogen_core.tools import FunctionTool
from PIL import Image as Picture

from fellowship import ModelClient
from fellowship.agents.generator import Generator
from fellowship.interop.model_client import ModelClientConfig
from fellowship.protocols.autogen import (
    AssistantMessage,
    CancellationToken,
    ChatCompletionClient,
    CreateResult,
    LLMMessage,
    RequestUsage,
    SystemMessage,
    UserMessage,
)
from fellowship.protocols.completions import AskKey, Completion, Finish, Request, Usage
from fellowship.protocols.errors import ConfigurationError, RequestRejected
from fellowship.runners.router import Router
from fellowship.testing import ScriptedProvider
from fellowship.testing.scripted_provider import ScriptedReplies
from tests.agents.roles import Claims
from tests.builders import QUESTION
from tests.servers import Serve

MODEL = "scripted/x"
ASKED = (SystemMessage(content="You know capitals."), UserMessage(content=QUESTION, source="user"))
FOUR = FunctionExecutionResult(content="4", name="double", call_id="1")
KEY = "sk-none-of-your-business"


class Waiting:
    """A provider that never answers."""

    def __init__(self) -> None:
        self.asked = asyncio.Event()
        self.cancelled = False

    async def complete(self, request: Request) -> Completion:
        """Nothing, ever."""
        self.asked.set()
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            self.cancelled = True
            raise
        raise AssertionError

    async def close(self) -> None:
        """Nothing."""


def a_client(replies: ScriptedReplies, **sampling: Any) -> tuple[ModelClient, ScriptedProvider]:
    """A client on a provider that gives these replies."""
    provider = ScriptedProvider(replies)
    return ModelClient(MODEL, provider=provider, **sampling), provider


def created(client: ChatCompletionClient, messages: Sequence[LLMMessage] = ASKED, **options: Any) -> CreateResult:
    """What the client creates."""
    return asyncio.run(client.create(messages, **options))


def test_a_request_is_made_of_the_messages_and_the_settings() -> None:
    """Roles and texts as they are; settings of a call go over the client's own."""
    client, provider = a_client(["Canberra."], temperature=0.5, max_tokens=9)
    answer = AssistantMessage(content="Which one?", source="assistant")
    parts = UserMessage(content=["Australia's.", "Please."], source="user")

    created(client, (*ASKED, answer, parts), extra_create_args={"max_tokens": 7})

    assert provider.requests == [
        Request(
            key=AskKey("autogen", "", "model_client", 0),
            attempt=1,
            model=MODEL,
            messages=(
                {"role": "system", "content": "You know capitals."},
                {"role": "user", "content": QUESTION},
                {"role": "assistant", "content": "Which one?"},
                {"role": "user", "content": "Australia's.\nPlease."},
            ),
            sampling={"temperature": 0.5, "max_tokens": 7},
            reply="text",
        )
    ]


@pytest.mark.parametrize(
    ("finish", "told"),
    [
        ("stop", "stop"),
        ("length", "length"),
        ("content_filter", "content_filter"),
        ("refusal", "stop"),
        ("unknown", "unknown"),
        ("prompt_truncated", "length"),
    ],
)
def test_a_completion_becomes_autogens_result(finish: Finish, told: Any) -> None:
    """With its tokens; a refusal is the model's own end."""
    client, _ = a_client([Completion("Canberra.", finish, Usage(5, 2))])

    assert created(client) == CreateResult(
        finish_reason=told, content="Canberra.", usage=RequestUsage(5, 2), cached=False
    )


@pytest.mark.parametrize(
    ("completion", "finish", "content", "thought"),
    [
        (Completion("<think>A city.</think>Canberra."), "stop", "Canberra.", "A city."),
        (Completion("Canberra.", reasoning="A city."), "stop", "Canberra.", "A city."),
        (Completion("<think>A city."), "length", "", "A city."),
        (Completion("", reasoning="Canberra."), "unknown", "", "Canberra."),
    ],
    ids=["in the text", "beside it", "without its end", "alone"],
)
def test_reasoning_is_the_thought_of_the_result(
    completion: Completion, finish: str, content: str, thought: str
) -> None:
    """A result without an answer is not one that has ended."""
    client, _ = a_client([completion])

    result = created(client)

    assert (result.finish_reason, result.content, result.thought) == (finish, content, thought)


def test_the_tokens_of_all_replies_are_added_up() -> None:
    """Nothing is cached, so the actual ones are all."""
    client, _ = a_client([Completion("Canberra.", usage=Usage(5, 2)), Completion("Yes.", usage=Usage(7, 1))])

    created(client)
    created(client)

    assert client.actual_usage() == client.total_usage() == RequestUsage(12, 3)


def test_two_equal_requests_are_two_asks() -> None:
    """So that a model may answer the second time otherwise."""
    client, provider = a_client(["Canberra.", "Sydney."])

    created(client)
    created(client)

    assert [request.key.occurrence for request in provider.requests] == [0, 1]


def test_a_stream_is_the_text_and_the_result() -> None:
    """In one piece, as providers do not stream."""
    client, _ = a_client(["Canberra."])

    async def main() -> list[str | CreateResult]:
        return [part async for part in client.create_stream(ASKED)]

    text, result = asyncio.run(main())

    assert text == "Canberra."
    assert isinstance(result, CreateResult)
    assert result.content == "Canberra."


def test_json_is_asked_for_in_words() -> None:
    """At the end of the instructions, or as the instructions."""
    client, provider = a_client(['{"a": 1}', '{"a": 1}'])

    created(client, json_output=True)
    created(client, ASKED[1:], json_output=True)

    form = "Reply with one JSON object and nothing else."
    assert [request.messages[0] for request in provider.requests] == [
        {"role": "system", "content": f"You know capitals.\n\n{form}"},
        {"role": "system", "content": form},
    ]
    assert [request.schema for request in provider.requests] == [None, None]


def test_a_model_of_pydantics_goes_along_as_schema() -> None:
    """In words too, for providers that do not hold a model to it; what stands around the JSON is left out."""
    client, provider = a_client(['Here you are:\n```json\n{"unsupported": ["it is"]}\n```'])

    result = created(client, json_output=Claims)

    (request,) = provider.requests
    assert request.schema == Claims.model_json_schema()
    assert request.reply == "Claims"
    assert (
        json.dumps(Claims.model_json_schema(), sort_keys=True, separators=(",", ":")) in request.messages[0]["content"]
    )
    assert result.content == '{"unsupported":["it is"]}'


def test_a_text_without_json_stays_as_it_is() -> None:
    """AutoGen itself refuses it."""
    client, _ = a_client(["I had rather not."])

    assert created(client, json_output=Claims).content == "I had rather not."


def double(number: int) -> int:
    """Twice the number."""
    return 2 * number


@pytest.mark.parametrize(
    ("messages", "options", "message"),
    [
        pytest.param(
            ASKED,
            {"tools": [FunctionTool(double, description="doubles")]},
            "ModelClient('scripted/x') does not call functions; it got 1 tools, expected none",
            id="tools",
        ),
        pytest.param(
            [UserMessage(content=["Look:", Image(Picture.new("RGB", (1, 1)))], source="user")],
            {},
            "a message of 'user' has 1 image(s); a ModelClient accepts text only",
            id="image",
        ),
        pytest.param(
            [AssistantMessage(content=[FunctionCall(id="1", arguments="{}", name="double")], source="assistant")],
            {},
            "a AssistantMessage has function calls or their results; a ModelClient accepts text only",
            id="function call",
        ),
        pytest.param(
            [
                FunctionExecutionResultMessage(
                    content=[FunctionExecutionResult(content="4", name="double", call_id="1")]
                )
            ],
            {},
            "a FunctionExecutionResultMessage has function calls or their results; a ModelClient accepts text only",
            id="function result",
        ),
        pytest.param(
            ASKED,
            {"extra_create_args": {"logit_bias": {}}},
            "ModelClient('scripted/x'): extra create args ['logit_bias']; "
            "expected some of temperature, top_p, max_tokens, seed, stop",
            id="unknown setting",
        ),
    ],
)
def test_what_a_model_of_ours_cannot_be_asked_is_refused(messages: Any, options: Any, message: str) -> None:
    """Before anything is asked."""
    client, provider = a_client([])

    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        created(client, messages, **options)

    assert provider.n_calls == 0


def test_errors_are_the_providers_own() -> None:
    """With their types."""
    client, _ = a_client([RequestRejected("too long")])

    with pytest.raises(RequestRejected, match=r"^too long$"):
        created(client)


@pytest.mark.parametrize("by", ["token", "task"])
def test_cancelling_ends_the_call(by: str) -> None:
    """Through AutoGen's token, and as any await does."""

    async def main() -> Waiting:
        provider, token = Waiting(), CancellationToken()
        context = asyncio.ensure_future(ModelClient(MODEL, provider=provider).create(ASKED, cancellation_token=token))
        await provider.asked.wait()
        cancel: Callable[[], object] = token.cancel if by == "token" else context.cancel
        cancel()
        with pytest.raises(asyncio.CancelledError):
            await context
        return provider

    assert asyncio.run(main()).cancelled


def test_a_token_that_is_cancelled_already_lets_nothing_through() -> None:
    """Nothing is paid for."""
    client, provider = a_client(["Canberra."])
    token = CancellationToken()
    token.cancel()

    with pytest.raises(asyncio.CancelledError):
        created(client, cancellation_token=token)

    assert provider.n_calls == 0


def test_tokens_are_estimated() -> None:
    """One for every four lower-case letters, and more for other scripts."""
    client, _ = a_client([])
    messages = [UserMessage(content="x" * 36, source="user")]

    assert client.count_tokens(messages) == 9
    assert client.remaining_tokens(messages) == 128_000 - 9


def test_it_says_what_it_can_do() -> None:
    """Texts and JSON."""
    client, _ = a_client([])

    assert client.model_info == {
        "vision": False,
        "function_calling": False,
        "json_output": True,
        "family": "unknown",
        "structured_output": True,
        "multiple_system_messages": True,
    }
    assert client.capabilities == {"vision": False, "function_calling": False, "json_output": True}


def test_a_dumped_client_is_loaded_again_without_its_key(monkeypatch: pytest.MonkeyPatch) -> None:
    """Through JSON, by the name that users import; the key is read from the environment anew."""
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    client = ModelClient("openai/gpt-4o", temperature=0.5, stop=("END",))

    dumped = client.dump_component().model_dump_json()
    loaded = ChatCompletionClient.load_component(json.loads(dumped))

    assert isinstance(loaded, ModelClient)
    assert loaded.dump_component() == client.dump_component()
    assert json.loads(dumped)["provider"] == "fellowship.ModelClient"
    assert json.loads(dumped)["config"] == {"model": "openai/gpt-4o", "sampling": {"temperature": 0.5, "stop": ["END"]}}
    assert KEY not in dumped + repr(client) + str(vars(client))


def test_an_unknown_field_of_a_config_is_refused() -> None:
    """Rather than left out in silence."""
    with pytest.raises(ValueError, match="api_key"):
        ModelClientConfig.model_validate({"model": "openai/gpt-4o", "api_key": KEY})


def test_a_missing_key_is_told_at_once() -> None:
    """With the variable it belongs into."""
    with pytest.raises(ConfigurationError, match=r"^openai/gpt-4o needs the environment variable OPENAI_API_KEY"):
        ModelClient("openai/gpt-4o")


def test_a_setting_that_does_not_exist_is_refused() -> None:
    """As everywhere."""
    options: Any = {"temprature": 0}

    with pytest.raises(ValueError, match="temprature"):
        ModelClient("sim/mid", **options)


def test_one_variable_replaces_every_model(monkeypatch: pytest.MonkeyPatch) -> None:
    """Here too; the configuration keeps the name that was written."""
    monkeypatch.setenv("FELLOWSHIP_MODEL", "sim/mid")

    client = ModelClient("openai/gpt-4o")

    assert created(client).content
    assert client.dump_component().config["model"] == "openai/gpt-4o"


def test_a_failed_opening_is_repeated_by_the_next_call(monkeypatch: pytest.MonkeyPatch) -> None:
    """Concurrent calls share one opening, and its error."""
    client, _ = a_client(["Canberra."])
    openings: list[Router] = []
    opened = Router.__aenter__

    async def fails_once(router: Router) -> Router:
        openings.append(router)
        await asyncio.sleep(0)
        if len(openings) == 1:
            raise OSError("no locks available")
        return await opened(router)

    async def main() -> list[Any]:
        both = await asyncio.gather(client.create(ASKED), client.create(ASKED), return_exceptions=True)
        return [*map(repr, both), (await client.create(ASKED)).content]

    monkeypatch.setattr(Router, "__aenter__", fails_once)

    assert asyncio.run(main()) == ["OSError('no locks available')"] * 2 + ["Canberra."]
    assert len(openings) == 2


def test_closing_closes_the_provider() -> None:
    """Its connections are given back."""
    client, provider = a_client([])

    asyncio.run(client.close())

    assert provider.closed


def test_autogens_agents_talk_through_a_server(monkeypatch: pytest.MonkeyPatch, serve: Serve) -> None:
    """In a team, over HTTP."""

    async def main() -> tuple[list[str], RequestUsage]:
        client = ModelClient("openai/mid", temperature=0.5)
        agents = [AssistantAgent(name, model_client=client) for name in ("writer", "critic")]
        team = RoundRobinGroupChat([*agents], termination_condition=MaxMessageTermination(5))
        result = await team.run(task=QUESTION)
        await client.close()
        return [message.source for message in result.messages], client.total_usage()

    server = serve("sim")
    monkeypatch.setenv("OPENAI_BASE_URL", server.base_url)
    sources, usage = asyncio.run(main())
    n_requests = server.stats()["requests"]

    assert sources == ["user", "writer", "critic", "writer", "critic"]
    assert n_requests == 4
    assert usage.completion_tokens > 0


def test_an_assistant_sees_the_chat_and_what_is_said_in_it() -> None:
    """Ours beside AutoGen's, both on scripted models."""
    client, provider = a_client(["Say since when."])
    writer, _ = a_client(["Canberra."])
    team = RoundRobinGroupChat([Generator(writer), AssistantAgent("critic", model_client=client)], max_turns=2)

    result = asyncio.run(team.run(task=QUESTION))

    texts = [message.to_text() for message in result.messages if isinstance(message, BaseChatMessage)]
    assert texts == [QUESTION, "Canberra.", "Say since when."]
    assert [message["content"] for message in provider.requests[0].messages[1:]] == [QUESTION, "Canberra."]


def test_an_assistants_structured_output_is_read() -> None:
    """AutoGen validates it; the fence around it is gone."""
    client, _ = a_client(['```json\n{"unsupported": ["it is"]}\n```'])
    assistant = AssistantAgent("checker", model_client=client, output_content_type=Claims)

    result = asyncio.run(assistant.run(task=QUESTION))

    last = result.messages[-1]
    assert isinstance(last, StructuredMessage)
    assert last.content == Claims(unsupported=["it is"])


def test_an_assistant_streams() -> None:
    """Its one piece, and its message."""
    client, _ = a_client(["Canberra."])
    assistant = AssistantAgent("assistant", model_client=client, model_client_stream=True)

    async def main() -> list[str]:
        return [type(each).__name__ async for each in assistant.run_stream(task=QUESTION)]

    assert asyncio.run(main()) == ["TextMessage", "ModelClientStreamingChunkEvent", "TextMessage", "TaskResult"]


def test_the_settings_file_counts_for_autogens_side_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Aliases, own servers and limits: the request that is too large for the limit is never sent."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "fellowship.toml").write_text(
        '[providers.lab]\nbase_url = "http://127.0.0.1:9/v1"\n[limits.lab]\nitpm = 1\n[aliases]\nfast = "lab/m"\n'
    )

    async def main() -> None:
        client = ModelClient("fast")
        try:
            await client.create([UserMessage(content="Why is the sky blue?", source="user")])
        finally:
            await client.close()

    with pytest.raises(
        RequestRejected, match=r"more than the 1 input tokens per minute of lab at http://127\.0\.0\.1:9"
    ):
        asyncio.run(main())


def test_a_client_answers_in_a_second_event_loop(monkeypatch: pytest.MonkeyPatch, serve: Serve) -> None:
    """The session and the rate limiter of the first one have ended with it."""
    monkeypatch.setenv("OPENAI_BASE_URL", serve("Canberra.").base_url)
    client = ModelClient("openai/mid")

    replies = [created(client).content, created(client).content]
    asyncio.run(client.close())

    assert replies == ["Canberra.", "Canberra."]
