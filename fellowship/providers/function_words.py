"""Words that hardly end a sentence, by language: articles, prepositions, conjunctions and auxiliaries.

Many of them are usual words of another language, as `die` in English. So a word counts in the language of which most
words occur near the end of the text, and in case of doubt with English not as one of another language.
"""

import re
from collections.abc import Mapping, Sequence

NEAR = 1000
"""Characters at the end of a text, whose words show its language."""
FEWEST_WORDS, FEWEST_BESIDE_PARTICLE = 3, 4

ENDS_NO_TEXT = frozenset(
    (
        *("the", "an", "and", "or", "nor", "of", "because", "with", "from", "whose", "which", "as", "into", "than"),
        *("although", "unless", "its", "my", "your", "our", "their"),
    )
)
"""English words that do not end a text of two or three words either."""
ENGLISH = """
    the an and or nor because although though if unless since while whereas which whose with without of to from
    for into by at as than via is are was were be been has have had must should would could will can may might shall
    not that this these those their its my your our his very more most such including i.e e.g however therefore
    we they between against during toward towards upon onto among whether every
    """
PARTICLES = frozenset(["in", "on", "over", "about", "under", "after", "before", "through", "within"])
"""English prepositions that end a short line as parts of a verb, as in `Log in`."""
OTHER_ENGLISH = "we all i you he she it they none what there so but then do up out in on a no"
LANGUAGES: Mapping[str, str] = {
    "German": """der die das den dem des ein eine einen einem einer eines und oder aber weil dass mit von zu für ist
        sind war wird werden wurde hat haben kann nicht in im am auf bei durch als wenn wie sehr seine ihre zum zur""",
    "French": """le la les un une des du de et ou où mais donc car que qui dont est sont ont été sera pour par dans sur
        sous avec sans en au aux à ce cette ces leur leurs très parce lorsque""",
    "Spanish": """el la los las un una unos unas de del al que y e o u a en con por para sin sobre entre como si pero
        porque cuando su sus se lo es son está están ha han fue muy""",
    "Portuguese": """o os a as um uma de do da dos das no na nos nas em com por para que e ou mas porque se é são foi
        ao à pelo pela seu sua muito""",
    "Italian": """il lo la i gli le un uno una di da del della dei delle al alla nel nella che e o ma perché con su per
        tra è sono ha hanno non""",
    "Dutch": "de het een en of van voor met op te dat die is zijn maar omdat in naar door bij",
    "Polish": "i w z na do od że oraz lub ale się jest są dla przez o po u",
    "Turkish": "ve veya ile için bir",
    "Indonesian": "dan yang di ke dari untuk dengan adalah atau",
    "Vietnamese": "và của là các những cho với",
    "Russian": """и в на с к о у а но от до по из за для при под над что как или если который которая которое которые
        был была было были через между также не это""",
    "Arabic": "في من على إلى عن أن و ثم أو التي الذي هذا هذه",
    "Hindi": "और लेकिन कि का के की को में से",
    "Korean": "그리고 그러나 및 또는",
}
_ENGLISH = frozenset(ENGLISH.split())
_LANGUAGES = tuple(frozenset(words.split()) for words in LANGUAGES.values())
_ALL_ENGLISH = _ENGLISH | PARTICLES | frozenset(OTHER_ENGLISH.split())
_SEAT = re.compile(
    r"\b(?:answer|option|candidate|response|assistant|winner|verdict|choice|choose|prefer|pick|vote|better|best)\b",
    re.IGNORECASE,
)
_BEFORE_SEAT = frozenset(
    ("is", "was", "be", "answer", "option", "candidate", "response", "assistant", "choose", "prefer", "pick", "than")
)


def ends_with_function_word(last: str, text: str, *, is_behind_text: bool) -> bool:
    """Whether the last line of a text ends with one. `is_behind_text`: other lines or sentences stand before."""
    words = [word.strip("*_()\"'“«") for word in last.split()]
    end, n_words = words[-1], len(words)
    if n_words < 2 or not end or end != end.lower():
        return False
    if end == "a" and _is_english(text):
        return not (_SEAT.search(last) and words[-2].lower().rstrip(":") in _BEFORE_SEAT)
    if (
        end in _ENGLISH
        and (is_behind_text or n_words > FEWEST_BESIDE_PARTICLE or end in ENDS_NO_TEXT)
        and _is_english(text)
    ):
        return True
    if end in PARTICLES and n_words >= FEWEST_BESIDE_PARTICLE and _is_english(text):
        return True
    if n_words < FEWEST_WORDS and not is_behind_text:
        return False
    near = _words_near_the_end(text)
    found = [(sum(word in words for word in near), words) for words in _LANGUAGES if end in words]
    return bool(found) and max(n for n, _ in found) > sum(word in _ALL_ENGLISH for word in near)


def _is_english(text: str) -> bool:
    near = _words_near_the_end(text)
    n_english = sum(word in _ALL_ENGLISH for word in near)
    return all(sum(word in words for word in near) <= n_english for words in _LANGUAGES)


def _words_near_the_end(text: str) -> Sequence[str]:
    return [word.strip(".,:;!?*_()\"'") for word in text[-NEAR:].lower().split()]
