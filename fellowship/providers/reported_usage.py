"""Token counts of a response body as a `Usage`: known only where each of them is a whole number and the sums agree."""

from typing import Any

from fellowship.protocols.completions import UNKNOWN_USAGE, Usage


def reported_usage(
    prompt: Any, completion: Any, *, cached: Any = None, reasoning: Any = None, total: Any = None, written: Any = None
) -> Usage:
    """The usage in these values of a body, of any JSON type; UNKNOWN_USAGE for counts that contradict each other.

    Reasoning tokens are counted among the completion tokens unless there are more of them, or the total shows that they
    are not; then they are added. Of a total above the sum, the rest are tokens of the prompt if as many were read from
    the cache, or `written` to it, or both; else tokens of the reply. Cached tokens that cannot be true count as 0,
    which costs the most.
    """
    if type(prompt) is not int or type(completion) is not int or prompt <= 0 or completion < 0:
        return UNKNOWN_USAGE
    if reasoning is not None:
        if type(reasoning) is not int or reasoning < 0:
            return UNKNOWN_USAGE
        if reasoning > completion or (reasoning and total == prompt + completion + reasoning):
            if total == prompt + completion:  # Perplexity leaves them out of the total
                total += reasoning
            completion += reasoning
    if total is not None and total != prompt + completion:
        if type(total) is not int or total < prompt + completion:
            return UNKNOWN_USAGE
        rest = total - prompt - completion
        n_read = cached if type(cached) is int and cached > 0 else 0
        n_written = written if type(written) is int and written > 0 else 0
        if rest in (n_read, n_written, n_read + n_written):
            prompt += rest
        else:
            completion += rest
    return Usage(prompt, completion, cached if type(cached) is int and 0 < cached <= prompt else 0, reasoning or 0)


def count_sum(*counts: Any) -> int | None:
    """The sum of values of a body, with 0 for null; None where one is no whole number from 0 on."""
    given = [count for count in counts if count is not None]
    return sum(given) if all(type(count) is int and count >= 0 for count in given) else None
