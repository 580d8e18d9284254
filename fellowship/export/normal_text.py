"""The forms in which texts are compared: two prompts that differ only in typing are one, and so are two such answers.

prompt   Unicode form NFKC, without case, white space and invisible characters: "Name a  River" is "name a river"
answer   Unicode form NFC, line ends as \\n, without white space around it and at line ends; case is content
"""

import unicodedata

INVISIBLE = ("Cc", "Cf", "Zs", "Zl", "Zp")
"""Unicode's categories of control characters, formatting characters and separators."""


def normal_prompt(text: str) -> str:
    """The text of a prompt for comparison; nothing but white space gives an empty text."""
    folded = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())
    if folded.isascii():
        return "".join(character for character in folded if "!" <= character <= "~")
    visible = (each for each in folded if unicodedata.category(each) not in INVISIBLE)
    return unicodedata.normalize("NFKC", "".join(visible).casefold())


def normal_answer(text: str) -> str:
    """The text of an answer for comparison; nothing but white space gives an empty text."""
    return unicodedata.normalize("NFC", "\n".join(line.rstrip() for line in text.splitlines()).strip())
