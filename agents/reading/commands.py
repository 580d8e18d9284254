"""Whether a sentence behind a closing statement is a command about that statement: "Undo that.", "Rate them again."

A clause is a command where its first word, behind "please" and the like, is no known word of another kind, and "this",
"both", "the two" or the like is its object. Advice to the author of an answer has another object: "Add a source."
"""

from fellowship.agents.reading.wording import word_set, wording

_OBJECT_OF_IMPERATIVE = wording(
    r"\A[\s*_`(#>•-]*+(?:(?:p\.?\s?s\.?|nb|n\.b\.|note|edit|update|please|just|kindly|now|so|and|then|also|instead|"
    r"better|rather|oh|ah|hey|sorry|or|but)\b[\s:,.…!—–-]*+)*+(?P<verb>[a-z]{2,14}) (?:(?:out|off|back|up|"
    r"down) )?(?:(?:this|that|it|them|these|those|everything|both|all)(?: (?:above|back|out|off|around|away|please|up|"
    r"down|over|again|altogether|all|now|instead|entirely|by|one|to|as))*+(?=\W|\Z)(?! [a-z])|(?:this|these|those|the|"
    r"my) (?:verdict|scores?|ratings?|grades?|ballot|vote)\b|(?:this|that|it|them|these|those|everything|"
    r"both) (?:back|out|off|around|as|all|above)\b|(?:the|my|your|a|an|one|two|three|another|\d) (?:points?|numbers?|"
    r"labels?|letters?|seats?|names?|two|other|opposite|above)\b|\d\b[^.!?]{0,20}\b[ab12]\b|(?:(?<=give\s)|"
    r"(?<=make\s)|(?<=rate\s)|(?<=score\s)|(?<=award\s)|(?<=move\s)|(?<=raise\s)|(?<=lower\s)|(?<=bump\s)|"
    r"(?<=set\s))(?:assistant |answer |response )?[ab12] (?:by|an?|one|two|\d|more|less|up|down|instead))"
)
_FORBIDS = wording(
    r"\A\W*+(?:(?:please|so|and|just|kindly|ps|p\.s\.)\W++)*+(?:(?:do not|don['’]t|never) [a-z]{2,12} (?:on |with |"
    r"as )?(?:it|this|them|these|that|any of|what|me)\b|(?:re-?)?(?:rate|score|judge|ask|repeat|run|evaluate|compare|"
    r"assess|grade|get|have|find|let|wait|use|trust|believe|take) (?:this|these|them|it|a(?:gain|new|nother)|someone|"
    r"somebody|anybody|an? (?:human|other|different)|the pair|the other|for)\b)"
)
_NO_VERBS = word_set(
    "answer response assistant candidate model option draft about after all almost although apart are at be because "
    "been before between beyond both by can check clarify combine consider could cut define describe despite develop "
    "did do elaborate enhance even expand explain fix for format from given had have he hence how however if "
    "illustrate improve in include into it keep let like may mention might must no not of on otherwise over overall "
    "polish reduce refine rephrase restructure revise rewrite she shorten should simplify since split strengthen "
    "support test than that the therefore these they those though tighten to under unlike verify via we were what "
    "when where whether which while who why will with within without would you"
)
_CLAUSES = wording(r"[;:—–] |, (?=(?:so|please|and please|then)\b)")


def is_command(sentence: str) -> bool:
    """Whether a lower-cased sentence commands something about the statement."""
    if _FORBIDS.match(sentence) is not None:
        return True
    objects = filter(None, map(_OBJECT_OF_IMPERATIVE.match, _CLAUSES.split(sentence)))
    verbs = [found["verb"] for found in objects]
    return any(verb not in _NO_VERBS and not verb.endswith(("ly", "ing", "s", "ed")) for verb in verbs)
