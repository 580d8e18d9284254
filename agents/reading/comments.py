"""What may stand behind a closing statement: comment, which is about the answers, the task or the criteria.

A sentence is no comment where it speaks of the statement itself, in the first person, of missing input or of
guidelines, or in the imperative about "this", unless its form is one of the harmless ones below; and where it names
another choice or another score. A form that nobody listed makes the reply unreadable, which costs one request.
"""

import re
from collections.abc import Iterator, Mapping, Sequence


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
_SPEAKS_OF_RESULT = re.compile(
    rf"\b(?:verdicts?|votes?|ballots?|abstention|abstain\w*)\b"
    rf"|\b(?:my|these|those|this|that|the|both|all|each|either|neither)\s++(?!same\b)(?:two\s++|of\s++(?:the|these)\s++|"
    rf"(?!word|minor|numer|whole|real)[a-z]{{2,12}}\s++)??{_RESULTS}\b"
    rf"|\b(?:my|the\s++two|my\s++two)\s++(?:own\s++|final\s++|first\s++)?{_WEAK}\b"
    r"|\b(?:these|those|both)\s++(?:two\s++)?(?:evaluations|assessments|numbers|figures)\b"
    r"|\b(?:this|that)\s++(?:final\s++|overall\s++|first\s++)?(?:evaluation|assessment|reply)\b"
    rf"|\A\W*+(?:(?:please|so|and|but|ps|p\.s\.|note|however|therefore)\W++)*+(?:{_RESULTS}|(?:this|that|the)\s++"
    rf"(?:two\s++)?{_SUBJECTS})\s++(?:above\s++)?(?:is|are|was|were|should|must|has|have|need|do|does|can|cannot|will|came|come|"
    rf"belong|stem|got|get)\b"
    rf"|\b(?:the\s++|{_RESULTS}\s++|{_WEAK}\s++)above(?=\W*+\Z|\s++(?:is|are|was|were|should|must|do|does|has|have|came|"
    r"come|got|can)\b)|\beverything\s++above\b|\b(?:higher|lower)\s++(?:score|rating|mark|grade)s?\s++(?:is|are|was)\b"
)
_SPEAKS = (
    r"(?:reflect(?:s|ed|ing)?|indicat(?:es?|ing)|shows?|accounts?\s++for|stands?|remains?|holds?|acknowledg(?:es?|ing)|"
    r"represents?|takes?\s++into|consider(?:s|ed|ing)?|differs?|depends?|rests?\s++on|follows?\s++from|focus(?:es)?|"
    r"captures?|assum(?:es?|ing)|means?|highlights?|comes?\s++(?:down|from)\s++(?:to\s++)?the|applies|apply|favou?rs?|"
    r"goes?\s++to)"
)
_IS = (
    r"(?:based|due|given\s++(?!by|to\s++me)|because|close\b|equal|the\s++same|identical|similar|final\b|unchanged|"
    r"low\b|high\b|higher|lower|fair\b|unbiased|subjective|determined|justified|intended|meant\s++to\s++reflect|"
    r"consistent|relative|as\s++(?:above|follows|explained)|clear\b|not\s++(?:influenced|affected|biased|perfect|"
    r"higher|lower|easy|a\s++perfect)|supported|explained|up\s++to\s++the|assigned|for\s++the|on\s++a|out\s++of|"
    r"mainly|reached|driven|tentative)"
)
_HARMLESS_RESULT = re.compile(
    rf"\b(?:{_RESULTS}|{_WEAK}|difference|gap|above|these|this|it)\b[^.!?;:]{{0,60}}?\s++(?:{_ADVERB}\s++)*+"
    rf"(?:{_SPEAKS}\b|(?:is|are|was|were|being)\s++(?:{_ADVERB}\s++)*?{_IS})"
    rf"|\b(?:receives?|received|receiv|keep|keeping|maintain|confirm|agree\s++with|deserves?|earn(?:s|ed)?|gets?|got|gave|given|scores?|achieves?|with|of|at|"
    rf"assigned?|assigning|giving|each|warrants?|merits?|justif(?:y|ies)|explains?|supports?|affects?|influences?|lowers?|raises?|improves?|"
    rf"reduces?|limits?|hurts?|costs?|for|why|in|behind|down|up|let)\s++(?:(?:it|them|both|the|an?|its|this|these|that|"
    rf"my|your|one|overall|final|higher|lower|slightly|[ab12])\s++){{0,4}}{_RESULTS}\b(?!\s++(?:back|above))"
    rf"|\b(?:if|unless|had|would|could|might|may)\b"
    r"|\b(?:verdict|judge?ment|decision)\s*+:\s*+(?:good|solid|excellent|strong|weak|poor|fair|ok|okay|pass(?:ed)?|acceptable|"
    r"accepted|adequate|mediocre|great|promising|usable|unusable)\b"
    r"|\b(?:hope|trust)\s++(?:that\s++)?(?:this|my|the)\s++(?:\w++\s++)?(?:is|was|helps?|gives|makes|proves|clarifies)\b"
    rf"|\bconfident\s++(?:in|about|of)\b|\bstand\s++by\b"
)
_TAKES_AWAY = re.compile(
    r"\b(?:no\s++longer|never|nothing|hardly|barely|nobody|withdr[ae]w\w*|retract\w*|revok\w*|rescind\w*|void\w*|"
    r"cancel\w*|annul\w*|invalid\w*|null|ignor\w*|disregard\w*|discard\w*|reject\w*|drop(?:ped)?|strike|scratch|"
    r"swap\w*|revers\w*|exchang\w*|switch\w*|mix(?:ed)?\s++up|wrong\w*|mistak\w*|typos?|errors?\s++on\s++my|"
    r"placeholder\w*|dummy|sample|example|template|random\w*|arbitrar\w*|made\s++up|invent\w*|copied|pasted|quot\w+|"
    r"provisional|preliminary|not\s++(?:mine|my|final|valid|real|reflect|stand|hold|count|apply|to\s++be|be\s++used)|"
    r"(?:do|does|did|should|must|can|may|will|would)(?:\s++not|n['’]t)\s++(?:reflect|stand|hold|count|apply|"
    r"represent|be\s++(?:used|counted|trusted|taken|relied|recorded))|cannot\s++(?:stand|hold|count|be)|instead(?=\W*+\Z)|"
    r"belongs?|too\s++(?:high|low|generous|harsh|lenient|strict|kind)|overturn\w*|amend\w*|supersed\w*|replac\w*|"
    r"moot|worthless|meaningless|unreliable|untrustworthy|guess\w*|abst\w+|refus\w*|declin\w*|blank|"
    r"(?:of|from|by)\s++(?:the\s++|an?\s++)?(?:other|another|previous|first|earlier|second)\s++(?:judge|juror|reviewer|"
    r"critic|rater|round|draft|pass))\b"
)
_OF_ANSWER = re.compile(
    r"[\s*_`(]*+(?:the\s++)?(?:(?:assistant|response|answer|candidate|model|option)\s++)?[ab12]['’]s\s++(?:own\s++)?"
    r"(?:claim|last|closing|final|text|words?|self-?\w*)\b"
)
_NO_WITHDRAWAL = re.compile(r"\b(?:if|unless|had)\b|\bno\s++(?:error|mistake|typo)s?\b")

_FIRST_PERSON = re.compile(
    r"(?<![\w.])(?:i|we)(?P<short>['’](?:m|d|ve|ll|re))?\s++(?P<rest>(?:[a-z'’]{1,14}[,]?\s*+){1,8})"
)
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
_HARMLESS_ME = re.compile(
    r"\blet\s++me\s++(?:know|explain|add|note|point|elaborate|summari[sz]e)\b|\b(?:like|want|need|wish)\s++me\s++to\b|"
    r"\b(?:to|for|convince[sd]?|help(?:s|ed)?|strikes?|struck|surprise[sd]?|persuade[sd]?|gave|gives|tells?|allow|lets?|impresse[sd]|"
    r"bothers?|bothered|influenced?|sway(?:s|ed)?|made|makes|leaves?|left|ask)\s++(?:me|us)\b|\bthe\s++us\b|\bus\s++[a-z]"
)
_MY = re.compile(r"\bmy\s++(?P<noun>[a-z]{2,20})")
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
    r"(?:answers?|responses?|texts?|candidates?|drafts?|submissions?|prompts?|questions?|inputs?|contents?"
    r"|messages?|attachments?|repl(?:y|ies)|assistants?|conversations?)"
)
_GIVEN = (
    r"(?:provided|included|supplied|attached|given|shown|received|sent|available|present(?:ed)?|visible|"
    r"readable|loaded|delivered|submitted|there|found|displayed|shared|pasted|transmitted)"
)
_NO_INPUT = re.compile(
    rf"\b(?:no|neither|none\s++of\s++the)\s++(?:\w++\s++)?{_INPUT}\s++(?:\w++\s++)?(?:was|were|is|are|has\s++been|have\s++been|"
    rf"came|arrived|to\s++(?:judge|evaluate|score|review|compare|rate|assess))\b(?=\W*+\Z|[^.!?]*\b{_GIVEN}\b|\s++to\b)"
    rf"|\b{_INPUT}(?:\s++(?:[ab12]|itself|themselves))?\s++(?:(?:was|were|is|are|did|have|has)(?:\s++been)?\s?(?:not|n['’]t)|"
    rf"(?:was|were|is|are)\s++never|never)\s++(?:(?:been|actually|even|yet)\s++)*+(?:{_GIVEN}|arrive|reach|load|come)(?=\W*+\Z|\s++(?:in|"
    r"with|to\s++(?:me|your|the|this)|for\s++me|here|so|and|at\s++all|below|above|through|by)\b)"
    rf"|\b{_INPUT}\s++(?:is|are|was|were|seems?|appears?)\s++(?:to\s++be\s++)?(?:missing|absent|unavailable|unreadable|empty)(?=\W*+\Z|\s++(?:from|in)\s++"
    r"(?:your|the|this|my)\s++(?:prompt|message|input|request|context))"
    r"|\b(?:nothing|no\s?thing|not\s++anything)\s++to\s++(?:judge|evaluate|score|review|compare|rate|assess|grade)\b"
    r"|\bas\s++an?\s++(?:ai|large|language|assistant|llm)\b(?![^.!?]*\b(?:personal|opinions))|\bas\s++(?:an\s++)?ai\b(?![^.!?]*\bpersonal\b)|\blanguage\s++model\b(?=[^.!?]*\b(?:i|my|me)\b)"
    r"|\b(?:my|our|the|company|openai|content|usage|safety|these|this|internal)\s++(?:\w++\s++)?(?:guidelines?|polic(?:y|ies)|programming|instructions)\b"
    r"(?=[^.!?]*\b(?:allow|permit|prohibit|forbid|prevent|against|bar|stop|judg|scor|evaluat|rat(?:e|ing)|review)\w*)"
    r"|\bagainst\s++(?:\w++\s++)?(?:guidelines?|polic(?:y|ies)|rules|programming|principles)\b"
    r"|\b(?:violates?|breach(?:es)?|breaks?|contraven\w+)\s++(?:my|our|openai|the|company|content|usage)\b[^.!?]{0,30}\b(?:guidelines?|polic(?:y|ies)|rules|terms)"
    r"|\b(?:judging|scoring|evaluating|rating|assessing|grading|comparing|reviewing)\s++(?:this|these|them|it|such)\b[^.!?]{0,40}?\b(?:is|would\s++be|"
    r"feels?|makes?|goes|are|seems?)\b"
)
_UNSEEN = re.compile(
    r"\bi\s++(?:[a-z]{2,10}\s++){0,2}?(?:see|saw|seen|find|found|read|got|received|have|had|opened|knew|skimmed)\s++(?:only\s++|just\s++)?"
    r"(?:no|neither|none\s++of\s++the|half\s++of\s++(?:the|both)|part\s++of\s++(?:the|both)|one\s++of\s++the)\s++(?:\w++\s++)?"
    rf"{_INPUT}\b"
    r"|\b(?:both|they|these|it|answers|responses|texts|all)\s++(?:was|were)\s++(?:\w++ly\s++)?(?:assessed|scored|rated|judged|evaluated|"
    r"graded|compared|ranked|read|skimmed)\s++(?:from|without|blind\w*|at\s++random|randomly|before|unseen|unread)\b"
)
_OPPOSITE = re.compile(
    r"\A\W*+(?:(?:in\s++fact|so|but|and|rather|actually|indeed)\W++)?(?:(?:the|its|exact(?:ly)?|very)\s++)*+(?:opposite|reverse|contrary|"
    r"inverse|converse|other\s++way)\b(?!\s++order)"
    r"|\b(?:this|that|it|these|those|(?:this|the)\s++(?:output|reply|above|whole\s++thing))\s++(?:is|was|are|were)\s++(?:\w++ly\s++|just\s++|"
    r"only\s++|all\s++|merely\s++)?(?:an?\s++|the\s++)?(?:slip|jokes?|tests?|guess\w*|experiment|accident|oversight|mix-?up|misclick|bug|"
    r"glitch|formality|lies?|simulation|dry\s++run|trial|stub|filler|nonsense|hoax|prank|bluff|fabricat\w+|unserious)\b"
)
_CONDITION = re.compile(
    r"\b(?:if|unless|had|would|could|might|may|can|perhaps|was|were|first|before|initially|previously|than|from|"
    r"(?:the\s++|an)?other\s++(?:judge|juror|reviewer|critic|debater|rater)s?|unlike|short|brings?|earlier|prior|previous|compared|"
    r"require[sd]?|needs?|reach(?:es)?|elevate|stricter|lenient|typical|user|annotators?)\b|n['’]t\b|\?"
)
_OBJECT_OF_IMPERATIVE = re.compile(
    r"\A[\s*_`(#>•-]*+(?:(?:ps|p\.?\s?s\.?|nb|n\.b\.|note|edit|update|please|just|kindly|now|so|and|then|also|instead|better|"
    r"rather|oh|ah|hey|sorry|or|but)\b[\s:,.…!—–-]*+)*+(?P<verb>[a-z]{2,14})\s++(?:(?:out|off|back|up|down)\s++)?"
    r"(?:(?:this|that|it|them|these|those|everything|both|all)(?:\s++(?:above|back|out|off|around|away|please|up|down|over|"
    r"again|altogether|all|now|instead|entirely|by|one|to|as))*+(?=\W|\Z)(?!\s++[a-z])|(?:this|these|those|the|my)\s++(?:verdict|scores?|ratings?|grades?|ballot|vote)\b|(?:this|that|it|them|these|those|"
    r"everything|both)\s++(?:back|out|off|around|as|all|above)\b|(?:the|my|your|a|an|one|two|three|another|\d)\s++"
    r"(?:points?|numbers?|labels?|letters?|seats?|names?|two|other|opposite|above)\b|\d\b[^.!?]{0,20}\b[ab12]\b|(?:(?<=give\s)|(?<=make\s)|(?<=rate\s)|(?<=score\s)|(?<=award\s)|(?<=move\s)|(?<=raise\s)|(?<=lower\s)|(?<=bump\s)|(?<=set\s))(?:assistant\s++|answer\s++|response\s++)?[ab12]\s++(?:by|an?|one|two|\d|more|less|up|down|instead))"
)
_FORBIDS = re.compile(
    r"\A\W*+(?:(?:please|so|and|just|kindly|ps|p\.s\.)\W++)*+(?:(?:do\s++not|don['’]t|never)\s++[a-z]{2,12}\s++(?:on\s++|with\s++|as\s++)?"
    r"(?:it|this|them|these|that|any\s++of|what|me)\b|(?:re-?)?(?:rate|score|judge|ask|repeat|run|evaluate|compare|assess|grade|get|have|find|"
    r"let|wait|use|trust|believe|take)\s++(?:this|these|them|it|again|anew|another|someone|somebody|anybody|an?\s++(?:human|other|different)|the\s++"
    r"pair|the\s++other|for)\b)"
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
    r"\b(?:[a-z]{3,20}(?:ness|[^i]ty|ity|acy|ncy|ance|ence|[^o]th|mar|tion)|style|tone|structure|grammar|format\w*|facts?|truth|length|"
    r"depth|detail\w*|logic|flow|language|content|safety|organi[sz]ation|confidence|readability|engagement|criteri\w+|"
    r"coverage|examples?|sources?|spelling|writing|code|tests?|reasoning|effort|step|point)\b"
)
_NO_CRITERION = re.compile(
    r"\b(?:correction|discussion|conclusion|revision|reflection|consideration|deliberation|evaluation|decision|"
    r"calibration|balance|update|second|edition|moderation|inspection|correct)\b"
)
_NUMBER = r"(?P<value>\d{1,4}(?:[.,]\d{1,2})?+)"
_FRACTION = re.compile(rf"(?<![\d.,/(=*^]){_NUMBER}\s*+(?:/|out\s++of)\s*+(?P<out_of>\d{{1,4}})(?![\d.,]*\d|[\w/^])")
_NOUN = r"(?:(?:assistant|response|answer|candidate|model|option)\s++)"
_SEAT_NUMBER = re.compile(
    rf"\b(?:{_NOUN}(?=[ab12])|(?=[ab]\b))(?P<seat>[ab12])\b(?:['’]s(?:\s++(?:score|rating))?)?[\s*_`]*+(?:[:=→]|->|,)?+[\s*_`]*+(?:(?:is|now|gets?|at|to|"
    rf"an?|with|score|of|deserves?|earns?|receives?|scores?|has|should|be|becomes?|rather|just)\s++)*+[\s*_`(]*+{_NUMBER}"
    r"(?:\s*+(?:/|out\s++of)\s*+(?P<out_of>\d{1,4}))?+(?![\w%/]|[.,]\d)"
)
_FOR_SEAT = re.compile(
    rf"{_NUMBER}\s*+(?:/|out\s++of)\s*+(?P<out_of>\d{{1,4}})\s++(?:for|to)\s++(?:the\s++)?(?:{_NOUN})?(?P<seat>[ab12])\b"
)
_ASSIGNS = re.compile(r"[:=→]|\b(?:give|gave|rate|score|award|assign|final|now|deserve|should|set|make)\w*\b")
_LAST_CLAUSE = re.compile(
    r"(?:\A|[,;:—–(]|\s-\s|\b(?:so|hence|thus|therefore|then|is|vote|votes|prefer|choose|pick|case)\b)(?P<words>[^,;:—–()]{0,40})\Z"
)
_ENDS_WITH_SEAT = re.compile(
    rf"[\s*_`(\[\"]*+(?:\w{{1,12}}\s++){{0,3}}?(?:the\s++)?(?:{_NOUN}(?=[ab12])|(?=[abc]\b)|(?=tie|draw))(?P<seat>[abc12]|tie|draw)[\s*_`)\].!\"]*+\Z"
)
_SEAT_ALONE = re.compile(rf"\W*+{_NOUN}?(?P<seat>[ab12])\b,?\s++(?:actually|rather|instead|really|after\s++all)\W*+")
_RELATES = re.compile(
    r"\b(?:than|to|over|and|in|of|by|from|with|like|see|not|or|vs|versus|unlike|does|did|is|was|are|has|had|no|as|for|"
    r"do|on|about|nor|beats|behind|ahead|above|below|option|choice|grade|vitamin|plan|part|section|point|step|class|"
    r"type|case|hepatitis|between|at|both|neither|either|than|whereas|while|against|toward|towards|gave|contradicts|"
    r"outperforms|favou?rs|runner)\b"
)


_CLAUSES = re.compile(r"[;:—–]\s++|,\s++(?=(?:so|please|and\s++please|then)\b)")
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
        rf"[\s*_`(]*+(?!out\s++of|about|step|page|line|version|round)(?:[^\W\d_]{{1,12}}[\s:,…—–-]++){{1,2}}{_NUMBER}[\s*_`).!]*+",
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
    begins = re.search(r"[.!?;]\s++(?!\d)|\((?=edit|correct|update|no\b|now)", lines[place])
    return "" if begins is None else lines[place][begins.end() :]
