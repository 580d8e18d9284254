"""Answer: a model alone. What every pairing is compared with is made once, by a conversation of its own."""

from fellowship.agents.generator import Generator
from fellowship.protocols.content import Draft, Prompt
from fellowship.protocols.interfaces import Conversation
from fellowship.protocols.messages import Message


async def answer(talk: Conversation, prompt: Message[Prompt], *, generator: Generator) -> Message[Draft]:
    """The generator's first and only draft."""
    return await talk.ask(generator, prompt)
