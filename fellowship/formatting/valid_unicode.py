"""Lone halves of surrogate pairs, which some models and clients let through, and which no UTF-8 file can hold."""


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
