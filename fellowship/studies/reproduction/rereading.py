"""Recorded replies read by our own agents: each evaluator's scenario runs with replies from the record.

The whole recorded text of a reply is the only completion of its call; there are no repairs. Answers are shown in the
order given, as in the original.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, TypeAlias

from fellowship.agents.agent import Agent
from fellowship.agents.debater import PERSONAS, Debater
from fellowship.agents.judge import Judge
from fellowship.agents.juror import Juror
from fellowship.protocols.completions import AskKey, Completion
from fellowship.protocols.content import Draft, Persona, Prompt, Verdict
from fellowship.protocols.items import Item
from fellowship.providers.recorded import RecordedProvider
from fellowship.runners.overrides import Overrides, overriding
from fellowship.runners.resume import conversation_id
from fellowship.runners.run import IN_MEMORY, arun
from fellowship.runners.scenario_function import Scenario
from fellowship.scenarios.debate import debate
from fellowship.scenarios.judge import judge
from fellowship.scenarios.jury import jury
from fellowship.storage.records import RecordedConversation
from fellowship.studies.reproduction.recorded_replies import (
    RecordedItem,
    RecordedReplies,
    RecordedReply,
    ReplyAuthors,
    plain_value,
)
from fellowship.studies.reproduction.sources import SCORED, FigurePlan
from fellowship.telemetry.metrics import Metrics

ReplyPlace: TypeAlias = tuple[str, str, str]
"""Kind, data set and strategy."""
Readings: TypeAlias = dict[ReplyPlace, dict[ReplyAuthors, dict[str, Verdict]]]
"""The verdicts of each evaluator (of a jury: the votes of each juror) by item."""
RecordedAskRef: TypeAlias = tuple[int, str, str, int]
"""Number of the item, lane, agent, occurrence."""
BLANK = "(no text)"


def place_of(plan: FigurePlan) -> ReplyPlace:
    """The key of the verdicts that a figure needs."""
    return plan.kind, plan.dataset, plan.strategy


def conversations_of(recorded: RecordedReplies, plans: Iterable[FigurePlan]) -> int:
    """The number of conversations that `reread_replies` runs for these figures."""
    total = 0
    for (kind, dataset, strategy), members in _tasks(plans).items():
        replies = [recorded.replies(dataset, strategy)[who] for who in members]
        total += len(set().union(*replies)) if kind == "jury" else sum(map(len, replies))
    return total


async def reread_replies(recorded: RecordedReplies, plans: Iterable[FigurePlan], metrics: Metrics) -> Readings:
    """Runs every evaluator of the figures once; one jury gives the votes of all juries of its jurors."""
    readings: Readings = {}
    for place, members in _tasks(plans).items():
        kind, dataset, strategy = place
        replies = {who: recorded.replies(dataset, strategy)[who] for who in members}
        items = recorded.items(dataset, strategy)
        if kind == "jury":
            readings[place] = await _votes(strategy, items, replies, metrics)
            continue
        one = _debated if kind == "debate" else _judged
        readings[place] = {who: await one(strategy, items, who, of_one, metrics) for who, of_one in replies.items()}
    return readings


def _tasks(plans: Iterable[FigurePlan]) -> dict[ReplyPlace, list[ReplyAuthors]]:
    """The authors of the replies of each place, in the order of the figures."""
    tasks: dict[ReplyPlace, dict[ReplyAuthors, None]] = defaultdict(dict)
    for plan in plans:
        if plan.missing is None:
            tasks[place_of(plan)].update(dict.fromkeys(plan.members))
    return {place: list(members) for place, members in tasks.items()}


async def _judged(
    strategy: str,
    items: Mapping[str, RecordedItem],
    who: ReplyAuthors,
    replies: Mapping[str, RecordedReply],
    metrics: Metrics,
) -> dict[str, Verdict]:
    agent = judge_of(strategy, who)
    texts = {
        (number, lane, agent.name, 0): text
        for number, reply in enumerate(replies.values())
        for lane, text in zip(("a", "b") if agent.strategy.one_at_a_time else ("ab",), reply.texts, strict=True)
    }
    prepared = _items_for_agents(items, replies)
    conversations = await _run_in_memory(judge, prepared, texts, [agent], metrics, judge=agent, seats="as given")
    return dict(zip(replies, map(_recorded_verdict, conversations), strict=True))


def judge_of(strategy: str, who: ReplyAuthors = ("anyone",)) -> Judge:
    """The judge that reads the replies of a strategy; in "versus" scores are out of 10."""
    return Judge(f"recorded/{who[-1]}", strategy=f"{SCORED}10" if strategy == "versus" else strategy, repairs=0)


async def _debated(
    strategy: str,
    items: Mapping[str, RecordedItem],
    who: ReplyAuthors,
    replies: Mapping[str, RecordedReply],
    metrics: Metrics,
) -> dict[str, Verdict]:
    verdicts: dict[str, Verdict] = {}
    for roles, rounds in sorted({(reply.roles, len(reply.rounds)) for reply in replies.values()}):
        some = {id: each for id, each in replies.items() if (each.roles, len(each.rounds)) == (roles, rounds)}
        debaters = [Debater(f"recorded/{who[0]}", persona=_persona(role), repairs=0) for role in roles]
        texts: dict[RecordedAskRef, str] = {}
        for number, reply in enumerate(some.values()):
            for debater, final, *said in zip(debaters, reply.texts, *reply.rounds, strict=True):
                texts |= {(number, "ab", debater.name, occurrence): text for occurrence, text in enumerate(said)}
                texts[number, "ab", debater.ballot.name, 0] = final
        options: dict[str, Any] = {"debaters": debaters, "rounds": rounds, "seats": "as given"}
        conversations = await _run_in_memory(
            debate, _items_for_agents(items, some), texts, debaters, metrics, **options
        )
        verdicts |= dict(zip(some, map(_recorded_verdict, conversations), strict=True))
    return verdicts


async def _votes(
    strategy: str,
    items: Mapping[str, RecordedItem],
    replies: Mapping[ReplyAuthors, Mapping[str, RecordedReply]],
    metrics: Metrics,
) -> dict[ReplyAuthors, dict[str, Verdict]]:
    """One jury of all jurors; where some of them have no reply to an item, a jury of those who have."""
    juries: dict[tuple[ReplyAuthors, ...], list[str]] = defaultdict(list)
    for id in items:
        juries[tuple(who for who in replies if id in replies[who])].append(id)
    votes: dict[ReplyAuthors, dict[str, Verdict]] = {who: {} for who in replies}
    for jury_members, ids in juries.items():
        if not jury_members:
            continue
        jurors = {
            who: Juror(f"recorded/{who[0]}", name=f"juror_{seat}", strategy=strategy, repairs=0)
            for seat, who in enumerate(jury_members, 1)
        }
        texts = {
            (number, "ab", juror.name, 0): replies[who][id].texts[0]
            for number, id in enumerate(ids)
            for who, juror in jurors.items()
        }
        agents = list(jurors.values())
        conversations = await _run_in_memory(
            jury, _items_for_agents(items, ids), texts, agents, metrics, jurors=agents, seats="as given"
        )
        for id, conversation in zip(ids, conversations, strict=True):
            contents = {message.source: message.content for message in conversation.messages}
            for who, juror in jurors.items():
                votes[who][id] = contents[juror.name]
    return votes


async def _run_in_memory(
    scenario: Scenario,
    items: Sequence[Item],
    texts: Mapping[RecordedAskRef, str],
    agents: Sequence[Agent[Any]],
    metrics: Metrics,
    **arguments: Any,
) -> list[RecordedConversation]:
    """The conversations of a run in memory. No option or variable replaces the agents' models."""
    provider = RecordedProvider(
        {
            AskKey(conversation_id(number), *rest): (Completion(text, whole=True),)  # type: ignore[arg-type]
            for (number, *rest), text in texts.items()
        }
    )
    models = {agent.name: agent.model_name for agent in agents}
    with overriding(Overrides(models=models, quiet=True)):
        providers = dict.fromkeys(models.values(), provider)
        run = await arun(scenario, prompts=items, out=IN_MEMORY, providers=providers, **arguments)
    conversations = list(run)
    run.recorded.connection.close()
    for conversation in conversations:
        metrics.ended(conversation.status)
    return conversations


def _recorded_verdict(conversation: RecordedConversation) -> Verdict:
    """The verdict, which may be a failed one."""
    if conversation.outcome is None:
        raise RuntimeError(f"item {conversation.item.id} was not replayed to its end: {conversation.error}")
    verdict: Verdict = conversation.outcome.content
    return verdict


def _items_for_agents(items: Mapping[str, RecordedItem], ids: Iterable[str]) -> list[Item]:
    """Items as the agents see them, with placeholders for unknown answers."""
    prepared = []
    for id in ids:
        item = items.get(id, RecordedItem(id, ""))
        answers = item.answers or ("(the agent's answer)", "(the opponent's answer)")
        drafts = tuple(Draft(text=answer or BLANK) for answer in answers)
        question = item.question if item.question.strip() else BLANK
        prepared.append(Item(prompt=Prompt.of(question), id=id, candidates=drafts))
    return prepared


def _persona(role: str) -> Persona:
    return next(persona for persona in PERSONAS if plain_value(persona.name) == plain_value(role))
