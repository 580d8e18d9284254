"""`ScenarioTeam`: any scenario as an AutoGen team, for AutoGen's Console and as a participant of other teams.

team = ScenarioTeam(debate, debaters=panel("openai/gpt-4o"))
await Console(team.run_stream(task=[prompt, draft_a, draft_b]))
"""

import asyncio
import time
from collections.abc import AsyncGenerator, Mapping, Sequence
from typing import Any

from fellowship.agents.agent import Agent
from fellowship.interop.streaming_journal import StreamingJournal
from fellowship.interop.team_task import TeamTask, fixed_drafts, item_of_task
from fellowship.protocols.autogen import BaseAgentEvent, BaseChatMessage, CancellationToken, TaskResult, Team
from fellowship.protocols.completions import Completion, Request
from fellowship.protocols.content import Verdict
from fellowship.protocols.errors import ConfigurationError
from fellowship.protocols.interfaces import Provider
from fellowship.protocols.items import Item
from fellowship.protocols.messages import BUILT_IN, Message
from fellowship.providers.outside_runs import check_asking_process, limited_outside, limits_hold
from fellowship.providers.sim.provider import SimProvider
from fellowship.runners.agent_binding import bind_agents
from fellowship.runners.ask import AskContext
from fellowship.runners.budget import check_budget
from fellowship.runners.conversation import LiveConversation, seed_of
from fellowship.runners.overrides import current_overrides, current_pots
from fellowship.runners.providers import Providers
from fellowship.runners.resume import conversation_id
from fellowship.runners.router import Router
from fellowship.runners.scenario_function import (
    Scenario,
    check_arguments,
    refuse_shadowed,
    scenario_name,
    without_bound_keywords,
)
from fellowship.settings.limits import ConfiguredLimits
from fellowship.settings.prices import Prices
from fellowship.settings.settings import configured_servers, load_settings

TEAM_OPTIONS = ("name", "description", "seed", "providers")


class ScenarioTeam(Team):
    """A scenario with its agents; each task is a conversation, as in a run, but is not recorded.

    The task is the prompt: a text or a message. A sequence of messages is the prompt followed by the drafts, for
    scenarios that compare. Drafts can also be given as arguments with the scenario's parameter names: `a=` and `b=` for
    a judge, `opponent=` for versus, `drafts=[...]` for select_best; the task then has the others.

    Inside an AutoGen team, texts of other agents are drafts until the user speaks again. That team needs
    `custom_message_types=team.message_types`. The scenario's outcome is the last message of the result.
    """

    def __init__(
        self,
        scenario: Scenario,
        *,
        name: str | None = None,
        description: str | None = None,
        seed: int = 0,
        providers: Mapping[str, Provider] | None = None,
        **arguments: Any,
    ) -> None:
        """`providers` and `seed` as in `arun`. ConfigurationError for arguments that the scenario does not accept."""
        refuse_shadowed(scenario, TEAM_OPTIONS, of="ScenarioTeam(...)")
        self._scenario, bound = without_bound_keywords(scenario)
        self._fixed = fixed_drafts(self._scenario, {**bound, **arguments})
        given = {key: value for key, value in {**bound, **arguments}.items() if key not in self._fixed}
        check_arguments(self._scenario, given)
        overrides = current_overrides()
        self._settings = load_settings(overrides.config)
        self._bindings = bind_agents(
            given, models=overrides.models, default_model=overrides.default_model, settings=self._settings
        )
        self._seed = seed
        self._own_providers = {"sim": SimProvider(seed), **(providers or {})}
        self._name = name or scenario_name(scenario)
        if not self._name.isidentifier():
            raise ConfigurationError(f"the team's name is {self._name!r}; expected an identifier, such as 'my_jury'")
        self._description = description or f"Carries out the scenario {scenario_name(scenario)}."
        self._item: Item | None = None
        self._n_conversations = 0
        self._is_running = False
        self._not_paused = asyncio.Event()
        self._not_paused.set()

    def __repr__(self) -> str:
        return f"ScenarioTeam({scenario_name(self._scenario)}, name={self._name!r})"

    @property
    def name(self) -> str:
        """The team's name, which must be unique among the participants of an AutoGen team."""
        return self._name

    @property
    def description(self) -> str:
        """The description that AutoGen shows to other agents."""
        return self._description

    @property
    def participants(self) -> Sequence[Agent[Any]]:
        """The agents, with their unique names and resolved models."""
        return tuple(self._bindings.agents())

    @property
    def message_types(self) -> list[type[BaseAgentEvent | BaseChatMessage]]:
        """All message types that the team produces or accepts."""
        return list(dict.fromkeys([*BUILT_IN.values(), *(agent.message_type for agent in self.participants)]))

    async def run(
        self,
        *,
        task: TeamTask | None = None,
        cancellation_token: CancellationToken | None = None,
        output_task_messages: bool = True,
    ) -> TaskResult:
        """Carry out one conversation as `run_stream` does, and return all its messages."""
        token = cancellation_token
        stream = self.run_stream(task=task, cancellation_token=token, output_task_messages=output_task_messages)
        *_, result = [each async for each in stream]
        assert isinstance(result, TaskResult)
        return result

    async def run_stream(
        self,
        *,
        task: TeamTask | None = None,
        cancellation_token: CancellationToken | None = None,
        output_task_messages: bool = True,
    ) -> AsyncGenerator[BaseAgentEvent | BaseChatMessage | TaskResult, None]:
        """The messages as they are produced, then the result. Without a task the last one is repeated.

        The outcome is repeated at the end if other messages followed it. Errors of the scenario propagate unchanged.
        ValueError for a task that the scenario cannot use, RuntimeError while another task is in progress.
        """
        item = self._item_of(task)
        providers = Providers(self._bindings.clients, self._own_providers, configured_servers(self._settings))
        check_asking_process(repr(self))
        for agent in self.participants:
            providers.open(agent.model_name)
        check_budget((pot.caps for pot in current_pots()), Prices(self._settings, providers.address), self.participants)
        if limits_hold(dollars=True):
            providers.keep_max_tokens()
        id = conversation_id(self._n_conversations)
        journal = StreamingJournal(f"{self._name}/{id}")
        self._n_conversations += 1
        self._is_running = True
        n_input = 1 + len(item.candidates)
        messages: list[BaseAgentEvent | BaseChatMessage] = []
        execution = asyncio.ensure_future(self._execute(id, item, journal, providers))  # AutoGen cancels a future
        execution.add_done_callback(journal.end)
        if cancellation_token is not None:
            cancellation_token.link_future(execution)
        try:
            while (message := await journal.stream.get()) is not None:
                n_input -= 1
                if output_task_messages or n_input < 0:
                    messages.append(message)
                    yield message
            outcome = journal.renamed(await execution)
            if not messages or messages[-1].id != outcome.id:
                messages.append(outcome)
                yield outcome
            yield TaskResult(messages=messages, stop_reason=self._stop_reason(outcome, simulated=journal.simulated))
        finally:
            execution.cancel()
            await asyncio.wait([execution])
            self._is_running = False

    async def reset(self) -> None:
        """Forget the last task and restart the count of conversations."""
        self._refuse_while_running("reset")
        self._item, self._n_conversations = None, 0

    async def pause(self) -> None:
        """Send no further request until `resume`; open requests are completed."""
        self._not_paused.clear()

    async def resume(self) -> None:
        """Continue to send requests."""
        self._not_paused.set()

    async def save_state(self) -> Mapping[str, Any]:
        """The last task and the number of tasks; the messages are not part of the state."""
        item = self._item.model_dump(mode="json") if self._item is not None else None
        return {"type": "ScenarioTeamState", "item": item, "n_conversations": self._n_conversations}

    async def load_state(self, state: Mapping[str, Any]) -> None:
        """Restore a saved state."""
        self._refuse_while_running("given another state")
        self._item = Item.model_validate(state["item"]) if state["item"] is not None else None
        self._n_conversations = int(state["n_conversations"])

    def _item_of(self, task: TeamTask | None) -> Item:
        self._refuse_while_running("given another task")
        if task is not None:
            before = self._item.prompt if self._item is not None else None
            self._item = item_of_task(task, before, self._scenario, self._fixed)
        if self._item is None:
            raise ValueError(f"team '{self._name}' has no task yet; expected a text, a message or messages")
        return self._item

    async def _execute(self, id: str, item: Item, journal: StreamingJournal, providers: Providers) -> Message[Any]:
        not_paused = asyncio.Event()  # a new one: an event that was awaited belongs to the event loop of that time
        if self._not_paused.is_set():
            not_paused.set()
        self._not_paused = not_paused
        limits = ConfiguredLimits(self._settings)
        async with providers, Router(providers.opened, limits, limited=limited_outside) as router:

            async def complete(request: Request) -> Completion:
                await self._not_paused.wait()
                return await router.complete(request)

            talk = LiveConversation(id, seed_of(self._seed, id), AskContext(journal, complete, time.time))
            prompt, candidates = talk.pose(item)
            outcome = await self._scenario(talk, prompt, *candidates, **self._bindings.arguments)
        if not isinstance(outcome, Message):
            raise TypeError(f"the scenario returned {type(outcome).__name__}; expected a message")
        return outcome

    def _stop_reason(self, outcome: Message[Any], *, simulated: bool) -> str:
        failed = isinstance(outcome.content, Verdict) and outcome.content.decision == "failed"
        ended = f"failed: {outcome.content.reason}" if failed else "ended"
        return f"scenario {scenario_name(self._scenario)} {ended}{' (simulated)' if simulated else ''}"

    def _refuse_while_running(self, what: str) -> None:
        if self._is_running:
            raise RuntimeError(f"team '{self._name}' is running; it can be {what} when it has ended")
