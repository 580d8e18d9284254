"""How texts are put before a model: in named tags that the texts themselves cannot close."""

import re

_TAG = re.compile(
    r"<(?=\s*/?\s*(?:question|reference|answer_a|answer_b|answer|critique|argument|message)\b)", re.IGNORECASE
)
_QUOTING = re.compile(r'["<>\s]')


def section(tag: str, text: str, **attributes: str) -> str:
    """The text between `<tag>` and `</tag>`; anything in it that looks like one of our tags is made harmless."""
    if not attributes:
        text = text.strip()
        return f"<{tag}>\n{_TAG.sub('&lt;', text) if '<' in text else text}\n</{tag}>"
    extra = "".join(f' {name}="{re.sub(_QUOTING, "_", value)}"' for name, value in attributes.items())
    harmless = _TAG.sub("&lt;", text.strip())
    return f"<{tag}{extra}>\n{harmless}\n</{tag}>"


def read_section(tag: str, text: str) -> str | None:
    """The first section of that name in a rendered text; None without one."""
    found = re.search(rf"<{tag}(?: [^>]*)?>\n(.*?)\n</{tag}>", text, re.DOTALL)
    return found.group(1) if found else None


def read_sections(tag: str, text: str) -> list[str]:
    """All sections of that name, in order."""
    return re.findall(rf"<{tag}(?: [^>]*)?>\n(.*?)\n</{tag}>", text, re.DOTALL)
