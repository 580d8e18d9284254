"""Fork: a recorded conversation once more from one of its messages on, with something changed.

What comes before the message is as it was. From there on, an ask whose request is the same is answered by the recorded
reply, and all others go live. Where nothing is changed, all asks go live, for the spread of what comes of them. A fork
is a run of its own in a folder beside the original's; the original never changes.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

import orjson

from fellowship.protocols.completions import Sampling
from fellowship.protocols.content import Draft, Prompt
from fellowship.protocols.digests import json_digest
from fellowship.protocols.errors import ConfigurationError, ConversationNotFound
from fellowship.protocols.items import CANDIDATE, Item
from fellowship.runners import run_config as configuration
from fellowship.runners.agent_binding import AnyAgent, map_agents
from fellowship.runners.conversation import seed_of
from fellowship.runners.fork_point import ForkedAsk, ForkPoint
from fellowship.runners.inputs import Source
from fellowship.runners.run_spec import RunSpec
from fellowship.storage.recorded_run import RecordedMessage, RecordedRun

FORKS_FOLDER = ".forks"
ValueT = TypeVar("ValueT")


@dataclass(frozen=True, slots=True)
class ForkChanges:
    """What is to be otherwise from the message on: a text in its place, and by agent's name ("" for all) the rest."""

    text: str | None = None
    models: Mapping[str, str] = field(default_factory=dict)
    instructions: Mapping[str, str] = field(default_factory=dict)
    sampling: Mapping[str, Sampling] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for name, given in (("models", self.models), ("instructions", self.instructions), ("sampling", self.sampling)):
            if not isinstance(given, Mapping):
                raise ConfigurationError(f'{name} is {given!r}; expected a mapping by agent, with "" for all agents')

    def of(self, agent: AnyAgent) -> AnyAgent:
        """The agent as it is to be. A part of one, such as a ballot, follows it in all but its instructions."""
        if (model := _for(agent, self.models)) is not None:
            agent = agent.with_model(model)
        if not agent.part_of and (instructions := _for(agent, self.instructions)) is not None:
            agent = agent.with_instructions(instructions)
        if (sampling := _for(agent, self.sampling)) is not None:
            agent = agent.with_sampling(sampling)
        return agent

    @property
    def names(self) -> set[str]:
        """The agents that are named."""
        return {*self.models, *self.instructions, *self.sampling} - {""}

    @property
    def is_none(self) -> bool:
        """Whether all is to be as it was."""
        return self.text is None and not (self.models or self.instructions or self.sampling)


def forked_run(
    spec: RunSpec, recorded: RecordedRun, conversation: str, number: int, changes: ForkChanges, *, times: int
) -> RunSpec:
    """The call that carries out `times` forks of a conversation from its message `number` on (1 is the first).

    ConfigurationError for an agent that is not there, or a text in the place of a message that no model wrote.
    """
    _refuse_strangers(spec, changes)
    changes = replace(changes, models={name: spec.settings.resolved(model) for name, model in changes.models.items()})
    original = recorded.conversation(conversation)
    told = recorded.messages_with_asks(conversation)
    if times < 1:
        raise ConfigurationError(f"times is {times}; expected at least 1")
    if not 1 <= number <= len(told):
        there = f"it has {conversation}@1 to {conversation}@{len(told)}" if told else "nothing was said in it yet"
        raise ConversationNotFound(f"the conversation {conversation} has no message {number}; {there}")
    item, edits = _edited(original.item, told[number - 1], changes.text)
    base = spec.branch
    branch = ForkPoint(
        kept=frozenset(_place(each) for each in told[: number - 1]),
        attempts=recorded.attempts(conversation),
        edits=edits,
        changed=changes.of if base is None else lambda agent: changes.of(base.changed(agent)),
        seed=seed_of(spec.seed, conversation) if base is None else base.seed,
        all_live=changes.is_none,
        base=base,
    )
    assert recorded.folder is not None
    config = _config(spec, branch, f"{recorded.folder.absolute()}/{conversation}@{number}", changes)
    configuration.check_config(config)
    return replace(
        spec,
        items=Source((item,) * times, 0, None),
        folder=_folder(recorded, conversation, number, config),
        config=config,
        label=f"fork of {conversation}@{number}",
        metadata={**spec.metadata, "fork": orjson.dumps(config["fork"]).decode()},
        branch=branch,
        reuse=None,
    )


def _for(agent: AnyAgent, table: Mapping[str, ValueT]) -> ValueT | None:
    return table.get(agent.part_of or agent.name, table.get(""))


def fork_origin(folder: Path) -> Path:
    """The run that a fork, or a fork of a fork, was made of in the end; any other run itself."""
    made = _fork_in(folder)
    return folder if made is None else fork_origin(made.folder)


def recorded_changes(spec: RunSpec, folder: Path) -> RunSpec:
    """The call that made the run in a folder: the given one, or a fork of it."""
    made = _fork_in(folder)
    if made is None:
        return spec
    with RecordedRun.open(made.folder) as parent, RecordedRun.open(folder) as fork:
        n = sum(fork.counts().values())
        original = recorded_changes(spec, made.folder)
        return replace(
            forked_run(original, parent, made.conversation, made.number, made.changes, times=n), folder=folder
        )


class _Made(NamedTuple):
    """What a fork was made of, and how."""

    folder: Path
    conversation: str
    number: int
    changes: ForkChanges


def _fork_in(folder: Path) -> _Made | None:
    with RecordedRun.open(folder) as recorded:
        text = recorded.settings().get("fork")
    if text is None:
        return None
    what: dict[str, Any] = orjson.loads(text)
    parent, _, place = what["of"].rpartition("/")
    conversation, _, number = place.partition("@")
    sampling = {name: Sampling(**settings) for name, settings in what.get("sampling", {}).items()}
    changes = ForkChanges(what.get("text"), what.get("models", {}), what.get("instructions", {}), sampling)
    return _Made(Path(parent), conversation, int(number), changes)


def _refuse_strangers(spec: RunSpec, changes: ForkChanges) -> None:
    there = [agent.name for agent in spec.bindings.agents()]
    strangers = changes.names - set(there)
    if strangers:
        raise ConfigurationError(f"there is no agent {min(strangers)!r}; the agents of this run are {', '.join(there)}")


def _place(told: RecordedMessage) -> ForkedAsk:
    return told.lane, told.source, told.occurrence


def _edited(item: Item, message: RecordedMessage, text: str | None) -> tuple[Item, Mapping[ForkedAsk, str]]:
    """The item, or the replies, with the text in the place of a message. ConfigurationError for a blank text."""
    if text is None:
        return item, {}
    if not text.strip():
        raise ConfigurationError(f"the text for message {message.id} is blank; expected what stands in its place")
    if message.asks:
        return item, {_place(message): text}
    if isinstance(message.content, Prompt):
        prompt = Prompt.of([*item.prompt.chat[:-1], {"role": "user", "content": text}], reference=item.prompt.reference)
        return item.model_copy(update={"prompt": prompt}), {}
    if isinstance(message.content, Draft) and message.source.startswith(CANDIDATE):
        seat = int(message.source.removeprefix(CANDIDATE)) - 1
        drafts = [*item.candidates[:seat], Draft(text=text), *item.candidates[seat + 1 :]]
        return item.model_copy(update={"candidates": tuple(drafts)}), {}
    raise ConfigurationError(
        f"message {message.id} was worked out by the scenario, not written by a model; edit one of those it came from: "
        f"{', '.join(message.inputs)}"
    )


def _config(spec: RunSpec, branch: ForkPoint, address: str, changes: ForkChanges) -> dict[str, Any]:
    """That of the call with the changed agents, and what the fork is of."""
    arguments = {name: map_agents(value, branch.changed) for name, value in spec.bindings.arguments.items()}
    described = configuration.describe_run(spec.scenario, replace(spec.bindings, arguments=arguments), seed=spec.seed)
    what = {
        "text": changes.text,
        "models": dict(changes.models),
        "instructions": dict(changes.instructions),
        "sampling": {name: sampling.settings() for name, sampling in changes.sampling.items()},
    }
    return {**described, "fork": {"of": address, **{name: value for name, value in what.items() if value}}}


def _folder(recorded: RecordedRun, conversation: str, number: int, config: Mapping[str, Any]) -> Path:
    """The same changes give the same folder, so that the same command continues a fork."""
    assert recorded.folder is not None
    mark = json_digest(config["fork"]).hex()[:6]
    return recorded.folder.with_name(f"{recorded.folder.name}{FORKS_FOLDER}") / f"{conversation}-{number}-{mark}"
