"""The placeholders in a prompt that have the name of a column, in whose place its value was to stand.

Programs have braces and dollar signs as well. So a placeholder in code of a column about the row (`name`, `source`),
and one in a form that has other uses, counts only where each prompt has it.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from fellowship.storage.column_meanings import prompt_meaning
from fellowship.storage.item_columns import UNDERSTOOD

PLACEHOLDER = re.compile(
    r"""\$?\{\{?(?P<braces>[^{}\n]{1,80})\}?\}"""
    r"""|%\((?P<percent>[^\W\d][\w ]{0,39})\)[sdrfi]"""
    r"""|\$(?P<dollar>[^\W\d]\w{1,39})\b(?![$(])"""
    r"""|<<\s*(?P<angles>[^\W\d][\w -]{0,39}?)\s*>>"""
    r"""|<(?P<tag>[^\W\d][\w -]{0,39})>"""
    r"""|\[\[?\s*(?P<brackets>[^\W\d][\w -]{1,39}?)\s*\]\]?(?![\w(\[])"""
    r"""|«\s*(?P<guillemets>[^\W\d][\w -]{0,39}?)\s*»"""
    r"""|__(?P<lines>[^\W\d_]\w{0,39}?)__"""
)
OPENINGS = ("{", "$", "%(", "<", "[", "«", "__")
OTHER_USES = ("brackets", "guillemets", "lines")
"""Forms of references, quotations and what a reader is to fill in, too."""
EXPRESSION = re.compile(
    r"""(?:%-?\s*(?:(?:el)?if|for\s+\w+\s+in)\s+|-)?\s*"""
    r"""(?P<path>[^\W\d](?:[\w -]*\w)?(?:\.\w+|\[\s*["']?\w+["']?\s*\])*)(?:\(\))?"""
    r"""(?:!\w)?(?::(?:.?[<>=^])?[+ -]?[#0]*\d*,?(?:\.\d+)?[a-zA-Z%]?)?(?:\s*\|\s*\w+(?:\(.*\))?)*\s*-?%?"""
)
"""`source`, `row.source`, `row["source"]`, `source.text`; with a format, filters, or as a condition of Jinja."""
OF_THE_ROW = frozenset({"data", "doc", "document", "entry", "example", "inputs", "item", "record", "row", "sample"})
HTML_NAMES = frozenset({
    "a", "b", "i", "p", "body", "button", "code", "form", "head", "header", "html", "image", "img", "input", "label",
    "link", "main", "nav", "option", "script", "section", "select", "source", "style", "summary", "table", "text",
    "textarea", "title", "video", "audio", "footer", "article", "data", "object", "output", "time",
})  # fmt: skip
"""Names that stand between angle brackets in HTML as well."""
PART_OF_FORMULA = re.compile(r"[\w^\\]$|\\[a-zA-Z]+\{[^{}\n]*\}$")
"""What stands before the braces of x_{n} and of LaTeX, and before those of List<name>."""
CODE = re.compile(
    r"""\b[fF][rR]?["']|\b(?:print|echo|return|def|class|import|const|var)\b|[;=]|\(\)|->|\bformat\("""
    r"""|https?://|^(?: {4}|\t)|\\[a-z]+|#include|^\s*[$>#] """
)
"""What a line of a program, of LaTeX or with an address has."""


@dataclass(frozen=True, slots=True)
class Placeholder:
    """The column that a prompt names; `in_doubt` where the place may be one of code, or the form has other uses."""

    column: str
    in_doubt: bool


def placeholders(text: str, columns: Iterable[str]) -> Iterator[Placeholder]:
    """The placeholders of these columns in a text, in any of the usual forms and in any case of letters."""
    if not any(opening in text for opening in OPENINGS):
        return
    names = {_spelt(name): name for name in columns}
    for found in PLACEHOLDER.finditer(text):
        form = found.lastgroup or ""
        column = next((names[name] for name in _named(form, found[form]) if name in names), None)
        if column is not None and not (form == "tag" and f"</{found[form]}>" in text):
            yield Placeholder(column, _is_in_doubt(text, found, form, column))


def _spelt(name: str) -> str:
    """The letters and digits of a name in any script."""
    return "".join(each for each in name.casefold() if each.isalnum())


def _named(form: str, inside: str) -> Iterator[str]:
    """The names of columns that a placeholder may mean."""
    if form != "braces":
        yield _spelt(inside)
        return
    expression = EXPRESSION.fullmatch(inside.strip())
    if expression is not None:
        first, *rest = re.findall(r"\w[\w -]*", expression["path"])
        yield _spelt(first)
        if rest and first.lower() in OF_THE_ROW:
            yield _spelt(rest[0])


def _is_in_doubt(text: str, found: re.Match[str], form: str, column: str) -> bool:
    before, behind = text[: found.start()], text[found.end() :]
    if form in OTHER_USES or PART_OF_FORMULA.search(before):
        return True
    if form == "tag" and found[form].lower() in HTML_NAMES:
        return True
    is_of_prompt = prompt_meaning(column).may_tell_apart or column in UNDERSTOOD
    if form == "tag" or (is_of_prompt and form != "dollar"):
        return not is_of_prompt
    line = f"{before.rpartition(chr(10))[2]} {behind.partition(chr(10))[0]}"
    is_code = before.count("```") % 2 == 1 or before.endswith("/") or CODE.search(line) is not None
    return is_code or _is_quoted(before, behind)


def _is_quoted(before: str, behind: str) -> bool:
    """Whether the place is a part of a quotation of code; the whole of one may be a placeholder."""
    inside = before.rpartition("\n")[2].count("`") % 2 == 1 and "`" in behind
    return inside and not (before.endswith("`") and behind.startswith("`"))
