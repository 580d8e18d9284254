"""Whether the sentences behind closing scores change them, without a new score: "I deduct 6 points from A.".

Four kinds of sentence do:

* one that adds or takes points which the stated scores do not explain. "Minus 1 for length" behind 9/10 explains the 9;
* one whose subject is a number that was stated, unless it says what the number is for ("The 9 reflects its depth");
* one that measures a score, or the seat that got it, against what was given ("B deserves more than this");
* one that says that the judge was too generous or too harsh, or would move a score.
"""

import re
from collections.abc import Iterator, Mapping, Sequence

from fellowship.agents.reading.attributions import ATTRIBUTION
from fellowship.agents.reading.criteria import CRITERION_NAME
from fellowship.agents.reading.lines import FIELDS, Scale
from fellowship.agents.reading.number_words import in_digits
from fellowship.agents.reading.wording import SEAT_NOUN, wording

_DIGITS = r"\d{1,3}(?:[.,]\d{1,2})?"
_POINTS = r"(?:full |whole )?(?:points?|pts|marks?)\b"
_AMOUNT = rf"(?P<amount>{_DIGITS}|an?|half an?|another|a couple of|some|several|a few)"
_SEAT = rf"(?:the )?(?:(?:{SEAT_NOUN}) (?=[ab12]\b)|(?=[ab]\b))[ab12](?:['’]s?)?(?: (?:{SEAT_NOUN})\b)?"
_OWNER = rf"(?P<seat>(?:the )?(?:(?:{SEAT_NOUN}) (?=[ab12]\b)|(?=[ab]\b)))(?P<letter>[ab12])\b"
_SUBJECT = rf"(?:{_SEAT}|it|this|that|they|both|(?:the|this) (?:{SEAT_NOUN}|text)|its (?:score|rating))"
_SCORE = r"(?:scores?|ratings?|grades?|marks?|points?|numbers?|figures?|values?)"
_ADVERB = r"(?:(?:\w{2,12}ly|also|even|just|now|still|then|perhaps|maybe|far|much|a (?:bit|little|touch|tad)|"
_ADVERB += r"somewhat|rather|quite|clearly|again|indeed) )*+"

_TAKES = (
    r"(?:deduct(?:ing)?|subtract(?:ing)?|dock(?:ing)?|tak(?:e|ing) (?:off|away)|knock(?:ing)?(?: off)?|"
    r"remov(?:e|ing)|shav(?:e|ing)|tak(?:e|ing)|minus|less|penalty(?: of)?)"
)
_TOOK = r"(?:deducted|subtracted|docked|took off|knocked off|removed|lost|loses?|losing|costs?|took)"
_ADDS = r"(?:add(?:ing)?|plus|bonus(?: of)?)"
_TAKEN = wording(
    rf"\b(?:(?P<explains>{_TOOK})|{_TAKES})(?: {_SEAT}| it)? {_AMOUNT}(?: (?:more|further|additional))?"
    rf"(?: {_POINTS}|(?= (?:for|from|off|because|due|on) |\W*+\Z))|"
    rf"\b(?:an?|{_DIGITS}) {_POINTS} (?:is|are|was|were|has been|have been|must be|should be|goes?) (?P<passive>"
    r"deducted|subtracted|taken|docked|lost|removed|off)\b"
)
_ADDED = wording(
    rf"\b{_ADDS} (?:{_AMOUNT} {_POINTS}|(?P<bare>{_DIGITS}))(?= (?:for|to) (?:{_SEAT}|it)\b|\W*+\Z| for\b)"
)
_SIGNED = re.compile(
    rf"(?:(?<=\A)|(?<=[\s:(,;]))(?P<sign>[-–](?=\d)|[−+]\s*+)(?P<amount>{_DIGITS})(?:\s*+(?:points?|pts|marks?))?"
    r"(?=\s*+(?:\Z|[.,;)(](?!\d))|\s+(?:for|because|due|since|to|from|on)\b)"
)
_MORE = wording(
    rf"\b{_AMOUNT} (?P<kind>more|extra|additional|further|bonus) {_POINTS}|\banother (?P<another>{_DIGITS} )?{_POINTS}|"
    rf"\b(?P<after>{_DIGITS}) {_POINTS} more\b"
)
_GETS = (
    r"(?:dock|deduct|take|subtract|gets?|got|receives?|earns?|deserves?|merits?|give|giving|award|awarding|add|for|to)"
)
_TAKING = wording(rf"\b{_TAKES}\b")
_GETS_MORE = wording(rf"\b{_GETS}\b")
_FOR_ONE = wording(
    rf"(?:\A\W*+(?:the |both )?|\b(?:from|to|for|off|of|give|dock|by|award) (?:the )?"
    rf"|[,;:(] ){_OWNER}(?!['’]?\w| [^\W\d_]{{3,}}s\b(?<!gets)"
    r"(?<!loses)(?<!earns)(?<!deserves)(?<!receives))"
)

_STATED_NUMBER = (
    rf"(?:\A\W*+|[,;:—–(] |\b[ab12]['’]s |\b(?:the|that|this|my|an?|so|and|but|now|think|find|see|feel|hmm"
    rf"|maybe|perhaps|believe) )"
    rf"(?P<value>{_DIGITS})(?:\s*+/\s*+\d{{1,4}}| out of \d{{1,4}})?"
    rf"(?: (?:for|to|of|given to|i gave(?: to)?|on) (?:{_SEAT}|it))? "
)
_NUMBER_IS = wording(
    rf"{_STATED_NUMBER}(?P<says>(?:(?:no longer|now|still|also|hardly|really|simply|perhaps|probably) )?(?:is"
    rf"|was|are|were|seems?|feels?|looks?|appears?|sounds?|strikes?|may|might|must|should|"
    r"has|needs?|does|did|cannot|can|overstates?|understates?|overrates?|underrates?|exaggerates?|flatters?|ought|"
    r"goes|went|comes?|drops?|becomes?|turns?)\b[^.!?]*)"
)
_EXPLAINS_NUMBER = wording(
    rf"(?:(?:goes|went) to\b|{_ADVERB}(?:(?:is|was|are|were|seems?|feels?|looks?|comes?|goes|must|has|does|may|might"
    rf"|should) ){{0,2}}{_ADVERB}(?:be )?(?:based|due|given|because|for\b|from|"
    r"fair|justified|deserved|earned|warranted|appropriate|right|correct|reasonable|accurate|adequate|just|final|"
    r"meant|intended|supported|explained|down to|close|enough|the (?:right|correct|sum|mean|average|result|answer|best|"
    r"highest|lowest)|an? (?:fair|good|solid|prime|odd|even)|prime|odd|even|owed|to (?:its|reflect|the)|out"
    r"|(?:high|low) (?:because|since|as|due)\b))"
)
_DENIES = wording(
    r"\b(?:not|n['’]t|cannot|never|hardly|barely|no longer|too|overly|unduly|excessive\w*|so|over|above|below"
    r"|lower|higher|"
    r"less|more|but|however)\b|n['’]t\b"
)
_NOT_WORTH = wording(
    r"(?:\b(?:not|hardly|never|no longer|barely)|n['’]t) (?:(?:really|quite|even) )?(?:be )?(?:worth|deserv\w*"
    r"|merit\w*|earn\w*|"
    rf"warrant\w*|justif\w*|(?:have )?(?:been |be )?(?:get|got|gotten|receive[d]?|scored?|given)) (?:(?:an?|the"
    rf"|its|that|this|my|full) )*+(?P<value>{_DIGITS})\b"
)

_UP = r"(?P<up>higher|more|better|greater)"
_DOWN = r"(?P<down>lower|less|fewer|worse|smaller)"
_MERITS = (
    r"(?:(?P<must>should|ought to|must|needs? to) (?:also |really |rather )?(?:have )?(?:be|been|get|got|gotten"
    r"|score|scored|receive|received|rank|"
    r"ranked|rate|rated|earn|earned|have|had)(?: (?:rated|scored|graded|marked|ranked|valued|judged))?|deserves?|"
    r"deserved|merits?|merited|warrants?|is worth|was worth)"
)
_COMPARED = wording(
    rf"(?:\b(?:{SEAT_NOUN}) (?P<number>[ab12])\b|\b(?P<seat>[ab])\b|\b(?P<it>it|this|that|the (?:{SEAT_NOUN}|text)))"
    rf"(?:['’]s (?:{SEAT_NOUN}|{_SCORE}))?,? (?:{_ADVERB}){_MERITS} (?:an? |the |some )?{_ADVERB}(?:{_UP}|{_DOWN})"
    rf"(?: (?:{_SCORE}|credit))?(?P<rest>[^.!?;]*)"
)
_CRITERION = wording(rf" (?:for|in|on|of) (?:its |the )?{CRITERION_NAME}\b")
_OF_SCORE = wording(
    r"\s*+(?:\Z|[.,;:!)*_`]|(?:than|for|because|since|as|here|overall|now|given|in|on|due|of|points?)\b)"
)
"""What follows "more" or "higher" where it measures the score: "B should have given more examples" does not."""
_THAN_GIVEN = wording(
    rf"\A[^,]{{0,20}}?\bthan (?:(?:what|the one|that which|the score|the rating) )?(?:i\b|we\b|it (?:got"
    rf"|received|has|was)|this\b|that\b(?! of)|"
    rf"these\b|those\b|above|stated|given|my\b|(?:an?|the|its|that)?\s*+{_DIGITS}\b|shown|currently|now\b"
    rf"|here\b|its (?:current )?{_SCORE})"
)

_MEASURE = (
    r"(?:generous(?:ly)?|harsh(?:ly)?|lenient(?:ly)?|strict(?:ly)?|kind(?:ly)?|severe(?:ly)?|charitabl[ey]|high(?:ly)?|"
    r"low(?:ly)?|tough|hard|easy|soft|forgiving|favou?rabl[ey]|stingy|mild(?:ly)?|critical(?:ly)?)"
)
_JUDGE_WAS = wording(
    rf"\b(?:i|we)(?:['’](?:ve|m|d))?\b[^.!?;]{{0,50}}? (?P<over>too|overly|unduly|excessively|unfairly"
    rf"|more) {_MEASURE}\b|"
    rf"\b(?:i|we)\b[^.!?;]{{0,40}}(?:not|n['’]t)[^.!?;]{{0,12}} {_MEASURE} enough\b|"
    rf"\b(?:i|we)(?:['’]ve)? (?:\w+ ){{0,3}}?(?:over|under)-?(?:rat|valu|estimat|scor|mark|grad|weigh)\w*|"
    rf"\A\W*+(?:(?:so|but|and|perhaps|maybe|hmm)\W++)*+(?:that|this|these|those) (?:was|were|is"
    rf"|are) {_ADVERB}(?:too|overly|unduly) {_MEASURE}\b|"
    rf"\b(?:is|was|are|were|got|been) {_ADVERB}(?:over|under)-?(?:rated|scored|marked|graded)\b|"
    rf"\b{_SEAT} (?:is|was|has been|seems|remains) {_ADVERB}(?:over|under)-?valued\b|"
    r"\btoo (?:many|few|much|little) (?:points?|marks?|credit)\b"
)
_NOT_OVER = wording(
    r"(?:\bnot|n['’]t|\bnever|\bwithout) (?:\w+ )?(?:be |been |being )?(?:too|overly|unduly|excessively"
    r"|unfairly|more)\b"
)
_MOVES = (
    r"(?:raise|lower|bump|increase|decrease|reduce|drop|lift|boost|cut|adjust|move|nudge|push|upgrade|downgrade|bring|"
    r"shift|trim|mark|pull|revise|correct)"
)
_MOVED = wording(
    rf"(?:\A\W*+(?:(?:so|but|and|then|please|therefore|hence)\W++)*+|\b(?:i|we)(?:['’](?:d|ll)| would| will"
    rf"| want to| must| should| need to|"
    rf" have to| am going to)? (?:now |then |also |rather |therefore )?|\blet(?:['’]s| me| us) ){_MOVES} (?:up |down )?"
    rf"(?:{_SEAT}|it|this|that|both|them|(?:the|my|its) (?:{_SCORE}|{_DIGITS}))(?:['’]s)?(?: {_SCORE})?"
    rf"(?= (?:by|up|down|to|slightly|a (?:bit|little)|one|\d|an?)\b|\W*+\Z| (?:for|because|since|due|given|after)\b)"
)
_GAP = wording(
    rf"\b(?:{_SCORE}|{_SEAT}|it|{_DIGITS}) (?:should|must|has to|have to|needs? to|ought to) (?:now "
    rf"|rather )?(?:come|go|move|drop|rise|fall|"
    r"climb|be (?:lowered|raised|reduced|increased|cut|adjusted|revised|corrected|bumped|upgraded|downgraded))"
    r"(?= (?:up|down|by|to|from|\d|an?)\b|\W*+\Z)|"
    r"\b(?:gap|difference|distance|margin) (?:between (?:them|the two|a and b) )?(?:is|seems|looks"
    r"|was) (?:\w{2,12}ly )?(?:exaggerated|overstated|understated|"
    r"inflated|too (?:large|wide|big|small|narrow|great|high|low)|(?:not|hardly) (?:justified|warranted"
    r"|deserved|that (?:large|big|wide)))\b|"
    r"\b(?:gap|difference|distance|margin|lead|advantage)\b[^.!?;]{0,40}? (?:should|must|ought to"
    r"|needs? to) (?:be|have been|become) "
    rf"{_ADVERB}(?:smaller|larger|bigger|narrower|wider|greater|less|closer|reversed)\b"
)
_IF = wording(r"\b(?:if|unless|had (?:it|i|a|b|the)|were (?:it|i)|with an?|without)\b|\?")
_AMOUNTS = {"a": 1.0, "an": 1.0, "another": 1.0, "half a": 0.5, "half an": 0.5}


def changing_sentence(sentences: Sequence[str], stated: Mapping[str, float], scale: Scale) -> str | None:
    """The first of the lower-cased sentences that changes a stated score; None where all explain or ignore them."""
    taken: list[tuple[str, str | None, float]] = []
    for sentence in sentences:
        if ATTRIBUTION.search(sentence) and not sentence.lstrip(" *_`(").startswith("as "):
            continue
        words = in_digits(sentence)
        if _IF.search(words) is not None and _SIGNED.search(words) is None:
            continue
        if _is_judged(words, stated) or _is_moved(words) or _gets_other_rank(words, stated):
            return sentence
        for seat, amount, explains in _adjustments(words, stated):
            if explains and not any(_gap(field, seat, stated, scale) >= -amount for field in stated):
                return sentence
            if not explains:
                taken.append((sentence, seat, amount))
    for field in {seat for _, seat, _ in taken}:
        own = [(sentence, amount) for sentence, seat, amount in taken if seat == field]
        if not _explain(sum(amount for _, amount in own), field, stated, scale):
            return own[0][0]
    return None


def _is_judged(words: str, stated: Mapping[str, float]) -> bool:
    """Whether the sentence judges a stated number, or the judge's own strictness."""
    for found in _NUMBER_IS.finditer(words):
        says = found["says"]
        if _float(found["value"]) in stated.values() and (
            _EXPLAINS_NUMBER.match(says) is None or _DENIES.search(says.split(" because ")[0][:50]) is not None
        ):
            return True
    worth = _NOT_WORTH.search(words)
    if worth is not None and _float(worth["value"]) in stated.values():
        return True
    return _JUDGE_WAS.search(words) is not None and _NOT_OVER.search(words) is None


def _is_moved(words: str) -> bool:
    """Whether the sentence moves a score, or the gap of the scores."""
    return _MOVED.search(words) is not None or _GAP.search(words) is not None


def _gets_other_rank(words: str, stated: Mapping[str, float]) -> bool:
    """Whether a seat is said to deserve more or less than it got, or than its scores say beside the other seat."""
    for found in _COMPARED.finditer(words):
        rest = found["rest"]
        if _THAN_GIVEN.search(rest) is not None:
            return True
        if _CRITERION.match(rest) is not None or _OF_SCORE.match(rest) is None:
            continue
        seat = found["number"] or found["seat"]
        if seat is None or len(stated) < 2:
            if found["must"] is not None and not rest.strip(" .!*_`"):
                return True
            continue
        ahead = _ahead(FIELDS[seat], stated)
        if ahead <= 0 if found["up"] else ahead >= 0:
            return True
    return False


def _adjustments(words: str, stated: Mapping[str, float]) -> Iterator[tuple[str | None, float, bool]]:
    """(field or None, points with their sign, whether the words only explain) of each clause."""
    last: str | None = None
    for clause in re.split(r"[,;](?!\d)|\band\b(?= (?:minus|plus|[-−+]|another|\d))", words):
        owner = _FOR_ONE.search(clause)
        seat = FIELDS[owner["letter"]] if owner is not None and len(stated) > 1 else last
        last = seat
        for found in _SIGNED.finditer(clause):
            yield seat, _float(found["amount"]) * (1 if found["sign"][0] == "+" else -1), False
        if (more := _MORE.search(clause)) is not None and (
            _GETS_MORE.search(clause[: more.end()]) is not None
            or _FOR_ONE.search(clause, more.end()) is not None
            or not clause[: more.start()].strip(" *_`(-•")
        ):
            takes = _TAKING.search(clause[: more.start()]) is not None
            if takes or not _is_lead(seat, more, stated):
                yield seat, float("inf"), False
            continue
        if (found_taken := _TAKEN.search(clause)) is not None:
            explains = bool(found_taken["explains"] or found_taken["passive"])
            yield seat, -_amount(found_taken["amount"]), explains
        elif (added := _ADDED.search(clause)) is not None:
            yield seat, _amount(added["amount"] or added["bare"]), False


def _is_lead(seat: str | None, more: re.Match[str], stated: Mapping[str, float]) -> bool:
    """Whether "one more point" is the lead that the seat has, or "extra points" a part of its score."""
    if more["kind"] in ("extra", "bonus", "additional") and more["amount"] in (None, "some", "several", "a few"):
        return True
    if seat is None or len(stated) < 2:
        return more["kind"] in ("extra", "bonus")
    return _ahead(seat, stated) > 0


def _ahead(field: str, stated: Mapping[str, float]) -> float:
    return stated[field] - next(value for other, value in stated.items() if other != field)


def _gap(field: str, seat: str | None, stated: Mapping[str, float], scale: Scale) -> float:
    """How many points a score may have lost; below every amount for another seat than the one that is named."""
    return scale.out_of - stated[field] if seat in (None, field) else float("-inf")


def _explain(total: float, seat: str | None, stated: Mapping[str, float], scale: Scale) -> bool:
    """Whether points added and taken lead to a stated score, from the top of the scale or from its bottom."""
    values = [value for field, value in stated.items() if seat in (None, field)]
    return any(abs(base + total - value) < 1e-9 for value in values for base in (scale.out_of, scale.minimum, 0.0))


def _amount(words: str | None) -> float:
    if words is None:
        return 1.0
    return _AMOUNTS.get(words) or (_float(words) if words[:1].isdecimal() else 1.0)


def _float(digits: str) -> float:
    return float(digits.replace(",", "."))
