"""Judge: decides alone between two answers. Its instructions by strategy stand in `strategies.py`."""

from fellowship.agents.evaluator import Evaluator
from fellowship.protocols.content import Verdict


class Judge(Evaluator[Verdict]):
    """Decides alone, at temperature 0, by combined scoring out of 10 unless told otherwise (the paper's choice)."""
