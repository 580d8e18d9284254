"""The published figures of a study: `published.json`, an array of objects, beside the recorded replies."""

import json
import math
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from fellowship.formatting.shorten import short_repr
from fellowship.formatting.valid_unicode import encoding_problem
from fellowship.protocols.errors import InputError
from fellowship.studies.reproduction.recorded_replies import ReplyAuthors
from fellowship.studies.reproduction.reply_row import ReplyRow, join_replies

TOLERANCE = 1e-9
KNOWN = ("dataset", "method", "models", "metric", "value", "exact")
ROLES = ("generator", "reviewer", "opponent", "judge")
RANGES = {"cohen_kappa": (-1.0, 1.0), "win_rate_percent": (0.0, 100.0)}
BEGIN = re.compile(r"\s*\[\s*")
NEXT = re.compile(r"\s*(?:,\s*(?=[^\s\]])|(?=\]))")


@dataclass(frozen=True, slots=True)
class Published:
    """One published figure. `exact`: whether it can be recomputed from the recorded decisions; None if not stated.

    `published` is its value; `models` is as in the file; `about` holds its other fields.
    """

    line: int
    dataset: str
    method: str
    models: Any
    who: ReplyAuthors
    metric: str
    published: float
    exact: bool | None
    about: Mapping[str, Any]

    @property
    def note(self) -> str:
        """A remark of the publication on the figure; for an inexact one also the recomputed values."""
        parts = [str(self.about["note"])] if self.about.get("note") else []
        if self.exact is False:
            parts.append("marked as not exact in published.json")
            for name, other in self.about.items():
                if name.startswith("recomputed") and isinstance(other, int | float):
                    change = name.removeprefix("recomputed").replace("_", " ")
                    same = " (the published value)" if abs(other - self.published) <= TOLERANCE else ""
                    parts.append(f"recomputed{' with' if change else ''}{change}: {other:.6f}{same}")
        return "; ".join(parts)


def read_published(path: Path, odd: list[InputError]) -> Iterator[Published]:
    """The published figures. An entry with a defect is odd; InputError if there is no other."""
    if not path.is_file():
        raise InputError(path, "no such file; it holds the published figures, one JSON object each")
    rows = [ReplyRow(path, line, entry) for line, entry in _entries(path)]
    if not rows:
        raise InputError(path, "no published figure is in it")
    n_before = len(odd)
    for row in rows:
        try:
            yield _published(row)
        except InputError as defect:
            odd.append(defect)
    if len(odd) - n_before == len(rows):
        raise odd[n_before]


def _published(row: ReplyRow) -> Published:
    models = row.value("models", "a list of names, or an object of roles and names", list, dict)
    roles = isinstance(models, dict)
    who = tuple(join_replies(models.get(role)) for role in ROLES) if roles else row.texts("models")
    exact = row.value("exact", "true, false or null", bool, type(None)) if "exact" in row.fields else None
    about = {name: value for name, value in row.fields.items() if name not in KNOWN}
    dataset, method, metric = row.text("dataset"), row.text("method"), row.text("metric")
    value = row.number("value")
    low, high = RANGES.get(metric, (-math.inf, math.inf))
    if not low <= value <= high:
        raise row.defect(f"{short_repr(row.fields['value'], 40)} is no {metric}; expected {low:g} to {high:g}", "value")
    return Published(row.line, dataset, method, models, who, metric, value, exact, about)


def _entries(path: Path) -> Iterator[tuple[int, dict[str, Any]]]:
    """The objects of a JSON array, each with the line it begins in."""
    try:
        text = path.read_text(encoding="utf-8")
        place = BEGIN.match(text)
        if place is None:
            raise InputError(path, "expected a JSON array of figures", line=1)
        start = place.end()
        while not text.startswith("]", start):
            line = text.count("\n", 0, start) + 1
            entry, start = json.JSONDecoder().raw_decode(text, start)
            if not isinstance(entry, dict):
                raise InputError(path, f"expected a JSON object, got {short_repr(entry, 40)}", line=line)
            yield line, entry
            following = NEXT.match(text, start)
            if following is None:
                raise json.JSONDecodeError("expected ',' or ']'", text, start)
            start = following.end()
    except UnicodeDecodeError as error:
        raise InputError(path, encoding_problem(path.read_bytes()) or f"not UTF-8: {error}") from error
    except json.JSONDecodeError as error:
        raise InputError(path, f"not JSON: {error.msg}", line=error.lineno) from error
