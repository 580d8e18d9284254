"""Fork: repeat a recorded conversation from one of its messages on, with changes.

Earlier messages are kept. From that message on, a call whose request is unchanged is answered by the recorded reply;
all others are made. Without any change all calls are made, to sample other outcomes. A fork is a run of its own in a
folder beside the original; the original never changes.
"""

import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, TypeVar

import orjson
from pydantic import TypeAdapter

from fellowship.protocols.completions import Sampling
from fellowship.protocols.content import Draft, Prompt
from fellowship.protocols.digests import json_digest
from fellowship.protocols.errors import ConfigurationError, ConversationNotFound
from fellowship.protocols.items import Item, candidate_position
from fellowship.reruns.fork_estimate import estimate_fork
from fellowship.runners import run_config as configuration
from fellowship.runners.agent_binding import AnyAgent, map_agents
from fellowship.runners.execution import execute
from fellowship.runners.inputs import Source
from fellowship.runners.known_replies import AskPlace
from fellowship.runners.resume import ForkPoint, attempts_by_place
from fellowship.runners.run_spec import RunSpec
from fellowship.runners.summary import RunSummary
from fellowship.storage.fork_record import left_out_of
from fellowship.storage.recorded_run import JOURNAL, RecordedRun
from fellowship.storage.records import RecordedMessage

FORKS_FOLDER = ".forks"
UNKNOWN_MODEL = "unknown"
ABOUT_TEXTS = ("label", "votes")
"""What people said about the texts of an item; it is not about a text that replaces one of them."""
ValueT = TypeVar("ValueT")


@dataclass(frozen=True, slots=True)
class ForkChanges:
    """The changes of a fork: a text for the message, and models, instructions and sampling by agent ("" for all)."""

    text: str | None = None
    models: Mapping[str, str] = field(default_factory=dict)
    instructions: Mapping[str, str] = field(default_factory=dict)
    sampling: Mapping[str, Sampling] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for name in ("models", "instructions", "sampling"):
            if not isinstance(given := getattr(self, name), Mapping):
                raise ConfigurationError(f'{name} is {given!r}; expected a mapping by agent, with "" for all agents')

    def of(self, agent: AnyAgent) -> AnyAgent:
        """The changed agent. A part of an agent, such as a ballot, takes over its changes but for the instructions."""
        if (model := _value_for(agent, self.models)) is not None:
            agent = agent.with_model(model)
        if not agent.part_of and (instructions := _value_for(agent, self.instructions)) is not None:
            agent = agent.with_instructions(instructions)
        if (sampling := _value_for(agent, self.sampling)) is not None:
            agent = agent.with_sampling(sampling)
        return agent


CHANGES = TypeAdapter(ForkChanges)


def forked_run(
    spec: RunSpec, recorded: RecordedRun, conversation: str, number: int, changes: ForkChanges, *, times: int
) -> RunSpec:
    """The specification of a run of `times` forks of a conversation from its message `number` on (1 is the first).

    ConfigurationError for an unknown agent, or a text for a message that the scenario computed.
    """
    names = [agent.name for agent in spec.bindings.agents()]
    if unknown := {*changes.models, *changes.instructions, *changes.sampling} - {"", *names}:
        raise ConfigurationError(f"there is no agent {min(unknown)!r}; the agents of this run are {', '.join(names)}")
    changes = replace(changes, models={name: spec.settings.resolved(model) for name, model in changes.models.items()})
    original = recorded.conversation(conversation)
    messages = recorded.messages_with_asks(conversation)
    if times < 1:
        raise ConfigurationError(f"times is {times}; expected at least 1")
    if not 1 <= number <= len(messages):
        there = f"it has {conversation}@1 to {conversation}@{len(messages)}" if messages else "it has no messages yet"
        raise ConversationNotFound(f"the conversation {conversation} has no message {number}; {there}")
    item, edits = _edited(original.item, messages[number - 1], changes.text)
    base = spec.branch
    branch = ForkPoint(
        kept=frozenset(_ask_of(each) for each in messages[: number - 1]),
        attempts=attempts_by_place(recorded, conversation),
        edits=edits,
        changed=changes.of if base is None else lambda agent: changes.of(base.changed(agent)),
        seed=spec.seed_of(conversation),
        all_live=changes == ForkChanges(),
        base=base,
    )
    assert recorded.folder is not None
    without = [name for name in ABOUT_TEXTS if getattr(original.item, name) and not getattr(item, name)]
    config = _config(spec, branch, f"{recorded.folder.absolute()}/{conversation}@{number}", changes, without)
    configuration.check_config(config)
    forks = recorded.folder.with_name(f"{recorded.folder.name}{FORKS_FOLDER}")
    folder = _fork_folder(forks, f"{conversation}-{number}", config["fork"], recorded.first_begun())
    return replace(
        spec,
        items=Source((item,) * times, 0, None),
        folder=folder,
        config=config,
        metadata={**spec.metadata, "fork": orjson.dumps(config["fork"]).decode()},
        branch=branch,
        options=replace(spec.options, label=f"fork of {conversation}@{number}", reuse=None),
    )


def _fork_folder(forks: Path, name: str, fork: Mapping[str, Any], original_begun: float | None) -> Path:
    """The same for the same fork, so that the same command continues it.

    A fork that is older than the original, which was started over since, is a fork of other messages: the new one has
    another folder.
    """
    folder = forks / f"{name}-{json_digest(fork).hex()[:6]}"
    if original_begun is None or not (folder / JOURNAL).is_file():
        return folder
    with RecordedRun.open(folder) as recorded:
        begun = recorded.first_begun()
    if begun is None or begun >= original_begun:
        return folder
    return forks / f"{name}-{json_digest({**fork, 'begun': original_begun}).hex()[:6]}"


async def execute_fork(fork: RunSpec) -> RunSummary:
    """The summary of a run made by `forked_run`; what it does not take over is said on standard error before.

    ConfigurationError, before anything is written, for an edit that its author's role cannot read.
    """
    if fork.branch is not None and fork.branch.edits:
        await estimate_fork(fork)
    if (note := left_out_of(fork.config)) and not fork.options.quiet:
        print(note, file=sys.stderr, flush=True)
    return await execute(fork)


def _value_for(agent: AnyAgent, table: Mapping[str, ValueT]) -> ValueT | None:
    return table.get(agent.part_of or agent.name, table.get(""))


def fork_origin(folder: Path) -> Path:
    """The folder of the run that a fork, or a fork of a fork, is made of; for other runs the folder itself."""
    fork = _recorded_fork(folder)
    return folder if fork is None else fork_origin(Path(fork["of"].rpartition("/")[0]))


def recorded_changes(spec: RunSpec, folder: Path) -> RunSpec:
    """The specification of the run in `folder`: `spec`, with the recorded changes if the run is a fork."""
    fork = _recorded_fork(folder)
    if fork is None:
        return spec
    parent, _, place = fork["of"].rpartition("/")
    conversation, _, number = place.partition("@")
    changes = CHANGES.validate_python(fork)
    with RecordedRun.open(parent) as original, RecordedRun.open(folder) as recorded:
        times = sum(recorded.counts().values())
        spec = recorded_changes(spec, Path(parent))
        return replace(forked_run(spec, original, conversation, int(number), changes, times=times), folder=folder)


def _recorded_fork(folder: Path) -> dict[str, Any] | None:
    """What `_config` recorded of the fork; None for a run that is no fork."""
    with RecordedRun.open(folder) as recorded:
        text = recorded.settings().get("fork")
    return None if text is None else orjson.loads(text)


def _ask_of(message: RecordedMessage) -> AskPlace:
    return message.lane, message.source, message.occurrence


def _edited(item: Item, message: RecordedMessage, text: str | None) -> tuple[Item, Mapping[AskPlace, str]]:
    """The item, or the edited replies, with the text instead of the message. ConfigurationError for a blank text."""
    if text is None:
        return item, {}
    if not text.strip():
        raise ConfigurationError(f"the text for message {message.id} is blank; expected the text that replaces it")
    if message.asks:
        return item, {_ask_of(message): text}
    if isinstance(message.content, Prompt):
        prompt = Prompt.of([*item.prompt.chat[:-1], {"role": "user", "content": text}], reference=item.prompt.reference)
        return _about_other_texts(item, prompt=prompt) if prompt != item.prompt else item, {}
    position = candidate_position(message.source)
    if isinstance(message.content, Draft) and position is not None:
        if item.candidates[position].text == text:
            return item, {}
        drafts = [*item.candidates[:position], Draft(text=text), *item.candidates[position + 1 :]]
        models = tuple(UNKNOWN_MODEL if at == position else model for at, model in enumerate(item.models))
        return _about_other_texts(item, candidates=tuple(drafts), models=models), {}
    raise ConfigurationError(
        f"message {message.id} was computed by the scenario, not written by a model; edit one of its inputs: "
        f"{', '.join(message.inputs)}"
    )


def _about_other_texts(item: Item, **texts: Any) -> Item:
    """The item with the texts, and without what people said about those that they replace."""
    return item.model_copy(update={**texts, "label": None, "votes": ()})


def _config(
    spec: RunSpec, branch: ForkPoint, address: str, changes: ForkChanges, without: Sequence[str]
) -> dict[str, Any]:
    """The configuration with the changed agents, and the origin and changes of the fork.

    `without` names the fields of the item that the fork leaves out.
    """
    arguments = {name: map_agents(value, branch.changed) for name, value in spec.bindings.arguments.items()}
    bindings = replace(spec.bindings, arguments=arguments)
    described = configuration.describe_run(
        spec.scenario, bindings, seed=spec.options.seed, prompts=spec.options.prompts
    )
    changed = CHANGES.dump_python(changes, mode="json", exclude_defaults=True)
    return {**described, "fork": {"of": address, **changed, **({"without": [*without]} if without else {})}}
