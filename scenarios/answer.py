"""Answer: one model, one draft. The tournament makes these answers once and compares every pairing with them."""

from fellowship.agents.generator import Generator
from fellowship.protocols.content import Draft, Prompt
from fellowship.protocols.interfaces import Conversation
from fellowship.protocols.messages import Message


async def answer(talk: Conversation, prompt: Message[Prompt], *, generator: Generator) -> Message[Draft]:
    """The generator's first and only draft."""
    return await talk.ask(generator, prompt)
