"""The words of column names, and those by which a column is about a prompt or a decision, and does not hold it."""

import re
from functools import lru_cache

ABOUT = frozenset({
    "id", "ids", "uid", "uuid", "hash", "source", "sources", "origin", "url", "urls", "link", "title", "titles", "name",
    "names", "type", "types", "kind", "format", "category", "categories", "topic", "topics", "domain", "domains",
    "task",
    "dataset", "data", "file", "path", "version", "language", "lang", "locale", "subject", "field", "length", "len",
    "size", "tokens", "chars", "words", "count", "counts", "n", "num", "number", "total", "time", "times", "timestamp",
    "date", "duration", "seconds", "latency", "cost", "score", "scores", "rating", "ratings", "rate", "prob", "probs",
    "probability", "logprob", "logprobs", "logit", "confidence", "certainty", "margin", "difficulty",
    "agreement", "entropy", "reason", "reasons", "reasoning", "rationale", "rationales", "explanation", "explanations",
    "justification", "justifications", "comment", "comments", "note", "notes", "feedback", "critique", "criterion",
    "criteria", "rubric", "guidelines", "tag", "tags", "seed", "temperature", "status", "flag", "of", "split", "used",
    "embedding", "description", "metadata", "meta",
})  # fmt: skip
"""Words by which a column is about a prompt or a decision, and does not hold it."""
MODIFIERS = frozenset({
    "feedback", "data", "dataset", "language", "task", "topic", "domain", "category", "criterion", "type", "tag",
    "status", "format", "file", "name", "meta", "metadata", "source", "sources",
})  # fmt: skip
"""Those of them that say this at the end of a name only."""


@lru_cache(maxsize=1024)
def name_words(name: str) -> tuple[str, ...]:
    """The words of a name in small letters, and its numbers."""
    return tuple(re.findall("[a-z]+|[0-9]+", snake(name)))


def words_about(words: tuple[str, ...]) -> frozenset[str]:
    """The words of a name by which its column does not hold what its other words say."""
    return frozenset(word for word in words if word in ABOUT and (word not in MODIFIERS or word == words[-1]))


def letters(name: str) -> str:
    """The letters and digits of a name alone, which differ in no two spellings of it."""
    return re.sub(r"[^a-z0-9]", "", name.casefold())


def snake(name: str) -> str:
    """systemPrompt, "System Prompt" and system-prompt as system_prompt."""
    words = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name)
    return re.sub(r"[^a-z0-9]+", "_", words.casefold()).strip("_")
