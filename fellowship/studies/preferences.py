"""Preference pairs of a run's conversations, by people's labels, the evaluator's verdict or the reviewers' scores.

A conversation that ends with a verdict gives the pair of its two candidates. One that ends with a draft gives this
draft and the one it was preferred to, where an evaluator compared them, and else its best and its worst draft by the
scores of the reviewers. One that ends with a preference pair gives that. A person's label takes precedence over a
verdict.

A pair with a text, or a decision, from a reply whose finish reason is unknown is left out, unless it is asked for: that
reply may have been cut off.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from fellowship.export.pairs import LeftOut, PairedDrafts, count_votes, pair_from_critiques, pair_from_verdict, usable
from fellowship.export.records import PairRecord
from fellowship.protocols.content import Draft, Label, LabelSource, PreferencePair, Verdict, Vote
from fellowship.protocols.interfaces import AuthoredMessage
from fellowship.protocols.items import candidate_position
from fellowship.storage.recorded_run import RecordedRun
from fellowship.storage.records import RecordedConversation, RecordedMessage

LABEL_SOURCES: dict[str, LabelSource] = {"jury": "jury", "debate": "debate"}
"""The label source of a verdict by its author, where the run records none; every other author is a judge."""
EVALUATOR_KINDS = ("evaluator", "judge", "juror", "debater")
KINDS_OF_CLASSES = {"Judge": "judge", "Juror": "juror", "Debater": "debater", "Reviewer": "reviewer"}
"""The kind of an agent by its class, for runs that recorded no kind."""
PAIR_FIELDS = ("prompt", "chosen", "rejected", "score_chosen", "score_rejected")


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

    def record(self, conversation_id: str, source: LabelSource, **pair: Any) -> PairRecord:
        """A pair of a conversation; no model is behind a person's label."""
        return PairRecord(
            conversation_id=conversation_id,
            run=self.run,
            label_source=source,
            judge_models={"human": (), "reviewer": self.reviewers}.get(source, self.evaluators),
            seed=self.seed,
            simulated=self.simulated,
            **pair,
        )


def preferences(
    runs: Iterable[RecordedRun], *, trust_labels: bool = True, with_unknown_ends: bool = False
) -> Iterator[PairRecord | LeftOut]:
    """One pair or LeftOut for every conversation; `trust_labels`: people's labels decide.

    `with_unknown_ends`: replies whose finish reason is unknown count as whole.
    """
    for run in runs:
        origin, unknown = pair_origin(run), None if with_unknown_ends else run.unknown_ends()
        for conversation in run:
            places = None if unknown is None else unknown.get(conversation.id, ())
            yield preference(conversation, origin, trust_labels=trust_labels, unknown_ends=places)


def selection(*, trust_labels: bool = True, with_unknown_ends: bool = False) -> dict[str, Any]:
    """The options of `preferences`, by the names that they have in the command and in the manifest of a data set."""
    return {"labels": "human" if trust_labels else "evaluator", "with_unknown_finish": with_unknown_ends}


def preference(
    conversation: RecordedConversation,
    origin: PairOrigin,
    *,
    trust_labels: bool,
    unknown_ends: Collection[tuple[str, str, int]] | None = (),
) -> PairRecord | LeftOut:
    """The pair of one conversation, or the reason why it gives no pair.

    `unknown_ends` are lane, author and occurrence of the messages that may not be whole, beside drafts of other runs
    that are marked so; None: all count as whole.
    """
    if conversation.status == "started":
        return LeftOut("not finished")
    stated = conversation.outcome.content if conversation.outcome else None
    messages = conversation.messages
    unknown = set() if unknown_ends is None else {each.id for each in messages if _is_unknown(each, unknown_ends)}
    if isinstance(stated, PreferencePair) and unknown:
        return LeftOut("unknown finish reason")
    if isinstance(stated, PreferencePair):  # of a user's own scenario; it does not name the authors of its answers
        authors = {"generator_model": "unknown", "rejected_model": "unknown"}
        pair = {name: getattr(stated, name) for name in PAIR_FIELDS}
        return origin.record(conversation.id, stated.label_source, **pair, **authors)
    candidates = [each for each in messages if not each.inputs and candidate_position(each.source) is not None]
    by_people = trust_labels and conversation.item.label is not None and len(candidates) == 2
    deciding = None if by_people else _deciding_verdict(conversation)
    pairing = (
        _by_label(conversation.item.label, *candidates) if by_people else _by_agents(conversation, candidates, deciding)
    )
    if isinstance(pairing, LeftOut):
        return pairing
    decided_by = () if by_people else (each.id for each in messages if not isinstance(each.content, Draft))
    if not unknown.isdisjoint((pairing.chosen.id, pairing.rejected.id, *decided_by)):
        return LeftOut("unknown finish reason")
    source: LabelSource = "human" if by_people else _source(deciding, origin)
    return origin.record(
        conversation.id,
        source,
        prompt=conversation.item.prompt,
        chosen=pairing.chosen.content.text,
        rejected=pairing.rejected.content.text,
        generator_model=_writer(pairing.chosen, conversation, origin),
        rejected_model=_writer(pairing.rejected, conversation, origin),
        score_chosen=pairing.score_chosen,
        score_rejected=pairing.score_rejected,
        **_vote_counts(deciding, conversation.messages),
    )


def _is_unknown(message: RecordedMessage, places: Collection[tuple[str, str, int]]) -> bool:
    marked = isinstance(message.content, Draft) and message.content.unknown_finish
    return marked or (message.lane, message.source, message.occurrence) in places


def pair_origin(run: RecordedRun) -> PairOrigin:
    """The origin that a run's settings describe."""
    config = run.config()
    agents: dict[str, dict[str, Any]] = config.get("agents", {})
    return PairOrigin(
        run=run.folder.name if run.folder else "memory",
        models=run.models(),
        evaluators=_models_of(agents, EVALUATOR_KINDS),
        reviewers=_models_of(agents, ("reviewer",)),
        label_source=next((agent["label_source"] for agent in agents.values() if "label_source" in agent), None),
        seed=config.get("seed", 0),
        simulated=run.simulated,
    )


def _models_of(agents: Mapping[str, dict[str, Any]], kinds: Sequence[str]) -> tuple[str, ...]:
    of_kind = {name: agent.get("kind") or KINDS_OF_CLASSES.get(agent["role"]) for name, agent in agents.items()}
    return tuple(agent["model"] for name, agent in agents.items() if of_kind[name] in kinds)


def _by_label(label: Label | None, a: AuthoredMessage[Draft], b: AuthoredMessage[Draft]) -> PairedDrafts | LeftOut:
    if label == "tie":
        return LeftOut("tie")
    return usable(PairedDrafts(a, b) if label == "A" else PairedDrafts(b, a))


def _by_agents(
    conversation: RecordedConversation,
    candidates: Sequence[AuthoredMessage[Draft]],
    deciding: AuthoredMessage[Verdict] | None,
) -> PairedDrafts | LeftOut:
    if conversation.outcome is None:
        return LeftOut("failed")
    if deciding is None:
        return pair_from_critiques(conversation.messages)
    drafts = candidates if conversation.outcome.id == deciding.id else []
    drafts = drafts or _drafts_behind(deciding, conversation.messages)
    return pair_from_verdict(deciding, *drafts) if len(drafts) == 2 else pair_from_critiques(conversation.messages)


def _deciding_verdict(conversation: RecordedConversation) -> AuthoredMessage[Verdict] | None:
    """The verdict that is the outcome, or the last by which the draft that is the outcome won; None without any.

    Where evaluators compared this draft and it never won, it is the last of their verdicts that prefers no draft.
    """
    outcome, messages = conversation.outcome, conversation.messages
    if outcome is None or isinstance(outcome.content, Verdict):
        return outcome
    undecided = None
    for verdict in reversed(_final_verdicts(messages)):
        drafts = _drafts_behind(verdict, messages)
        if len(drafts) != 2 or outcome.id not in (drafts[0].id, drafts[1].id):
            continue
        preferred = {"A": drafts[0].id, "B": drafts[1].id}.get(verdict.content.decision)
        if preferred == outcome.id:
            return verdict
        if preferred is None and undecided is None:
            undecided = verdict
    return undecided


def _final_verdicts(messages: Sequence[AuthoredMessage[Any]]) -> list[AuthoredMessage[Verdict]]:
    """The verdicts that no other one was made of: not those of single seat orders, nor the votes of jurors."""
    verdicts = [each for each in messages if isinstance(each.content, Verdict)]
    parts = {seen for each in verdicts for seen in each.inputs}
    return [each for each in verdicts if each.id not in parts and not isinstance(each.content, Vote)]


def _drafts_behind(
    verdict: AuthoredMessage[Verdict], messages: Sequence[AuthoredMessage[Any]]
) -> list[AuthoredMessage[Draft]]:
    """The drafts that a verdict is about, in the order they were shown, where a scenario wrote them itself."""
    by_id = {message.id: message for message in messages}
    inputs = [by_id[each] for each in verdict.inputs if each in by_id]
    drafts = [each for each in inputs if isinstance(each.content, Draft)]
    return drafts or next((found for each in inputs if (found := _drafts_behind(each, messages))), [])


def _vote_counts(deciding: AuthoredMessage[Verdict] | None, messages: Sequence[AuthoredMessage[Any]]) -> dict[str, int]:
    """The votes for and behind a verdict; empty where it has none."""
    inputs = deciding.inputs if deciding else ()
    votes = [each for each in messages if isinstance(each.content, Vote) and each.id in inputs]
    return count_votes(deciding, votes) if deciding and votes else {}


def _source(deciding: AuthoredMessage[Verdict] | None, origin: PairOrigin) -> LabelSource:
    if deciding is None:
        return "reviewer"
    return origin.label_source or LABEL_SOURCES.get(deciding.source, "judge")


def _writer(draft: AuthoredMessage[Draft], conversation: RecordedConversation, origin: PairOrigin) -> str:
    return {**origin.models, **conversation.item.writers()}.get(draft.source, "unknown")
