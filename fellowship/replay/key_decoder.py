"""Decodes bytes from a terminal into key names: `left`, `pagedown`, `enter`, `space`, `ctrl-c`, or the letter."""

import re

FINALS = {"A": "up", "B": "down", "C": "right", "D": "left", "H": "home", "F": "end"}
TILDES = {"1": "home", "7": "home", "4": "end", "8": "end", "3": "delete", "5": "pageup", "6": "pagedown"}
LETTERS = {
    " ": "space", "\r": "enter", "\n": "enter", "\t": "tab", "\x7f": "backspace", "\x08": "backspace",
    "\x03": "ctrl-c", "\x0c": "ctrl-l",
}  # fmt: skip
SEQUENCE = re.compile(rb"\x1b(?:O(?P<function>[ -~])|\[(?P<parameters>[0-?]*)[ -/]*(?P<final>[@-~]))")
SEQUENCE_START = re.compile(rb"\x1b(?:O|\[[0-?]*[ -/]*)?")


class KeyDecoder:
    """An incremental decoder: an escape sequence may be split over several reads."""

    def __init__(self) -> None:
        self._pending = b""

    @property
    def unfinished(self) -> bool:
        """Whether an incomplete sequence is pending; after a pause `flush` decodes it as it is."""
        return bool(self._pending)

    def feed(self, data: bytes) -> list[str]:
        """The keys that these bytes complete."""
        return self._decode(self._pending + data, at_end=False)

    def flush(self) -> list[str]:
        """The keys in the pending bytes: a lone escape byte is the escape key."""
        return self._decode(self._pending, at_end=True)

    def _decode(self, data: bytes, *, at_end: bool) -> list[str]:
        keys = []
        while data:
            if not at_end and (SEQUENCE_START.fullmatch(data) or len(data) < _character_length(data[0])):
                break
            name, length = _first_key(data)
            data = data[length:]
            if name:
                keys.append(name)
        self._pending = data
        return keys


def _first_key(data: bytes) -> tuple[str | None, int]:
    """The first key, None if it has no name here, and its length in bytes."""
    if found := SEQUENCE.match(data):
        final = (found["function"] or found["final"]).decode()
        name = TILDES.get(found["parameters"].split(b";")[0].decode()) if final == "~" else FINALS.get(final)
        return name, found.end()
    if data[0] == 0x1B:
        return "esc", 1
    length = _character_length(data[0])
    letter = data[:length].decode("utf-8", errors="replace")
    if letter in LETTERS:
        return LETTERS[letter], length
    return (letter if len(letter) == 1 and letter.isprintable() else None), length


def _character_length(first: int) -> int:
    return 1 if first < 0xC0 else 2 if first < 0xE0 else 3 if first < 0xF0 else 4
