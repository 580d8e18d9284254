"""Whether a reply gives the seats other names than the prompt: "A is the second answer and B the first."."""

import re
from collections.abc import Sequence

from fellowship.agents.reading.own_lines import FOREIGN
from fellowship.agents.reading.statements import UnreadableReply
from fellowship.agents.reading.wording import SEAT_NOUN, wording

_NOUN = rf"(?:{SEAT_NOUN}|text|reply|one)"
_IS = (
    r"(?:(?: here)?(?: (?:is|are|was|means?|denotes?|refers? to|stands? for|designates?|represents?|being"
    r"|names?)|\s*+[:=→])(?: here| now)? )"
)
_PLACE = (
    rf"(?:the )?(?:{{}})(?: {_NOUN})?(?! (?:best|better|worst|to|that|who|place|half|part|point|paragraph"
    rf"|choice|winner|only|with)\b)"
)
_FIRST, _SECOND = (_PLACE.format(words) for words in (
    rf"(?:first|1st|former|number (?:1|one)|#1)\b|(?:{SEAT_NOUN}) #?1\b",
    rf"(?:second|2nd|latter|last|number (?:2|two)|#2)\b|(?:{SEAT_NOUN}) #?2\b",
))  # fmt: skip
_NAME = rf"(?:the )?(?:{_NOUN} )?[*_`\"'(]*+{{}}\b[*_`\"')]*+"
_A, _B = _NAME.format("a"), _NAME.format("b")
_ENDS = rf"(?=[*_`]*+(?:\s*+(?:\Z|[.,;:!)(])| (?:and|while|but|here|in|as|whereas|below|above|shown|was|{_NOUN})\b))"
_CALLED = r"(?: (?:is|as|was|called|named|labell?ed|being|here|becomes|now|means)|\s*+[:=→])*+\s*+"
_ORDER = rf"(?:the |what was )?(?:{{}})(?: {_NOUN}| shown| given)*+{_CALLED}"
_FIRST_IS, _SECOND_IS = (_ORDER.format(words) for words in (
    rf"\bfirst\b|\b1st\b|(?:{SEAT_NOUN}) 1\b", rf"\bsecond\b|\b2nd\b|(?:{SEAT_NOUN}) 2\b"
))  # fmt: skip
_RENAMES = wording(
    rf"(?<![\w'’*_`\"(])(?:{_A}{_IS}(?:what was shown )?{_SECOND}|{_B}{_IS}(?:what was shown )?{_FIRST}){_ENDS}|"
    rf"(?:{_SECOND_IS}[*_`\"'(]*+(?:{_NOUN} )?a|{_FIRST_IS}[*_`\"'(]*+(?:{_NOUN} )?b)\b[*_`\"')]*+{_ENDS}|"
    rf"\b(?:seats|(?:labels|names|order|positions|places) of (?:the|both) (?:two )?(?:{SEAT_NOUN})s|a and b"
    rf"|order of a and b) (?:is|are|was|were|have been|has been) (?:swapped|switched|reversed|exchanged)\b"
)
_MARKS = re.compile(r"first|second|1st|2nd|former|latter|last|[ #][12]\b|swapped|switched|reversed|exchanged")
_NOT = wording(r"\b(?:if|were|had|not|when|whether|even)\b|n['’]t\b|\?")


def refuse_renamed_seats(lines: Sequence[str]) -> None:
    """Raise UnreadableReply (contradictory) where lower-cased lines say that A is the second answer or B the first."""
    for line in lines:
        if _MARKS.search(line) is None or line == FOREIGN:
            continue
        if (found := _RENAMES.search(line)) is not None and not _NOT.search(line[: found.start()]):
            message = f"expected A for the first answer and B for the second, found {line.strip()[:80]!r}"
            raise UnreadableReply("contradictory", "seats", message)
