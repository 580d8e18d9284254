"""Whether a sentence behind a closing statement says that there was nothing to judge, or that a rule forbids to judge.

The answers are missing or were not read ("No candidates were supplied."), a policy stands against judging them, or the
writer speaks as a language model. That an answer lacks something is comment: "No answer mentions the treaty."
"""

from fellowship.agents.reading.wording import wording

_INPUT = (
    r"(?:answers?|responses?|texts?|candidates?|drafts?|submissions?|prompts?|questions?|inputs?|contents?|messages?|"
    r"attachments?|repl(?:y|ies)|assistants?|conversations?)"
)
_GIVEN = (
    r"(?:provided|included|supplied|attached|given|shown|received|sent|available|present(?:ed)?|visible|readable|"
    r"loaded|delivered|submitted|there|found|displayed|shared|pasted|transmitted)"
)
_NO_INPUT = wording(
    rf"\b(?:no|neither|none of the) (?:\w++ )?{_INPUT} (?:\w++ )?(?:was|were|is|are|has been|have been|came|arrived|"
    rf"to (?:judge|evaluate|score|review|compare|rate|assess))\b(?=\W*+\Z|[^.!?]*\b{_GIVEN}\b| to\b)|"
    rf"\b{_INPUT}(?: (?:[ab12]|itself|themselves))? (?:(?:was|were|is|are|did|have|has)(?: been)?\s?(?:not|n['’]t)|"
    rf"(?:was|were|is|are) never|never) (?:(?:been|actually|even|yet) )*+(?:{_GIVEN}|arrive|reach|load|come)(?=\W*+\Z|"
    r" (?:in|with|to (?:me|your|the|this)|for me|here|so|and|at all|below|above|through|by)\b)|"
    rf"\b{_INPUT} (?:is|are|was|were|seems?|appears?) (?:to be )?(?:missing|absent|unavailable|unreadable|"
    r"empty)(?=\W*+\Z| (?:from|in) (?:your|the|this|my) (?:prompt|message|input|request|context))|"
    r"\b(?:no\s?thing|not anything) to (?:judge|evaluate|score|review|compare|rate|assess|grade)\b|"
    r"\bas an? (?:ai|large|language|assistant|llm)\b(?![^.!?]*\b(?:personal|opinions))|"
    r"\bas (?:an )?ai\b(?![^.!?]*\bpersonal\b)|\blanguage model\b(?=[^.!?]*\b(?:i|my|me)\b)|"
    r"\b(?:my|our|the|company|openai|content|usage|safety|these|this|internal) (?:\w++ )?(?:guidelines?|polic(?:y|"
    r"ies)|programming|instructions)\b(?=[^.!?]*\b(?:allow|permit|prohibit|forbid|prevent|against|bar|stop|judg|scor|"
    r"evaluat|rat(?:e|ing)|review)\w*)|"
    r"\bagainst (?:\w++ )?(?:guidelines?|polic(?:y|ies)|rules|programming|principles)\b|"
    r"\b(?:violates?|breach(?:es)?|breaks?|contraven\w+) (?:my|our|openai|the|company|content|"
    r"usage)\b[^.!?]{0,30}\b(?:guidelines?|polic(?:y|ies)|rules|terms)|"
    r"\b(?:judging|scoring|evaluating|rating|assessing|grading|comparing|reviewing) (?:this|these|them|it|"
    r"such)\b[^.!?]{0,40}?\b(?:is|would be|feels?|makes?|goes|are|seems?)\b"
)
_UNSEEN = wording(
    r"\bi (?:[a-z]{2,10} ){0,2}?(?:see|saw|seen|find|found|read|got|received|have|had|opened|knew|skimmed) (?:only |"
    rf"just )?(?:no|neither|none of the|half of (?:the|both)|part of (?:the|both)|one of the) (?:\w++ )?{_INPUT}\b|"
    r"\b(?:both|they|these|it|answers|responses|texts|all) (?:was|were) (?:\w++ly )?(?:assessed|scored|rated|judged|"
    r"evaluated|graded|compared|ranked|read|skimmed) (?:from|without|blind\w*|at random|randomly|before|unseen|"
    r"unread)\b"
)


def is_about_input(sentence: str) -> bool:
    """Whether a lower-cased sentence speaks of missing input, or of guidelines."""
    return _NO_INPUT.search(sentence) is not None or _UNSEEN.search(sentence) is not None
