"""Recorded replies read by our own agents: each evaluator's scenario runs with replies from the record.

The whole recorded text of a reply is the only completion of its call; there are no repairs. Answers are shown in the
order given, as in the original.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

from fellowship.agents.agent import Agent
from fellowship.agents.debater import Debater
from fellowship.agents.judge import Judge
from fellowship.agents.juror import Juror
from fellowship.protocols.completions import AskKey, Completion
from fellowship.protocols.content import Draft, Prompt, Verdict
from fellowship.protocols.items import Item
from fellowship.providers.recorded import RecordedProvider
from fellowship.runners.overrides import Overrides, overriding_here
from fellowship.runners.resume import conversation_id
from fellowship.runners.run import IN_MEMORY, arun
from fellowship.runners.scenario_function import Scenario
from fellowship.scenarios.debate import debate
from fellowship.scenarios.judge import judge
from fellowship.scenarios.jury import jury
from fellowship.storage.records import RecordedConversation
from fellowship.studies.reproduction.recorded_replies import (
    PERSONA_OF_ROLE,
    RecordedItem,
    RecordedReplies,
    RecordedReply,
    ReplyAuthors,
)
from fellowship.studies.reproduction.reply_row import plain_value
from fellowship.studies.reproduction.sources import SCORED, FigurePlan, ReplyPlace
from fellowship.telemetry.metrics import Metrics

Readings: TypeAlias = dict[ReplyPlace, dict[ReplyAuthors, dict[str, Verdict]]]
"""The verdicts of each evaluator (of a jury: the votes of each juror) by item."""
RepliesOfAuthors: TypeAlias = dict[ReplyAuthors, Mapping[str, RecordedReply]]
BLANK = "(no text)"


def conversations_of(recorded: RecordedReplies, plans: Iterable[FigurePlan]) -> int:
    """The number of conversations that `reread_replies` runs for these figures."""
    total = 0
    for (kind, _, _), replies in _tasks(recorded, plans):
        total += len(set().union(*replies.values())) if kind == "jury" else sum(map(len, replies.values()))
    return total


async def reread_replies(recorded: RecordedReplies, plans: Iterable[FigurePlan], metrics: Metrics) -> Readings:
    """Runs every evaluator of the figures once; one jury gives the votes of all juries of its jurors."""
    readings: Readings = {}
    for place, replies in _tasks(recorded, plans):
        kind, dataset, strategy = place
        reader = _Reader(strategy, recorded.items(dataset, strategy), metrics)
        if kind == "jury":
            readings[place] = await reader.votes(replies)
        else:
            one = reader.debated if kind == "debate" else reader.judged
            readings[place] = {who: await one(who, of_one) for who, of_one in replies.items()}
    return readings


def _tasks(recorded: RecordedReplies, plans: Iterable[FigurePlan]) -> Iterator[tuple[ReplyPlace, RepliesOfAuthors]]:
    """The replies of each place by author, in the order of the figures."""
    tasks: dict[ReplyPlace, dict[ReplyAuthors, None]] = defaultdict(dict)
    for plan in plans:
        if plan.missing is None:
            tasks[plan.place].update(dict.fromkeys(plan.members))
    for place, members in tasks.items():
        replies = recorded.replies(*place[1:])
        yield place, {who: replies[who] for who in members}


def judge_of(strategy: str, who: ReplyAuthors = ("anyone",)) -> Judge:
    """The judge that reads the replies of a strategy; in "versus" scores are out of 10."""
    return Judge(f"recorded/{who[-1]}", strategy=f"{SCORED}10" if strategy == "versus" else strategy, repairs=0)


@dataclass(frozen=True, slots=True)
class _Reader:
    """Reads the replies of one strategy to these items."""

    strategy: str
    items: Mapping[str, RecordedItem]
    metrics: Metrics

    async def judged(self, who: ReplyAuthors, replies: Mapping[str, RecordedReply]) -> dict[str, Verdict]:
        agent = judge_of(self.strategy, who)
        texts = {
            _ask_key(number, lane, agent.name): text
            for number, reply in enumerate(replies.values())
            for lane, text in zip(("a", "b") if agent.strategy.one_at_a_time else ("ab",), reply.texts, strict=True)
        }
        conversations = await self._run_in_memory(judge, replies, texts, [agent], judge=agent)
        return dict(zip(replies, map(_recorded_verdict, conversations), strict=True))

    async def debated(self, who: ReplyAuthors, replies: Mapping[str, RecordedReply]) -> dict[str, Verdict]:
        verdicts: dict[str, Verdict] = {}
        for roles, rounds in sorted({(reply.roles, len(reply.rounds)) for reply in replies.values()}):
            some = {id: each for id, each in replies.items() if (each.roles, len(each.rounds)) == (roles, rounds)}
            personas = [PERSONA_OF_ROLE[plain_value(role)] for role in roles]
            debaters = [Debater(f"recorded/{who[0]}", persona=persona, repairs=0) for persona in personas]
            texts: dict[AskKey, str] = {}
            for number, reply in enumerate(some.values()):
                for debater, final, *said in zip(debaters, reply.texts, *reply.rounds, strict=True):
                    texts |= {_ask_key(number, "ab", debater.name, n): text for n, text in enumerate(said)}
                    texts[_ask_key(number, "ab", debater.ballot.name)] = final
            conversations = await self._run_in_memory(debate, some, texts, debaters, debaters=debaters, rounds=rounds)
            verdicts |= dict(zip(some, map(_recorded_verdict, conversations), strict=True))
        return verdicts

    async def votes(self, replies: RepliesOfAuthors) -> dict[ReplyAuthors, dict[str, Verdict]]:
        """One jury of all jurors; where some of them have no reply to an item, a jury of those who have."""
        juries: dict[tuple[ReplyAuthors, ...], list[str]] = defaultdict(list)
        for id in self.items:
            juries[tuple(who for who in replies if id in replies[who])].append(id)
        juries.pop((), None)
        votes: dict[ReplyAuthors, dict[str, Verdict]] = {who: {} for who in replies}
        for members, ids in juries.items():
            jurors = {
                who: Juror(f"recorded/{who[0]}", name=f"juror_{seat}", strategy=self.strategy, repairs=0)
                for seat, who in enumerate(members, 1)
            }
            texts = {
                _ask_key(number, "ab", juror.name): replies[who][id].texts[0]
                for number, id in enumerate(ids)
                for who, juror in jurors.items()
            }
            agents = list(jurors.values())
            conversations = await self._run_in_memory(jury, ids, texts, agents, jurors=agents)
            for id, conversation in zip(ids, conversations, strict=True):
                contents = {message.source: message.content for message in conversation.messages}
                for who, juror in jurors.items():
                    votes[who][id] = contents[juror.name]
        return votes

    async def _run_in_memory(
        self,
        scenario: Scenario,
        ids: Iterable[str],
        texts: Mapping[AskKey, str],
        agents: Sequence[Agent[Any]],
        **arguments: Any,
    ) -> list[RecordedConversation]:
        """The conversations about these items of a run in memory. No option or variable replaces the agents' models."""
        provider = RecordedProvider({key: (Completion(text, whole=True),) for key, text in texts.items()})
        models = {agent.name: agent.model_name for agent in agents}
        arguments |= {"seats": "as given", "providers": dict.fromkeys(models.values(), provider)}
        with overriding_here(Overrides(models=models, quiet=True), is_free=True):
            run = await arun(scenario, prompts=[self._item(id) for id in ids], out=IN_MEMORY, **arguments)
        conversations = list(run)
        run.recorded.connection.close()
        for conversation in conversations:
            self.metrics.ended(conversation.status)
        return conversations

    def _item(self, id: str) -> Item:
        """An item as the agents see it, with placeholders for unknown answers."""
        item = self.items.get(id, RecordedItem(id, ""))
        answers = item.answers or ("(the agent's answer)", "(the opponent's answer)")
        question = item.question if item.question.strip() else BLANK
        return Item(prompt=Prompt.of(question), id=id, candidates=tuple(Draft(text=text or BLANK) for text in answers))


def _ask_key(number: int, lane: str, agent: str, occurrence: int = 0) -> AskKey:
    return AskKey(conversation_id(number), lane, agent, occurrence)


def _recorded_verdict(conversation: RecordedConversation) -> Verdict:
    """The verdict, which may be a failed one."""
    if conversation.outcome is None:
        raise RuntimeError(f"item {conversation.item.id} was not replayed to its end: {conversation.error}")
    verdict: Verdict = conversation.outcome.content
    return verdict
