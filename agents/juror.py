"""Juror: one voice of a jury. It decides like a judge, but what it gives is a vote."""

from fellowship.agents.evaluator import Evaluator
from fellowship.protocols.content import Vote


class Juror(Evaluator[Vote]):
    """Casts one vote; the jury's rule makes a verdict of the votes."""
