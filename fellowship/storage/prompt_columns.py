"""Columns that may belong to a prompt: those of usual names, and those of any name that hold texts of several words.

The names of such columns never end. So a text of at least four words, several lines, or a list or object with one, is
ignored only under a name that says what else it is: an answer, an explanation, a source, a test.
"""

import re
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Any

from fellowship.storage.column_names import name_words, snake, words_about

PROMPT_LIKE = frozenset({
    "instructions", "query", "user_prompt", "user_message", "user_input", "developer", "text", "body",
    "chat_history", "conversation_history", "dialog_history", "previous_turns", "previous_messages",
    "inputs", "choices", "options", "tools", "functions", "files", "attachments", "candidates",
    "few_shot", "few_shot_examples", "prefix", "suffix", "hypothesis", "story", "table", "schema", "hint",
    "hints", "constraints", "content", "message", "source_text", "input_text", "code", "search_results",
    "sql_context", "abstract", "abstracts", "transcript", "a", "b", "c", "d", "e", "opa", "opb", "opc", "opd", "ope",
    "pre_text", "post_text", "examples", "example", "demos", "shots", "guidelines", "second_turn", "next_turn",
    "follow_up", "next_question", "parent", "problem", "statement", "claim", "sentence", "sentences",
    "output_format", "response_format", "answer_format", "format_instructions", "output_schema", "json_schema",
})  # fmt: skip
PROMPT_WORDS = frozenset({
    "context", "contexts", "ctx", "ctxs", "passage", "passages", "document", "documents", "doc", "docs", "history",
    "snippet", "snippets", "chunk", "chunks", "paragraph", "paragraphs", "article", "articles", "evidence", "excerpt",
    "excerpts", "retrieved", "knowledge", "background", "fact", "facts", "premise", "premises", "demonstration",
    "demonstrations", "persona", "personas", "personality", "preamble", "followup", "starter", "fewshot", "parent",
})  # fmt: skip
"""A text in a column with one of these words belongs to the prompt, unless the name has a word of `ABOUT`, too."""
SYSTEM_WORDS = frozenset({
    "system", "sys", "prompt", "message", "msg", "text", "instruction", "instructions", "content", "default", "custom",
    "user", "role", "sysprompt",
})  # fmt: skip
"""A name of these words alone, among them `system`, is a system text."""
PROMPTS = frozenset({"prompt", "question", "problem", "user", "instruction"})
ADDITIONS = frozenset({"prefix", "suffix", "statement", "intro"})
"""Behind one of `PROMPTS`, a part of the prompt."""
FURTHER_PARTS = re.compile(
    r"(?:prompt|question|instruction|input|context|history|turn|text|sentence|claim|query)_?(?:\d|(?<=_)[a-e])"
    r"|system_?\d"
)
OPTION = re.compile(
    r"(?:answer_|multiple_)?(?:option|choice|ending|sol|alternative|opt)_?(?:\d{1,2}|(?<=_)[a-h])|opt[a-h]|\d_?option"
    r"|(?:answer|multiple|mc|possible|candidate)_?(?:options|choices|alternatives)|endings|alternatives"
)
MEDIA = frozenset({
    "image", "images", "img", "imgs", "picture", "pictures", "photo", "photos", "figure", "figures", "screenshot",
    "screenshots", "audio", "audios", "video", "videos", "pdf", "pdfs", "attachment", "attachments", "speech", "wav",
    "frames",
})  # fmt: skip
OF_MEDIA = frozenset({
    "path", "paths", "url", "urls", "uri", "base", "b", "str", "string", "bytes", "data", "file", "files", "filename",
    "filenames", "name", "names", "link", "links", "src", "raw", "encoded", "list", "input", "inputs", "question",
    "prompt", "context", "the", "a", "main", "user", "query", "problem", "jpg", "png",
})  # fmt: skip
"""Words beside those of `MEDIA` under which the column is still the medium."""
MEDIA_FILE = re.compile(
    r"\S.*\.(?:png|jpe?g|gif|webp|bmp|tiff?|mp4|mov|avi|webm|wav|mp3|flac|ogg|m4a|pdf|docx?|xlsx?|pptx?)"
    r"|data:(?:image|audio|video|application)/.*",
    re.IGNORECASE | re.DOTALL,
)
NO_MEDIA = frozenset({"avatar", "thumbnail", "logo", "icon", "source", "origin", "license", "homepage", "page", "log"})
WRITTEN_APART = frozenset({
    # answers
    "answer", "answers", "output", "outputs", "response", "responses", "reply", "replies", "completion", "completions",
    "generation", "generations", "generated", "generator", "target", "targets", "gold", "golden", "truth", "reference",
    "references", "ref", "refs", "solution", "solutions", "ideal", "expected", "correct", "incorrect", "wrong",
    "distractor", "distractors", "chosen", "rejected", "prediction", "predictions", "pred", "result", "results",
    "label", "labels", "draft", "drafts", "summary", "summaries", "highlights", "translation", "translations", "best",
    "aliases", "canonical", "alpaca", "assistant", "gpt", "claude", "llama", "gemini", "mistral", "bot", "baseline",
    # thoughts and remarks of people and models
    "cot", "thought", "thoughts", "thinking", "analysis", "proof", "steps", "why", "because", "remark", "remarks",
    "critiques", "opinion", "opinions", "annotation", "annotations", "annotator", "annotators", "rater", "worker",
    "labeler", "reviewer", "human", "expert", "evaluator", "evaluation", "eval", "judge", "judgment", "judgement",
    "verdict", "decision", "winner", "preference", "better", "votes", "vote", "observation", "observations", "issue",
    "issues", "improvement", "improvements", "suggestion", "suggestions", "strengths", "weaknesses", "pros", "cons",
    # where it comes from
    "headline", "author", "authors", "citation", "citations", "bibtex", "bibliography", "license", "licence",
    "licenses", "copyright", "provenance", "attribution", "publisher", "journal", "venue", "book", "website",
    "institution", "university", "company", "organization", "affiliation", "city", "country", "location",
    "region", "address", "occupation", "profession", "job", "agent", "browser", "device", "created", "updated",
    "modified", "collected", "published", "info", "information", "header", "headers", "moderation", "model", "models",
    "engine", "provider", "config", "configuration", "settings", "params", "parameters", "args", "kwargs", "features",
    "entities", "keywords", "keyword", "concepts", "concept", "genre", "genres", "area", "areas", "discipline",
    "industry", "sector", "skill", "skills", "capability", "subtask", "subset", "collection", "corpus", "group",
    "flags", "error", "errors", "warning", "warnings", "log", "logs", "traceback", "history_id", "caption", "stats",
    "statistics", "usage", "label_description", "intent", "columns", "subtopic", "subtopics", "subfield", "course",
    "lecture", "exam", "position", "degree", "embeddings",
    # what checks an answer
    "test", "tests", "asserts", "assertion", "assertions", "checker", "checklist", "verifier", "rubrics", "principle",
    "principles", "metric", "metrics", "grade", "grading", "grader", "quality", "assessment",
    # the parts of an item that are read
    "truncated",
})  # fmt: skip
"""Words of columns whose texts no model was to see with the prompt."""
HEADS = frozenset({"prompt", "prompts", "question", "questions", "instruction", "instructions"})
"""The last words of names of prompts, such as `assistant_prompt`, unless they are those of evaluators."""
OF_EVALUATORS = frozenset({"judge", "eval", "evaluation", "evaluator", "grader", "grading", "critique", "reward"})
REPEATS = frozenset({
    "attempt", "sample", "trial", "repeat", "repetition", "replicate", "run", "iteration", "draw", "index", "idx",
    "row", "batch", "fold", "worker", "participant", "user", "session", "turn", "order", "condition", "arm", "variant",
})  # fmt: skip
"""Words of columns that count the repetitions of a prompt."""
SAMPLED = REPEATS | {
    "answer", "answers", "output", "outputs", "response", "responses", "reply", "replies", "completion", "completions",
    "generation", "generations", "generated", "prediction", "predictions", "draft", "drafts", "model", "models",
    "generator", "engine", "provider", "id", "ids", "uuid", "uid", "hash", "seed", "time", "date", "timestamp",
    "created", "updated", "annotator", "rater", "score", "scores", "rating", "status", "finish", "usage", "label",
    "labels", "url", "chosen", "rejected", "reference", "gold", "target", "winner", "preference", "key",
}  # fmt: skip
"""Words of columns that differ where one prompt is answered several times."""
EMPTY_NOTATION = frozenset({"[]", "{}", "[[]]", "null", "None"})
WORDS_OF_A_TEXT = 4
CHARACTERS_OF_A_TEXT = 10
WITHOUT_BLANKS = re.compile("[\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff\u0e00-\u0e7f]")
"""Characters of the scripts that do not separate words."""
DEPTH = 6
PLACEHOLDER = re.compile(r"\{\{?\s*([^\W\d][\w -]{0,39}?)\s*\}?\}|%\(([^\W\d]\w{0,39})\)s|<([^\W\d]\w{0,39})>")
HTML_NAMES = frozenset({
    "a", "b", "i", "p", "body", "button", "code", "form", "head", "header", "html", "image", "img", "input", "label",
    "link", "main", "nav", "option", "script", "section", "select", "source", "style", "summary", "table", "text",
    "textarea", "title", "video", "audio", "footer", "article", "data", "object", "output", "time",
})  # fmt: skip
"""Names that stand between angle brackets in HTML as well."""


@lru_cache(maxsize=1024)
def is_like_prompt(name: str) -> bool:
    """Whether a text under this name belongs to the prompt."""
    words, spelt = frozenset(name_words(name)), snake(name)
    by_words = not words.isdisjoint(PROMPT_WORDS) and not words_about(name_words(name))
    is_system = words <= SYSTEM_WORDS and not words.isdisjoint(("system", "sys", "sysprompt"))
    is_addition = not words.isdisjoint(PROMPTS) and name_words(name)[-1:] and name_words(name)[-1] in ADDITIONS
    is_numbered = FURTHER_PARTS.fullmatch(spelt) is not None or OPTION.fullmatch(spelt) is not None
    return by_words or is_system or bool(is_addition) or spelt in PROMPT_LIKE or is_numbered or _is_medium(words)


@lru_cache(maxsize=1024)
def is_written_apart(name: str) -> bool:
    """Whether the name says that its texts do not belong to the prompt."""
    words = frozenset(name_words(name))
    if name_words(name)[-1:] and name_words(name)[-1] in HEADS and words.isdisjoint(OF_EVALUATORS):
        return False
    return not words.isdisjoint(WRITTEN_APART) or bool(words_about(name_words(name)))


@lru_cache(maxsize=1024)
def may_tell_apart(name: str) -> bool:
    """Whether a text under this name may be what distinguishes two equal prompts."""
    return not is_written_apart(name) and REPEATS.isdisjoint(name_words(name))


@lru_cache(maxsize=1024)
def may_be_data(name: str) -> bool:
    """Whether a text under this name may be what the one instruction of all rows is about."""
    return SAMPLED.isdisjoint(name_words(name)) and bool(name)


def texts_in(value: Any, depth: int = DEPTH, *, of_all_keys: bool = False) -> Iterator[str]:
    """The texts of a value, and of lists and objects in it, that are not blank; of objects without those apart."""
    if isinstance(value, str):
        if value.strip() and value.strip() not in EMPTY_NOTATION:
            yield value
    elif depth and isinstance(value, list):
        for each in value:
            yield from texts_in(each, depth - 1, of_all_keys=of_all_keys)
    elif depth and isinstance(value, Mapping):
        for key, each in value.items():
            if of_all_keys or "description" in str(key) or not is_written_apart(str(key)):
                yield from texts_in(each, depth - 1, of_all_keys=of_all_keys)


def is_of_several_words(text: str) -> bool:
    """Whether a text is a sentence, a paragraph or several lines; false for names, tags, dates, links and numbers."""
    if "\n" in text.strip():
        return True
    return len(text.split()) >= WORDS_OF_A_TEXT or len(WITHOUT_BLANKS.findall(text[:200])) >= CHARACTERS_OF_A_TEXT


def is_media_file(name: str, value: Any) -> bool:
    """Whether a value is the path or content of an image, a recording or a document of an office program."""
    words = frozenset(name_words(name))
    is_apart = is_written_apart(name) and words.isdisjoint(("file", "path", "name"))
    if is_apart or not words.isdisjoint(NO_MEDIA):
        return False
    first = value[0] if isinstance(value, list) and value else value
    return isinstance(first, bytes) or (isinstance(first, str) and MEDIA_FILE.fullmatch(first.strip()) is not None)


def placeholders(text: str) -> Iterator[str]:
    """The names that stand as `{name}`, `{{name}}`, `%(name)s` or `<name>` in a text."""
    if "{" in text or "<" in text or "%(" in text:
        for found in PLACEHOLDER.finditer(text):
            name = found[1] or found[2] or found[3]
            is_tag = found[3] is not None and (name.lower() in HTML_NAMES or f"</{name}>" in text)
            if not is_tag:
                yield name


def _is_medium(words: frozenset[str]) -> bool:
    others = words - MEDIA
    return others != words and all(word in OF_MEDIA or word.isdigit() for word in others)
