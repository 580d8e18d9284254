"""The one check of a completion: behind it counts are whole numbers and texts can be written to a file."""

from dataclasses import replace

from fellowship.formatting.valid_unicode import replace_surrogates
from fellowship.protocols.completions import Completion, Usage
from fellowship.protocols.tokens import LARGEST_COUNT, checked_count


def checked(completion: Completion) -> Completion:
    """The completion, with 0 for a count that is no whole number from 0 on, and U+FFFD for half surrogate pairs."""
    usage = completion.usage
    counts = (usage.prompt_tokens, usage.completion_tokens, usage.cached_tokens, usage.reasoning_tokens)
    for count in counts:
        if type(count) is not int or not 0 <= count <= LARGEST_COUNT:
            completion = replace(completion, usage=Usage(*map(checked_count, counts)))
            break
    for text in (completion.text, completion.served_model, completion.request_id):
        if text is not None and not text.isascii():
            return _in_unicode(completion)
    return completion


def _in_unicode(completion: Completion) -> Completion:
    text = replace_surrogates(completion.text)
    served, id = (name and replace_surrogates(name) for name in (completion.served_model, completion.request_id))
    if (text, served, id) == (completion.text, completion.served_model, completion.request_id):
        return completion
    return replace(completion, text=text, served_model=served, request_id=id)
