"""Whether a sentence behind a closing statement speaks of its writer: "I jumbled the pair.", "My rules forbid it."

Such a sentence stays comment where its first verb is one of judging or of courtesy ("I found no mistake in B"), "my" is
followed by a noun of judging ("my verdict"), and "me" stands in one of a few phrases ("let me know"). Behind "not"
another list of verbs counts: "I cannot say more" is comment, "I cannot continue" is not, and nor is a verb in no list.
That the judge's mind has changed is no comment, whoever changed it.
"""

import re

from fellowship.agents.reading.wording import word_set, wording

_FIRST_PERSON = wording(r"(?<![\w.])(?:i|we)(?:['’](?:m|d|ve|ll|re))? (?P<rest>(?:[a-z'’]{1,14}[,]?\s*+){1,8})")
_AUXILIARY = word_set(
    "a able am an are be been can could did do does had has have may might must shall should the to was were will would"
)
_FILLERS = word_set(
    "again all already also always both even ever first hence however just like more now once quite rather so still "
    "then therefore thus too very well"
)
_NOT = word_set("cannot never not unable")  # and each word with n't
_HARMLESS_VERBS = word_set(
    "acknowledge acknowledged add adjusted admire agree agreed ai apologise apologize apply appreciate appreciated "
    "argue ask assess assessed assign assigned assume assumed award awarded aware balanced based believe believed "
    "calculate calculated certain checked choose choosing chose chosen clarify compared conclude concluded confident "
    "confirm consider considered considering convinced count counted credited deduct deducted described disagree "
    "discounted discussed disregarded divide doctor doubt elaborate emphasised emphasized encourage enjoyed evaluate "
    "evaluated expect expected expert explain explained fault favor favored favour favoured feel felt find focused "
    "found gave get give given giving glad go happy help hesitated hope human ignore ignored impressed interested "
    "interpret interpreted judge judged keep kept know lawyer lean leaned learn learned like liked look looked love "
    "loved maintain mention mentioned multiply note noted notice noticed paid penalised penalized person pick picked "
    "picking point pointed prefer preferred provide put question ran rank ranked rate rated rating read reasoned "
    "recognise recognize recommend recommended refine reply review reviewed run said saw say score scored see seen "
    "side sided sorry specialist stand struggled suggest suggested sure surprised tailor take taken tested think "
    "thought took treat treated tried try understand use used value valued verified vote voted want wanted weigh "
    "weighed weighing weight weighted went wish wonder would've"
)
_HARMLESS_NOT = word_set(
    "add ask believe care certain change check confirm consider considered convinced count deduct detect doctor doubt "
    "expect expert fault favor favour find gave give go help hesitate higher hold human identify ignore imagine judge "
    "know lawyer let like look mean mind native notice object overlook penalise penalize person read recommend reward "
    "run say score see speak specialist spot sure take test think understand use verify want weigh wish"
)
_LATER_VERBS = word_set(
    "abstain cancel decline drop pass recuse refrain refuse rescind resign retract revoke skip stop swap undo void "
    "withdraw"
)
_FEELINGS = word_set("uneasy uncomfortable reluctant hesitant unable uncertain unqualified bad like awkward torn")
_DEGREES = word_set("above below better full further higher less lower more perfect")
_ME = re.compile(r"\b(?:me|mine|myself|us|ours)\b")
_HARMLESS_ME = wording(
    r"\blet me (?:know|explain|add|note|point|elaborate|summari[sz]e)\b|\b(?:like|want|need|wish) me to\b|"
    r"\b(?:to|for|convince[sd]?|help(?:s|ed)?|strikes?|struck|surprise[sd]?|persuade[sd]?|gave|gives|(?:tell|let)s?|"
    r"allow|impresse[sd]|bothers?|bothered|influenced?|sway(?:s|ed)?|made|makes|leaves?|left|ask) (?:me|us)\b|"
    r"\bthe us\b|\bus [a-z]|\bn['’]hésitez pas\b"
)
_MY = wording(r"\bmy (?P<noun>[a-z]{2,20})")
_HARMLESS_MY = word_set(
    "advice analysis answer assessment best biggest choice comment comments concern concerns conclusion confidence "
    "criteria critique decision detailed evaluation explanation eyes feedback final general guess impression "
    "judgement judgment justification knowledge main mind notes one only opinion overall own personal preference "
    "ranking rating ratings rationale reading reason reasoning reasons recommendation score scores suggestion "
    "suggestions taste thoughts understanding verdict view vote"
)

_MIND = wording(
    r"\b(?:chang|shift|alter|sway|revers|turn|revis|updat|adjust)\w* my (?:mind|view|opinion|assessment"
    r"|judge?ment|impression|thinking|verdict|"
    r"scores?|ratings?)\b|"
    r"\bmy (?:mind|view|opinion|assessment|judge?ment|impression|thinking)\b[^.!?;]{0,30} (?:has|have|is"
    r"|was)(?: (?:since|now))? (?:chang|shift|differ|"
    r"alter)\w*|"
    r"\b(?:critic|debater|juror|reviewer|opponent|arguments?|objections?|rebuttal|discussion|critique|remark|comment|"
    r"points?)\b[^.!?;]{0,30} (?:convince[sd]?|persuade[sd]?|won|wins?|sway(?:s|ed)?|moves?|moved) (?:me|us)\b|"
    r"\bi (?:no longer|now|have since|have now|have come to|['’]ve come to) (?:think|thought|believe|believed"
    r"|see|feel|find|found|agree|regard|consider|"
    r"prefer|lean|doubt|view|realise[sd]?|realize[sd]?|hold|concede)\b|"
    r"\bi (?:have |['’]ve |am )?(?:had |having )?(?:second thoughts|doubts about (?:this|that|my|the (?:score"
    r"|rating|number))|"
    r"regret\w*|concede)\b"
)
_NO_CHANGE = wording(r"\b(?:not|never|nothing|no|none|without|neither|hardly|nor|failed to|fails to)\b|n['’]t\b")


def is_about_judge(sentence: str) -> bool:
    """Whether a lower-cased sentence says something of its writer that is not known as harmless."""
    if _thinks_differently(sentence):
        return True
    if any(not _is_harmless_act(found) for found in _FIRST_PERSON.finditer(sentence)):
        return True
    if any(found["noun"] not in _HARMLESS_MY for found in _MY.finditer(sentence)):
        return True
    return _ME.search(sentence) is not None and _HARMLESS_ME.search(sentence) is None


def _thinks_differently(sentence: str) -> bool:
    found = _MIND.search(sentence)
    return found is not None and (
        "no longer" in found[0] or _NO_CHANGE.search(sentence[max(0, found.start() - 60) : found.end()]) is None
    )


def _is_harmless_act(found: re.Match[str]) -> bool:
    words = [word.rstrip(",;") for word in found["rest"].replace("’", "'").split()]
    negated = False
    for number, act in enumerate(words):
        if act in _NOT or act.endswith("n't"):
            negated = True
        elif not _is_filler(act) or (act == "like" and words[number + 1 : number + 2] != ["to"]):
            break
    else:
        return True
    if act == "wrong":
        return not {"may", "might", "could"}.isdisjoint(words)
    if words[number + 1 : number + 2] in (["not"], ["n't"]):
        return False  # "I prefer not to score this"
    if act in ("feel", "felt") and not _FEELINGS.isdisjoint(words):
        return False
    if negated and not (act in _HARMLESS_VERBS and not _DEGREES.isdisjoint(words)):  # "I cannot rate A higher"
        return act in _HARMLESS_NOT
    return negated or (act in _HARMLESS_VERBS and _LATER_VERBS.isdisjoint(words))


def _is_filler(word: str) -> bool:
    return word in _AUXILIARY or word in _FILLERS or (word.endswith("ly") and word not in _HARMLESS_VERBS)
