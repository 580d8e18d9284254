"""Juror: a member of a jury. It decides like a judge, and its reply is a vote."""

from fellowship.agents.evaluator import Evaluator
from fellowship.protocols.content import Vote


class Juror(Evaluator[Vote]):
    """Casts one vote; the jury's rule makes a verdict of the votes."""

    kind = "juror"
