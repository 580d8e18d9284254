"""Numbers of tokens: bounds of reported ones, and assumptions for use where none is reported."""

CHARS_PER_TOKEN = 3.6
"""Characters of a token, on average over prompts and replies in English."""
MOST_CHARS_PER_TOKEN, FEWEST_CHARS_PER_TOKEN = 4.5, 3.0
"""The range of that average over languages and vocabularies."""
EXPECTED_REPLY_TOKENS = 512
"""The length of a reply by an agent that has not replied yet."""
LONGEST_REPLY_TOKENS = 2048
"""The longest reply to a request without `max_tokens`."""

LONGEST_TOKEN_CHARS = 128
"""More characters than a token has on average over any text: usual texts have 1 to 6, runs of blanks more."""
MOST_REPLY_TOKENS = 2**20
"""More tokens than a reply to a request without `max_tokens` has."""
