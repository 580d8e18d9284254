"""A role of your own, and a scenario of your own with it.

Try it without a key, in this folder:  FELLOWSHIP_MODEL=sim/mid fellowship run fact_checker.py
"""

from pydantic import BaseModel

from fellowship import Agent, Conversation, Draft, Generator, Message, Prompt, run


class Claims(BaseModel):
    unsupported: list[str]


class FactChecker(Agent[Claims]):
    """Lists the claims of a draft that need a source."""

    instructions = "You check facts. Name every claim that a careful reader would ask a source for."


async def checked_answer(
    talk: Conversation, prompt: Message[Prompt], *, generator: Generator, checker: FactChecker
) -> Message[Draft]:
    draft = await talk.ask(generator, prompt)
    claims = await talk.ask(checker, prompt, draft)
    return await talk.ask(generator, prompt, draft, claims) if claims.content.unsupported else draft


summary = run(
    checked_answer,
    prompts="prompts.jsonl",
    out="runs/checked",
    generator=Generator("together/meta-llama/Llama-3.1-8B-Instruct"),
    checker=FactChecker("together/google/gemma-2-9b-it"),
)
print(summary)
