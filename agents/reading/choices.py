"""The forms in which evaluators state a choice between seats A and B, or a tie."""

import re
from collections.abc import Iterator, Sequence
from typing import Literal

from fellowship.agents.reading.corrections import CORRECTS
from fellowship.agents.reading.json_values import own_objects
from fellowship.agents.reading.lines import CLOSERS, END, LINE_PREFIX, NOUN, ends, lead, value_place
from fellowship.agents.reading.own_fences import TOKENS
from fellowship.agents.reading.own_lines import is_continued
from fellowship.agents.reading.statements import LONGEST_LINE, Statement
from fellowship.agents.reading.task_solutions import is_solution
from fellowship.agents.reading.wording import SEAT_NOUN, wording

Choice = Literal["A", "B", "tie"]

_WEAK = (
    r"results?|outcome|best|top|favou?rite|recommendation|1st(?: place)?|first place"
    r"|rank(?:ed)?(?: no\.?)? (?:1|one|first)"
)
"""Names of a result behind which a bare number may be something else: "Result: 2"."""
_NAMES = (
    r"(?:selected|chosen|winning|better|best|preferred|stronger|superior|recommended|favou?red|higher[- ]rated) "
    rf"(?:{SEAT_NOUN}|one|reply|text)|answer|verdict|choice|winner|winning|vote|pick|ruling|chosen|selected|selection|"
    rf"conclusion|better|preferred|stronger|superior|decision|judge?ment|preference|{_WEAK}"
)
"""What English labels and JSON fields call a choice."""
_WHAT = "|".join((
    _NAMES,
    r"antwort|urteil|entscheidung|gewinner|sieger|(?:bessere|beste) antwort",
    r"réponse|reponse|verdict final|gagnante?|meilleure réponse",
    r"respuesta|veredicto|verdicto|ganador|ganadora|mejor respuesta|resposta|veredito|vencedora?|melhor resposta|"
    r"risposta|vincitore|verdetto|miglior(?:e)? risposta",
    r"答案|回答|结论|結論|判断|判决|选择|選択|勝者|胜者|判定|(?:最终|最終|最后)(?:答案|结论|結論|判断|判定|选择)|"
    r"(?:最佳|更好的|较好的)回答",
    r"정답|결론|판정|승자|선택|ответ|вердикт|победитель|лучший ответ|решение",
    r"الجواب|جواب|إجابة|الإجابة|الفائز|उत्तर|निर्णय|विजेता",
))  # fmt: skip
_LABEL = wording(
    rf"{LINE_PREFIX}(?:(?:therefore|thus|hence|so|finally|in (?:conclusion|summary))[\s,:]++)?+(?:(?:my|the|your|"
    rf"overall|final) ){{0,3}}(?:{_WHAT}){END}(?: overall{END})?+(?: is{END})?+[\s*_`)]*+(?:=>|-{{1,2}}>|[:：=—–→-]|"
    r"\Z)|"
    rf"[\s#*_`•+\-]*+(?:(?:my|the|overall|final) ){{0,2}}(?:overall|ranking){END}[\s*_`]*+[:：]|"
    rf"{LINE_PREFIX}(?:(?:therefore|thus|hence|so|finally|in (?:conclusion|summary))[\s,:]++)?+my (?:overall |"
    rf"final )?(?:{_WHAT}) is{END}"
)
_FURTHER_LABEL = wording(rf"[,;.] (?=(?:(?:my|the|overall|final) )*(?:{_WHAT})\s*+[:：=])")
_TIE = (
    r"(?:none|neither|no (?:clear )?winner|both)(?=\W+(?:an? )?(?:tie|draw|equal))|tied?+|draw"
    r"|equal(?:ly good)?+|(?:the )?same|even|toss[\s-]?up|unentschieden|平局|empate|égalité|"
    r"(?:both(?: (?:answers|responses|assistants|candidates|models|options))?|they|a and b) are (?:equal(?:ly good)?+|"
    r"the same|tied|on a par)|"
    r"both equal|no (?:preference|difference)"
)
_CHOICE = wording(
    r"[\s*_`\[(\"'“‘$]*+(?:\\boxed\{\s*+)?+(?:it(?:['’]?s| is) )?+(?:an? (?=tie|draw|toss))?+"
    rf"(?:the (?={NOUN}|first|second|former|latter))?+(?:(?P<tie>{_TIE})|{NOUN}(?P<named>[ab12])(?:['’]s (?:response|"
    rf"answer))?+|(?P<letter>[abc])|(?P<ordinal>first|second|former|latter)(?: (?:one|{SEAT_NOUN}))?+|"
    r"(?P<number>[12])(?=[\s*_`.)\]]*+\Z))(?![^\W_]|['’]\w)"
)
_JOINER = re.compile(r"(?:[\s(,;:/&|=><~–—-]|(?:or|and|vs)\b)*+")
_COMPARED = re.compile(r"[\s*_`]*+(?P<sign>>{1,3}|<{1,3}|={1,2}|≫|≪|≈|~|≻|≺)[\s*_`]*+")
_COMMENT = wording(
    r"(?:because|since|due|wins|between)\b|"
    r"(?:provides|provided|gives|gave|offers|offered|has|delivers|presents) (?:clearly |overall )?the (?:better|best|"
    r"stronger|superior) (?:overall )?(?:answer|response|reply|solution|explanation)\b|"
    r"over (?:the )?(?:\w+ )?[ab12]\b|"
    r"(?:is|was) (?:(?:slightly|clearly|much|significantly) )?+(?:the )?+(?:better|best|winner|superior|stronger|"
    r"preferable|preferred)\b"
)
_BRACKETED = wording(
    r"(?<![\w\]\[])\[\[\s*+(?:assistant |response )?(a|b|c|tie)\s*+(?:(>{1,3}|<{1,3}|=)\s*+([ab])\s*+)?\]\](?!\])"
)
_EXPLAINS = wording(r"\]\]\s*+(?:if|when|means|for (?:a tie|ties))\b|\b(?:if|when)\b[^\[\].!?]{1,60}\[\[")
_WORDS_BEFORE = re.compile(r"[^\[]*[^\W\d_]{3}[^\[]*\[\[")
_BOXED = re.compile(r"\\boxed\{\s*+([^{}\n]{1,60})\}")
_ALONE = re.compile(r"[\s#*_`\[(]*+(a|b|c|tie)[\s*_`\]).]*+")
_WHOLE = wording(rf"[\s#*_`\[(]*+(?:(?:the )?(?:{NOUN}[ab12]|(?:first|second) {NOUN})|[12])[\s*_`\]).!]*+")
_KEY, _WEAK_KEY = (
    re.compile(rf"(?:(?:final|overall|my|the) )*(?:{names})".replace(" ", r"[\s_-]*+")) for names in (_NAMES, _WEAK)
)
_WEAK_NUMBER = wording(rf"{LINE_PREFIX}(?:(?:my|the|your|overall|final) )*(?:{_WEAK})[\s*_`]*+[:：=—–→-][\s*_`]*+\d")
_CELLS = wording(rf"\s*+\|[\s*_`]*+(?:(?:my|the|overall|final) )*(?:{_WHAT})[\s*_`]*+\|(?P<value>[^|]++)\|?+\s*+\Z")
_RULE = re.compile(r"\s*+\|[\s|:-]+\Z")
_FIRST_OF_LIST = re.compile(r"[\s*_`#-]*+1[.)]\s++")
_COMPARISON = wording(
    rf"[\s#*_`(]*+(?:(?:the )?{NOUN}[ab12]|[ab])[\s*_`]*+(?:>{{1,3}}|<{{1,3}}|={{1,2}}|≫|≪|≈|~|≻|≺)[\s*_`]*+"
    rf"(?:(?:the )?{NOUN}[ab12]|[ab])[\s*_`).!]*+"
)
_NO_WINNER = wording(
    rf"{LINE_PREFIX}(?:(?:my|the|overall|final) )*(?:winner|winning (?:{SEAT_NOUN})|better|best|preferred"
    rf"|result|outcome|"
    rf"preference)(?: (?:{SEAT_NOUN}))?[\s*_`]*+(?:[:=—–-]|\bis\b)[\s*_`]*+(?:none|neither|nobody|no one"
    rf"|both(?=\W*+\Z)|no (?:clear )?"
    r"(?:winner|preference))\b|[\s*_`#(]*+(?:there is )?no (?:clear )?winner[\s*_`).!]*+\Z"
)
_MEANING: dict[str, Choice] = {"a": "A", "1": "A", "b": "B", "2": "B", "c": "tie"}
_MEANING |= {"first": "A", "former": "A", "second": "B", "latter": "B"}

_VERB = r"(?:is|was|are|has|had|does|did|loses?|fails?|lacks?|misses|contains?|makes?|gives?|ignores?|wins?)"
_SAID = wording(rf"['’]?s? {_VERB}\b")
_WORD = wording(r" [^\W\d_]")
_CLAUSE = re.compile(r"[.,;:()!?\n—–]+|\s-\s|\b(?:but|while|whereas|although|though|however|and)\b")
_NEGATIVE = wording(
    r"\b(?:no|not|n['’]t|actually|rather|instead|worse|worst|lose[sr]?|losing|lost|fail(?:s|ed|ing|ure)?|weak(?:er|"
    r"est)?|wrong|incorrect|inferior|poor(?:er|est)?|bad(?:ly)?|wait|lacks?|misses|ignore|disregard|(?<!<)quoted?|"
    r"(?:requested|instructed|demanded) (?:by|in)|claims?|says|claimed|quoting|according to|the words|injected|"
    r"in truth|second thought)\b"
)
_OTHERS = {
    choice: wording(rf"\b{NOUN}[{seats}]\b|\A\s*+(?:not )?[{seats}](?=\s*+\Z|['’]s\b| {_VERB}\b)|\bthe other\b")
    for choice, seats in (("A", "b2"), ("B", "a1"), ("tie", "ab12"))
}
_REASON = wording(r"\s*+(?:because|since|as(?! (?:claimed|stated|requested|instructed|demanded)\b)|due|for)\b")
_TAKEN_BACK = wording(r"\b(?:actually|rather|instead|wait|in truth|second thought)\b")
_UNLESS = wording(r"\bin which case\b|\b(?:unless|if)\b[^.!?]*\b(?:then|otherwise)\b")
_LEANS = re.compile(r"\b(?:lean\w*|slight(?:ly)?|edge|advantage|better|prefer\w*|favou?r\w*|ahead)\b")
_NEITHER = wording(r"\b(?:neither|none|no (?:answer|response|one))\b")
_CONDITION = re.compile(r"\W*+(?:had|if|were|unless|should)\b")
_WINS = re.compile(r"\bwins?\b")
_COMPARES = re.compile(r"\b(?:than|in|at|on|for|with)\b")
_BETTER = re.compile(r"\b(?:better|best|wins?|winner|superior|preferred|stronger)\b")


def choice_statements(lines: Sequence[str]) -> list[Statement[Choice]]:
    """Every statement of a choice in an answer form."""
    return [*_labelled(lines), *_alone(lines), *announced_choices(lines)]


def stated_winners(lines: Sequence[str]) -> list[Statement[Choice]]:
    """The choices that a reply of scores states beside them: labelled, in double brackets, boxed or in JSON."""
    nobody: list[Statement[Choice]] = [
        Statement("choice", "tie", None, line, place)
        for place, line in enumerate(lines)
        if len(line) < LONGEST_LINE and _NO_WINNER.match(line)
    ]
    return [*_labelled(lines), *announced_choices(lines), *nobody]


def announced_choices(lines: Sequence[str]) -> list[Statement[Choice]]:
    """The choices in forms that need no place of their own: [[A]], \\boxed{A}, {"winner": "A"}."""
    return [*_bracketed(lines), *_boxed(lines), *_choice_fields(lines)]


def _labelled(lines: Sequence[str]) -> Iterator[Statement[Choice]]:
    for index, line in enumerate(lines):
        if (match := _LABEL.match(line)) is not None:
            place, start = value_place(lines, index, match.end())
            if place != index and (first := _FIRST_OF_LIST.match(lines[place])) is not None:
                start = first.end()
            if not _WEAK_NUMBER.match(line):
                yield choice_at(lines[place], start, place)
        elif "|" in line and (cells := _CELLS.match(line)) is not None:
            if not _RULE.match(lines[index + 1] if index + 1 < len(lines) else ""):
                yield choice_at(cells["value"].strip(), 0, index)
        elif _COMPARISON.fullmatch(line) and not (index and lines[index - 1].strip()):
            yield choice_at(line, lead(line), index)
        if len(line) >= LONGEST_LINE or ":" not in line or _CONDITION.match(line):
            continue
        for further in _FURTHER_LABEL.finditer(line):
            if (label := _LABEL.match(line[further.end() :])) is not None:
                yield choice_at(line, further.end() + label.end(), index)


def _alone(lines: Sequence[str]) -> Iterator[Statement[Choice]]:
    """A reply that is only a name, "Assistant B"; a last line that is only "A", or a first one.

    Then every such line counts, as headings may be; a first one stands without markup.

    The line right behind a correction counts too: "No, B.".
    """
    texts = [place for place, line in enumerate(lines) if line.strip() and not TOKENS.match(line)]
    if len(texts) == 1 and _WHOLE.fullmatch(lines[texts[0]]):
        line = lines[texts[0]].rstrip(" .!")
        yield choice_at(line, lead(line), texts[0])
        return
    alone = [place for place, line in enumerate(lines) if len(line) < 12 and _ALONE.fullmatch(line)]
    if not alone:
        return
    (first, whole), *last = ends(lines)
    bare = lines[first].strip(" .[]()*_") in ("a", "b", "c", "tie")
    corrected = any(place and CORRECTS.match(lines[place - 1]) for place in alone)
    if whole or bare or corrected or any(place in alone for place, _ in last):
        for place in alone:
            if not is_continued(lines, place) or CORRECTS.match(lines[place - 1]):
                yield choice_at(lines[place], lead(lines[place]), place)


def _bracketed(lines: Sequence[str]) -> Iterator[Statement[Choice]]:
    for place, line in enumerate(lines):
        if "[[" in line:
            found = list(_BRACKETED.finditer(line))
            differ = len(found) > 1 and len({match[0] for match in found}) > 1
            if differ and (_EXPLAINS.search(line) or (_WORDS_BEFORE.match(line) and _holds_one(lines[place + 1 :]))):
                continue  # what each would mean, or what there is to choose from
            if found and is_solution(line[: found[0].start()]):
                continue
            for match in found:
                if (
                    len(found) == 1
                    and line[: match.start()].strip(" #*_`")
                    and line[match.end() :].strip(CLOSERS + ".!")
                    and not _LABEL.match(line)
                ):
                    continue  # in the middle of a sentence
                first, sign, second = match.groups()
                choice = _compared(first, sign, second) if sign else _MEANING.get(first, "tie")
                yield Statement("choice", choice, None if choice else "contradictory", match[0], place)


def _holds_one(lines: Sequence[str]) -> bool:
    """Whether lines hold one choice in double brackets, once or more."""
    return len({match[0] for line in lines if "[[" in line for match in _BRACKETED.finditer(line)}) == 1


def _boxed(lines: Sequence[str]) -> Iterator[Statement[Choice]]:
    for place, line in enumerate(lines):
        if "\\boxed" in line:
            for found in _BOXED.finditer(line):
                statement = choice_at(found[1], 0, place)
                if is_solution(line[: found.start()]):
                    continue
                if statement.value is not None:
                    yield statement


def _choice_fields(lines: Sequence[str]) -> Iterator[Statement[Choice]]:
    for place, found in own_objects(lines):
        for key, value in found.items():
            if _KEY.fullmatch(key):
                if isinstance(value, str):
                    yield choice_at(value, 0, place)
                elif type(value) is int and not _WEAK_KEY.fullmatch(key):
                    yield choice_at(str(value), 0, place)
        chosen = [key for key, value in found.items() if value is True]
        if (
            sorted(found) == ["a", "b"]
            and len(chosen) == 1
            and all(isinstance(value, bool) for value in found.values())
        ):
            yield Statement("choice", _MEANING[chosen[0]], None, f'"{chosen[0]}": true', place)


def choice_at(line: str, start: int, place: int) -> Statement[Choice]:
    """The choice at `start`, unless the rest of the line makes it something else: "A good answer", "A or B"."""
    match = _CHOICE.match(line, start)
    if match is None:
        return Statement("choice", None, None, line, place)
    choice = _meaning(match)
    if (compared := _COMPARED.match(line, match.end())) is not None:
        other = _CHOICE.match(line, compared.end())
        if other is not None and not line[other.end() :].strip(CLOSERS + ".!"):
            named = _compared(choice.lower(), compared["sign"], _meaning(other).lower())
            return Statement("choice", named, None if named else "contradictory", line, place)
    rest = _BRACKETED.sub(" ", line[match.end() :]).strip(CLOSERS)  # each bracket is a statement of its own
    joiner = _JOINER.match(rest)
    other = _CHOICE.match(rest, joiner.end() if joiner else 0)
    if other is not None and not _is_article(other, rest) and not _is_sentence(rest, other):
        if _meaning(other) != choice:
            return Statement("choice", None, "contradictory", line, place)
        rest = rest[other.end() :].strip(CLOSERS)
    if rest and rest[0] not in ".,;:!-–—(" and not TOKENS.match(rest) and not _COMMENT.match(rest):
        return Statement("choice", None, None, line, place)
    if _is_denied(choice, rest):
        return Statement("choice", None, "contradictory", line, place)
    return Statement("choice", choice, None, line, place)


def _compared(first: str, sign: str, second: str) -> Choice | None:
    """The winner of "A > B"; None where the two sides are the same or a tie."""
    if {first, second} != {"a", "b"}:
        return None
    if sign[0] in "=≈~":
        return "tie"
    return _MEANING[first if sign[0] in ">≫≻" else second]


def _is_denied(choice: Choice, rest: str) -> bool:
    """Whether the words behind a choice deny it: "A (worse)", "A, however, loses", "A. Actually not"."""
    if _TAKEN_BACK.search(rest) or _UNLESS.search(rest):
        return True
    reason = False  # once a reason is given, "not wordy" denies nothing
    about_other = False  # from "B is" on, up to where the choice is named again
    for clause in _CLAUSE.split(rest):
        if choice == "tie" and _NEITHER.search(clause):
            continue
        reason = reason or _REASON.match(clause) is not None
        other = _OTHERS[choice].search(clause)
        if other is not None:
            about_other = True
            if _BETTER.search(clause, other.end()) and not _COMPARES.search(clause):
                return True
            if _WINS.search(clause, other.end()):
                return True
        elif about_other and choice != "tie" and not _OTHERS["B" if choice == "A" else "A"].search(clause):
            if _BETTER.search(clause) and not _COMPARES.search(clause):
                return True
        elif not reason and _NEGATIVE.search(clause):
            return True
        if choice == "tie" and _LEANS.search(clause):
            return True
    return False


def _meaning(match: re.Match[str]) -> Choice:
    return _MEANING.get(match["named"] or match["letter"] or match["ordinal"] or match["number"] or "", "tie")


def _is_article(match: re.Match[str], rest: str) -> bool:
    """The "a" of "B, a better answer"."""
    return match["letter"] == "a" and _WORD.match(rest, match.end()) is not None and not _is_sentence(rest, match)


def _is_sentence(rest: str, match: re.Match[str]) -> bool:
    """Whether the other seat begins words about itself: "B. A is wrong", "B; A loses", "B, not A"."""
    return _SAID.match(rest, match.end()) is not None and rest[:1] in ".,;:!-–—("
