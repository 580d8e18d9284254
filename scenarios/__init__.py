"""One figure of the paper per file, each a plain async function: given the same replies it takes the same steps.

It takes the conversation, the prompt, the drafts to compare (if it compares), and its cast by keyword.
"""

from fellowship.scenarios.answer import answer
from fellowship.scenarios.debate import debate, panel
from fellowship.scenarios.feedback_loop import feedback_loop
from fellowship.scenarios.judge import judge
from fellowship.scenarios.jury import jury
from fellowship.scenarios.select_best import select_best
from fellowship.scenarios.versus import versus

__all__ = ["answer", "debate", "feedback_loop", "judge", "jury", "panel", "select_best", "versus"]
