"""Bytes from a terminal as names of keys: `left`, `pagedown`, `enter`, `space`, `ctrl-c`, or the letter itself."""

import re

FINALS = {
    "A": "up", "B": "down", "C": "right", "D": "left", "H": "home", "F": "end",
}  # fmt: skip
TILDES = {
    "1": "home", "7": "home", "4": "end", "8": "end", "3": "delete", "5": "pageup", "6": "pagedown",
}  # fmt: skip
LETTERS = {
    " ": "space", "\r": "enter", "\n": "enter", "\t": "tab", "\x7f": "backspace", "\x08": "backspace",
    "\x03": "ctrl-c", "\x0c": "ctrl-l",
}  # fmt: skip
SEQUENCE = re.compile(rb"\x1b(?:O(?P<function>[ -~])|\[(?P<parameters>[0-?]*)[ -/]*(?P<final>[@-~]))")
SEQUENCE_START = re.compile(rb"\x1b(?:O|\[[0-?]*[ -/]*)?")


class Keys:
    """Reads keys out of bytes as they come; a sequence may be split over several reads."""

    def __init__(self) -> None:
        self._rest = b""

    @property
    def unfinished(self) -> bool:
        """Whether something is held back that more bytes may complete; after a pause, `flush` takes it as it is."""
        return bool(self._rest)

    def feed(self, data: bytes) -> list[str]:
        """The keys that are complete with these bytes."""
        return self._taken(self._rest + data, at_end=False)

    def flush(self) -> list[str]:
        """The keys in what was held back: a lone escape byte is the escape key."""
        return self._taken(self._rest, at_end=True)

    def _taken(self, data: bytes, *, at_end: bool) -> list[str]:
        keys = []
        while data:
            if not at_end and (SEQUENCE_START.fullmatch(data) or _is_half_a_letter(data)):
                break
            name, length = _first(data)
            data = data[length:]
            if name:
                keys.append(name)
        self._rest = data
        return keys


def _first(data: bytes) -> tuple[str | None, int]:
    """The first key, None where it has no name here, and how many bytes it takes."""
    found = SEQUENCE.match(data)
    if found:
        return _named(found), found.end()
    if data[0] == 0x1B:
        return "esc", 1
    length = _letter_length(data[0])
    letter = data[:length].decode("utf-8", errors="replace")
    if letter in LETTERS:
        return LETTERS[letter], length
    return (letter if len(letter) == 1 and letter.isprintable() else None), length


def _named(found: re.Match[bytes]) -> str | None:
    final = (found["function"] or found["final"]).decode()
    if final == "~":
        return TILDES.get(found["parameters"].split(b";")[0].decode())
    return FINALS.get(final)


def _is_half_a_letter(data: bytes) -> bool:
    return len(data) < _letter_length(data[0])


def _letter_length(first: int) -> int:
    return 1 if first < 0xC0 else 2 if first < 0xE0 else 3 if first < 0xF0 else 4
