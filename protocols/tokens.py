"""Numbers of tokens: the check of reported ones, and assumptions for use where none is reported."""

LARGEST_COUNT = 2**63 - 1
CHARS_PER_TOKEN = 3.6
"""Characters of a token, on average over prompts and replies in English."""
MOST_CHARS_PER_TOKEN, FEWEST_CHARS_PER_TOKEN = 4.5, 3.0
"""The range of that average over languages and vocabularies."""
EXPECTED_REPLY_TOKENS = 512
"""The length of a reply by an agent that has not replied yet."""
LONGEST_REPLY_TOKENS = 2048
"""The longest reply to a request without `max_tokens`."""


def checked_count(reported: object) -> int:
    """The count within 0 to 2**63 - 1, which SQLite and OpenTelemetry can hold; 0 for anything but an integer."""
    return max(0, min(int(reported), LARGEST_COUNT)) if isinstance(reported, int) else 0
