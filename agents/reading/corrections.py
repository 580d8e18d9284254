"""The words with which a judge takes back a statement, replaces it, or withdraws it: tables of patterns, by meaning.

Each entry is the beginning of a line or of a sentence, lower-cased; to read a further wording, add an entry.
"""

import re
from collections.abc import Sequence

_STATED = "scores?|ratings?|grades?|verdict|judge?ment|decision|evaluation|assessment|choice|answer|result"
_WHAT_STANDS = (
    r"(?:(?:that|this|it|these|those|everything|all|my|what)\b(?!\s++(?:table|section|paragraph|example|link|"
    r"list|sentence)s?\b)"
    rf"|the\s++(?:above|previous|earlier|first|last|initial|former|preceding|{_STATED})\b)"
)
_CORRECTIONS = (
    r"wait\b",
    r"no(?:[,.!]|\s++wait\b|\s++[-–—])",
    r"nope\b",
    r"hmm\b",
    r"hold\s++on\b",
    r"oops\b",
    r"(?:then|come\s++to\s++think)\s++(?:again\b|of\s++it\b)",
    r"(?:tatsächlich|eigentlich|en\s++realidad|en\s++fait|in\s++realtà|na\s++verdade|на\s++самом\s++деле|其实|抱歉|"
    r"对不起|やはり|すみません)",
    r"thinking\s++(?:about\s++it|it\s++over|again)\b",
    r"(?:i\s++)?meant?\s++(?:to\s++(?:write|say|put|choose|give)|[ab]\b|an?\s++\d|\d)",
    r"(?:that|this|it)\s++(?:should|was\s++meant|was\s++supposed|ought)\s++(?:to\s++)?(?:read|be|say|"
    r"have\s++(?:been|read|said))\b",
    r"typo\b",
    r"(?:please\s++)?(?:swap|switch|exchange|reverse)\s++(?:these|those|them|both|the\s++(?:two|scores|labels|"
    r"ratings))\b",
    r"whoops\b",
    r"sorry\b(?!\s++(?:for\s++(?:the\s++|being\s++|sounding\s++)?(?:long|length|late|harsh|delay|brief|short|blunt)|to\s++(?:be|sound)\b))",
    r"(?:my\s++)?apologies\b",
    r"my\s++(?:mistake|bad|error)\b",
    r"actually(?=[,:]?+\s*+\Z|[,:]?+\s++(?:it|i|the|an?|no|make|that|(?:assistant\s++|response\s++|"
    r"answer\s++)?[ab12]|score|answer|\d+)\b)",
    r"correct(?:ion|ed|ing\s++(?:that|this|it|myself|my))\b",
    r"revis(?:ed|ion|ing)\b",
    r"edit\s*+:",
    r"updated?\s*+[:,](?!\s++the\s)",
    r"update\s++(?:after|upon|following|on)\b[^:：\n]{0,60}",
    r"updat(?:e|ed|ing)\s++(?:my|the)\s++(?:scores?|ratings?|verdict)\b",
    r"erratum\b",
    r"on\s++(?:second\s++thoughts?|(?:further\s++|closer\s++|more\s++careful\s++)?(?:reflection|inspection|"
    r"consideration|review|thought|re-?reading))\b",
    r"(?:after|upon)\s++(?:\w+\s++)?(?:reflect\w*|re-?read\w*|re-?consider\w*|re-?view\w*|thought|thinking|inspection)",
    r"re-?considering\b",
    r"in\s++hindsight\b",
    r"in\s++truth\b",
    rf"(?:please\s++)?(?:ignore|disregard|forget|discard)\s++{_WHAT_STANDS}",
    r"(?:scratch|strike)\s++(?:that|this|it|the\s++above)\b",
    r"never\s?mind\b",
    r"make\s++that\b",
    r"just\s++kidding\b",
    r"i\s++(?:now\s++)?take\s++(?:that|it|this)\s++back\b",
    r"i\s++(?:must\s++|have\s++to\s++|need\s++to\s++|will\s++|should\s++|now\s++|hereby\s++)?(?:correct|revise|"
    r"change|retract|amend|withdraw|adjust|swap)\b",
    r"let\s++me\s++(?:correct|revise|change|reconsider|fix|adjust|re-?think)\b",
    r"(?:i(?:['’]ve|\s++have)?\s++)?chang(?:ed|ing)\s++my\s++(?:mind|verdict|decision|vote|scores?)\b",
    r"i(?:['’]ve|\s++have|\s++had)?\s++(?:was\s++wrong|misread|misjudged|miscounted|overlooked|"
    r"made\s++an?\s++(?:mistake|error))\b",
    r"that(?:['’]s|\s++is|\s++was)\s++(?:wrong|not\s++right|incorrect|a\s++mistake)\b",
    # German, French, Spanish, Portuguese, Italian
    r"korrektur\b|korrigiert\b|berichtigung\b|nein[,!.]|moment[,!.]|doch\s++nicht\b|ich\s++korrigiere\b|"
    r"ich\s++(?:habe|hatte)\s++mich\s++(?:geirrt|vertan)\b",
    r"rectification\b|corrig[ée]|je\s++me\s++suis\s++tromp|je\s++(?:me\s++)?corrige\b|non,\s",
    r"correcci[óo]n\b|corregid[oa]\b|rectifico\b|me\s++equivoqu|perd[óo]n[,!.]|corrijo\b",
    r"corre[çc][ãa]o\b|corrigido\b|enganei-me\b|me\s++enganei\b|correzione\b|mi\s++(?:correggo|sono\s++sbagliat)",
    # Russian, Chinese, Japanese, Korean, Arabic, Hindi
    r"исправл|поправк|я\s++ошиб|更正|修正|订正|訂正|纠正|改正|不对|不對|等一下|我错了|수정\b|정정|잠깐|تصحيح|सुधार",
)
_CORRECTION = f"(?:{'|'.join(_CORRECTIONS)})"
_LEAD = r"[\s#*_>`•\-(\[]*+(?:(?:but|and|so|oh|ah|however|hmm+)[\s,.…]++)?+"
CORRECTS = re.compile(rf"{_LEAD}{_CORRECTION}")
"""A line that begins with words which take back what stands above."""

CORRECTION_BEGINS = re.compile(
    rf"(?<=[.!?;)—–\d。！？])(?:\s++[—–-]++)?\s++(?={_CORRECTION})|(?<=[.!?])\s++(?=\*\*[^*\n]{{1,40}}[:：])"
    r"|(?<=,)\s++(?=(?:no,|no\s++wait\b|wait\b|sorry,|correction\b|i\s++mean\b))"
)
"""Where a line is cut, since a correction begins in its middle."""

_CHANGES = (
    r"withdr[ae]w\w*|retract\w*|swapp?\w*|switch\w*|revers\w*|mix(?:ed)?\s++up|lower(?:ed)?\b|rais(?:e|ed)\b|"
    r"confus\w*|mis-?labell?ed|misread\b|misjudged\b|"
    r"no\s++longer\s++(?:stand|hold|agree|think|believe)\w*|revok\w+|rescind\w*"
)
_VOID = (
    r"the\s++wrong|swapped|reversed|mixed\s++up|(?:a\s++)?typos?\b|void|invalid|wrong\b|(?:a\s++)?placeholders?|"
    r"not\s++mine|not\s++final|"
    r"(?:an?\s++)?examples?|hypothetical|illustrative|the\s++(?:scores|ratings|verdict)\s++(?:claimed|stated|"
    r"given)|a\s++mistake|mistaken|withdrawn|arbitrary|random|made\s++up"
)
WITHDRAWS = re.compile(
    r"\bi(?:['’](?:m|d|ve)|\s++(?:am|would|have|had|must|should|accidentally|mistakenly))?\s++(?:(?:like|want|"
    rf"wish)\s++to\s++|also\s++|now\s++)?(?:{_CHANGES})"
    r"|\b(?:scores?|verdict|ratings?|labels?|choice|judge?ment|decision|seats?|names?|they|these|"
    r"those)\b[^.!?\n]{0,30}?\b"
    r"(?:should\s++(?:be|read|have\s++been)\b|(?:is|are|was|were|got|been)\s++(?:(?:just|only|"
    rf"merely)\s++)?(?:{_VOID}))"
    r"|\A[\s*_(]*+(?:this|that|it|these|those|the\s++(?:above|numbers|figures)(?:\s++\w+)?)\s++(?:is|was|are|were)\s++"
    r"(?:(?:just|only|merely|all)\s++)?(?:an?\s++)?(?:examples?|placeholders?|templates?|illustrations?|typos?|"
    r"samples?|dummy|"
    r"mock\w*|demonstration|guess(?:es)?|made\s++up|invented|random)\b(?!\s++of\s++(?:how|why|what|an?))"
    rf"|\A[\s*_(]*+(?:please\s++)?(?:disregard|ignore|forget|discard|scrap)\s++{_WHAT_STANDS}"
)
"""Words that take back a statement from anywhere in a line behind it, unless they state a condition."""

CONDITION = re.compile(r"\b(?:if|unless|had|were\s++it)\b")
CONFIRMS = re.compile(
    rf"\b(?:{_STATED}|it|they|this|these)\s++(?:still\s++|therefore\s++)?(?:stands?|holds?|remains?(?!\s++to\b)|"
    r"(?:is|are)\s++(?:unchanged|unaffected|fine|final|as\s++(?:above|before)))\b"
    r"|\bi\s++(?:still\s++)?(?:stand\s++by|keep|maintain|confirm|stick\s++(?:with|to))\s++(?:it|this|that|these|"
    r"those|my|the)\b|\bno\s++(?:changes?|corrections?)\b|\bverdict\s++unchanged\b"
)
"""Words behind a statement that take it up again after a doubt."""

SUPERSEDES = re.compile(
    r"[\s#*_>`•\-]*+(?:however\b|(?:my\s++|the\s++)?(?:overall|final|total|conclusion|in\s++conclusion|summary|"
    r"in\s++summary|in\s++total|aggregate|"
    rf"updated|new|adjusted|corrected|revised|definitive|actual)(?:\s++(?:{_STATED}))?(?:\s++(?:after|following|"
    rf"upon|based\s++on|in\s++light\s++of)\b[^:：]{{1,50}})?[\s*_`:：]*+\Z)"
)
"""A heading below which the statements count and those above about the same do not."""

_SECTION = (
    r"feedback|suggestions?|improvements?|strengths?|weakness(?:es)?|recommendations?|critique|comments?|"
    r"next\s++steps|advice|pros|cons|corrections\s++needed|"
    r"areas?\s++(?:for|of)\s++improvement|(?:how|what)\s++to\s++improve|verbesserung\w*|vorschläge|sugerencias|"
    r"suggestions\s++d['’]amélioration|建议|改进|反馈"
)
_ABOUT_ANSWER = re.compile(
    rf"[\s#*_>•+\-]*+(?:\d{{1,2}}[.)]\s*+)?(?:(?:detailed|my|some|the|constructive|key|overall|general|minor|"
    rf"major|further|actionable|additional|specific|main|potential)\s++){{0,2}}"
    rf"(?:{_SECTION})(?:\s++(?:and|for|&|/|on|to)\s++[^:：\n]{{1,40}})?[\s*_`]*+(?:[:：]|\Z)"
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
