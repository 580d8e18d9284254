"""Whether a lead, a line above a statement that is no sentence of its own, makes the statement the reply's own.

It does where the whole lead says so: a noun phrase of known words ("My final scores for A and B:", "### Verdict"), or a
clause in which the judge acts now ("Given these points, I would rate them as follows:"). Remarks on the answers that
lack only their full stop are no leads. Every word that nobody listed makes the lead somebody else's, an early one, a
possibility or a request: "Initially I gave", "One could say", "Without fact-checking:", "Delete the line".
"""

import re

from fellowship.agents.reading.corrections import CORRECTS
from fellowship.agents.reading.criteria import CRITERION_NAME
from fellowship.agents.reading.wording import ANSWER_NOUN, SEAT_NOUN, word_set, wording

_OWN_WORDS = word_set(
    # function words
    "a an and are as at be below by each following follows for here how in is it my mine now of on or our "
    "out so the then these this to under upon us we with your both two all "
    # the result
    "answer answers assessment assessments ballot choice conclusion conclusions decision evaluation evaluations "
    "grade grades grading judgement judgements judgment judgments mark marks outcome pick points preference ranking "
    "rating ratings recommendation result results score scores scoring selection summary tally total totals verdict "
    "verdicts view vote winner winning opinion comparison analysis reasoning explanation justification rationale "
    "discussion feedback review critique comments "
    # what it is like
    "actual adjusted adjustment aggregate average balanced come comes goes stands unchanged remain remains closer more "
    "slightly best better calibrated closing combined comparative computed corrected correct definitive detailed fair "
    "final honest independent individual judged new numeric numerical official overall personal post-discussion "
    "post-verification preferred proposed revised respective selected separate summarized suggested updated verified "
    "weighted chosen recommended brief short concise formal given assigned awarded rated scored evaluated graded "
    # of what, and by what
    "assistant assistants response responses candidate candidates model models option options "
    "b c scale based criteria criterion rubric guidelines above considerations points factors "
    # after what
    "after checking check verification verifying fact-checking deliberation reflection reflecting consideration "
    "considering considered weighing comparing debate reading review reviewing careful further "
    # criteria
    "accuracy clarity coherence completeness conciseness content correctness creativity depth detail engagement "
    "factuality fluency formatting grammar harmlessness helpfulness honesty language level logic originality quality "
    "readability relevance safety structure style tone truthfulness usefulness "
    # conclusions and courtesies
    "accordingly altogether also but certainly consequently finally hence however nevertheless nonetheless ok okay "
    "right still sum up summarise summarize conclude wins sure alright hello hi thank thanks you therefore thus "
    "ultimately welcome yes course end "
    # objects
    "json object output reply requested structured data done "
    # German, French, Spanish, Portuguese, Italian
    "abschließende abschließendes bewertung bewertungen daher das der die endergebnis endgültige endgültiges "
    "entscheidung ergebnis fazit folgende folgenden gesamtbewertung gesamturteil hier ich gebe lautet mein meine noten "
    "punkte sind urteil vergebe wie folgt zusammenfassung ist antwort ma mon mes note notes finale finales final "
    "évaluation verdict voici conclusion donc je donne attribue les suivantes suivants le la est résultat réponse mi "
    "mis puntuación puntuaciones puntaje evaluación veredicto conclusión aquí están el los las resultado decisión por "
    "tanto lo doy asigno siguientes es respuesta nota notas finales calificación calificaciones minha meu avaliação "
    "pontuação conclusão veredito portanto resposta dou mia mio valutazione punteggio giudizio quindi risposta "
    "conclusione verdetto"
)
_OWN_CHINESE = re.compile(
    r"[我的最终終后後总總综綜合体體整评評分分数數打结結论論果判断斷决決定裁如下为為是以因此给給出所点點価]{2,20}"
)
_WORD = re.compile(r"[^\W\d_]+(?:['’-][^\W\d_]+)*")
_ORDINAL = wording(rf"(?:the|for|of) (?:first|second|other) (?:{SEAT_NOUN})s?")
_HARMLESS = wording(
    r"\bin (?:the|your) (?:(?:requested|required|specified|desired) )?(?:format|form)\b(?: you (?:requested|specified|"
    r"asked for|wanted))?|\bmy own\b|"
    rf"\b{_ORDINAL.pattern}\b|\bout of (?:ten|five)\b|\bn/a\b|['’]s\b|\b(?:for|of) (?:this|the) (?:text|essay|story|"
    rf"poem|article|piece|draft|"
    r"review)\b|\bmy (?:final |overall )?\w+ (?:would|will) be\Z|\bscores should be\Z|\b(?:scor(?:e|es|ing)|ratings?|"
    r"evaluation|assessment|adjustment) (?:would be|should be|seems?|is|are) (?:more |most )?(?:appropriate|fair|"
    r"fitting|justified|reasonable|warranted)\Z"
)
_SOMEBODYS = wording(
    rf"(?:{ANSWER_NOUN})s?(?: [ab12])?['’]s (?!scor|rating|grade|evaluation|assessment|marks?\b|points|answer|response|"
    rf"result|overall|final (?:score|rating|grade)|total|{CRITERION_NAME})"
)
_OF_ANSWER = wording(rf"\b(?:by|in) (?:the )?(?:{ANSWER_NOUN})s?\b")
_DEMANDED = wording(r"\b(?<!s\s)end with exactly (?:this|these two) lines?\b")
"""The reply form of a prompt, which some models repeat and fill in."""

_STEP = wording(
    r"[\s#*_`>•+\-|([]*+(?:(?:(?:step|part|section|phase) )?(?:\d{1,2}|[ivx]{1,4})\s*+[.):–—-]+\s*+)?[\s*_`]*+"
)
_LAST_SENTENCE = re.compile(r".*[.!?][\s*_`]++(?=\S)")

_ADVERBS = (
    r"(?: (?:also|still|now|thus|therefore|hence|then|finally|ultimately|hereby|personally|honestly|strongly|"
    r"respectfully|slightly|generally|fully|largely|accordingly|consequently|will|would|do|must|shall|have|to|need|"
    r"inclined|happy))*+"
)
_I = (
    rf"(?:(?:i|we)(?! would have (?!to\b))(?!['’]d have\b)(?:['’](?:d|ll|ve|m)| am)?|let (?:me|us)|let['’]s|"
    rf"(?<=and\s)would|(?<=but\s)would){_ADVERBS}"
)
_GIVES = (
    r"(?:g[ia]ve|assign(?:ed)?|award(?:ed)?|rated?|scored?|graded?|judged?|rank(?:ed)?|voted?|choose|chose|chosen|"
    r"pick(?:ed)?|select(?:ed)?|prefer|conclude|decided?|settled?|arrived?|reach(?:ed)?|revised?|adjust(?:ed)?|"
    r"updated?|evaluated?|assess(?:ed)?|land(?:ed)?|c[oa]me|submit|state|provide|present|offer|answer|cast|determined?|"
    r"finali[sz]ed?|go with|lower(?:ed)?|raised?|reduced?|set|see (?:it|them|the)|summari[sz]e)"
)
_AGREES = r"(?:agree|concur|support|maintain|stand|keep|confirm|side|stick|uphold|reaffirm|accept)"
_RESULT = r"(?:scor|rating|grade|verdict|evaluation|assessment|adjustment|judge?ment|ranking|decision|winner)"
_PROPOSES = (
    r"(?:propose|suggest|recommend)(?:\Z| (?!(?:\w+ )?(?:adding|deleting|removing|replacing|writing|inserting|that|you|"
    rf"putting)\b)[^.!?]*{_RESULT}\w*)"
)
_GETS = (
    rf"(?:the )?(?:(?:{SEAT_NOUN}|text|essay|story)(?: [ab12])?|[ab12]|it|this) (?:gets|deserves|earns|receives|merits)"
)
_GIVEN = wording(rf"(?:{_I} (?:{_GIVES}|{_PROPOSES})|{_GETS})\b")
_AGREED = wording(rf"{_I} (?:{_AGREES}|not changed)\b(?![^.!?]*\b(?:if|unless|would)\b(?! suggest))")
_THINKING = wording(rf"(?:(?:i|we)(?:['’]d|{_ADVERBS}) (?:think|believe|feel|say|find|argue|conclude)(?: that)?|here) ")
_PART_BEGINS = wording(r"\A|[,;:–—] |\b(?:and|but|so|that|thus|hence|therefore|here) | (?=i\b)")
_OPENS = wording(
    r"(?:here|therefore|thus|hence|so|overall|finally|ultimately|accordingly|consequently|nevertheless|nonetheless|"
    r"however|still|now|also|yes|okay|ok|sure|in (?:conclusion|summary|sum|short|total|light|view|terms|the end|all|my "
    r"(?:judg\w+|opinion|view|assessment|evaluation))|to (?:conclude|sum|summari[sz]e|be)|given|considering|based|"
    r"taking|weighing|balancing|having|after (?:\w+ )?(?:weigh|consider|review|read|compar|evaluat|analy|check|verif|"
    r"discuss|reflect|deliberat|assess|the (?:discussion|debate|verification))\w*|as (?:a|the|an|such|juror|judge|"
    r"critic|reviewer|debater)|for (?:these|this|those|the|all)|with (?:this|these|that|those|all|both)|on balance|all "
    r"(?:things|in)|taken together|that said|while (?:both|the|neither|assistant|answer|response|[ab12]|it)|although|"
    r"though|since|because|by the|using|following the (?:rubric|criteria|guidelines|debate|discussion)|according to "
    r"the (?:rubric|criteria|guidelines|scale)|both|the|neither|each|it|i|we|"
    rf"(?:{ANSWER_NOUN}) [ab12]|[ab12]|despite|beyond|strengths|in addition|additionally|moreover|and|but|per the)\b"
)
_CONCLUDES = wording(
    r"(?:given|considering|weighing|balancing|taking|based on|in light of|in view of|with (?:all )?(?:this|that|these)|"
    r"for (?:all )?(?:these|this|those) reasons?|all things considered|on balance|taken (?:together|as)|bottom line|"
    r"tl;?dr|having)\b[^.!?:]*+|[^.!?:]+[,;—–-] (?:and )?(?:so|hence|thus|therefore|accordingly|consequently)"
)
"""A lead that only draws a conclusion: "All things considered:", "A is right on all counts, so:"."""

_EARLY = (
    r"initial\w*|first(?! (?:paragraph|sentence|section|part|half|chapter)\b)|early|earlier|tentativ\w*|prelim\w*|"
    r"provisional\w*|original(?:ly)?|before|prior|gut|intuiti\w*|instinct\w*|without|glance|impression\w*|until|drafts?"
)
_HEDGES = wording(
    r"\b(?:(?:considering|based on|judging|by|on|with|for) (?:only|just|solely)|only\Z|could|might|may|if|unless|had|"
    r"readers?|people|would (?:have|be|get|give|vote|say|rate|score)|once|alone|imagin\w*|suppos\w*|assum\w*|"
    r"hypothe\w*|naive\w*|tempt\w*|format|template|for example|e\.g|delete|remove|replace|"
    rf"insert|append|almost|nearly|never|ends?|reads?|says?|writes?|wrote|itself|quot\w+|{_EARLY})\b|\bpre-"
)
"""Words that make an open part of a lead early, possible, somebody else's, or about a change."""

_HEDGES_EARLY = wording(rf"\b(?:{_EARLY})\b|\bpre-")

_HEADS_DRAFT = wording(
    r"(?:(?:my|the) )?(?:initial|preliminary|provisional|tentative|unverified|gut|intuitive|instinctive|drafts?|"
    r"quick|snap|rough|early|before|without|pre-\w+|first (?:impressions?|takes?|pass|look|thoughts?|reactions?|"
    r"reading|drafts?|instincts?|guess|votes?|scor\w+|rounds?|assessments?|evaluations?))\b[^.!?:：]{0,40}"
)

_REMARK = wording(
    rf"(?:(?:overall|in short|however|while|both|all|neither|each|the|its|this|that|these|but|and|also|because|since|"
    rf"first|second|ai)[\s,:]++)*+(?:(?:{SEAT_NOUN}|essay|story|text|explanation|reasoning|code|argument|fact|source|"
    r"it|they|both|two|former|latter)s?|[ab12])\b(?!['’]s [\w\s]*\Z)(?! [ab12]\Z)(?!\Z)"
)
_PRAISES = wording(
    r"\b(?:acceptable|accurate|adequate|better|best|boring|brief|clear\w*|complete|concise|correct\w*|decent|detailed|"
    r"dull|excellent|factual|false|fine|flaw\w*|good|great|helpful|impressive|inaccurate|incorrect|informative|lacks?|"
    r"long|mediocre|misses|missing|nice|perfect|poor\w*|relevant|short|solid|strong\w*|thin|thorough|unclear|unhelpful|"
    r"useful|vague|verbose|weak\w*|well|worse|wrong|wordy)\b"
)
_DANGLES = wording(
    r"\b(?:writes?|wrote|says?|said|stat(?:es?|ed)|prints?|claims?|concludes?|reads?|ends?|ended|begins?|is|was|are|"
    r"were|be|been|like|as|that|with|by|g[ia]ves?|given|puts?|output|contains?|of|me|finds?|found|shows?|adds?|added|"
    r"have|has|had|suggests?|proposes?|gets?|got|votes?|rates?|scores?|deserves?|earns?|receives?|the|an|to|from|line|"
    r"for|at|e\.g|merits?|assigns?|awards?|prefers?|picks?|answers?)[\s*_`,;.–—-]*+\Z"
)
_TAKES_VALUE = wording(rf"[^:：]{{1,40}}[:：][\s*_`\"']*+(?:\d|<quoted>|[abc]\b|(?:{SEAT_NOUN}|score|tie|both)\b)")
_EXPLAINS = wording(
    r"(?:(?:the|my|brief|short) )?(?:reason\w*|explanation|analysis|justification|rationale|critique|feedback|"
    r"comments?|strengths?|improvements?|suggestions?|areas? (?:for|of) improvement|weakness(?:es)?|pros|cons|"
    r"comparison|summary|evaluation|thoughts?|notes?|why|"
    rf"(?:{SEAT_NOUN}) [ab12]|[ab])\b[^:：]{{0,30}}[:：][\s*_`]*+(?=\S)"
)
_PRESENTS = wording(r"\W*+(?:(?:sure|okay|certainly|of course)\W++)?(?:here|below) (?:is|are)\b")
_HEADING = re.compile(r"\s*+(?:#|(?:\*\*|__)[^*_]+(?:\*\*|__)\s*\Z)")
_SPEAKS_OF_RESULT = wording(rf"\b(?:{_RESULT}|vote|ballot|opinion)")
_FINISHED = re.compile(r"[.!?…。！？][\s*_`)\"'”’\]]*+\Z")
_CONDITION = re.compile(
    r"(?:is|was|are|were|would|could|might|if|unless|had|were|provided|assuming|until|once|before|when|except|only)\b"
)
_GOES_ON = re.compile(rf"(?:but|though|although|from|and|then|which|yet|to|as|by)\b|{_CONDITION.pattern}")
_BEGINS_CONDITION = wording(r"(?:if|unless|had|once|until|were|suppos\w+|assum\w+|imagin\w+|provided|should)\b")
_FEWEST_OF_REMARK = 7  # words of a remark that speaks of a result, such as a ranking in the text under review
_LONG = 60  # characters
_LONGEST = 400  # characters of a clause that is looked at word by word
_MARKUP = " \t*_`#"


def is_own_lead(line: str, *, apart: bool = False) -> bool:
    """Whether a lower-cased line that ends without final punctuation lets what stands below it be the reply's own.

    apart   whether a blank line stands between
    """
    if CORRECTS.match(line) is not None or line.lstrip().startswith(("|", "<|", "{", "}", "[", "]")):
        return True
    clause = _last_clause(line)
    if len(clause) <= _LONGEST and _is_own(clause):
        return True
    return not _announces(line) and _is_remark(line, clause, apart=apart)


def is_lead_of_others(line: str) -> bool:
    """Whether a lower-cased line says that the JSON object below it, of whatever content, is not the reply's own.

    Any noun may stand above an object; only words of another kind, and the beginning of a sentence, tell.
    """
    if is_finished(line) or is_own_lead(line) or _PRESENTS.match(line) is not None:
        return False
    return hedges(line) if _announces(line) else _breaks_off(_last_clause(line))


def is_finished(line: str) -> bool:
    """Whether a line ends a sentence."""
    return _FINISHED.search(line) is not None


def is_inside_sentence(lead: str, below: str) -> bool:
    """Whether what stands between two lines belongs to a sentence that ends in the second: "I gave", "but then ...".

    lead    the line above; empty above the first line
    below   the line below as the reply wrote it
    """
    if not below[:1].islower():
        return False
    return (_CONDITION if not lead or is_finished(lead) else _GOES_ON).match(below) is not None


def hedges(line: str, *, apart: bool = False) -> bool:
    """Whether a line has a word that makes what it says early or, unless a section is `apart` from it, not real."""
    return (_HEDGES_EARLY if apart else _HEDGES).search(line) is not None


def heads_draft(line: str) -> bool:
    """Whether a line is the heading of a section that precedes the result: "### First impression"."""
    return not is_finished(line) and _HEADS_DRAFT.fullmatch(_last_clause(line)) is not None


def _announces(line: str) -> bool:
    return line.rstrip(_MARKUP).endswith((":", "："))


def _last_clause(line: str) -> str:
    """The last sentence of a line, without markup, number and colon."""
    clause = line.strip(_MARKUP)
    if (ended := _LAST_SENTENCE.match(clause)) is not None and any(map(str.isalpha, ended[0])):
        clause = clause[ended.end() :]
    if (step := _STEP.match(clause)) is not None:
        clause = clause[step.end() :]
    return clause.rstrip(" \t*_`:：,-–—=")


def _is_own(clause: str) -> bool:
    """Whether a clause names the reply's own result, or says that the judge gives it now."""
    if _SOMEBODYS.match(clause) is not None:
        return False
    if _DEMANDED.search(clause) is not None:
        return True
    if _CONCLUDES.fullmatch(clause) is not None and _HEDGES.search(clause) is None:
        return True
    for part in _PART_BEGINS.finditer(clause):
        before, start = clause[: part.end()], part.end()
        if before and (_OPENS.match(before) is None or _HEDGES.search(before) is not None):
            return False
        while (thinking := _THINKING.match(clause, start)) is not None:
            start = thinking.end()
        if _names_result(clause[start:]) or _AGREED.match(clause, start) is not None:
            return True
        if (given := _GIVEN.match(clause, start)) is not None and _HEDGES.search(clause, given.end()) is None:
            return True
    return False


def _names_result(clause: str) -> bool:
    if _OF_ANSWER.search(clause) is not None:
        return False
    words = _WORD.findall(_HARMLESS.sub(" ", clause))
    return all(word in _OWN_WORDS or _OWN_CHINESE.fullmatch(word) for word in words)


def _is_remark(line: str, clause: str, *, apart: bool) -> bool:
    """Whether an unfinished line is a remark, an advice or a value of its own, which only lacks its full stop.

    A line that breaks off, begins a condition or heads a draft leads to what stands below it.
    """
    if clause.endswith("<quoted>") or _TAKES_VALUE.match(clause) is not None:
        return True
    if _breaks_off(clause):
        return False
    if _EXPLAINS.match(clause) is not None or (apart and len(clause) >= _LONG):
        return True
    if _HEADING.match(line) is not None:
        is_about_answers = _REMARK.match(clause) or _PRAISES.search(clause)
        return is_about_answers is not None and _HEDGES.search(_ORDINAL.sub("", clause)) is None
    if _SPEAKS_OF_RESULT.search(clause) is not None:
        return len(clause.split()) >= _FEWEST_OF_REMARK and _HEDGES_EARLY.search(clause) is None
    return True


def _breaks_off(clause: str) -> bool:
    return (
        _DANGLES.search(clause) is not None
        or _BEGINS_CONDITION.match(clause) is not None
        or _HEADS_DRAFT.fullmatch(clause) is not None
    )
