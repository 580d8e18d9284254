"""The values of columns that may belong to a prompt: texts of several words, files of other media.

The names of such columns never end. So a text of at least four words, several lines, or a list or object with one, is
ignored only under a name that says what else it is: an answer, an explanation, a source, a test (`column_meanings.py`).
The keys of objects are names of columns, too.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from fellowship.storage.column_meanings import PromptMeaning, prompt_meaning

MEDIA_FILE = re.compile(
    r"\S.*\.(?:png|jpe?g|gif|webp|bmp|tiff?|mp4|mov|avi|webm|wav|mp3|flac|ogg|m4a|pdf|docx?|xlsx?|pptx?)"
    r"|data:(?:image|audio|video|application)/.*",
    re.IGNORECASE | re.DOTALL,
)
EMPTY_NOTATION = frozenset({"[]", "{}", "[[]]", "null", "None"})
WORDS_OF_A_TEXT = 4
CHARACTERS_OF_A_TEXT = 10
WITHOUT_BLANKS = re.compile("[\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff\u0e00-\u0e7f]")
"""Characters of the scripts that do not separate words."""
DEPTH = 6


def texts_in(value: Any, depth: int = DEPTH, *, keys: Callable[[PromptMeaning], bool]) -> Iterator[str]:
    """The texts of a value, and of lists and objects in it, that are not blank; of objects those under these `keys`."""
    if isinstance(value, str):
        if value.strip() and value.strip() not in EMPTY_NOTATION:
            yield value
    elif depth and isinstance(value, list):
        for each in value:
            yield from texts_in(each, depth - 1, keys=keys)
    elif depth and isinstance(value, Mapping):
        for key, each in value.items():
            meaning = prompt_meaning(str(key))
            if keys(meaning) or (meaning.keys_say and next(keys_of(each), None) is not None):
                yield from texts_in(each, depth - 1, keys=keys)


def texts_beside(name: str, value: Any, *, keys: Callable[[PromptMeaning], bool]) -> tuple[str, ...]:
    """`texts_in` a column; none where neither its own name is one of these `keys` nor those of its objects count."""
    return tuple(texts_in({name: value}, DEPTH + 1, keys=keys))


def keys_of(value: Any, depth: int = DEPTH) -> Iterator[tuple[str, Any]]:
    """The keys of an object, or of the objects in a list, with their values."""
    if isinstance(value, Mapping):
        yield from ((str(key), each) for key, each in value.items())
    elif depth and isinstance(value, list):
        for each in value:
            yield from keys_of(each, depth - 1)


def is_of_several_words(text: str) -> bool:
    """Whether a text is a sentence, a paragraph or several lines; false for names, tags, dates, links and numbers."""
    if "\n" in text.strip():
        return True
    return len(text.split()) >= WORDS_OF_A_TEXT or len(WITHOUT_BLANKS.findall(text[:200])) >= CHARACTERS_OF_A_TEXT


def is_media_file(name: str, value: Any) -> bool:
    """Whether a value is the path or content of an image, a recording or a document of an office program."""
    if not prompt_meaning(name).may_be_medium:
        return False
    first = value[0] if isinstance(value, list) and value else value
    return isinstance(first, bytes) or (isinstance(first, str) and MEDIA_FILE.fullmatch(first.strip()) is not None)
