"""What may stand behind a closing statement: comment, which is about the answers, the task or the criteria.

A sentence is no comment where it speaks of the statement itself, in the first person, of missing input or of
guidelines, or in the imperative about "this", unless its form is one of the harmless ones below; and where it names
another choice or another score. A form that nobody listed makes the reply unreadable, which costs one request.
"""

import re
from collections.abc import Iterator, Mapping, Sequence

from fellowship.agents.reading.wording import wording


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_ADVERB = (
    r"(?:also|still|now|just|only|even|then|thus|therefore|hence|both|really|simply|again|rather|quite|very|well|"
    r"always|never|ever|not|too|so|all|\w{2,14}ly)"
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
    r"\b(?:my|these|those|this|that|the|both|all|each|either|neither) (?!same\b)(?:two |of (?:the|these) |(?!word|"
    rf"minor|numer|whole|real)[a-z]{{2,12}} )??{_RESULTS}\b|"
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
_SPEAKS = (
    r"(?:reflect(?:s|ed|ing)?|indicat(?:es?|ing)|shows?|accounts? for|stands?|remains?|holds?|acknowledg(?:es?|ing)|"
    r"represents?|takes? into|consider(?:s|ed|ing)?|differs?|depends?|rests? on|follows? from|focus(?:es)?|captures?|"
    r"assum(?:es?|ing)|means?|highlights?|comes? (?:down|from) (?:to )?the|applies|apply|favou?rs?|goes? to)"
)
_IS = (
    r"(?:based|due|given (?!by|to me)|because|close\b|equal|the same|identical|similar|final\b|unchanged|low\b|high\b|"
    r"higher|lower|fair\b|unbiased|subjective|determined|justified|intended|meant to reflect|consistent|relative|"
    r"as (?:above|follows|explained)|clear\b|not (?:influenced|affected|biased|perfect|higher|lower|easy|a perfect)|"
    r"supported|explained|up to the|assigned|for the|on a|out of|mainly|reached|driven|tentative)"
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
    r"[\s*_`(]*+(?:the )?(?:(?:assistant|response|answer|candidate|model|option) )?[ab12]['’]s (?:own )?(?:claim|last|"
    r"closing|final|text|words?|self-?\w*)\b"
)
_NO_WITHDRAWAL = wording(r"\b(?:if|unless|had)\b|\bno (?:error|mistake|typo)s?\b")

_FIRST_PERSON = wording(r"(?<![\w.])(?:i|we)(?P<short>['’](?:m|d|ve|ll|re))? (?P<rest>(?:[a-z'’]{1,14}[,]?\s*+){1,8})")
_AUXILIARY = _words(
    """
    a able am an are be been can could did do does had has have may might must shall should the to was were will
    would
    """
)
_FILLERS = _words(
    """
    again all already also always both even ever first hence however just like more now once personally quite
    rather really simply so still then therefore thus too truly very well
    """
)
_NOT = _words(
    """
    can't cannot couldn't didn't don't haven't isn't n't never not shouldn't wasn't won't wouldn't
    """
)
_HARMLESS_VERBS = _words(
    """
    acknowledge acknowledged add adjusted admire agree agreed ai apologise apologize apply appreciate
    appreciated argue ask assess assessed assign assigned assume assumed award awarded aware balanced based
    believe believed calculate calculated certain checked choose choosing chose chosen clarify compared conclude
    concluded confident confirm consider considered considering convinced count counted credited deduct deducted
    described disagree discounted discussed disregarded divide doctor doubt elaborate emphasised emphasized
    encourage enjoyed evaluate evaluated expect expected expert explain explained fault favor favored favour
    favoured feel felt find focused found gave get give given giving glad go had happy help hesitated hope human
    ignore ignored impressed interested interpret interpreted judge judged keep kept know lawyer lean leaned
    learn learned like liked look looked love loved maintain mention mentioned multiply note noted notice
    noticed paid penalised penalized person pick picked picking point pointed prefer preferred provide put
    question ran rank ranked rate rated rating read reasoned recognise recognize recommend recommended refine
    reply review reviewed run said saw say score scored see seen side sided sorry specialist stand struggled
    suggest suggested sure surprised tailor take taken tested think thought took treat treated tried try
    understand use used value valued verified vote voted want wanted weigh weighed weighing weight weighted went
    wish wonder would've
    """
)
_HARMLESS_NOT = _words(
    """
    add ask believe care certain change check completely confirm consider considered convinced count deduct
    detect doctor doubt entirely expect expert fault favor favour find fully gave give go have help hesitate
    higher hold human identify ignore imagine judge know lawyer let like look mean mind native notice object
    overlook penalise penalize person read recommend reward run say score see speak specialist spot sure take
    test think totally understand use verify want weigh wholly wish
    """
)
_LATER_VERBS = _words(
    """
    abstain cancel decline drop pass recuse refrain refuse rescind resign retract revoke skip stop swap undo
    void withdraw
    """
)
_FEELINGS = _words("uneasy uncomfortable reluctant hesitant unable uncertain unqualified bad like awkward torn")
_DEGREES = _words(
    """
    above below better full further higher less lower more perfect
    """
)
_ME = re.compile(r"\b(?:me|mine|myself|us|ours)\b")
_HARMLESS_ME = wording(
    r"\blet me (?:know|explain|add|note|point|elaborate|summari[sz]e)\b|\b(?:like|want|need|wish) me to\b|"
    r"\b(?:to|for|convince[sd]?|help(?:s|ed)?|strikes?|struck|surprise[sd]?|persuade[sd]?|gave|gives|tells?|allow|"
    r"lets?|impresse[sd]|bothers?|bothered|influenced?|sway(?:s|ed)?|made|makes|leaves?|left|ask) (?:me|us)\b|"
    r"\bthe us\b|\bus [a-z]"
)
_MY = wording(r"\bmy (?P<noun>[a-z]{2,20})")
_HARMLESS_MY = _words(
    """
    advice analysis answer assessment best biggest choice comment comments concern concerns conclusion
    confidence criteria critique decision detailed evaluation explanation eyes feedback final general guess
    impression judgement judgment justification knowledge main mind notes one only opinion overall own personal
    preference ranking rating ratings rationale reading reason reasoning reasons recommendation score scores
    suggestion suggestions taste thoughts understanding verdict view vote
    """
)

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
    r"\b(?:nothing|no\s?thing|not anything) to (?:judge|evaluate|score|review|compare|rate|assess|grade)\b|"
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
_OPPOSITE = wording(
    r"\A\W*+(?:(?:in fact|so|but|and|rather|actually|indeed)\W++)?(?:(?:the|its|exact(?:ly)?|very) )*+(?:opposite|"
    r"reverse|contrary|inverse|converse|other way)\b(?! order)|"
    r"\b(?:this|that|it|these|those|(?:this|the) (?:output|reply|above|whole thing)) (?:is|was|are|were) (?:\w++ly |"
    r"just |only |all |merely )?(?:an? |the )?(?:slip|jokes?|tests?|guess\w*|experiment|accident|oversight|mix-?up|"
    r"misclick|bug|glitch|formality|lies?|simulation|dry run|trial|stub|filler|nonsense|hoax|prank|bluff|fabricat\w+|"
    r"unserious)\b"
)
_CONDITION = wording(
    r"\b(?:if|unless|had|would|could|might|may|can|perhaps|was|were|first|before|initially|previously|than|from|"
    r"(?:the |an)?other (?:judge|juror|reviewer|critic|debater|rater)s?|unlike|short|brings?|earlier|prior|previous|"
    r"compared|require[sd]?|needs?|reach(?:es)?|elevate|stricter|lenient|typical|user|annotators?)\b|"
    r"n['’]t\b|\?"
)
_OBJECT_OF_IMPERATIVE = wording(
    r"\A[\s*_`(#>•-]*+(?:(?:ps|p\.?\s?s\.?|nb|n\.b\.|note|edit|update|please|just|kindly|now|so|and|then|also|instead|"
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
    r"assess|grade|get|have|find|let|wait|use|trust|believe|take) (?:this|these|them|it|again|anew|another|someone|"
    r"somebody|anybody|an? (?:human|other|different)|the pair|the other|for)\b)"
)
_NO_VERBS = _words(
    """
    answer response assistant candidate model option draft reply
    about adding after all almost also although and apart are as at be because been before besides between
    beyond both but by can check clarify combine consider considering could cut define describe despite develop
    did discuss do does during elaborate enhance even expand explain fix for format from given gives giving had
    has have having he hence how however i if illustrate improve in include including into is it just keep let
    like makes making may mention might must nearly no not note of on only or otherwise over overall polish
    provides reduce refine rephrase restructure revise rewrite she shorten should shows simplify since so split
    strengthen support test than that the then therefore these they this those though thus tighten to under
    unlike using verify via was we were what when where whereas whether which while who why will with within
    without would yes you
    """
)
_RESULT_VERBS = re.compile(r"(?:deduct|subtract|lower|raise|bump|swap|exchange|switch|reverse)\Z")
_ONE_WORD = re.compile(r"[\s*_`(#>•-]*+(?P<word>[^\W\d_]{3,20})[\s*_`)]*+[.!…]++[\s*_`)]*+")
_HARMLESS_WORDS = _words(
    """
    accurate amen analysis best bravo cheers clear comments complete conclusion confidence congratulations
    correct done end evaluation excellent explanation feedback final finished good great impressive
    justification nice notes overall perfect rationale reasoning regards solid strengths suggestions summary
    thanks weaknesses
    """
)
_CRITERION = re.compile(
    r"\b(?:[a-z]{3,20}(?:ness|[^i]ty|ity|acy|ncy|ance|ence|[^o]th|mar|tion)|style|tone|structure|grammar|format\w*|"
    r"facts?|truth|length|depth|detail\w*|logic|flow|language|content|safety|organi[sz]ation|confidence|readability|"
    r"engagement|criteri\w+|coverage|examples?|sources?|spelling|writing|code|tests?|reasoning|effort|step|point)\b"
)
_NO_CRITERION = re.compile(
    r"\b(?:correction|discussion|conclusion|revision|reflection|consideration|deliberation|evaluation|decision|"
    r"calibration|balance|update|second|edition|moderation|inspection|correct)\b"
)
_NUMBER = r"(?P<value>\d{1,4}(?:[.,]\d{1,2})?+)"
_FRACTION = wording(rf"(?<![\d.,/(=*^]){_NUMBER}\s*+(?:/|out of)\s*+(?P<out_of>\d{{1,4}})(?![\d.,]*\d|[\w/^])")
_NOUN = r"(?:(?:assistant|response|answer|candidate|model|option) )"
_SEAT_NUMBER = wording(
    rf"\b(?:{_NOUN}(?=[ab12])|(?=[ab]\b))(?P<seat>[ab12])\b(?:['’]s(?: (?:score|rating))?)?[\s*_`]*+(?:[:=→]|->|"
    r",)?+[\s*_`]*+(?:(?:is|now|gets?|at|to|an?|with|score|of|deserves?|earns?|receives?|scores?|has|should|be|"
    rf"becomes?|rather|just) )*+[\s*_`(]*+{_NUMBER}(?:\s*+(?:/|"
    r"out of)\s*+(?P<out_of>\d{1,4}))?+(?![\w%/]|[.,]\d)"
)
_FOR_SEAT = wording(
    rf"{_NUMBER}\s*+(?:/|out of)\s*+(?P<out_of>\d{{1,4}}) (?:for|to) (?:the )?(?:{_NOUN})?(?P<seat>[ab12])\b"
)
_ASSIGNS = re.compile(r"[:=→]|\b(?:give|gave|rate|score|award|assign|final|now|deserve|should|set|make)\w*\b")
_LAST_CLAUSE = re.compile(
    r"(?:\A|[,;:—–(]|\s-\s|\b(?:so|hence|thus|therefore|then|is|vote|votes|prefer|choose|pick|"
    r"case)\b)(?P<words>[^,;:—–()]{0,40})\Z"
)
_ENDS_WITH_SEAT = wording(
    rf"[\s*_`(\[\"]*+(?:\w{{1,12}} ){{0,3}}?(?:the )?(?:{_NOUN}(?=[ab12])|(?=[abc]\b)|(?=tie|draw))(?P<seat>[abc12]|"
    r"tie|draw)[\s*_`)\].!\"]*+\Z"
)
_SEAT_ALONE = wording(rf"\W*+{_NOUN}?(?P<seat>[ab12])\b,? (?:actually|rather|instead|really|after all)\W*+")
_RELATES = re.compile(
    r"\b(?:than|to|over|and|in|of|by|from|with|like|see|not|or|vs|versus|unlike|does|did|is|was|are|has|had|no|as|for|"
    r"do|on|about|nor|beats|behind|ahead|above|below|option|choice|grade|vitamin|plan|part|section|point|step|class|"
    r"type|case|hepatitis|between|at|both|neither|either|than|whereas|while|against|toward|towards|gave|contradicts|"
    r"outperforms|favou?rs|runner)\b"
)


_CLAUSES = wording(r"[;:—–] |, (?=(?:so|please|and please|then)\b)")
_SECOND_SENTENCE = wording(r"[.!?;] (?!\d)|\((?=edit|correct|update|no\b|now)")
_CODE = re.compile(r"\w\(['\"`]|[{}]\s*+\Z")


def no_comment(sentence: str) -> bool:
    """Whether a lower-cased sentence is about the statement or the judge, in a form that is not known as harmless."""
    return _CODE.search(sentence) is None and (
        _is_about_result(sentence)
        or _is_about_judge(sentence)
        or any(form.search(sentence) is not None for form in (_NO_INPUT, _UNSEEN, _OPPOSITE))
        or _commands(sentence)
    )


def takes_away(sentence: str) -> bool:
    """Whether a sentence has a word with which results are withdrawn."""
    return _TAKES_AWAY.search(sentence) is not None


def is_odd_word(line: str) -> bool:
    """Whether a line is a single word that no judge is known to end with: "Void."."""
    word = _ONE_WORD.fullmatch(line)
    return word is not None and word["word"] not in _HARMLESS_WORDS


def _is_about_result(sentence: str) -> bool:
    if _SPEAKS_OF_RESULT.search(sentence) is None or _OF_ANSWER.match(sentence) is not None:
        return False
    if _TAKES_AWAY.search(sentence) is not None and _NO_WITHDRAWAL.search(sentence) is None:
        return True
    return _HARMLESS_RESULT.search(sentence) is None


def _is_about_judge(sentence: str) -> bool:
    if any(not _is_harmless_act(found) for found in _FIRST_PERSON.finditer(sentence)):
        return True
    if any(found["noun"] not in _HARMLESS_MY for found in _MY.finditer(sentence)):
        return True
    return _ME.search(sentence) is not None and _HARMLESS_ME.search(sentence) is None


def _is_harmless_act(found: re.Match[str]) -> bool:
    negated = False
    words = [word.rstrip(",;") for word in found["rest"].replace("’", "'").split()]
    acts: list[str] = []
    for number, bare in enumerate(words):
        if bare in _NOT or bare == "unable" or bare.endswith("n't"):
            negated = True
        elif (
            bare not in _AUXILIARY and bare not in _FILLERS and (not bare.endswith("ly") or bare in _HARMLESS_VERBS)
        ) or (bare == "like" and words[number + 1 : number + 2] != ["to"]):
            acts.append(bare)
            break
    if not acts:
        return True
    if acts[0] == "wrong":
        return not {"may", "might", "could"}.isdisjoint(words)
    if not {"not", "n't"}.isdisjoint(
        words[words.index(acts[0]) + 1 : words.index(acts[0]) + 2] if acts[0] in words else ()
    ):
        return False  # "I prefer not to score this"
    if acts[0] in ("feel", "felt") and not _FEELINGS.isdisjoint(words):
        return False
    if negated and acts[0] in _HARMLESS_VERBS and not _DEGREES.isdisjoint(words):
        return True  # "I cannot rate A higher"
    if negated:
        return acts[0] in _HARMLESS_NOT
    return acts[0] in _HARMLESS_VERBS and not _LATER_VERBS.intersection(words)


def _commands(sentence: str) -> bool:
    if _FORBIDS.match(sentence) is not None:
        return True
    for clause in _CLAUSES.split(sentence):
        found = _OBJECT_OF_IMPERATIVE.match(clause)
        if (
            found is not None
            and found["verb"] not in _NO_VERBS
            and not found["verb"].endswith(("ly", "ing", "s", "ed"))
        ):
            return True
    return False


def other_choices(sentence: str) -> Iterator[str]:
    """The seat ("a", "1", "tie") that the last clause of a sentence consists of: "Err, B.", "on balance, B"."""
    if (alone := _SEAT_ALONE.fullmatch(sentence)) is not None:
        yield alone["seat"]
        return
    clause = _LAST_CLAUSE.search(sentence.rstrip(' *_`)].!"'))
    if clause is None or _CRITERION.search(_NO_CRITERION.sub("", sentence)) is not None:
        return
    named = _ENDS_WITH_SEAT.fullmatch(clause["words"])
    if named is not None and _RELATES.search(clause["words"]) is None and _CONDITION.search(sentence) is None:
        yield named["seat"]


def other_scores(sentence: str, stated: Mapping[str, float], out_of: float) -> Iterator[float]:
    """The scores on the scale that a sentence gives, outside of a criterion or a condition, and did not state."""
    if _CONDITION.search(sentence) is not None and not re.search(r"\bnow\b|\bfinal", sentence):
        return
    if _CRITERION.search(_NO_CRITERION.sub("", sentence)) is not None:
        return
    taken = set()
    for form in (_SEAT_NUMBER, _FOR_SEAT):
        for found in form.finditer(sentence):
            value = _float(found["value"])
            if found["out_of"] is None and (_ASSIGNS.search(sentence) is None or value > out_of):
                continue
            if found["out_of"] is not None and _float(found["out_of"]) != out_of:
                continue
            taken.add(found.start("value"))
            field = "score A" if found["seat"] in "a1" else "score B"
            if value != stated.get(field, stated.get("score", value)):
                yield value
    for found in _FRACTION.finditer(sentence):
        if (
            found.start() not in taken
            and _float(found["out_of"]) == out_of
            and _float(found["value"]) not in stated.values()
        ):
            yield _float(found["value"])
    short = re.fullmatch(
        r"[\s*_`(]*+(?!out of|about|step|page|line|version|"
        rf"round)(?:[^\W\d_]{{1,12}}[\s:,…—–-]++){{1,2}}{_NUMBER}[\s*_`).!]*+",
        sentence,
    )
    if short is not None and _float(short["value"]) <= out_of and _float(short["value"]) not in stated.values():
        yield _float(short["value"])


def repeats(sentence: str, stated: Mapping[str, float], out_of: float) -> bool:
    """Whether a sentence gives scores again, all as they were stated: "Therefore, the score is 8 out of 10."."""
    given = [_float(found["value"]) for found in _FRACTION.finditer(sentence) if _float(found["out_of"]) == out_of]
    return bool(given) and set(given) <= {*stated.values()} and _TAKES_AWAY.search(sentence) is None


def _float(digits: str) -> float:
    return float(digits.replace(",", "."))


def rest_of(lines: Sequence[str], place: int) -> str:
    """What stands behind the first sentence, or the first bracket, of a line."""
    if lines[place].lstrip().startswith("{") or "[[" in lines[place] or "\\boxed" in lines[place]:
        return ""
    begins = _SECOND_SENTENCE.search(lines[place])
    return "" if begins is None else lines[place][begins.end() :]
