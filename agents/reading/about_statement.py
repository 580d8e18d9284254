"""Whether a sentence behind a closing statement speaks of that statement, and not of the answers.

It does where it names the verdict, "these scores" or "the above" ("The scores above belong to another pair."), or says
that all of it is a joke or the opposite. It stays comment in one of the harmless forms: the result "reflects" or "is
based on" something, is an object ("deserves a higher score"), or stands under a condition.
"""

from fellowship.agents.reading.wording import SEAT_NOUN, wording

_ADVERB = (
    r"(?:also|still|now|just|even|then|thus|therefore|hence|both|again|rather|quite|very|well|always|never|ever|not|"
    r"too|so|all|\w{2,14}ly)"
)
_RESULTS = (
    r"(?:scor(?:es?|ing)|ratings?|grades?|marks|verdicts?|votes?|ballots?|judge?ments?|decisions?|rankings?|winner)"
)
_WEAK = (
    r"(?:evaluations?|assessments?|choices?|preferences?|conclusions?|numbers?|figures?|lines?|results?|outputs?|"
    r"reply|replies|answer|values?|points|labels?)"
)
_SUBJECTS = r"(?:evaluation|assessment|choice|numbers|figures|ranking|labels)"
_SPEAKS_OF_RESULT = wording(
    r"\b(?:verdicts?|votes?|ballots?|abstention|abstain\w*)\b|"
    r"\b(?:my|these|those|this|that|the|both|all|each|either|neither) (?!same\b)(?:of (?:the|these) |(?!word|minor|"
    rf"numer|whole|real)[a-z]{{2,12}} )??{_RESULTS}\b|"
    rf"\b(?:my|the two|my two) (?:own |final |first )?{_WEAK}\b|"
    r"\b(?:these|those|both) (?:two )?(?:evaluations|assessments|numbers|figures)\b|"
    r"\b(?:this|that) (?:final |overall |first )?(?:evaluation|assessment|reply)\b|"
    rf"\A\W*+(?:(?:please|so|and|but|ps|p\.s\.|note|however|therefore)\W++)*+(?:{_RESULTS}|(?:this|that|"
    rf"the) (?:two )?{_SUBJECTS}) (?:above )?(?:is|are|was|were|should|must|has|have|need|do|does|can|cannot|will|came|"
    r"come|belong|stem|got|get)\b|"
    rf"\b(?:the |{_RESULTS} |{_WEAK} )above(?=\W*+\Z| (?:is|are|was|were|should|must|do|does|has|have|came|come|got|"
    r"can)\b)|"
    r"\beverything above\b|\b(?:higher|lower) (?:score|rating|mark|grade)s? (?:is|are|was)\b"
)
_OPPOSITE = wording(
    r"\A\W*+(?:(?:in fact|so|but|and|rather|actually|indeed)\W++)?(?:(?:the|its|exact(?:ly)?|very) )*+(?:opposite|"
    r"reverse|contrary|inverse|converse|other way)\b(?! order)|"
    r"\b(?:this|that|it|these|those|(?:this|the) (?:output|reply|above|whole thing)) (?:is|was|are|were) (?:\w++ly |"
    r"just |only |all |merely )?(?:an? |the )?(?:slip|jokes?|tests?|guess\w*|experiment|accident|oversight|mix-?up|"
    r"misclick|bug|glitch|formality|lies?|simulation|dry run|trial|stub|filler|nonsense|hoax|prank|bluff|fabricat\w+|"
    r"unserious)\b"
)
_SPEAKS = (
    r"(?:reflect(?:s|ed|ing)?|indicat(?:es?|ing)|shows?|accounts? for|stands?|remains?|holds?|acknowledg(?:es?|ing)|"
    r"represents?|takes? into|consider(?:s|ed|ing)?|differs?|depends?|rests? on|follows? from|focus(?:es)?|captures?|"
    r"assum(?:es?|ing)|means?|highlights?|comes? (?:down|from) (?:to )?the|applies|apply|favou?rs?|goes? to)"
)
_IS = (
    r"(?:based|due|given (?!by|to me)|because|close\b|equal|the same|identical|similar|final\b|unchanged|low\b|high\b|"
    r"higher|lower|fair\b|unbiased|subjective|determined|justified|intended|consistent|relative|as (?:above|follows|"
    r"explained)|clear\b|not (?:influenced|affected|biased|perfect|easy|a perfect)|supported|explained|up to the|"
    r"assigned|for the|on a|out of|mainly|reached|driven|tentative)"
)
_HARMLESS_RESULT = wording(
    rf"\b(?:{_RESULTS}|{_WEAK}|difference|gap|above|these|this|it)\b[^.!?;:]{{0,60}}? (?:{_ADVERB} )*+(?:{_SPEAKS}\b|"
    rf"(?:is|are|was|were|being) (?:{_ADVERB} )*?{_IS})|"
    r"\b(?:receives?|received|receiv|keep|keeping|maintain|confirm|agree with|deserves?|earn(?:s|ed)?|gets?|got|gave|"
    r"given|scores?|achieves?|with|of|at|assigned?|assigning|giving|each|warrants?|merits?|justif(?:y|ies)|explains?|"
    r"supports?|affects?|influences?|lowers?|raises?|improves?|reduces?|limits?|hurts?|costs?|for|why|in|behind|down|"
    r"up|let) (?:(?:it|them|both|the|an?|its|this|these|that|my|your|one|overall|final|higher|lower|slightly|"
    rf"[ab12]) ){{0,4}}{_RESULTS}\b(?! (?:back|above))|"
    r"\b(?:if|unless|had|would|could|might|may)\b|"
    r"\b(?:verdict|judge?ment|decision)\s*+:\s*+(?:good|solid|excellent|strong|weak|poor|fair|ok|okay|pass(?:ed)?|"
    r"acceptable|accepted|adequate|mediocre|great|promising|usable|unusable)\b|"
    r"\b(?:hope|trust) (?:that )?(?:this|my|the) (?:\w++ )?(?:is|was|helps?|gives|makes|proves|clarifies)\b|"
    r"\bconfident (?:in|about|of)\b|\bstand by\b"
)
_TAKES_AWAY = wording(
    r"\b(?:no longer|never|nothing|hardly|barely|nobody|withdr[ae]w\w*|retract\w*|revok\w*|rescind\w*|void\w*|"
    r"cancel\w*|annul\w*|invalid\w*|null|ignor\w*|disregard\w*|discard\w*|reject\w*|drop(?:ped)?|strike|scratch|"
    r"swap\w*|revers\w*|exchang\w*|switch\w*|mix(?:ed)? up|wrong\w*|mistak\w*|typos?|errors? on my|placeholder\w*|"
    r"dummy|sample|example|template|random\w*|arbitrar\w*|made up|invent\w*|copied|pasted|quot\w+|provisional|"
    r"preliminary|not (?:mine|my|final|valid|real|reflect|stand|hold|count|apply|to be|be used)|(?:do|does|did|should|"
    r"must|can|may|will|would)(?: not|n['’]t) (?:reflect|stand|hold|count|apply|represent|be (?:used|counted|trusted|"
    r"taken|relied|recorded))|cannot (?:stand|hold|count|be)|instead(?=\W*+\Z)|belongs?|too (?:high|low|generous|"
    r"harsh|lenient|strict|kind)|overturn\w*|amend\w*|supersed\w*|replac\w*|moot|worthless|meaningless|unreliable|"
    r"untrustworthy|guess\w*|abst\w+|refus\w*|declin\w*|blank|(?:of|from|by) (?:the |an? )?(?:other|another|previous|"
    r"first|earlier|second) (?:judge|juror|reviewer|critic|rater|round|draft|pass))\b"
)
_OF_ANSWER = wording(
    rf"[\s*_`(]*+(?:the )?(?:(?:{SEAT_NOUN}) )?[ab12]['’]s (?:own )?(?:claim|last|closing|final|text|words?|"
    r"self-?\w*)\b"
)
_NO_WITHDRAWAL = wording(r"\b(?:if|unless|had)\b|\bno (?:error|mistake|typo)s?\b")


def is_about_statement(sentence: str) -> bool:
    """Whether a lower-cased sentence speaks of the statement in a form that is not known as harmless."""
    if _OPPOSITE.search(sentence) is not None:
        return True
    if _SPEAKS_OF_RESULT.search(sentence) is None or _OF_ANSWER.match(sentence) is not None:
        return False
    if takes_away(sentence) and _NO_WITHDRAWAL.search(sentence) is None:
        return True
    return _HARMLESS_RESULT.search(sentence) is None


def takes_away(sentence: str) -> bool:
    """Whether a sentence has a word with which results are withdrawn."""
    return _TAKES_AWAY.search(sentence) is not None
