"""Long texts, compared letter by letter with files in the folder golden/ beside the test.

After a change that is meant, write the files anew and look at the difference before committing it:

    REWRITE_GOLDEN=1 .venv/bin/pytest tests/agents/test_prompts.py tests/cli && git diff tests
"""

import os
from pathlib import Path

REWRITE = bool(os.environ.get("REWRITE_GOLDEN"))


def golden(test_file: str, name: str, text: str) -> str:
    """The content of golden/NAME.txt beside the test's file; `text` itself is written there where that is wanted."""
    path = Path(test_file).parent / "golden" / f"{name}.txt"
    if REWRITE:
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return path.read_text(encoding="utf-8")
