"""Verify: run the current code on the replies of a recorded run, and report what differs. Makes no call."""

import difflib
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from fellowship.protocols.completions import Attempt, Completion, Request
from fellowship.protocols.content_json import json_value
from fellowship.protocols.errors import NotRecorded
from fellowship.protocols.interfaces import AuthoredMessage, MessageRecord
from fellowship.runners.ask import AskContext
from fellowship.runners.conversation import message_id
from fellowship.runners.endings import Endings
from fellowship.runners.resume import plan_conversation
from fellowship.runners.run_spec import RunSpec
from fellowship.storage.journal import MemoryJournal
from fellowship.storage.recorded_run import RecordedRun
from fellowship.storage.records import RecordedConversation
from fellowship.telemetry.metrics import Metrics

DifferenceKind = Literal["prompt", "message", "gone", "new", "ending"]


@dataclass(frozen=True, slots=True)
class Difference:
    """One difference between the record and the current code.

    kind      prompt: the request; message: the reading of the same reply; gone, new: a message that is missing, or
              was not recorded; ending: status or outcome of the conversation
    changes   a unified diff without its head
    """

    conversation: str
    message: str
    kind: DifferenceKind
    changes: tuple[str, ...]

    def __str__(self) -> str:
        return f"{self.conversation} {self.message}: {DIFFERENCE_TEXTS[self.kind]}"


DIFFERENCE_TEXTS: Mapping[DifferenceKind, str] = {
    "prompt": "the prompt differs",
    "message": "the reply is read differently",
    "gone": "is missing now",
    "new": "is new",
    "ending": "it ends differently",
}


@dataclass(frozen=True, slots=True)
class VerifyResult:
    """The differences in reading order, and what was compared; `n_open` conversations have not ended.

    `n_left_out` are about items that are not in the input of the last start.
    """

    n_conversations: int
    n_asks: int
    differences: tuple[Difference, ...]
    n_open: int = 0
    n_left_out: int = 0


async def verify_run(spec: RunSpec, recorded: RecordedRun) -> VerifyResult:
    """Compare the run with its record; conversations that have not ended are skipped."""
    n_conversations = n_asks = n_open = 0
    differences: list[Difference] = []
    endings = Endings(spec, Metrics())
    for conversation in recorded:
        if conversation.status == "started":
            n_open += 1
            continue
        rerun = _ConversationRerun(spec, endings, recorded, conversation)
        differences += await rerun.differences()
        n_conversations, n_asks = n_conversations + 1, n_asks + rerun.n_asks
    return VerifyResult(n_conversations, n_asks, tuple(differences), n_open, recorded.n_left_out)


class _ConversationRerun:
    """One conversation executed again on its recorded replies."""

    def __init__(
        self, spec: RunSpec, endings: Endings, recorded: RecordedRun, conversation: RecordedConversation
    ) -> None:
        self._spec, self._endings, self._conversation = spec, endings, conversation
        self._attempts = recorded.attempts(conversation.id)
        self._ask_changed = conversation.tries > 1 or "accepts_changes" in recorded.settings()
        self._asks = {(ask.key, ask.attempt.number): ask for ask in recorded.asks(conversation.id)}
        self._prompts: dict[str, Difference] = {}
        self.n_asks = len(self._asks)

    async def differences(self) -> list[Difference]:
        """Differences of prompts, in the order of rendering, then of messages, then of the ending."""
        was, journal = self._conversation, MemoryJournal()
        known = plan_conversation(self._attempts, ask_changed=self._ask_changed)
        context = AskContext(
            journal, self._refuse_call, time.time, was.tries, known, on_changed_request=self._on_changed_request
        )
        now = await self._endings.of(self._spec.talk(was.id, context), was.item)
        end = [f"{was.status} {was.outcome_id or was.fault}"], [f"{now.status} {now.outcome or now.fault}"]
        read = [*self._messages(journal.messages), self._difference("(end)", "ending", *end)]
        return [*self._prompts.values(), *(each for each in read if each.changes)]

    def _on_changed_request(self, attempt: Attempt, request: Request) -> None:
        was, id = self._asks[request.key, attempt.number], message_id(request.key)
        lines = _lines(was.model, was.request), _request_lines(request)
        self._prompts.setdefault(id, self._difference(id, "prompt", *lines))

    async def _refuse_call(self, request: Request) -> Completion:
        id = message_id(request.key)
        if self._conversation.fault != "provider":
            self._prompts.setdefault(id, self._difference(id, "new", [], _request_lines(request)))
        raise NotRecorded(f"the run has no reply for {request.key}")

    def _messages(self, messages: Mapping[str, MessageRecord]) -> Iterator[Difference]:
        was = {each.id: _content_lines(each) for each in self._conversation.messages}
        now = {id: _content_lines(each.message) for id, each in messages.items()}
        for id, lines in was.items():
            yield self._difference(id, "message" if id in now else "gone", lines, now.get(id, []))
        for id in now:
            if id not in was and id not in self._prompts:
                yield self._difference(id, "new", [], now[id])

    def _difference(self, id: str, kind: DifferenceKind, was: Sequence[str], now: Sequence[str]) -> Difference:
        changes = tuple(difflib.unified_diff(was, now, lineterm="", n=1))[2:]
        return Difference(self._conversation.id, id, kind, changes)


def _request_lines(request: Request) -> list[str]:
    sent = {"messages": request.messages, "sampling": request.sampling, "reply": request.reply}
    return _lines(request.model, sent)


def _lines(model: str, sent: Mapping[str, Any]) -> list[str]:
    """A request as lines, for a readable diff."""
    lines = [f"model: {model}", *(f"{name}: {value}" for name, value in sorted(sent["sampling"].items()))]
    lines.append(f"reply: {sent['reply']}")
    for message in sent["messages"]:
        lines += [f"[{message['role']}]", *message["content"].split("\n")]
    return lines


def _content_lines(message: AuthoredMessage[Any]) -> list[str]:
    lines = [f"inputs: {', '.join(message.inputs)}"]
    for name, value in json_value(message.content).items():
        if value is not None:
            lines += f"{name}: {value}".split("\n")
    return lines
