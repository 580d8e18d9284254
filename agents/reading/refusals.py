"""The words with which an evaluator refuses to judge, abstains, or asks for what it would need first: a table.

They make a reply unreadable where they stand in or behind its closing statement. What an answer under judgement
refuses, and what cannot be given in full ("I can't go higher than 7"), is comment. To read a further wording, add an
entry.
"""

import re

_TASK = (
    r"(?:judg|decid|rat(?:e|ing)|scor|evaluat|assess|choos|pick|grad(?:e|ing)|compar|verdict|decision|determin|"
    r"prefer|rank|separate|assign|call\s++(?:it|this)|tell|say\b|help|assist|do\s++(?:so|this|that)|comply|"
    r"continue|answer)"
)
_CANNOT = (
    r"(?:cannot|can['’]?t|can\s++not|could\s++not|couldn['’]t|unable|not\s++able|won['’]t|will\s++not|"
    r"not\s++(?:willing|comfortable|going)|"
    r"not\s++(?:in\s++a\s++position|qualified|allowed|permitted))"
)
_BUT_CAN = (  # what the words behind "I cannot" are about when they refuse nothing
    r"(?!\s++(?:to\s++)?(?:\w+ly\s++)?(?:find|fault|verify|see|spot|identify|detect|recommend|confirm|check|"
    r"go\s++into|help\s++but|think\s++of|imagine|ignore|overlook|reproduce|tell\s++(?:what|who|where|how|why|"
    r"which\s++(?!is\b|one\b|of\b|answer|response|assistant|to\b))|determine\s++(?:the|where|what))\b)"
    r"(?![^.!?]{0,120}?\b(?:higher|lower|more|better|less|full|perfect|above|below|further)\b)"
)
_STATED = r"(?:scores?|ratings?|verdicts?|winner|decision|judge?ment|evaluation|comparison|pair|choice|numbers)"
_REFUSALS = (
    # asks for what is missing
    r"\b(?:please|(?:could|can|would)\s++you)\b[^.!?\n]{0,40}?\b(?:re-?send|send|share|provide|paste|include|"
    r"supply|attach)\b"
    r"(?![^.!?\n]{0,120}?\b(?:if\s++you|more\s++detail\w*|refine)\b)",
    r"\b(?:once|when|until)\s++(?:you|i)\b[^.!?\n]{0,30}?\b(?:share|send|provide|have|see|"
    r"paste)\b[^.!?\n]{0,20}?\b(?:answer|response|text|it|them)",
    # has not judged
    r"\bi\s++(?:have\s++not|haven['’]t)\s++(?:yet\s++)?(?:finished|completed|scored|judged|evaluated|rated|seen|"
    r"decided|read|made\s++up\s++my\s++mind)\b",
    r"\b(?:i|we)\b[^.!?]{0,40}?\b(?:no|not\s++(?:have\s++)?enough|n['’]t\s++(?:have\s++)?enough|insufficient|"
    r"too\s++little)\s++(?:real\s++|good\s++|firm\s++)?(?:basis|preference|information|grounds|context)\b",
    r"\b(?:no|not\s++enough|insufficient|too\s++little)\s++(?:basis|information|grounds|"
    r"context)\s++(?:here\s++)?(?:to|for\s++(?:me\s++to|an?|any|the|this|these|my))\s++"
    r"(?:judg|decid|decision|rat(?:e|ing)|scor|evaluat|assess|choos|pick|compar|verdict|number)",
    r"\bi\s++(?:honestly\s++|really\s++|simply\s++)?(?:do\s++not|don['’]t)\s++know\b(?!\s++(?:why|how|whether|"
    r"what|of))",
    r"\b(?:nothing|no\s++(?:answers?|responses?|texts?))\b[^.!?\n]{0,20}?\bto\s++(?:assess|judge|evaluate|score|"
    r"rate|compare)\b",
    r"\bi\s++(?:did\s++not|didn['’]t|was\s++not\s++able\s++to)\s++(?:actually\s++|really\s++)?(?:read|see|"
    r"look\s++at|receive|get)\s++(?:the|any|either|both|your)\s++(?:two\s++)?(?:answers?|responses?|texts?)\b",
    r"\bmade\s++(?:them|(?:these|those|the|my|all)(?:\s++(?:scores?|numbers?|verdict))?)\s++up\b|"
    r"\bmade\s++up\s++(?:these|those|the\s++(?:scores|numbers))\b|\bnot\s++my\s++(?:own\s++|actual\s++|"
    r"real\s++)?(?:scores?|verdict|evaluation|judge?ment|ratings?)\b",
    r"\bwithout\s++(?:having\s++)?(?:access\s++to|read(?:ing)?|seen|seeing)\s++(?:the|either|both|"
    r"any)\s++(?:two\s++)?(?:answers?|responses?|texts?)\b",
    # refuses or abstains
    r"\b(?:i|we)\b[^.!?:]{0,30}?\b(?:declin|refus|abstain|recus)",
    r"\bas\s++(?:an?\s++)?(?:abstention|abstaining|non-?vote|blank|missing|not\s++given)\b|\b(?:this|it|"
    r"that)\s++is\s++an\s++abstention\b",
    r"\b(?:i|we)(?:['’]d|\s++would)\s++(?:rather|prefer)\s++(?:not|to\s++(?:abstain|pass|refrain|skip))\b",
    r"\b(?:i|we)(?:['’]ll|\s++will|\s++must|\s++have\s++to)?\s++(?:pass\b(?!\s++(?:over|on\s++to))|opt\s++out|"
    r"refrain\b|withhold\b|sit\s++this\s++one\s++out)",
    rf"\b(?:i|we)(?:['’]m|\s++am|\s++are)?\b[^.!?:]{{0,25}}?\b{_CANNOT}\b{_BUT_CAN}[^.!?,;]{{0,60}}?\b{_TASK}",
    rf"\b(?:i|we)\b[^.!?]{{0,60}}?\b(?:so|hence|thus|therefore|and)\s++(?:i\s++)?(?:am\s++|"
    rf"['’]m\s++)?{_CANNOT}\b{_BUT_CAN}[^.!?,;]{{0,30}}?\b{_TASK}",
    r"\b(?:scores?|verdict|winner|decision|judge?ment|they|answers|responses|these|neither|it|this|pair|"
    r"comparison|that)\s++(?:can\s++not|cannot|can['’]t|should\s++not|shouldn['’]t)\s++be\s++"
    r"(?:(?:fairly|reliably|properly|meaningfully|really)\s++)?(?:given|judged|scored|rated|compared|determined|"
    r"decided|evaluated|made|named|ranked|used|counted|trusted|relied|taken|recorded)\b"
    r"(?!\s++(?:any\s++)?(?:higher|lower|more|better|above|below|as|by|for|in))",
    r"\b(?:do\s++not|don['’]t|never|please\s++(?:exclude|drop|remove|skip|void|delete))\s++(?:(?:use|count|"
    rf"trust|record|rely\s++on|take)\s++)?(?:(?:the|my|this|these|those|it)\s++)(?:{_STATED})\b",
    rf"\b{_STATED}\s++(?:should|must|ought\s++to)\s++be\s++(?:excluded|dropped|removed|discarded|ignored|"
    r"disregarded|skipped|voided|thrown\s++out)\b",
    r"\bno\s++(?:score|verdict|winner|decision|judge?ment|rating|choice)s?\s++(?:can|is|are|will|from|given|"
    r"possible)\b",
    r"\b(?:impossible|not\s++possible|unable|no\s++way)\s++(?:for\s++me\s++)?to\s++(?:judge|decide|score|rate|"
    r"say|choose|compare|determine|tell|know)(?!\s++(?:why|how|which\s++\w+\s++of))",
    r"\b(?:texts?|answers?|responses?)\s++(?:could\s++not|couldn['’]t|cannot|can['’]t)\s++be\s++(?:loaded|"
    r"opened|read|displayed|accessed|retrieved)\b",
    r"\"(?:refus|abstain|abstention|declin|skip)\w*\": true",
    # German, French, Spanish, Portuguese, Italian
    r"ich\s++kann\b[^.!?\n]{0,30}\b(?:kein|nicht)|ich\s++ziehe\b[^.!?\n]{0,40}zurück|"
    r"ich\s++(?:möchte\s++mich\s++|muss\s++mich\s++)?enthalt|enthalte\s++mich|"
    r"mich\s++(?:der\s++stimme\s++)?enthalten|"
    r"ich\s++(?:lehne|verweigere)\b",
    r"je\s++(?:refuse|ne\s++peux\s++pas|m['’]abstiens)|m['’]abstenir|impossible\s++de\s++(?:juger|choisir|"
    r"noter)|ne\s++saurais",
    r"no\s++puedo\b|me\s++niego|ignora\s++es|me\s++abstengo|abstenerme|prefiero\s++no\b|não\s++posso\b|"
    r"recuso-me|prefiro\s++não|non\s++posso\b|mi\s++rifiuto|mi\s++astengo",
    # Russian, Chinese, Japanese, Korean
    r"не\s++могу|отказываюсь|воздерж|(?:无法|不能|没法|無法)(?:做出|作出|给出|进行)?.{0,4}(?:评分|判断|评价|评估|选择|比较|判決|决定|評価)|弃权|棄権|"
    r"判断できません|評価できません|できません|"
    r"판단할\s++수\s++없|평가할\s++수\s++없|기권",
)
REFUSES = re.compile("|".join(_REFUSALS))
