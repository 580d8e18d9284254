"""Which names are those of secrets: keys, tokens, passwords. Values under such names are neither shown nor recorded.

The names of limits and counts, such as TOKEN_LIMIT, MAX_TOKENS and N_API_KEYS, have the same words and do not count. In
case of doubt, as with MAX_API_KEY and API_KEY_MAX, a name counts.
"""

import re

SECRET_WORDS = {"key", "apikey", "secret", "token", "password", "passwd", "passphrase", "pwd", "credential", "auth"}
SECRET_END = re.compile(r"(api|access|secret|private)_?keys?$|(secrets|credentials|passwords|bearer|authorization)$")
PART_OF_SECRET = re.compile(r"key|token|secret|password|credential", re.IGNORECASE)

_SECRET = r"(key|token|secret|passw|passphrase|pwd|credential|auth|bearer)"
_SINGLE = r"(key|secret|password|passwd|passphrase|pwd|credential|auth|bearer|authorization)$"
_MEASURE = (
    r"(limits?|caps?|ceiling|allowance|budgets?|quotas?|thresholds?|counts?|counter|totals?|usage|sizes?|len"
    r"|lengths?|rates?|ratio|per|prices?|costs?|ttl|lifetime|timeout|retries|attempts|failures)"
)
_BOUND = r"(max|min|maximum|minimum|n|num|number)"
_KIND = r"(new|input|output|prompt|completion|context|total|reply)"
QUANTITY = re.compile(
    rf"{_SECRET}.*_{_MEASURE}(_(?!.*{_SECRET})|$)"  # TOKEN_LIMIT, and with a unit TOKEN_LIMIT_PER_DAY
    rf"|(^token|tokens|keys|secrets|passwords|credentials)_({_BOUND}|used)(_|$)"
    rf"|(^|_){_MEASURE}_(.*_)?tokens$"
    rf"|(^|_){_BOUND}_(?!(.*_)?{_SINGLE}|(?!{_KIND}_token$).+_token$)"  # MAX_NEW_TOKEN, but not MAX_HF_TOKEN
)


def is_secret(name: str) -> bool:
    """Whether a variable of that name is a key, a token or a password."""
    words = _words(name)
    is_named = bool(SECRET_WORDS.intersection(words.split("_")) or SECRET_END.search(words))
    return is_named and not QUANTITY.search(words)


def may_be_secret(name: str) -> bool:
    """`is_secret`, or a word of secrets is anywhere in a name that somebody wrote into a file or an address."""
    return is_secret(name) or (bool(PART_OF_SECRET.search(name)) and not QUANTITY.search(_words(name)))


def _words(name: str) -> str:
    """The words of a name in lower case, with `_` between them: also of `maxTokens` and `max-tokens`."""
    return re.sub(r"[^a-z0-9]", "_", re.sub(r"(?<=[a-z])(?=[A-Z])", "_", name).lower())
