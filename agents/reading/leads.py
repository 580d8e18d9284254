"""Whether a lead, a line that leads to a statement without being a sentence of its own, makes the statement the reply's.

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
    "actual adjusted aggregate average balanced best better calibrated closing combined comparative computed "
    "corrected correct definitive detailed fair final honest independent individual judged new numeric numerical "
    "official overall personal post-discussion post-verification preferred proposed revised respective "
    "selected separate summarized suggested updated verified weighted chosen recommended brief short concise formal "
    "given assigned awarded rated scored evaluated graded "
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
    "right still sum summarise summarize conclude wins sure thanks therefore thus ultimately welcome yes course end "
    # objects
    "json object output reply requested structured data done "
    # German, French, Spanish, Portuguese, Italian
    "abschließende abschließendes bewertung bewertungen daher das der die endergebnis endgültige endgültiges entscheidung "
    "ergebnis fazit folgende folgenden gesamtbewertung gesamturteil hier ich gebe lautet mein meine noten punkte sind "
    "urteil vergebe wie folgt zusammenfassung ist antwort "
    "ma mon mes note notes finale finales final évaluation verdict voici conclusion donc je donne attribue les "
    "suivantes suivants le la est résultat réponse "
    "mi mis puntuación puntuaciones puntaje evaluación veredicto conclusión aquí están el los las resultado decisión "
    "por tanto lo doy asigno siguientes es respuesta nota notas finales calificación calificaciones "
    "minha meu avaliação pontuação conclusão veredito portanto resposta dou mia mio valutazione punteggio giudizio "
    "quindi risposta conclusione verdetto"
)
_OWN_CHINESE = re.compile(r"[我的最终終后後总總综綜合体體整评評分分数數打结結论論果判断斷决決定裁如下为為是以因此给給出所点點価]{2,20}")
_WORD = re.compile(r"[^\W\d_]+(?:['’-][^\W\d_]+)*")
_ORDINAL = wording(rf"(?:the|for|of) (?:first|second|other) (?:{SEAT_NOUN})s?")
_HARMLESS = wording(
    rf"\bin (?:the|your) (?:requested|required|specified|desired) (?:format|form)\b|\bmy own\b|"
    rf"\b{_ORDINAL.pattern}\b|\bout of (?:ten|five)\b|\bn/a\b|['’]s\b|\bmy (?:final |overall )?\w+ (?:would|will) be\Z|"
    r"\bscores should be\Z"
)
_SOMEBODYS = wording(
    rf"(?:{ANSWER_NOUN})s?(?: [ab12])?['’]s (?!scor|rating|grade|evaluation|assessment|marks?\b|points|answer|response|"
    rf"result|overall|final (?:score|rating|grade)|total|{CRITERION_NAME})"
)
_DEMANDED = wording(r"\b(?<!s\s)end with exactly (?:this|these two) lines?\b")
"""The reply form of a prompt, which some models repeat and fill in."""

_STEP = wording(r"[\s#*_`>•+\-|([]*+(?:(?:(?:step|part|section|phase) )?(?:\d{1,2}|[ivx]{1,4})\s*+[.):–—-]+\s*+)?[\s*_`]*+")
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
    r"finali[sz]ed?|see (?:it|them|the)|summari[sz]e)"
)
_AGREES = r"(?:agree|concur|support|maintain|stand|keep|confirm|side|stick|uphold|reaffirm|accept)"
_RESULT = r"(?:scor|rating|grade|verdict|evaluation|assessment|adjustment|judge?ment|ranking|decision|winner)"
_PROPOSES = (
    r"(?:propose|suggest|recommend)(?:\Z| (?!(?:\w+ )?(?:adding|deleting|removing|replacing|writing|inserting|that|you|"
    rf"putting)\b)[^.!?]*{_RESULT}\w*)"
)
_GETS = rf"(?:the )?(?:(?:{SEAT_NOUN}|text|essay|story)(?: [ab12])?|[ab12]|it|this) (?:gets|deserves|earns|receives|merits)"
_GIVEN = wording(rf"(?:{_I} (?:{_GIVES}|{_PROPOSES})|{_GETS})\b")
_AGREED = wording(rf"{_I} {_AGREES}\b(?![^.!?]*\b(?:if|unless|would)\b(?! suggest))")
_THINKING = wording(rf"(?:(?:i|we)(?:['’]d|{_ADVERBS}) (?:think|believe|feel|say|find|argue|conclude)(?: that)?|here) ")
_PART_BEGINS = wording(r"\A|[,;:–—] |\b(?:and|but|so|that|thus|hence|therefore|here) ")
_OPENS = wording(
    r"(?:therefore|thus|hence|so|overall|finally|ultimately|accordingly|consequently|nevertheless|nonetheless|however|"
    r"still|now|also|yes|okay|ok|sure|in (?:conclusion|summary|sum|short|total|light|view|terms|the end|my|all)|to "
    r"(?:conclude|sum|summari[sz]e|be)|given|considering|based|taking|weighing|balancing|having|after (?:\w+ )?"
    r"(?:weigh|consider|review|read|compar|evaluat|analy|check|verif|discuss|reflect|deliberat|assess|the (?:discussion|"
    r"debate|verification))\w*|as (?:a|the|an|such)|for (?:these|this|those|the|all)|with (?:this|these|that|those|"
    r"all|both)|on balance|all (?:things|in)|taken together|that said|while|although|though|since|because|by the|using|"
    r"following|according to the (?:rubric|criteria|guidelines|scale)|both|the|neither|each|it|i|we|"
    rf"(?:{ANSWER_NOUN}) [ab12]|[ab12]|despite|beyond|in addition|additionally|moreover|and|but|per the)\b"
)
_HEDGES = wording(
    r"\b(?:could|might|may|if|unless|had|readers?|people|would (?:have|be|get|give|vote|say|rate|score)|initial\w*|"
    r"first|early|earlier|tentativ\w*|prelim\w*|provisional\w*|original\w*|before|prior|gut|intuiti\w*|instinct\w*|"
    r"without|glance|impression\w*|once|until|alone|imagin\w*|suppos\w*|assum\w*|hypothe\w*|naive\w*|tempt\w*|format|"
    r"template|for example|e\.g|delete|remove|replace|insert|append|almost|nearly|never|ends?|reads?|says?|writes?|wrote|"
    r"itself|quot\w+)\b|\bpre-"
)
"""Words that make an open part of a lead early, possible, somebody else's, or about a change."""

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
_TAKES_VALUE = wording(
    rf"[^:：]{{1,40}}[:：][\s*_`\"']*+(?:\d|<quoted>|[abc]\b|(?:{SEAT_NOUN}|score|tie|both)\b)"
)
_EXPLAINS = wording(
    r"(?:(?:the|my|brief|short) )?(?:reason\w*|explanation|analysis|justification|rationale|critique|feedback|comments?|"
    r"strengths?|weakness(?:es)?|pros|cons|comparison|summary|evaluation|thoughts?|notes?|why|"
    rf"(?:{SEAT_NOUN}) [ab12]|[ab])\b[^:：]{{0,30}}[:：][\s*_`]*+(?=\S)"
)
_ITEM = re.compile(r"\s*+[-•+*]\s")
_LONG = 60  # characters
_MARKUP = " \t*_`#"


def is_own_lead(line: str, *, apart: bool = False) -> bool:
    """Whether a lower-cased line that ends without final punctuation lets what stands below it be the reply's own.

    apart   whether a blank line stands between
    """
    if CORRECTS.match(line) is not None or line.lstrip().startswith(("|", "<|", "{", "}", "[", "]")):
        return True
    clause = _last_clause(line)
    if _is_own(clause):
        return True
    if line.rstrip(_MARKUP).endswith((":", "：")):
        return False
    return _is_remark(line, clause, apart=apart)


def hedges(line: str) -> bool:
    """Whether a line has a word that makes what it says early, possible, somebody else's, or about a change."""
    return _HEDGES.search(line) is not None


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
    words = _WORD.findall(_HARMLESS.sub(" ", clause))
    return all(word in _OWN_WORDS or _OWN_CHINESE.fullmatch(word) for word in words)


def _is_remark(line: str, clause: str, *, apart: bool) -> bool:
    """Whether an unfinished line is a remark on the answers, or a value, that stands for itself."""
    if clause.endswith("<quoted>") or _TAKES_VALUE.match(clause) is not None:
        return True
    if _DANGLES.search(clause) is not None:
        return False
    if _EXPLAINS.match(clause) is not None or (apart and len(clause) >= _LONG):
        return True
    is_about_answers = _ITEM.match(line) or _REMARK.match(clause) or _PRAISES.search(clause)
    return is_about_answers is not None and _HEDGES.search(clause) is None
