"""Preference pairs of a run's conversations, by people's labels, the evaluator's verdict or the reviewers' scores.

A conversation that ends with a verdict gives the pair of its two candidates; one that ends with a draft gives its
best and its worst draft by the scores of the reviewers; one that ends with a preference pair gives that. A
person's label takes precedence over a verdict.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import orjson

from fellowship.export.pairs import (
    LeftOut,
    PairedDrafts,
    PairResult,
    count_votes,
    pair_from_critiques,
    pair_from_verdict,
    usable,
)
from fellowship.export.records import PairRecord
from fellowship.protocols.content import Draft, LabelSource, PreferencePair, Verdict, Vote
from fellowship.protocols.interfaces import AuthoredMessage
from fellowship.protocols.items import candidate_position
from fellowship.storage.recorded_run import RecordedRun
from fellowship.storage.records import RecordedConversation

LABEL_SOURCES: dict[str, LabelSource] = {"jury": "jury", "debate": "debate"}
"""The label source of a verdict by its author, where the run records none; every other author is a judge."""
EVALUATOR_KINDS = ("evaluator", "judge", "juror", "debater")
KINDS_OF_CLASSES = {"Judge": "judge", "Juror": "juror", "Debater": "debater", "Reviewer": "reviewer"}
"""The kind of an agent by its class, for runs that recorded no kind."""


@dataclass(frozen=True, slots=True)
class PairOrigin:
    """The origin of a run's pairs, which its conversations share."""

    run: str
    models: Mapping[str, str]
    evaluators: tuple[str, ...]
    reviewers: tuple[str, ...]
    label_source: LabelSource | None
    seed: int
    simulated: bool

    def deciding(self, source: LabelSource) -> tuple[str, ...]:
        """The models behind a label: none behind a person's."""
        return {"human": (), "reviewer": self.reviewers}.get(source, self.evaluators)


def preferences(runs: Iterable[RecordedRun], *, trust_labels: bool = True) -> Iterator[PairRecord | LeftOut]:
    """One pair or LeftOut for every conversation; `trust_labels`: people's labels decide."""
    for run in runs:
        origin = pair_origin(run)
        for conversation in run:
            yield preference(conversation, origin, trust_labels=trust_labels)


def preference(conversation: RecordedConversation, origin: PairOrigin, *, trust_labels: bool) -> PairRecord | LeftOut:
    """The pair of one conversation, or the reason why it gives no pair."""
    if conversation.status == "started":
        return LeftOut("not finished")
    if conversation.outcome is not None and isinstance(conversation.outcome.content, PreferencePair):
        return _as_stated(conversation.outcome.content, conversation, origin)
    labelled = conversation.item.label is not None and len(_candidates(conversation.messages)) == 2
    by_people = trust_labels and labelled
    pairing = _by_label(conversation) if by_people else _by_agents(conversation)
    if isinstance(pairing, LeftOut):
        return pairing
    votes = [message for message in conversation.messages if _is_vote_of(message, conversation.outcome)]
    counted = None
    if conversation.outcome is not None and votes and not by_people:
        counted = count_votes(conversation.outcome, votes)
    source: LabelSource = "human" if by_people else _source(conversation, origin)
    return PairRecord(
        prompt=conversation.item.prompt,
        chosen=pairing.chosen.content.text,
        rejected=pairing.rejected.content.text,
        label_source=source,
        conversation_id=conversation.id,
        run=origin.run,
        generator_model=_writer(pairing.chosen, conversation, origin),
        rejected_model=_writer(pairing.rejected, conversation, origin),
        judge_models=origin.deciding(source),
        score_chosen=pairing.score_chosen,
        score_rejected=pairing.score_rejected,
        votes_for=counted.votes_for if counted else None,
        votes_total=counted.votes_total if counted else None,
        seed=origin.seed,
        simulated=origin.simulated,
    )


def _as_stated(pair: PreferencePair, conversation: RecordedConversation, origin: PairOrigin) -> PairRecord:
    """The pair that is the outcome of a user's own scenario; it does not name the authors of its answers."""
    return PairRecord(
        prompt=pair.prompt,
        chosen=pair.chosen,
        rejected=pair.rejected,
        label_source=pair.label_source,
        conversation_id=conversation.id,
        run=origin.run,
        generator_model="unknown",
        rejected_model="unknown",
        judge_models=origin.deciding(pair.label_source),
        score_chosen=pair.score_chosen,
        score_rejected=pair.score_rejected,
        seed=origin.seed,
        simulated=origin.simulated,
    )


def pair_origin(run: RecordedRun) -> PairOrigin:
    """The origin that a run's settings describe."""
    config = orjson.loads(run.settings().get("config", "{}"))
    agents: dict[str, dict[str, Any]] = config.get("agents", {})
    return PairOrigin(
        run=run.folder.name if run.folder else "memory",
        models={name: agent["model"] for name, agent in agents.items()},
        evaluators=_models_of(agents, EVALUATOR_KINDS),
        reviewers=_models_of(agents, ("reviewer",)),
        label_source=next((agent["label_source"] for agent in agents.values() if "label_source" in agent), None),
        seed=config.get("seed", 0),
        simulated=run.simulated,
    )


def _models_of(agents: Mapping[str, dict[str, Any]], kinds: Sequence[str]) -> tuple[str, ...]:
    return tuple(agent["model"] for agent in agents.values() if _kind(agent) in kinds)


def _kind(agent: Mapping[str, Any]) -> str | None:
    return agent.get("kind") or KINDS_OF_CLASSES.get(agent["role"])


def _by_label(conversation: RecordedConversation) -> PairResult:
    candidates = _candidates(conversation.messages)
    if len(candidates) != 2:
        return LeftOut("not finished")
    if conversation.item.label == "tie":
        return LeftOut("tie")
    a, b = candidates
    return usable(PairedDrafts(a, b) if conversation.item.label == "A" else PairedDrafts(b, a))


def _by_agents(conversation: RecordedConversation) -> PairResult:
    outcome = conversation.outcome
    if outcome is None:
        return LeftOut("failed")
    if isinstance(outcome.content, Verdict):
        drafts = _candidates(conversation.messages) or _drafts_behind(outcome, conversation.messages)
        if len(drafts) == 2:
            return pair_from_verdict(outcome, *drafts)
    return pair_from_critiques(conversation.messages)


def _drafts_behind(
    verdict: AuthoredMessage[Verdict], messages: Sequence[AuthoredMessage[Any]]
) -> list[AuthoredMessage[Draft]]:
    """The drafts that a verdict is about, in the order they were shown, where a scenario wrote them itself."""
    by_id = {message.id: message for message in messages}
    inputs = [by_id[each] for each in verdict.inputs if each in by_id]
    drafts = [each for each in inputs if isinstance(each.content, Draft)]
    return drafts or next((found for each in inputs if (found := _drafts_behind(each, messages))), [])


def _candidates(messages: Sequence[AuthoredMessage[Any]]) -> list[AuthoredMessage[Draft]]:
    given = (message for message in messages if not message.inputs)
    return [message for message in given if candidate_position(message.source) is not None]


def _is_vote_of(message: AuthoredMessage[Any], outcome: AuthoredMessage[Any] | None) -> bool:
    return outcome is not None and isinstance(message.content, Vote) and message.id in outcome.inputs


def _source(conversation: RecordedConversation, origin: PairOrigin) -> LabelSource:
    outcome = conversation.outcome
    if outcome is None or not isinstance(outcome.content, Verdict):
        return "reviewer"
    return origin.label_source or LABEL_SOURCES.get(outcome.source, "judge")


def _writer(draft: AuthoredMessage[Draft], conversation: RecordedConversation, origin: PairOrigin) -> str:
    position = candidate_position(draft.source)
    if position is None:
        return origin.models.get(draft.source, "unknown")
    return conversation.item.models[position] if position < len(conversation.item.models) else "unknown"
