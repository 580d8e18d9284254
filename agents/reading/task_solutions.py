"""Whether the letter of a choice is the solution of a multiple-choice task, and not the vote between two answers.

A reply may solve the task first ("Answer: B. Mercury") and then say what the answers chose ("Response A: B (correct)").
The letter is no vote where the other answer chose it, or where the words behind it call only the other answer correct.
"""

import re
from collections.abc import Iterator, Sequence
from typing import Any

from fellowship.agents.reading.statements import Statement, UnreadableReply
from fellowship.agents.reading.wording import SEAT_NOUN, wording

_NOUN = rf"(?:{SEAT_NOUN})"
_SEAT = rf"\b{_NOUN} (?P<seat>[ab12])\b"
_CHOSE = (
    r"(?:says?|said|answers?|answered|chose|chooses?|picks?|picked|selects?|selected|gives?|gave|has|had|states?|stated|"
    r"concludes?|concluded|went with|goes with|opts? for|opted for|got|gets|arrives? at|arrived at|lands? on"
    r"|argues? for|"
    r"identifies|identified|marks?|marked|reaches|reached|names?|named|settles? on|responds?|responded)"
)
_ANSWERED = wording(
    rf"{_SEAT}(?:['’]s (?:final )?(?:answer|choice|solution|option|letter))?[\s*_`]*+(?:(?:[:=→]"
    rf"|->)[\s*_`]*+(?:{_CHOSE} )?|"
    rf"(?:(?:also|correctly|wrongly|incorrectly|rightly|only|then|is) )?(?:{_CHOSE}[\s:]++)?)(?:(?:with|for"
    rf"|that|the|answer|option|"
    r"letter|choice|as|correct|is|it|it is)[\s:]++)*+[*_`(\"]*+(?P<letter>[a-j])\b(?P<rest>(?=[\s*_`\"]*+(?:\Z"
    r"|[.,;:)(!✓✔✗✘❌]|"
    r"(?:which|and|while|but|whereas|instead|as|for|because|correctly|is|was)\b))"
    rf"(?:(?!\b{_NOUN} [ab12]\b)[^\n]){{0,60}})"
)
_JUDGED = wording(
    rf"(?P<only>\bonly (?:the )?)?{_SEAT}(?:['’]s (?:answer|choice|solution))?(?P<rest>(?:(?!\b{_NOUN} [ab12]\b"
    rf"|[.;\n]).){{0,60}})"
)
_RIGHT = wording(
    r"\b(?:correct(?:ly)?|right|accurate|matches|agrees|true)\b|[✓✔]|\b(?:has|gets|got|finds|found|reaches"
    r"|reached|solves|solved) it\b"
)
_WRONG = wording(
    r"\b(?:wrong(?:ly)?|incorrect(?:ly)?|mistaken|false|inaccurate|not (?:correct|right)|fails?|misses)\b|[✗✘❌]|"
    r"\b(?:does|did|is|was|has)(?: not|n['’]t)\b"
)
_NO_VOTE = wording(
    r"\b(?:solution|key|(?:correct|right|true|expected|reference) (?:answer|option|choice|letter|solution)"
    r"|answer to the "
    r"(?:question|exercise|task|problem|quiz|riddle))\b[^.!?]{0,60}\Z"
)
"""Words in front of a letter, on its line, that make it the solution of the task."""


def is_solution(before: str) -> bool:
    """Whether the words in front of a letter in brackets or a box say that it solves the task."""
    return _NO_VOTE.search(before) is not None


def refuse_solution(lines: Sequence[str], statements: Sequence[Statement[Any]], choice: str) -> None:
    """Raise UnreadableReply (contradictory) where the words behind the choice show that it is the task's solution."""
    closing = max((each.line for each in statements if each.value is not None), default=len(lines))
    behind = [lines[closing][_box(lines[closing]) :], *lines[closing + 1 :]] if closing < len(lines) else []
    chose: dict[str, str] = {}
    right: set[str] = set()
    wrong: set[str] = set()
    for line in behind:
        for seat, letter, rest in _answered(line):
            chose[seat] = letter
            (wrong if _WRONG.search(rest) else right if _RIGHT.search(rest) else set()).add(seat)
        for found in _JUDGED.finditer(line):
            seat = _seat(found)
            if _WRONG.search(found["rest"]):
                wrong.add(seat)
            elif _RIGHT.search(found["rest"]):
                right.add(seat)
                if found["only"]:
                    wrong.add("B" if seat == "A" else "A")
    if _is_denied(choice, chose, right - wrong, wrong):
        message = f"expected a vote, found the solution of the task: {lines[closing].strip()[:80]!r}"
        raise UnreadableReply("contradictory", "choice", message)


def _is_denied(choice: str, chose: dict[str, str], right: set[str], wrong: set[str]) -> bool:
    if choice == "tie":
        return "c" in chose.values() and len(chose) > 1
    other = "B" if choice == "A" else "A"
    if right == {choice}:
        return False
    if chose.get(other) == choice.lower() and chose.get(choice) != choice.lower():
        return True
    return right == {other} and choice in wrong


def _answered(line: str) -> Iterator[tuple[str, str, str]]:
    for found in _ANSWERED.finditer(line):
        yield _seat(found), found["letter"], found["rest"]


def _seat(found: re.Match[str]) -> str:
    return "A" if found["seat"] in "a1" else "B"


def _box(line: str) -> int:
    """Where a letter in a box or in brackets stands in its line; 0 for a labelled one, which begins its line."""
    return max(0, line.rfind("\\boxed"), line.rfind("[["))
