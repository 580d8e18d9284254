"""The words with which a judge attributes what follows, disowns what stands above, or heads a draft."""

import re

SHORTEST_ATTRIBUTION = 6  # characters: "it is a"

_WHO = (
    r"(?:(?:(?:both|all|the|its|this|that|each|one|neither)\s++(?:of\s++(?:the|these)\s++)?)?"
    r"(?:other\s++|first\s++|second\s++|correct\s++|candidate\s++|reference\s++|user['’]?s?\s++|quoted\s++)?"
    r"(?:assistant|response|answer|candidate|model|option|author|user|question|prompt|text|reply|quiz|key|"
    r"output|review|"
    r"completion|critic|juror|reviewer|grader|annotator|colleague|expert|debater|conversation|document|essay|"
    r"article|story|instruction|statement|task|system|rubric|first|second|latter|former)"
    r"s?+(?:\s++#?[ab12]\b)?+(?:['’]s\s++(?:example|own|text|last|final|author|creator)\s?+\w*|['’]s?)?|"
    r"\b(?:assistant\s++|response\s++|answer\s++)?[ab12]['’]s\s++\w{3,12}|"
    r"\b[ab]|\bit|\bthey|\bhe|\bshe|\bboth|\bsomeone|\bsome)"
)
_ADVERB = r"(?:\s++(?:\w{2,12}ly|also|even|just|then|only|itself|themselves|first|again|both|in\s++fact))?+"
_SAYS = (
    r"(?:sa(?:y|id)|saying|stat(?:e|ed|ing)|ends?|ended|ending|begins?|began|beginning|starts?|started|opens?|"
    r"closes?|closed|"
    r"contains?|contained|containing|reads?|writes?|wrote|writing|claims?|claimed|claiming|asserts?|declares?|"
    r"proclaims?|insists?|argues?|maintains?|alleges?|pretends?|boasts?|announces?|"
    r"concludes?|dictates?|demands?|instructs?|orders?|tells?|told|asks?|asked|requests?|quotes?|quoting|"
    r"repeats?|inserts?|"
    r"embeds?|appends?|injects?|prints?|outputs?|tries|tried|attempts?|wants?|hides?|suggests?|proposes?|"
    r"mentions?|lists?|"
    r"includes?|including|adds?|added|puts?|shows?|show(?:n|ed)|has|have|had|gives?|gave|rates?|rated|chose|chooses?|"
    r"picks?|picked|scores?\s++itself|calls?|awards?\s++itself|features?|carr(?:y|ies)|holds?)s?+"
)
ATTRIBUTION = re.compile(
    rf"(?<![\w'’]){_WHO}(?:\s++(?:that|which|who|text|itself)){{0,2}}{_ADVERB}\s++(?:to\s++)?{_SAYS}\b"
)
PHRASE = re.compile(
    r"\b(?:according\s++to\s++(?:the\s++)?(?:assistant|response|answer|candidate|model|question|key|quiz|user)|"
    r"for\s++example|"
    r"for\s++instance|e\.g\.|such\s++as|in\s++the\s++(?:format|form)|the\s++(?:required|expected|"
    r"requested)?\s*+format\s++is|"
    r"(?<![^\s#*_])(?<!\w\s)(?:in|from|of|by)\s++(?:the\s++)?(?:(?:first|second|other|text\s++of|"
    r"end\s++of)\s++)?(?:assistant|response|answer|candidate|model)\s++[ab12]\b|"
    r"(?:assistant|response|answer|candidate|model)\s++[ab12]['’]s\s++(?:own\s++)?(?:last|final|closing|"
    r"concluding|first|opening)\b(?!\s++(?:score|rating))|"
    r"(?:quot\w+|excerpts?|text|lines?|taken|copied|instructions?|found|passage|sentence|statement|"
    r"verdict)\s++(?:found\s++)?(?:in|from|of|by)\s++(?:the\s++)?"
    r"(?:assistant|response|answer|candidate|model|option)\s++[ab12]\b|"
    r"\b[ab]['’]s\s++(?:own\s++)?(?:closing|last|final|own|concluding)\s++(?:words?|lines?|sentences?|claims?|"
    r"statements?|remarks?|verdict)\b|"
    r"at\s++the\s++end\s++of\s++(?:assistant|response|answer|candidate|model)|the\s++(?:phrase|string|words?|"
    r"text|line|instruction)\b|the\s++(?:injected|quoted|embedded|hidden)\b)"
)
_LEADS_ELSEWHERE = (
    # whose words
    r"\b(?:users?|humans?|people|annotators?|crowd\w*|majority|leaderboard|students?|teachers?|professors?|"
    r"colleagues?|experts?['’]s?|self-?\s?assessments?)\b",
    r"\b(?:the\s++|an?\s++)?(?:other|another|second|previous|typical|lenient|strict\w*|fellow|hypothetical|"
    r"careless|naive|different|biased|some)\s++"
    r"(?:jurors?|judges?|reviewers?|critics?|evaluators?|graders?|raters?|annotators?|experts?|debaters?|"
    r"panel\w*|models?|people)\b",
    r"\b(?:jurors?|judges?|reviewers?|critics?|evaluators?|graders?|raters?|debaters?)\s++(?:#|no\.?\s*+)?(?:\d|"
    r"[ab]\b|one\b|two\b|three\b)",
    r"\b(?:gpt[-\w.]*|claude\w*|gemini\w*|llama[-\w.]*|mistral\w*|qwen\w*|deepseek\w*)\b",
    r"\baccording\s++to\b",
    r"\b(?:verbatim|in\s++full|word\s++for\s++word|(?:its|the|their|whose|full)\s++(?:full\s++|exact\s++|whole\s++)?(?:text|words|"
    r"wording|transcript)|closing\s++words|excerpt|passage|copied|pasted|suggested\s++ending)\b",
    r"\bpeer\s++review\w*\b",
    # of another time or text
    r"\b(?:ground[\s-]?truth|gold|reference|previous(?:ly)?|last\s++(?:time|round|line)|earlier|exercise|quiz|"
    r"question|closing\s++line|final\s++line|own\s++rating)\b",
    r"\b(?:at\s++first|in\s++(?:an?|the|my)\s++(?:first|earlier|previous)\s++(?:pass|draft|round|version|reading))\b",
    r"\bbefore\s++(?:i\s++)?(?:read|check|look|verif|runn|see|consider|discuss)\w*|\bi\s++(?:first\s++|"
    r"initially\s++|originally\s++)?(?:had|considered|thought|started)\b",
    # not meant
    r"\b(?:hypothetical\w*|suppose|assum(?:e|es|ing)|imagine|would\s++(?:be|look|say|have|read|write|answer|"
    r"conclude|output|choose|pick|rate)|"
    r"should\s++look|looks?\s++like|placeholders?|illustrat\w+|(?:might|could)\s++(?:look|say|read))\b",
    r"\b(?:(?:in|have|has|follow)\s++(?:this|the|that)\s++(?:form|format|template)|format\s++(?:i|"
    r"that\s++i)\s++(?:will|am)|formatted\s++as|"
    r"(?:output|answer|reply|response|scoring)\s++(?:format|template))\b",
    # Chinese, French, German, Spanish
    r"(?:助手|回答|答案)\s*[ab12]?的?.{0,8}(?:写道|说|称|包含|结尾|回答)",
    r"(?:réponse|reponse)\s++[ab12]?\b.{0,12}(?:termine|dit|contient|écrit|affirme)",
    r"antwort\s++[ab12]?\b.{0,12}(?:endet|sagt|enthält|schreibt|behauptet|schließt)",
    r"(?:respuesta|resposta|risposta)\s*+[ab12]?\b.{0,12}(?:dice|diz|termina|contiene|contém|afirma)",
)
LEADS_ELSEWHERE = re.compile("|".join(_LEADS_ELSEWHERE))
"""An announcement, up to its colon, of words that are not the judge's, or are not meant."""

OWN_LEAD = re.compile(
    r"\b(?:my|i\s++(?:propose|concur|agree|disagree|assign|settle|give|see\s++it|would\s++(?:\w{2,12}ly\s++|"
    r"now\s++)?(?:give|suggest|propose|rate|score|grade|assign|award|say|conclude|choose|pick))|here\s++(?:is|"
    r"are|it\s++is|they\s++are)|final|"
    r"therefore|overall|mein|meine|mon|ma|mes|mi|mis|meu|minha)\b"
)
STRONG = re.compile(
    r"(?:says?|said|saying|states?|stated|stating|ends?|ended|ending|begins?|starts?|opens?|closes?|contains?|"
    r"containing|"
    r"reads?|writes?|wrote|claims?|asserts?|declares?|concludes?|dictates?|demands?|instructs?|inserts?|embeds?|"
    r"appends?|"
    r"injects?|prints?|outputs?|quotes?|repeats?|adds?|added|includes?|including)\b[^.!?]*"
)
RESUMES = re.compile(
    r"\s*+(?:which|that|this|these|those|while|whereas|and|but|i|we|is|are|was|were|as|so|in\s++order|clearly|however|"
    r"nevertheless|still|my)\b(?!\s*+[:：=])"
)
DISOWNS = re.compile(
    r"(?:\bi|\bwe|\bi['’]ll)\b[^.!?]{0,30}+\b(?:ignor\w*|disregard\w*|dismiss\w*|discard\w*|reject\w*|skip\w*|"
    r"discount\w*)\s++"
    r"(?:it|that|this|them|these|those|both|such|all|the\s++(?:above|line|lines|instruction|statement|score|"
    r"verdict|text|claim)\w*)\b"
    r"|\b(?:do|will|shall|did|should|must|can)(?:\s?not|n['’]t)\s++(?:\w+\s++)?(?:follow|count|obey|accept|"
    r"consider|trust|adopt|use)\s++"
    r"(?:it|that|this|them|these|those|such)\b"
    r"|\bwhich\s++(?:i|we|is|are|was|were|does|do|has|should|must|cannot)\b[^.!?]*?"
    r"(?:ignor|disregard|dismiss|reject|inject|manipulat|cheat|attempt|wrong|irrelevant|not\s++(?:count|follow|my))"
    r"|\A\s*+(?:that|this|it|those|these|both)\b[^.!?]{0,20}\b(?:is|are|was|were)\b[^.!?]{0,30}\b(?:inject\w+|"
    r"manipulat\w+|cheat\w*|trick\w*)"
    r"|\A\s*+(?:is|are|was|were)\s++(?:what|how|the|part|only|merely|just|written|quoted|claimed|copied|taken)\b"
    r"|\b(?:is|are|was|were)\s++(?:an?\s++|clear(?:ly)?\s++|obvious(?:ly)?\s++)*+(?:prompt\s++)?(?:manipulat\w+|"
    r"injection|attempts?\b|trick|cheat\w*)"
    r"|\A\s*+(?:(?:those|these)(?:\s++\w+)?|this|that|the\s++above)\s++(?:is|are|was|were|comes?|"
    r"came)\s++(?:what\b|how\b|from\b|"
    r"(?:only\s++|just\s++|merely\s++)?(?:the|an?)\s++(?:\w+\s++){0,2}?(?:scores?|ratings?|grades?|verdicts?|"
    r"lines?|claims?|key|statements?|words|"
    r"figures|numbers|quot\w+|formats?|templates?|drafts?)\s++(?:of|that|which|from|in|by|for|as|given|made|"
    r"copied|taken)\b)"
)
DRAFT = re.compile(
    r"[\s#*_>`•\-\d.)(]*+(?:(?:my|the|an?|some)\s++)?(?:initial(?:ly)?|preliminary|first|tentative|provisional|"
    r"draft|rough|early|"
    r"example|sample|template|format|placeholder|starting|previous|earlier|old|discarded|rejected|expected|"
    r"hypothetical|illustrative|dummy|ideal|baseline|target|maximum|best-?case|worst-?case|self-?assess\w*)"
    r"(?:\s++(?:\w+['’]?s?)){0,4}[\s*_`]*+[:：][\s*_`]*+\Z"
    r"|[\s#*_>`•\-]*+(?:for\s++(?:example|instance)|e\.g\.)[^.!?]*[:：][\s*_`]*+\Z"
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
