"""Bytes that are not UTF-8, and lone halves of surrogate pairs, which some models and clients let through."""


def is_valid_unicode(*texts: str) -> bool:
    """Whether all the texts can be encoded as UTF-8."""
    try:
        "".join(texts).encode()
    except UnicodeEncodeError:
        return False
    return True


def replace_surrogates(text: str) -> str:
    """The text with its surrogate pairs joined to characters, and U+FFFD for lone halves."""
    return text if is_valid_unicode(text) else text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def encoding_problem(text: bytes) -> str | None:
    """What is wrong with bytes that are not UTF-8, and the remedy; None if they are UTF-8."""
    try:
        text.decode()
        return None
    except UnicodeDecodeError as error:
        place = f"not UTF-8: byte 0x{text[error.start]:02x} at position {error.start + 1}"
    if _is_utf8_with_surrogates(text):
        return f"{place} begins the half of a surrogate pair, as of a text that is cut in an emoji; leave it out"
    encoding = "CP1252" if any(0x80 <= byte < 0xA0 for byte in text) else "LATIN1"
    return f"{place}; convert the file: iconv -f {encoding} -t UTF-8 FILE > NEW, or from the encoding it was written in"


def _is_utf8_with_surrogates(text: bytes) -> bool:
    """Whether halves of surrogate pairs are all that keeps the bytes from being UTF-8."""
    try:
        text.decode("utf-8", "surrogatepass")
    except UnicodeDecodeError:
        return False
    return True
