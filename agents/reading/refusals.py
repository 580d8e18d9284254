"""The words with which an evaluator refuses to judge, abstains, or asks for what it would need first: a table.

They make a reply unreadable where they stand in or behind its closing statement. What an answer under judgement
refuses, and what cannot be given in full ("I can't go higher than 7"), is comment. To read a further wording, add an
entry.
"""

from fellowship.agents.reading.wording import wording

_TASK = (
    r"(?:judg|decid|rat(?:e|ing)|scor|evaluat|assess|choos|pick|grad(?:e|ing)|compar|verdict|decision|determin|prefer|"
    r"rank|separate|assign|call (?:it|this)|tell|say\b|help|assist|do (?:so|this|that)|comply|continue|answer)"
)
_CANNOT = (
    r"(?:cannot|can['’]?t|can not|could not|couldn['’]t|unable|not able|won['’]t|will not|not (?:willing|comfortable|"
    r"going)|not (?:in a position|qualified|allowed|permitted))"
)
_BUT_CAN = (  # what the words behind "I cannot" are about when they refuse nothing
    r"(?! (?:to )?(?:\w+ly )?(?:find|fault|verify|see|spot|identify|detect|recommend|confirm|check|go into|help but|"
    r"think of|imagine|ignore|overlook|reproduce|tell (?:what|who|where|how|why|which (?!is\b|one\b|of\b|answer|"
    r"response|assistant|to\b))|determine (?:the|where|what))\b)(?![^.!?]{0,120}?\b(?:higher|lower|more|better|less|"
    r"full|perfect|above|below|further)\b)"
)
_STATED = r"(?:scores?|ratings?|verdicts?|winner|decision|judge?ment|evaluation|comparison|pair|choice|numbers)"
_REFUSALS = (
    # asks for what is missing
    r"\b(?:please|(?:could|can|would) you)\b[^.!?\n]{0,40}?\b(?:re-?send|send|share|provide|paste|include|supply|"
    r"attach)\b(?![^.!?\n]{0,120}?\b(?:if you|more detail\w*|refine)\b)",
    r"\b(?:once|when|until) (?:you|i)\b[^.!?\n]{0,30}?\b(?:share|send|provide|have|see|"
    r"paste)\b[^.!?\n]{0,20}?\b(?:answer|response|text|it|them)",
    # has not judged
    r"\bi (?:have not|haven['’]t) (?:yet )?(?:finished|completed|scored|judged|evaluated|rated|seen|decided|read|"
    r"made up my mind)\b",
    r"\b(?:i|we)\b[^.!?]{0,40}?\b(?:no|not (?:have )?enough|n['’]t (?:have )?enough|insufficient|"
    r"too little) (?:real |good |firm )?(?:basis|preference|information|grounds|context)\b",
    r"\b(?:no|not enough|insufficient|too little) (?:basis|information|grounds|context) (?:here )?(?:to|for (?:me to|"
    r"an?|any|the|this|these|my)) (?:judg|decid|decision|rat(?:e|ing)|scor|evaluat|assess|choos|pick|compar|verdict|"
    r"number)",
    r"\bi (?:honestly |really |simply )?(?:do not|don['’]t) know\b(?! (?:why|how|whether|what|of))",
    r"\b(?:nothing|no (?:answers?|responses?|texts?))\b[^.!?\n]{0,20}?\bto (?:assess|judge|evaluate|score|rate|"
    r"compare)\b",
    r"\bi (?:did not|didn['’]t|was not able to) (?:actually |really )?(?:read|see|look at|receive|get) (?:the|any|"
    r"either|both|your) (?:two )?(?:answers?|responses?|texts?)\b",
    r"\bmade (?:them|(?:these|those|the|my|all)(?: (?:scores?|numbers?|verdict))?) up\b|"
    r"\bmade up (?:these|those|the (?:scores|numbers))\b|"
    r"\bnot my (?:own |actual |real )?(?:scores?|verdict|evaluation|judge?ment|ratings?)\b",
    r"\bwithout (?:having )?(?:access to|read(?:ing)?|seen|seeing) (?:the|either|both|any) (?:two )?(?:answers?|"
    r"responses?|texts?)\b",
    # refuses or abstains
    r"\b(?:i|we)\b[^.!?:]{0,30}?\b(?:declin|refus|abstain|recus)",
    r"\bas (?:an? )?(?:abstention|abstaining|non-?vote|blank|missing|not given)\b|"
    r"\b(?:this|it|that) is an abstention\b",
    r"\b(?:i|we)(?:['’]d| would) (?:rather|prefer) (?:not|to (?:pass|refrain|skip))\b",
    r"\b(?:i|we)(?:['’]ll| will| must| have to)? (?:pass\b(?! (?:over|on to))|opt out|refrain\b|withhold\b|"
    r"sit this one out)",
    rf"\b(?:i|we)(?:['’]m| am| are)?\b[^.!?:]{{0,25}}?\b{_CANNOT}\b{_BUT_CAN}[^.!?,;]{{0,60}}?\b{_TASK}",
    rf"\b(?:i|we)\b[^.!?]{{0,60}}?\b(?:so|hence|thus|therefore|and) (?:i )?(?:am |"
    rf"['’]m )?{_CANNOT}\b{_BUT_CAN}[^.!?,;]{{0,30}}?\b{_TASK}",
    r"\b(?:scores?|verdict|winner|decision|judge?ment|they|answers|responses|these|neither|it|this|pair|comparison|"
    r"that) (?:can not|cannot|can['’]t|should not|shouldn['’]t) be (?:(?:fairly|reliably|properly|meaningfully|"
    r"really) )?(?:given|judged|scored|rated|compared|determined|decided|evaluated|made|named|ranked|used|counted|"
    r"trusted|relied|taken|recorded)\b(?! (?:any )?(?:higher|lower|more|better|above|below|as|by|for|in))",
    r"\b(?:do not|don['’]t|never|please (?:exclude|drop|remove|skip|void|delete)) (?:(?:use|count|trust|record|"
    rf"rely on|take) )?(?:(?:the|my|this|these|those|it) )(?:{_STATED})\b",
    rf"\b{_STATED} (?:should|must|ought to) be (?:excluded|dropped|removed|discarded|ignored|disregarded|skipped|"
    r"voided|thrown out)\b",
    r"\bno (?:score|verdict|winner|decision|judge?ment|rating|choice)s? (?:can|is|are|will|from|given|possible)\b",
    r"\b(?:impossible|not possible|unable|no way) (?:for me )?to (?:judge|decide|score|rate|say|choose|compare|"
    r"determine|tell|know)(?! (?:why|how|which \w+ of))",
    r"\b(?:texts?|answers?|responses?) (?:could not|couldn['’]t|cannot|can['’]t) be (?:loaded|opened|read|displayed|"
    r"accessed|retrieved)\b",
    r"\"(?:refus|abstain|abstention|declin|skip)\w*\": true",
    # German, French, Spanish, Portuguese, Italian
    r"ich kann\b[^.!?\n]{0,30}\b(?:kein|nicht)|ich ziehe\b[^.!?\n]{0,40}zurück|enthalte mich|"
    r"mich (?:der stimme )?enthalten|ich (?:lehne|verweigere)\b",
    r"je (?:refuse|ne peux pas|m['’]abstiens)|m['’]abstenir|impossible de (?:juger|choisir|noter)|ne saurais",
    r"no puedo\b|me niego|ignora es|me abstengo|abstenerme|prefiero no\b|não posso\b|recuso-me|prefiro não|"
    r"non posso\b|mi rifiuto|mi astengo",
    # Russian, Chinese, Japanese, Korean
    r"не могу|отказываюсь|воздерж|"
    r"(?:无法|不能|没法|無法)(?:做出|作出|给出|进行)?.{0,4}(?:评分|判断|评价|评估|选择|比较|判決|决定|評価)|"
    r"弃权|棄権|できません|판단할 수 없|평가할 수 없|기권",
)
REFUSES = wording("|".join(_REFUSALS))
