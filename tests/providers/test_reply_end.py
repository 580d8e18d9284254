"""Whether a reply is whole, by its finish reason, its length, its text and the tokens of its prompt."""

from typing import Any

import pytest
from structlog.testing import capture_logs

from fellowship.protocols.completions import AskKey, Completion, Finish, Request, Usage
from fellowship.protocols.errors import ProviderUnavailable
from fellowship.providers.reply_end import EndCheck

ENGLISH = "The river ran high in spring, and nobody crossed it. "
HINDI = "सभी मनुष्यों को गौरव और अधिकारों के मामले में समानता प्राप्त है। "
TAMIL = "மனிதப் பிறிவியினர் சகலரும் சுதந்திரமாகவே பிறக்கின்றனர்; "
CHINESE = "人人生而自由,在尊严和权利上一律平等。"
THAI = "มนุษย์ทั้งหลายเกิดมามีอิสระและเสมอภาคกันในเกียรติศักดิ์และสิทธิ"


def a_request(*contents: str, model: str = "ollama/m", **sampling: Any) -> Request:
    messages: Any = tuple({"role": "user", "content": content} for content in contents or ("Which?",))
    return Request(AskKey("c1", "", "judge", 0), 1, model, messages, sampling, "Verdict")


def checked(completion: Completion, request: Request | None = None) -> Completion:
    return EndCheck().checked(completion, request or a_request())


def of_bytes(text: str, n: int) -> str:
    return text * (n // len(text.encode()))


@pytest.mark.parametrize(
    ("contents", "tokens"),
    [
        ((of_bytes(ENGLISH, 140_000),), 4_096),
        ((of_bytes(ENGLISH, 60_000),), 4_096),
        (("Judge.", of_bytes(ENGLISH, 30_000), of_bytes(ENGLISH, 30_000)), 2_048),
        ((of_bytes(CHINESE, 100_000),), 4_096),
        ((of_bytes(HINDI, 140_000),), 4_096),
        ((of_bytes(THAI, 140_000),), 4_096),
        ((of_bytes("0123456789abcdef", 140_000),), 4_096),
    ],
    ids=["English", "less of it", "several messages", "Chinese", "Hindi", "Thai", "digits"],
)
def test_a_prompt_of_which_a_part_was_read_is_noticed(contents: tuple[str, ...], tokens: int) -> None:
    """The server counts fewer tokens than the prompt can have; the log says so once for each model."""
    check, completion = EndCheck(), Completion("Score A: 9/10", usage=Usage(tokens, 20))

    with capture_logs() as logs:
        for model in ("a/m", "a/m", "b/m"):
            assert check.checked(completion, a_request(*contents, model=model)).finish == "prompt_truncated"

    n_bytes = sum(len(content.encode()) for content in contents)
    assert logs == [
        {
            "event": "prompt_truncated",
            "log_level": "warning",
            "model": model,
            "prompt_tokens": tokens,
            "prompt_bytes": n_bytes,
        }
        for model in ("a/m", "b/m")
    ]


@pytest.mark.parametrize(
    ("content", "usage"),
    [
        (of_bytes(ENGLISH, 140_000), Usage(31_700, 20)),
        (of_bytes(ENGLISH, 140_000), Usage(27_000, 20)),
        (of_bytes(HINDI, 140_000), Usage(14_700, 20)),
        (of_bytes(TAMIL, 140_000), Usage(17_000, 20)),
        (of_bytes(CHINESE, 140_000), Usage(30_500, 20)),
        (of_bytes(THAI, 140_000), Usage(18_500, 20)),
        (" " * 140_000, Usage(1_190, 20)),
        ("-" * 140_000, Usage(2_200, 20)),
        (of_bytes("| " + "-" * 40 + " | a |\n", 140_000), Usage(12_500, 20)),
        (of_bytes("🙂", 140_000), Usage(8_000, 20)),
        (of_bytes(ENGLISH, 140_000), Usage(0, 20)),
        (of_bytes(ENGLISH, 140_000), Usage()),
        (of_bytes(ENGLISH, 140_000), Usage(10, 5)),
        (of_bytes(ENGLISH, 140_000), Usage(400, 20, cached_tokens=31_300)),
        (of_bytes(ENGLISH, 140_000), Usage(31_700, 20, cached_tokens=31_300)),
        (of_bytes(ENGLISH, 5_000), Usage(1_000, 20)),
    ],
    ids=[
        *(
            "English",
            "superwords",
            "Hindi",
            "Tamil",
            "Chinese",
            "Thai",
            "blanks",
            "dashes",
            "a table",
            "emoji",
            "no count",
        ),
        *("no usage", "a made-up count", "cached beside the prompt", "cached within it", "short"),
    ],
)
def test_a_prompt_that_was_read_is_not_taken_for_truncated(content: str, usage: Usage) -> None:
    """Counts of the best tokenizers; runs of signs are single tokens."""
    with capture_logs() as logs:
        completion = checked(Completion("Score A: 9/10", usage=usage), a_request(content))

    assert (completion.finish, logs) == ("stop", [])


@pytest.mark.parametrize(
    "text",
    [
        "A text that was cut in the mid",
        "First. And then they went to the",
        "The answer is:",
        "It holds that A, B,",
        "Code:\n```py\nx = 1",
        '{"unsupported": ["a claim", "another',
        "在这一点上我们必须承认他们的看法是有道理的但是我们也",
    ],
)
def test_without_a_finish_reason_a_text_that_breaks_off_is_cut_off(text: str) -> None:
    """In a sentence, a list, a block of code or an object."""
    assert checked(Completion(text, "unstated")).finish == "length"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Canberra",
        "Canberra is the capital.",
        "A is right.\nScore A: 9/10\nScore B: 4/10",
        "Both are fine.\nThe better answer is A",
        "My verdict is a tie",
        "[[A>B]]",
        '{"a": [1, 2]}',
        '```json\n{"a": 1}\n```',
        "Buy:\n- two loaves of bread\n- a pound of butter",
        "# The history of the town",
        "人人生而自由。",
        "Good luck with it 🙂",
        "Roses are red as blood\nViolets are blue as rain",
    ],
)
def test_without_a_finish_reason_a_whole_text_is_whole(text: str) -> None:
    """So is one whose end says nothing."""
    assert checked(Completion(text, "unstated")).finish == "stop"


@pytest.mark.parametrize(
    ("finish", "tokens", "settled"),
    [
        ("unstated", 64, "length"),
        ("unstated", 63, "stop"),
        ("unknown", 70, "length"),
        ("unknown", 63, "unknown"),
        ("stop", 64, "stop"),
        ("max_tokens", 3, "length"),  # a provider of somebody's own
        ("END_TURN", 3, "stop"),
        ("content_filter", 3, "content_filter"),
        ("refusal", 3, "refusal"),
    ],
)
def test_as_many_tokens_as_there_may_be_are_a_cut(finish: Any, tokens: int, settled: Finish) -> None:
    """Unless the server says that the text ended."""
    completion = Completion("Canberra.", finish, Usage(10, tokens))

    assert checked(completion, a_request(max_tokens=64)).finish == settled


def test_an_unknown_reason_is_reported_once_for_each_model() -> None:
    """On one line, without keys."""
    check = EndCheck()
    completion = Completion("Canberra.", "unknown", finish_as_sent="be\ncause sk-abcdefghijklmnop")

    with capture_logs() as logs:
        for model in ("a/m", "b/m", "a/m"):
            assert check.checked(completion, a_request(model=model)).finish == "unknown"

    assert [each["event"] for each in logs] == ["finish_reason_unknown"] * 2
    assert [each["model"] for each in logs] == ["a/m", "b/m"]
    assert logs[0]["finish_reason"].startswith("be")
    assert "\n" not in logs[0]["finish_reason"]
    assert "abcdefghijklmnop" not in logs[0]["finish_reason"]


def test_a_failure_that_a_provider_states_is_one() -> None:
    """A provider of somebody's own may state it as its finish."""
    with pytest.raises(ProviderUnavailable, match=r"ollama/m: the reply ended .* with finish reason 'error'"):
        checked(Completion("Canb", "error"))  # type: ignore[arg-type]
