"""Rendered prompts, compared letter by letter with the files in golden/.

After a change that is meant, write the files anew and look at the difference before committing it:

    REWRITE_GOLDEN=1 .venv/bin/pytest tests/agents/test_prompts.py && git diff tests/agents/golden
"""

import os
from pathlib import Path

from fellowship.protocols.completions import Request

GOLDEN = Path(__file__).parent / "golden"
REWRITE = bool(os.environ.get("REWRITE_GOLDEN"))


def as_text(request: Request) -> str:
    """The chat of a request as a person reads it, with the form of the reply on top."""
    turns = [f"=== {message['role']}\n{message['content']}\n" for message in request.messages]
    return f"reply: {request.reply}\n" + "".join(turns)


def golden(name: str, text: str) -> str:
    """What the file of that name holds; written anew where that is wanted."""
    path = GOLDEN / f"{name}.txt"
    if REWRITE:
        path.write_text(text, encoding="utf-8")
    return path.read_text(encoding="utf-8")
