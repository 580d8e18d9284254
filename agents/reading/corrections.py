"""The words with which a judge takes back a statement, replaces it, or withdraws it: tables of patterns, by meaning.

Each entry is the beginning of a line or of a sentence, lower-cased; to read a further wording, add an entry.
"""

import re
from collections.abc import Sequence

from fellowship.agents.reading.wording import wording

_STATED = "scores?|ratings?|grades?|verdict|judge?ment|decision|evaluation|assessment|choice|answer|result"
_WHAT_STANDS = (
    r"(?:(?:that|this|it|these|those|everything|all|my|what)\b(?! (?:table|section|paragraph|example|link|list|"
    rf"sentence)s?\b)|the (?:above|previous|earlier|first|last|initial|former|preceding|{_STATED})\b)"
)
_CORRECTIONS = (
    r"(?:wait|nope|hmm|hold on|whoops|oops|typo|erratum|in hindsight|in truth|never\s?mind|make that|just kidding|"
    r"re-?considering)\b",
    r"no(?:[,.!]| wait\b| [-–—])|or rather\b",
    r"(?:then|come to think) (?:again\b|of it\b)",
    r"(?:tatsächlich|eigentlich|en realidad|en fait|in realtà|na verdade|на самом деле|其实|抱歉|对不起|やはり|"
    r"すみません)",
    r"thinking (?:about it|it over|again)\b",
    r"(?:i )?meant? (?:to (?:write|say|put|choose|give)|[ab]\b|an? \d|\d)",
    r"(?:that|this|it) (?:should|was meant|was supposed|ought) (?:to )?(?:read|be|say|have (?:been|read|said))\b",
    r"(?:please )?(?:swap|switch|exchange|reverse) (?:these|those|them|both|the (?:two|scores|labels|ratings))\b",
    r"sorry\b(?! (?:for (?:the |being |sounding )?(?:long|length|late|harsh|delay|brief|short|blunt)|to (?:be|"
    r"sound)\b))",
    r"(?:my )?apologies\b|my (?:mistake|bad|error)\b",
    r"actually(?=[,:]?+\s*+\Z|[,:]?+ (?:it|i|the|an?|no|make|that|(?:assistant |response |answer )?[ab12]|score|"
    r"answer|\d+)\b)",
    r"correct(?:ion|ed|ing (?:that|this|it|myself|my))\b",
    r"revis(?:ed|ion|ing)\b|edit\s*+:",
    r"updated?\s*+[:,](?! the\s)|update (?:after|upon|following|on)\b[^:：\n]{0,60}|"
    r"updat(?:e|ed|ing) (?:my|the) (?:scores?|ratings?|verdict)\b",
    r"on (?:second thoughts?|(?:further |closer |more careful )?(?:reflection|inspection|consideration|review|"
    r"thought|re-?reading))\b",
    r"(?:on|at|upon|after|with|in) (?:an? |the )?(?:another|one more|second|fresh|closer|further|third|new) "
    r"(?:look|read|reading|glance|pass|view|check)\b(?! at (?:the )?(?:style|tone|details?|form))"
    r"|a second (?:look|read|reading) (?:shows|reveals|"
    r"suggests|t(?:ells))\b",
    r"(?:in retrospect|with hindsight|looking back)\b",
    r"(?:having |after |by )?(?:look|read|think|check|go)(?:ed|ing)?\b[^,.;:!?]{0,40} (?:again|a(?:new)|once more"
    r"|a second time)(?=,)",
    r"(?:having |after )?re-?(?:read|reading|viewing|checking|examin(?:ed|ing)|assess(?:ed|ing)|evaluat(?:ed"
    r"|ing)|visit(?:ed|ing)|"
    r"think(?:ing)?|thought)\b[^,.;:!?]{0,40}(?=,)",
    r"(?:after|upon) (?:\w+ )?(?:reflect\w*|re-?read\w*|re-?consider\w*|re-?view\w*|thought|thinking|inspection)",
    rf"(?:please )?(?:ignore|disregard|forget|discard|scrap) {_WHAT_STANDS}",
    r"(?:scratch|strike) (?:that|this|it|the above)\b",
    r"i (?:now )?take (?:that|it|this) back\b",
    r"i (?:must |have to |need to |will |should |now |hereby )?(?:correct|revise|change|retract|amend|withdraw|"
    r"adjust|swap)\b",
    r"let me (?:correct|revise|change|reconsider|fix|adjust|re-?think)\b",
    r"(?:i(?:['’]ve| have)? )?chang(?:ed|ing) my (?:mind|verdict|decision|vote|scores?)\b",
    r"i(?:['’]ve| have| had)? (?:was wrong|misread|misjudged|miscounted|overlooked|made an? (?:mistake|error))\b",
    r"that(?:['’]s| is| was) (?:wrong|not right|incorrect|a mistake)\b",
    # German, French, Spanish, Portuguese, Italian
    r"korrektur\b|korrigiert\b|berichtigung\b|nein[,!.]|moment[,!.]|doch nicht\b|ich korrigiere\b|ich (?:habe|"
    r"hatte) mich (?:geirrt|vertan)\b",
    r"rectification\b|corrig[ée]|je me suis tromp|je (?:me )?corrige\b|non,\s",
    r"correcci[óo]n\b|corregid[oa]\b|rectifico\b|me equivoqu|perd[óo]n[,!.]|corrijo\b",
    r"corre[çc][ãa]o\b|corrigido\b|enganei-me\b|me enganei\b|correzione\b|mi (?:correggo|sono sbagliat)",
    # Russian, Chinese, Japanese, Korean, Arabic, Hindi
    r"исправл|поправк|я ошиб|更正|修正|订正|訂正|纠正|改正|不对|不對|等一下|我错了|수정\b|정정|잠깐|تصحيح|सुधार",
)
_CORRECTION = f"(?:{'|'.join(_CORRECTIONS)})"
_LEAD = r"[\s#*_>`•\-(\[/]*+(?:(?:but|and|so|oh|ah|however|hmm+)[\s,.…]++)?+"
CORRECTS = wording(rf"{_LEAD}{_CORRECTION}")
"""A line that begins with words which take back what stands above."""

CORRECTION_BEGINS = wording(
    rf"(?<=[.!?;)\]}}—–\d。！？])(?: [—–-]++)? (?={_CORRECTION})|(?<=[.!?]) (?=\*\*[^*\n]{{1,40}}[:：])|"
    r"(?<=,) (?=(?:no,|no wait\b|wait\b|sorry,|correction\b|i mean\b))"
)
"""Where a line is cut, since a correction begins in its middle."""

_CHANGES = (
    r"withdr[ae]w\w*|retract\w*|swapp?\w*|switch\w*|revers\w*|mix(?:ed)? up|lower(?:ed)?\b|rais(?:e|ed)\b|confus\w*|"
    r"t(?:ake|ook) (?:that|this|it|these|those|them|all of (?:that|this|it)) back\b|mis-?labell?ed|misread\b|"
    r"misjudged\b|no longer (?:stand|hold|agree|think|believe)\w*|revok\w+|rescind\w*"
)
_VOID = (
    r"the wrong|swapped|reversed|mixed up|(?:a )?typos?\b|void|invalid|wrong\b|(?:a )?placeholders?|not mine|"
    r"not final|(?:an? )?examples?|hypothetical|illustrative|the (?:scores|ratings|verdict) (?:claimed|stated|given)|"
    r"a mistake|mistaken|withdrawn|arbitrary|random|made up"
)
WITHDRAWS = wording(
    r"\bi(?:['’](?:m|d|ve)| (?:am|would|have|had|must|should|accidentally|mistakenly))? (?:(?:like|want|wish) to |"
    rf"also |now )?(?:{_CHANGES})|"
    r"\b(?:scores?|verdict|ratings?|labels?|choice|judge?ment|decision|seats?|names?|they|these|"
    r"those)\b(?:(?!\b(?:because|since|than)\b)[^.!?\n]){0,30}?\b(?:should (?:be|read|have been)\b|(?:is|are"
    r"|was|were|got|been) (?:(?:just|only|"
    rf"merely) )?(?:{_VOID}))|"
    r"\A[\s*_(]*+(?:this|that|it|these|those|the (?:above|numbers|figures)(?: \w+)?) (?:is|was|are|were) (?:(?:just|"
    r"only|merely|all) )?(?:an? )?(?:examples?|placeholders?|templates?|illustrations?|typos?|samples?|dummy|mock\w*|"
    r"demonstration|guess(?:es)?|made up|invented|random)\b(?! of (?:how|why|what|an?))"
)
"""Words that take back a statement from anywhere in a line behind it, unless they state a condition."""

TAKES_ALL_BACK = wording(
    r"\b(?:scratch|strike|ignore|disregard|discard|scrap) (?:that|this|it|the above)\b|\bi (?:\w+ )?take (?:that|it|"
    r"this) back\b"
)
"""Words that take back the statement right above, whatever stands below."""

CONDITION = wording(r"\b(?:if|unless|had|were it)\b")
CONFIRMS = wording(
    rf"\b(?:{_STATED}|it|they|this|these) (?:still |therefore )?(?:stands?|holds?|remains?(?! to\b)|(?:is|"
    r"are) (?:unchanged|unaffected|fine|final|as (?:above|before)))\b|"
    r"\bi (?:still )?(?:stand by|keep|maintain|confirm|stick (?:with|to)) (?:it|this|that|these|those|my|the)\b|"
    r"\bno (?:changes?|corrections?)\b|\bverdict unchanged\b"
)
"""Words behind a statement that take it up again after a doubt."""

SUPERSEDES = wording(
    r"[\s#*_>`•\-]*+(?:however\b|(?:my |the )?(?:overall|final|total|conclusion|in conclusion|summary|in summary|"
    rf"in total|aggregate|updated|new|adjusted|corrected|revised|definitive|actual)(?: (?:{_STATED}))?(?: (?:after|"
    rf"following|upon|based on|in light of)\b[^:：]{{1,50}})?[\s*_`:：]*+\Z)"
)
"""A heading below which the statements count and those above about the same do not."""

_SECTION = (
    r"feedback|suggestions?|improvements?|strengths?|weakness(?:es)?|recommendations?|critique|comments?|next steps|"
    r"advice|pros|cons|corrections needed|areas? (?:for|of) improvement|(?:how|what) to improve|verbesserung\w*|"
    r"vorschläge|sugerencias|suggestions d['’]amélioration|建议|改进|反馈"
)
_ABOUT_ANSWER = wording(
    rf"[\s#*_>•+\-]*+(?:\d{{1,2}}[.)]\s*+)?(?:(?:detailed|my|some|the|constructive|key|overall|general|minor|major|"
    rf"further|actionable|additional|specific|main|potential) ){{0,2}}(?:{_SECTION})(?: (?:and|for|&|/|on|"
    rf"to) [^:：\n]{{1,40}})?[\s*_`]*+(?:[:：]|\Z)"
)
_OF_RESULT = re.compile(
    r"\b(?:scor\w+|rat(?:e|ed|es|ing|ings)|grad(?:e|ed|es|ing)|verdicts?|judg\w+|evaluat\w+|winner|abstain\w*)\b"
)


def first_of_feedback(lines: Sequence[str], start: int) -> int:
    """The first line behind `start` of a section such as "### Feedback:"; the number of lines without one.

    What such a section corrects or refuses is the answer's, not the judge's, unless it names the score or the verdict.
    """
    return next((number for number in range(start, len(lines)) if _ABOUT_ANSWER.match(lines[number])), len(lines))


def names_result(text: str) -> bool:
    """Whether a text speaks of a score or a verdict."""
    return _OF_RESULT.search(text) is not None
