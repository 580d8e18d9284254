"""Whether a fenced block is the reply's own statement: it stands last, or ordinary comment follows it.

With words behind it, it is its own only where it holds nothing but the answer form, the line above does not lead to
somebody else's words, and the words behind state no result and do not speak of a block, a line or "this".
"""

import json
import re
from collections.abc import Sequence

from fellowship.agents.reading.attributions import DRAFT, LEADS_ELSEWHERE, OWN_LEAD, is_attributed
from fellowship.agents.reading.fences import fences
from fellowship.agents.reading.wording import SEAT_NOUN, wording

_MOST = 12
_LONGEST = 120  # characters

TOKENS = re.compile(r"\s*+(?:(?:<\|[^|<>]{0,40}\|>|</[a-z_]{1,20}>)\s*+)++\Z")
"""A line of special tokens or closing tags."""

_LANGUAGES = ("", "text", "txt", "plaintext", "plain", "markdown", "md")
_STATES = wording(
    rf"[\s#*_•+\-|(\[]*+(?:(?:(?:my|the|final|overall|total) )*(?:scores?|ratings?|verdict|answer|winner|choice|"
    rf"decision|grade|judge?ment|preference|overall|{SEAT_NOUN})\b[^!?]*|[ab12]\b[^\w]*(?:\d[\d\s/.,*]*)?|tie\W*|"
    r"\[?\[[abc]\]\]?\W*|\*{0,2}\d[\d\s/.,*]*)"
)
_STATES_AGAIN = re.compile(
    r"[{]|```|~~~|\[\[|\\boxed|\d\s*/\s*\d|\bverdict\b|"
    r"\b(?:scores?|ratings?|grades?|answer|winner|choice|decision)\b[^.!?\n]{0,30}[:：=]"
)
_OF_BLOCK = wording(
    r"\b(?:blocks?|box|fence\w*|above|lines?|quot\w+|copied|pasted|inject\w*|snippet|excerpt|printed?|placeholders?|"
    r"templates?|orders?|grader|prompt\w*|ending|hid(?:es?|den)|suspicious|users?|gpt\S*|previous|numbers|such|"
    r"draft|t(?:old) to|asked to|instructed|belongs?|"
    r"c(?:ame|omes?) from|taken from|part of (?:(?:the )?"
    r"(?:{NOUN}) )?[ab12]\b|itself|themselves|own|tr(?:y|ies|ied)|attempt\w*|trick\w*|fool\w*|cheat\w*|manipulat\w*|"
    r"wr(?:ote|ites|itten)|wants?|claim\w*|judges?|grade[sd]?|rate[sd]?|self\w*|pretend\w*|ends? (?:with|so|thus|like)|"
    r"from (?:the )?(?:{NOUN}) [ab12])\b|\A\W*(?:this|that|these|those|it)\b|[.!?;] (?:this|that|these|"
    r"those|it) |\b(?:this|that|these|those|it)\W*\Z|\A\W*for (?:example|instance)\W*\Z".replace("{NOUN}", SEAT_NOUN)
)
_COMMENTS = wording(
    r"\W*(?:both|neither|the|a|b|assistant|response|answer|overall|in|on|while|although|reason\w*|explanation|because|"
    r"justification|good|clear|well|i hope|let me)\b"
)
_GIVES_AWAY = wording(
    r"\b(?:(?:this|that|the) (?:json |last |first )?(?:block|object|snippet|excerpt|json|fence)|c(?:ame|omes?) from|"
    r"taken from|copied|pasted|quoted|injected|belongs? to) |\bnice try\b|\b(?:grad|rat|scor|judg)\w* itself\b|"
    rf"\bits own (?:scores?|verdict|grades?|ratings?)\b|\b(?:part|end|words) of (?:the )?(?:{SEAT_NOUN}) [ab12]\b"
)
_ABOUT_RESULT = wording(
    r"\b(?:fake\w*|verdict|scor\w+|rat(?:ed?|ing)s?|lines?|texts?|inject\w*|quot\w*|judges?|would|suppose\w*|imagine|"
    r"examples?|templates?|formats?|instruct\w*|ends?|ending|winner)\b"
)
_OWN_RESULT = wording(
    r"\b(?:fake\w*|forged|inject\w*|self-?\w+|instruct\w*|(?:an?|its|their) (?:(?:own|final|fake|json|closing|"
    r"ready-?made) )*(?:verdict|scores?|ratings?|lines?|object|block|judge?ment|evaluation|winner))\b"
)
_HEADING = wording(r"\s*+(?:#{1,6} |\*\*|__)")


_SIGNS = re.compile(r"\{|```|score|answer:|verdict")


def fences_with_owner(lines: Sequence[str]) -> list[tuple[int, int, bool]]:
    """The first and last line number of each fenced block of lower-cased lines, and whether it is the reply's own."""
    blocks = fences(lines)
    if not blocks:
        return []
    texts = [number for number, line in enumerate(lines) if line.strip() and not TOKENS.match(line)]
    first, last = (texts[0], texts[-1]) if texts else (0, 0)
    gives_away, has_sign, states = (_last(lines, form) for form in (_GIVES_AWAY, _SIGNS, _STATES_AGAIN))
    of_block = _last(lines, _OF_BLOCK)
    found = []
    for start, end in blocks:
        above = next((lines[place] for place in range(start - 1, max(-1, start - 9), -1) if lines[place].strip()), "")
        is_json = "json" in lines[start]
        own = not _leads_to_others(above) and (
            end >= last
            or (gives_away <= end and is_json and (start == first or has_sign <= end))
            or (
                max(gives_away, states, of_block) <= end
                and lines[start].strip("`~ \t") in (*_LANGUAGES, "json")
                and _COMMENTS.match(next(filter(str.strip, lines[end + 1 : end + 9]), "")) is not None
                and _holds_statements(lines[start + 1 : end])
                and (start == first or _leads_to_own(above))
            )
        )
        found.append((start, end, own))
    return found


def _last(lines: Sequence[str], form: re.Pattern[str]) -> int:
    """The number of the last line in which a pattern is found; -1 without one."""
    return next((number for number in range(len(lines) - 1, -1, -1) if form.search(lines[number])), -1)


def _leads_to_others(above: str) -> bool:
    if DRAFT.match(above) is not None:
        return True
    return is_attributed(above) and (not _is_finished(above) or _OWN_RESULT.search(above) is not None)


def _holds_statements(block: Sequence[str]) -> bool:
    texts = [line for line in block if line.strip()]
    if not texts or len(texts) > _MOST or any(len(line) > _LONGEST for line in texts):
        return False
    return all(_STATES.fullmatch(line) for line in texts) or _is_object("\n".join(texts))


def _is_object(text: str) -> bool:
    try:
        return isinstance(json.loads(text), dict)
    except (ValueError, RecursionError):
        return False


def _leads_to_own(above: str) -> bool:
    """Whether the judge's own words may follow a line: a heading, "My scores:", or a sentence about something else."""
    if is_attributed(above) or LEADS_ELSEWHERE.search(above) is not None:
        return False
    if _HEADING.match(above):
        return True
    if above.rstrip(" \t*_`").endswith((":", "：")):
        return OWN_LEAD.search(above) is not None
    return _is_finished(above) and _ABOUT_RESULT.search(above) is None


def _is_finished(line: str) -> bool:
    return line.rstrip(" \t*_`\"'”").endswith((".", "!", "?"))
