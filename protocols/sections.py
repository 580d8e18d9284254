"""How texts are put before a model: in named tags that the texts themselves cannot close."""

import re

_TAG = re.compile(
    r"<(?=\s*/?\s*(?:question|reference|answer_a|answer_b|answer|critique|argument|message)\b)", re.IGNORECASE
)
_QUOTING = re.compile(r'["<>\s]')


def section(tag: str, text: str, **attributes: str) -> str:
    """The text between `<tag>` and `</tag>`; anything in it that looks like one of our tags is made harmless."""
    opening, text = tag, text.strip()
    for name in attributes:
        opening += f' {name}="{_QUOTING.sub("_", attributes[name])}"'
    if "<" in text:
        text = _TAG.sub("&lt;", text)
    return f"<{opening}>\n{text}\n</{tag}>"


def read_section(tag: str, text: str) -> str | None:
    """The first section of that name in a rendered text; None without one."""
    return next(iter(read_sections(tag, text)), None)


def read_sections(tag: str, text: str) -> list[str]:
    """All sections of that name, in order."""
    return re.findall(rf"<{tag}(?: [^>]*)?>\n(.*?)\n</{tag}>", text, re.DOTALL)
