"""Generator: writes a candidate answer, and rewrites it when it is shown its draft with critiques."""

from collections.abc import Sequence
from typing import Any

from fellowship.agents.agent import Agent
from fellowship.agents.reading import UnreadableReply
from fellowship.agents.reading.completion_parts import without_wrapper
from fellowship.agents.reading.reasoning_marks import DRAFT_WRAPPERS
from fellowship.agents.rendering import TAGS, shown, tag_of
from fellowship.protocols.completions import NOT_WHOLE, Completion, Sampling
from fellowship.protocols.content import ChatMessage, Draft
from fellowship.protocols.messages import Message
from fellowship.protocols.sections import section

REVISE = (
    "Rewrite your answer in the light of what is said above. Keep what was good, mend what was named, "
    "and reply with the new answer alone: no greeting, no word about the changes."
)


class Generator(Agent[Draft]):
    """Writes and rewrites answers. Without instructions of its own, the model sees the bare prompt, as in the paper."""

    default_sampling = Sampling(temperature=0.7, max_tokens=2048)
    sees_reference = False
    reads_cut_off = True

    def reply_form(self) -> str:
        """None: an answer has no prescribed form."""
        return ""

    def render(self, messages: Sequence[Message[Any]]) -> tuple[ChatMessage, ...]:
        """The prompt's chat; then each own draft as the assistant's turn, followed by a request with its critiques."""
        chat: list[ChatMessage] = []
        remarks: list[str] = []
        for message in messages:
            tag = TAGS.get(type(message.content)) or tag_of(message.content)
            if tag == "question":
                chat.extend(message.content.chat)
            elif tag == "answer":
                if remarks:
                    chat.append(_request_for_revision(remarks))
                    remarks = []
                chat.append({"role": "assistant", "content": message.content.text})
            else:
                remarks.append(shown(message))
        if remarks or chat[-1]["role"] == "assistant":
            chat.append(_request_for_revision(remarks))
        system = [text for text in (self.system_text, self.reference and section("reference", self.reference)) if text]
        if chat[0]["role"] == "system":
            system.append(chat.pop(0)["content"])
        if system:
            chat.insert(0, {"role": "system", "content": "\n\n".join(system)})
        return tuple(chat)

    def parse(self, completion: Completion) -> Draft:
        """The text without white space and tags around the whole of it; UnreadableReply for an empty one."""
        text = completion.text.strip()
        if completion.reasoning or completion.parts is not None:
            text = without_wrapper(text, DRAFT_WRAPPERS)
        if not text:
            raise UnreadableReply("missing", "answer", f"expected an answer, got no text (finish: {completion.finish})")
        finish = completion.finish
        return Draft(text=text, truncated=finish in NOT_WHOLE, unknown_finish=finish == "unknown")


def _request_for_revision(remarks: Sequence[str]) -> ChatMessage:
    return {"role": "user", "content": "\n\n".join([*remarks, REVISE])}
