"""Judge: decides alone between two answers."""

from fellowship.agents.evaluator import Evaluator
from fellowship.protocols.content import Verdict


class Judge(Evaluator[Verdict]):
    """Decides alone, at temperature 0, by combined scoring out of 10 by default (the paper's choice)."""

    kind = "judge"
