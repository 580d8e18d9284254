"""The reading of a whole reply: its own lines, their statements, what remains of these, and what they agree on."""

from collections.abc import Iterable, Sequence

from fellowship.agents.reading.choices import Choice, choice_statements, stated_winners
from fellowship.agents.reading.introductions import own_statements
from fellowship.agents.reading.later_results import refuse_other_choice, refuse_other_scores
from fellowship.agents.reading.lines import Scale, names_other_scale
from fellowship.agents.reading.own_lines import own_lines
from fellowship.agents.reading.prose import prose_choice, prose_score, prose_seat_scores
from fellowship.agents.reading.scores import any_seat_scores, score_statements, seat_statements
from fellowship.agents.reading.seat_names import refuse_renamed_seats
from fellowship.agents.reading.statements import (
    Statement,
    UnreadableReply,
    corrections_apart,
    refuse_refusals,
    remaining,
    settle,
)
from fellowship.agents.reading.task_solutions import refuse_solution

_LONGEST_WINNER = 40  # characters: "Final verdict: Response A"


def full_score(text: str, scale: Scale) -> float:
    """The overall score of a reply. Raises UnreadableReply."""
    lines = corrections_apart(own_lines(text))
    found = score_statements(lines, scale) or [*prose_score(lines, scale)]
    statements = remaining(lines, own_statements(text, lines, found))
    refuse_refusals(lines, statements)
    score = settle(text, "score", statements, _wanted("Score", scale))
    _refuse_other_scale(lines, statements, scale)
    refuse_other_scores(lines, statements, {"score": score}, scale)
    return score


def full_seat_scores(text: str, scale: Scale) -> tuple[float, float]:
    """The scores of seats A and B. Raises UnreadableReply."""
    lines = corrections_apart(own_lines(text))
    statements = remaining(
        lines, own_statements(text, lines, seat_statements(lines, scale) or [*prose_seat_scores(lines, scale)])
    )
    refuse_refusals(lines, statements)
    refuse_renamed_seats(lines)
    a, b = _settled_seats(text, lines, statements, scale)
    _refuse_other_scale(lines, statements, scale)
    winners = remaining(lines, own_statements(text, lines, stated_winners(lines)))
    _refuse_other_winner(winners, a, b)
    refuse_other_scores(_without(lines, winners), statements, {"score A": a, "score B": b}, scale)
    return a, b


def _settled_seats(
    text: str, lines: Sequence[str], statements: Sequence[Statement[float]], scale: Scale
) -> tuple[float, float]:
    """The scores of both seats; UnreadableReply with the one that was read where only the other is missing."""
    scores: dict[str, float] = {}
    faults: list[UnreadableReply] = []
    for seat in "AB":
        try:
            scores[seat] = settle(text, f"score {seat}", statements, _wanted(f"Score {seat}", scale))
        except UnreadableReply as fault:
            faults.append(fault)
    if not faults:
        return scores["A"], scores["B"]
    first = faults[0]
    if scores and first.kind == "missing":
        try:
            _refuse_other_scale(lines, statements, scale)
            refuse_other_scores(lines, statements, {f"score {seat}": score for seat, score in scores.items()}, scale)
        except UnreadableReply:
            raise first from None
        first.scores = scores.get("A"), scores.get("B")
    raise first


def full_choice(text: str) -> Choice:
    """The choice of a reply. Raises UnreadableReply."""
    lines = corrections_apart(own_lines(text))
    statements = remaining(lines, own_statements(text, lines, choice_statements(lines)))
    if not any(statement.value is not None or statement.fault is not None for statement in statements):
        statements = [*prose_choice(lines)] or statements
    refuse_refusals(lines, statements)
    choice = settle(text, "choice", statements, "A, B or tie, such as 'Answer: A'")
    refuse_renamed_seats(lines)
    refuse_other_choice(lines, statements, choice)
    refuse_solution(lines, statements, choice)
    if (scores := any_seat_scores(lines)) is not None:
        _refuse_other_winner([Statement("choice", choice, None, choice, 0)], *scores)
    return choice


def _without(lines: Sequence[str], winners: Iterable[Statement[Choice]]) -> list[str]:
    """The lines without those that say who won and nothing else, which need not be comment."""
    places = {each.line for each in winners if each.value is not None and len(lines[each.line]) < _LONGEST_WINNER}
    return ["" if place in places and "." not in line[:-1] else line for place, line in enumerate(lines)]


def _refuse_other_scale(lines: Sequence[str], statements: Sequence[Statement[float]], scale: Scale) -> None:
    """Raise UnreadableReply where a score without a denominator stands in a reply that names another scale."""
    valued = [each for each in statements if each.value is not None]
    if any(f"{scale.out_of:g}" not in each.found for each in valued) and names_other_scale(lines, scale):
        message = f"expected scores on the scale to {scale.out_of:g}, found another scale"
        raise UnreadableReply("out_of_range", valued[-1].field, message)


def _refuse_other_winner(winners: Iterable[Statement[Choice]], a: float, b: float) -> None:
    """Raise UnreadableReply where an answer form names another winner than the scores do."""
    by_scores = "tie" if a == b else "A" if a > b else "B"
    for winner in winners:
        if winner.value is not None and winner.value != by_scores:
            message = f"expected the winner by the scores {a:g} and {b:g}, found {winner.found.strip()[:80]!r}"
            raise UnreadableReply("contradictory", "choice", message)


def _wanted(label: str, scale: Scale) -> str:
    return f"a number from {scale.minimum:g} to {scale.out_of:g}, such as '{label}: {scale.out_of:g}/{scale.out_of:g}'"
