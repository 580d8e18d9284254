"""Requests as pieces, so that a text that many requests contain is stored once.

A stored request is a JSON array of strings. The first is the hash of the end of its JSON (sampling and reply form); the
first character of each of the others says what it is:

    @role   begins a message of this role
    =text   a part of the message, as it is
    #hash   a part of the message: the text with this hash
    *hash   the text with this hash is a JSON array of pieces, which belong here

The view `asks` puts the pieces together again (schema.py). What is cut where follows from the texts of a request and of
the messages its author saw, never from the role's code.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import orjson

from fellowship.protocols.completions import Request
from fellowship.protocols.digests import text_digest

HASH_DIGITS = 24
SHORTEST_POOLED = 40  # characters; a reference takes 25 bytes in a request, and a text 55 of its own
BLOCK = 32  # pieces; a chat of n turns is n / 32 references, and not n, in every request that repeats it
MEMORY_CHARS = 8_000_000
MESSAGE_KEYS = ["role", "content"]


class TextPool:
    """Cuts requests into pieces. Texts that may not be in the journal yet are appended to `new`, as (hash, text).

    What was pooled lately is remembered, so that it is neither hashed nor written again; what is forgotten is written
    a second time, which changes nothing.
    """

    __slots__ = ("_arrays", "_cuts", "_forms", "_n_chars", "_pieces", "new")

    def __init__(self, new: list[tuple[Any, ...]]) -> None:
        self.new = new
        self._pieces: dict[str, str] = {}
        self._cuts: dict[tuple[str, str], list[str]] = {}
        self._forms: dict[tuple[bytes, str], str] = {}
        self._arrays: dict[tuple[str, ...], str] = {}
        self._n_chars = 0

    def pieces(self, request: Request, texts: Mapping[str, str], inputs: Iterable[str]) -> str:
        """The request as it is stored. It is likely to contain those of the `texts` whose ids are `inputs`, in order.

        A request whose messages have more than a role and a text is stored whole.
        """
        cuts = self._cuts
        try:
            form = orjson.dumps(request.sampling), request.reply
            found = [self._forms[form] if form in self._forms else self._form(form)]
            for message in request.messages:
                if [*message] != MESSAGE_KEYS:
                    raise ValueError(message)
                said = message["role"], message["content"]
                found += cuts[said] if said in cuts else self._cut(said, texts, inputs)
            return self._blocks(found) if found[BLOCK:] else orjson.dumps(found).decode()
        except (AttributeError, KeyError, TypeError, ValueError):
            sent = {"messages": request.messages, "sampling": request.sampling, "reply": request.reply}
            return orjson.dumps(sent).decode()

    def array(self, ids: tuple[str, ...]) -> str:
        """A JSON array of ids of messages, in blocks where it is long."""
        if ids in self._arrays:
            return self._arrays[ids]
        if ids[BLOCK:]:
            return self._blocks(ids)
        found = self._arrays[ids] = orjson.dumps(ids).decode()
        self._remember(found)
        return found

    def _blocks(self, values: Sequence[str]) -> str:
        """A JSON array whose full blocks, from the second value on, are references to pooled arrays.

        Arrays that begin alike share their blocks.
        """
        first, *rest = values
        whole = len(rest) // BLOCK * BLOCK
        blocks = (orjson.dumps(rest[start : start + BLOCK]).decode() for start in range(0, whole, BLOCK))
        return orjson.dumps([first, *(f"*{self.hash(block)}" for block in blocks), *rest[whole:]]).decode()

    def hash(self, text: str) -> str:
        """The hash of a text, which is pooled."""
        return self._piece(text)[1:]

    def _cut(self, said: tuple[str, str], texts: Mapping[str, str], inputs: Iterable[str]) -> list[str]:
        role, content = said
        found, start = [f"@{role}"], 0
        for id in inputs:
            if id not in texts or (at := content.find(texts[id], start)) < 0:
                continue
            if at > start:
                found.append(self._part(content[start:at]))
            found.append(self._piece(texts[id]))
            start = at + len(texts[id])
        if start < len(content):
            found.append(self._part(content[start:]))
        self._remember(content)
        self._cuts[said] = found
        return found

    def _part(self, text: str) -> str:
        if len(text) < SHORTEST_POOLED and "\0" not in text:  # SQLite's JSON functions end a text there
            return f"={text}"
        return self._piece(text)

    def _piece(self, text: str) -> str:
        if text in self._pieces:
            return self._pieces[text]
        hash = text_digest(text).hex()[:HASH_DIGITS]
        self.new.append((hash, text))
        self._remember(text)
        piece = self._pieces[text] = f"#{hash}"
        return piece

    def _form(self, form: tuple[bytes, str]) -> str:
        sampling, reply = form
        end = f'"sampling":{sampling.decode()},"reply":{orjson.dumps(reply).decode()}'
        self._forms[form] = self.hash(end)
        return self._forms[form]

    def _remember(self, text: str) -> None:
        self._n_chars += len(text)
        if self._n_chars > MEMORY_CHARS:
            for memory in (self._pieces, self._cuts, self._forms, self._arrays):
                memory.clear()
            self._n_chars = 0
