"""The check of a script: a dry run of each of its runs on the first prompt, with an example of every request."""

from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from itertools import islice

from fellowship.estimates.dry_run import dry_run
from fellowship.protocols.errors import FellowshipError
from fellowship.providers.catalog import providers_disabled, providers_enabled
from fellowship.runners.overrides import Overrides, overriding
from fellowship.runners.run_spec import RunSpec
from fellowship.runners.scenario_function import scenario_name
from fellowship.runners.summary import RunSummary
from fellowship.storage.input_survey import InputSurvey
from fellowship.storage.records import RecordedAsk, RecordedMessage

OUTSIDE_CALL = "it is asked outside of run(...), where nothing can be simulated; use `fellowship run` for this script"


@dataclass(frozen=True, slots=True)
class SampleRequest:
    """The first of `n` requests of one agent that show the same types of message; `sees` are these types."""

    agent: str
    model: str
    sees: tuple[str, ...]
    messages: Sequence[dict[str, str]]
    n: int


@dataclass(frozen=True, slots=True)
class CheckResult:
    """A run without defects. `n_asks`: asks of the first conversation by agent; `notes` are not errors."""

    scenario: str
    n_prompts: int
    survey: InputSurvey
    n_asks: dict[str, int]
    asks: list[SampleRequest]
    notes: list[str] = field(default_factory=list)


@contextmanager
def check_script(overrides: Overrides) -> Iterator[list[CheckResult]]:
    """Inside the block every `run(...)` is checked instead of executed; the list has the result of each."""
    checks: list[CheckResult] = []

    async def check(spec: RunSpec) -> RunSummary:
        summary = await dry_run(spec, list(islice(spec.items, 1)), seed=spec.options.seed, keep_simulated=False)
        checks.append(await _result(spec, summary))
        return summary

    overrides = replace(overrides, intercept=check)
    with overriding(overrides, command="check", is_dry=True), providers_disabled(OUTSIDE_CALL):
        yield checks


async def _result(spec: RunSpec, summary: RunSummary) -> CheckResult:
    conversation = next(iter(summary))
    asks = summary.recorded.asks(conversation.id)
    messages = summary.recorded.messages_with_asks(conversation.id, asks)
    readable = {ask.key for each in messages for ask in each.asks}
    errors: dict[str, str] = {}  # the first of each agent
    for ask in asks:
        if ask.error is not None:
            errors.setdefault(ask.key.agent, ask.error)
    notes = [f"a simulated reply could not be read: {error}" for error in errors.values()]
    return CheckResult(
        scenario=scenario_name(spec.scenario),
        n_prompts=spec.total,
        survey=spec.survey,
        n_asks=dict(Counter(key.agent for key in sorted({ask.key for ask in asks}))),
        asks=_sample_requests(messages, [ask for ask in asks if ask.key not in readable]),
        notes=[*notes, *await _problems_of_models(spec)],
    )


def _sample_requests(messages: Sequence[RecordedMessage], unread: Sequence[RecordedAsk]) -> list[SampleRequest]:
    """One for each agent and set of types of message that it sees, whatever the number of messages of a type."""
    contents = {each.id: type(each.content).__name__.lower() for each in messages}
    firsts: dict[tuple[str, tuple[str, ...]], RecordedAsk] = {}
    counts: Counter[tuple[str, tuple[str, ...]]] = Counter()
    for each in messages:
        if each.asks:
            kind = each.source, tuple(dict.fromkeys(contents[id] for id in each.inputs if id in contents))
            firsts.setdefault(kind, each.asks[0])
            counts[kind] += 1
    for ask in unread:
        firsts.setdefault((ask.key.agent, ()), ask)
        counts[ask.key.agent, ()] += ask.attempt.number == 1
    return [
        SampleRequest(agent, ask.model, sees, ask.request["messages"], counts[agent, sees])
        for (agent, sees), ask in firsts.items()
    ]


async def _problems_of_models(spec: RunSpec) -> list[str]:
    """The error of each model that cannot be opened here, such as for a missing key."""
    problems: list[str] = []
    async with spec.providers as providers:
        with providers_enabled():
            for model in dict.fromkeys(agent.model_name for agent in spec.bindings.agents()):
                try:
                    providers.open(model)
                except FellowshipError as error:
                    problems.append(str(error))
    return problems
