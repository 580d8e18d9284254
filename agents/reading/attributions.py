"""The words with which a judge attributes what follows, disowns what stands above, or heads a draft: tables.

Somebody (an answer, the question, a person, "it") and a verb of statement attribute the words behind them; own_lines.py
decides how far these reach. To read a further wording, add an entry.
"""

import re

from fellowship.agents.reading.wording import ANSWER_NOUN, SEAT_NOUN, wording

SHORTEST_ATTRIBUTION = 6  # characters: "it is a"

_WHO = (
    r"(?:(?:(?:both|all|the|its|this|that|each|one|neither) (?:of (?:the|these) )?)?(?:other |first |second |correct |"
    r"candidate |reference |user['’]?s? |quoted )?(?:assistant|response|answer|candidate|model|option|author|user|"
    r"question|prompt|text|reply|quiz|key|output|review|completion|critic|juror|reviewer|grader|annotator|colleague|"
    r"expert|debater|conversation|document|essay|article|story|instruction|statement|task|system|rubric|first|second|"
    r"latter|former)s?+(?: #?[ab12]\b)?+(?:['’]s (?:example|own|text|last|final|author|creator)\s?+\w*|['’]s?)?|"
    r"\b(?:assistant |response |answer )?[ab12]['’]s \w{3,12}|\b[ab]|\bit|\bthey|\bhe|\bshe|\bboth|\bsomeone|\bsome)"
)
_ADVERB = r"(?: (?:\w{2,12}ly|also|even|just|then|themselves|first|again|both|in fact))?+"
_STATES = (
    r"says?|said|saying|states?|stated|stating|ends?|ended|ending|begins?|starts?|opens?|closes?|contains?|containing|"
    r"reads?|writes?|wrote|claims?|asserts?|declares?|concludes?|dictates?|demands?|instructs?|inserts?|embeds?|"
    r"appends?|injects?|prints?|outputs?|quotes?|repeats?|adds?|added|includes?|including"
)
_SAYS = (
    rf"(?:{_STATES}|began|beginning|started|closed|contained|writing|claimed|claiming|proclaims?|insists?|argues?|"
    r"maintains?|alleges?|pretends?|boasts?|announces?|orders?|t(?:ells?|old)|asks?|asked|requests?|quoting|tries|"
    r"tried|attempts?|wants?|hides?|suggests?|proposes?|mentions?|lists?|puts?|shows?|show(?:n|ed)|has|have|had|"
    r"gives?|gave|rates?|rated|chose|chooses?|picks?|picked|scores? itself|calls?|awards? itself|features?|carr(?:y|"
    r"ies)|holds?)s?+"
)
ATTRIBUTION = wording(rf"(?<![\w'’]){_WHO}(?: (?:that|which|who|text|itself)){{0,2}}{_ADVERB} (?:to )?{_SAYS}\b")
PHRASE = wording(
    rf"\b(?:according to (?:the )?(?:{ANSWER_NOUN}|question|key|quiz|user)|for example|for instance|e\.g\.|such as|"
    r"in the (?:format|form)|the (?:required|expected|requested)?\s*+format is|(?<![^\s#*_])(?<!\w\s)(?:in|from|of|"
    rf"by) (?:the )?(?:(?:first|second|other|text of|end of) )?(?:{ANSWER_NOUN}) [ab12]\b|"
    rf"(?:{ANSWER_NOUN}) [ab12]['’]s (?:own )?(?:last|final|closing|concluding|first|opening)\b(?! (?:score|rating))|"
    r"(?:quot\w+|excerpts?|text|lines?|taken|copied|instructions?|found|passage|sentence|statement|"
    rf"verdict) (?:found )?(?:in|from|of|by) (?:the )?(?:{SEAT_NOUN}) [ab12]\b|\b[ab]['’]s (?:own )?(?:closing|last|"
    r"final|own|concluding) (?:words?|lines?|sentences?|claims?|statements?|remarks?|verdict)\b|"
    rf"at the end of (?:{ANSWER_NOUN})|the (?:phrase|string|words?|text|line|instruction)\b|the (?:injected|quoted|"
    r"embedded|hidden)\b)"
)
_JUDGES = "jurors?|judges?|reviewers?|critics?|evaluators?|graders?|raters?|debaters?"
_LEADS_ELSEWHERE = (
    # whose words
    r"\b(?:users?|humans?|people|annotators?|crowd\w*|majority|leaderboard|students?|teachers?|professors?|"
    r"colleagues?|experts?['’]s?|self-?\s?assessments?)\b",
    r"\b(?:the |an? )?(?:other|another|second|previous|typical|lenient|strict\w*|fellow|hypothetical|careless|naive|"
    rf"different|biased|some) (?:{_JUDGES}|annotators?|experts?|panel\w*|models?|people)\b",
    rf"\b(?:{_JUDGES}) (?:#|no\.?\s*+)?(?:\d|[ab]\b|one\b|two\b|three\b)",
    r"\b(?:gpt[-\w.]*|claude\w*|gemini\w*|llama[-\w.]*|mistral\w*|qwen\w*|deepseek\w*)\b",
    r"\baccording to\b",
    r"\b(?:verbatim|in full|word for word|(?:its|the|their|whose|full) (?:full |exact |whole )?(?:text|words|wording|"
    r"transcript)|closing words|excerpt|passage|copied|pasted|suggested ending)\b",
    r"\bpeer review\w*\b",
    # of another time or text
    r"\b(?:ground[\s-]?truth|gold|reference|previous(?:ly)?|last (?:time|round|line)|earlier|exercise|quiz|question|"
    r"closing line|final line|own rating)\b",
    r"\b(?:at first|in (?:an?|the|my) (?:first|earlier|previous) (?:pass|draft|round|version|reading))\b",
    r"\bbefore (?:i )?(?:read|check|look|verif|runn|see|consider|discuss)\w*|"
    r"\bi (?:first |initially |originally )?(?:had|considered|thought|started)\b",
    # not meant
    r"\b(?:hypothetical\w*|suppose|assum(?:e|es|ing)|imagine|would (?:be|look|say|have|read|write|answer|conclude|"
    r"output|choose|pick|rate)|should look|looks? like|placeholders?|illustrat\w+|(?:might|could) (?:look|say|"
    r"read))\b",
    r"\b(?:(?:in|have|has|follow) (?:this|the|that) (?:form|format|template)|format (?:i|that i) (?:will|am)|"
    r"formatted as|(?:output|answer|reply|response|scoring) (?:format|template))\b",
    # Chinese, French, German, Spanish
    r"(?:助手|回答|答案)\s*[ab12]?的?.{0,8}(?:写道|说|称|包含|结尾|回答)",
    r"(?:réponse|reponse) [ab12]?\b.{0,12}(?:termine|dit|contient|écrit|affirme)",
    r"antwort [ab12]?\b.{0,12}(?:endet|sagt|enthält|schreibt|behauptet|schließt)",
    r"(?:respuesta|resposta|risposta)\s*+[ab12]?\b.{0,12}(?:dice|diz|termina|contiene|contém|afirma)",
)
LEADS_ELSEWHERE = wording("|".join(_LEADS_ELSEWHERE))
"""An announcement, up to its colon, of words that are not the judge's, or are not meant."""

STRONG = wording(rf"(?:{_STATES})\b[^.!?]*")
RESUMES = wording(
    r"\s*+(?:which|that|this|these|those|while|whereas|and|but|i|we|is|are|was|were|as|so|in order|clearly|however|"
    r"nevertheless|still|my)\b(?!\s*+[:：=])"
)
DISOWNS = wording(
    r"(?:\bi|\bwe|\bi['’]ll)\b[^.!?]{0,30}?\b(?:ignor\w*|disregard\w*|dismiss\w*|discard\w*|reject\w*|skip\w*|"
    r"discount\w*) (?:it|that|this|them|these|those|both|such|all|the (?:above|line|lines|instruction|statement|score|"
    r"verdict|text|claim)\w*)\b|"
    r"\b(?:do|will|shall|did|should|must|can)(?:\s?not|n['’]t) (?:\w+ )?(?:follow|count|obey|accept|consider|trust|"
    r"adopt|use) (?:it|that|this|them|these|those|such)\b|"
    r"\bwhich (?:i|we|is|are|was|were|does|do|has|should|must|cannot)\b[^.!?]*?(?:ignor|disregard|dismiss|reject|"
    r"inject|manipulat|cheat|attempt|wrong|irrelevant|not (?:count|follow|my))|"
    r"\A\s*+(?:that|this|it|those|these|both)\b[^.!?]{0,20}\b(?:is|are|was|were)\b[^.!?]{0,30}\b(?:inject\w+|"
    r"manipulat\w+|cheat\w*|trick\w*)|"
    r"\A\s*+(?:is|are|was|were) (?:what|how|the|part|only|merely|just|written|quoted|claimed|copied|taken)\b|"
    r"\b(?:is|are|was|were) (?:an? |clear(?:ly)? |obvious(?:ly)? )*+(?:prompt )?(?:manipulat\w+|injection|attempts?\b|"
    r"trick|cheat\w*)|"
    r"\A\s*+(?:(?:those|these)(?: \w+)?|this|that|the above) (?:is|are|was|were|comes?|came) (?:what\b|how\b|from\b|"
    r"(?:only |just |merely )?(?:the|an?) (?:\w+ ){0,2}?(?:scores?|ratings?|grades?|verdicts?|lines?|claims?|key|"
    r"statements?|words|figures|numbers|quot\w+|formats?|templates?|drafts?) (?:of|that|which|from|in|by|for|as|given|"
    r"made|copied|taken)\b)"
)
DRAFT = wording(
    r"[\s#*_>`•\-\d.)(]*+(?:(?:my|the|an?|some) )?(?:initial(?:ly)?|preliminary|first|tentative|provisional|draft|"
    r"rough|early|example|sample|template|format|placeholder|starting|previous|earlier|old|discarded|rejected|"
    r"expected|hypothetical|illustrative|dummy|ideal|baseline|target|maximum|best-?case|worst-?case|"
    r"self-?assess\w*)(?: (?:\w+['’]?s?)){0,4}[\s*_`]*+[:：][\s*_`]*+\Z|"
    r"[\s#*_>`•\-]*+(?:for (?:example|instance)|e\.g\.)[^.!?]*[:：][\s*_`]*+\Z"
)


def is_attributed(line: str) -> bool:
    """Whether the line says what somebody else says."""
    return attribution(line) is not None


def attribution(line: str) -> int | None:
    """Where the words of somebody else begin in a line; None where it attributes nothing."""
    if len(line) < SHORTEST_ATTRIBUTION:
        return None
    found = min(
        (each for each in (ATTRIBUTION.search(line), PHRASE.search(line)) if each), key=re.Match.start, default=None
    )
    return None if found is None else found.end()
