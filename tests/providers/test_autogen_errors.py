"""What AutoGen clients raise, by what the exceptions of the vendors' SDKs carry. The classes here have their names."""

from typing import Any

import pytest

from fellowship.protocols.completions import Completion, Usage
from fellowship.protocols.errors import (
    MalformedResponse,
    Overloaded,
    ProviderError,
    ProviderRefused,
    ProviderTimeout,
    ProviderUnavailable,
    RateLimited,
    RequestRejected,
)
from fellowship.providers.autogen_errors import client_error
from tests.providers.clients import Raising, complete


class Response:
    """The response that SDKs put on their errors."""

    def __init__(self, status: int, **headers: str) -> None:
        self.status_code = status
        self.headers = {name.replace("_", "-"): value for name, value in headers.items()}


def an_error(name: str, *bases: str, text: str = "no", **attributes: Any) -> Exception:
    """An exception whose class has this name, and bases of those names, with these attributes."""
    parent: type[Exception] = Exception
    for base in bases:
        parent = type(base, (parent,), {})
    error: Exception = type(name, (parent,), {})(text)
    vars(error).update(attributes)
    return error


def with_status(name: str, status: int, body: Any = None, **headers: str) -> Exception:
    """An APIStatusError as openai and anthropic raise it."""
    return an_error(name, "APIStatusError", status_code=status, body=body, response=Response(status, **headers))


QUOTA = {"code": "insufficient_quota", "type": "insufficient_quota"}
OVERLOAD = {"type": "error", "error": {"type": "overloaded_error", "message": "Overloaded"}}
LIMIT = {"type": "error", "error": {"type": "rate_limit_error", "message": "Slow down"}}


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        pytest.param(with_status("RateLimitError", 429), RateLimited, id="openai 429"),
        pytest.param(with_status("RateLimitError", 429, LIMIT), RateLimited, id="anthropic 429"),
        pytest.param(with_status("RateLimitError", 429, QUOTA), ProviderRefused, id="openai quota used up"),
        pytest.param(with_status("AuthenticationError", 401), ProviderRefused, id="401"),
        pytest.param(with_status("PermissionDeniedError", 403), ProviderRefused, id="403"),
        pytest.param(with_status("PaymentRequiredError", 402), ProviderRefused, id="402"),
        pytest.param(with_status("BadRequestError", 400), RequestRejected, id="400"),
        pytest.param(with_status("NotFoundError", 404), RequestRejected, id="404"),
        pytest.param(with_status("ContentTooLargeError", 413), RequestRejected, id="413"),
        pytest.param(with_status("UnprocessableEntityError", 422), RequestRejected, id="422"),
        pytest.param(with_status("ConflictError", 409), ProviderUnavailable, id="409"),
        pytest.param(with_status("RequestTimeoutError", 408), ProviderUnavailable, id="408"),
        pytest.param(with_status("InternalServerError", 500), ProviderUnavailable, id="500"),
        pytest.param(with_status("InternalServerError", 502), ProviderUnavailable, id="502"),
        pytest.param(with_status("InternalServerError", 503), Overloaded, id="503"),
        pytest.param(with_status("OverloadedError", 529, OVERLOAD), Overloaded, id="anthropic 529"),
        pytest.param(with_status("APIStatusError", 498), Overloaded, id="groq 498"),
        pytest.param(with_status("APIStatusError", 200, OVERLOAD), Overloaded, id="anthropic in mid stream"),
        pytest.param(an_error("RateLimitError"), RateLimited, id="limit without a response"),
        pytest.param(an_error("AuthenticationError"), ProviderRefused, id="key without a response"),
        pytest.param(an_error("BadRequestError"), RequestRejected, id="rejected without a response"),
        pytest.param(an_error("APITimeoutError", "APIConnectionError"), ProviderTimeout, id="SDK's timeout"),
        pytest.param(an_error("ReadTimeout", "TimeoutException"), ProviderTimeout, id="httpx timeout"),
        pytest.param(TimeoutError("too long"), ProviderTimeout, id="Python's timeout"),
        pytest.param(an_error("APIConnectionError"), ProviderUnavailable, id="SDK's connection"),
        pytest.param(an_error("ConnectError", "TransportError"), ProviderUnavailable, id="httpx connection"),
        pytest.param(an_error("HTTPStatusError", response=Response(429)), RateLimited, id="httpx status"),
        pytest.param(ConnectionError("Failed to connect to Ollama"), ProviderUnavailable, id="ollama is not there"),
        pytest.param(an_error("ResponseError", status_code=404), RequestRejected, id="ollama has no such model"),
        pytest.param(an_error("ResponseError", status_code=-1), ProviderUnavailable, id="ollama without a status"),
        pytest.param(an_error("HttpResponseError", status_code=429), RateLimited, id="azure status"),
        pytest.param(an_error("ClientAuthenticationError", "HttpResponseError"), ProviderRefused, id="azure key"),
        pytest.param(an_error("APIResponseValidationError"), MalformedResponse, id="of another form"),
        pytest.param(an_error("RateLimitErrorCounter"), ProviderUnavailable, id="a name that only begins so"),
        pytest.param(ValueError("out of paper"), ProviderUnavailable, id="anything else"),
    ],
)
def test_the_exceptions_of_the_sdks_are_told_apart(error: Exception, kind: type[ProviderError]) -> None:
    """By status, else by code, else by the names of their classes."""
    failure = client_error("Client", error)

    assert type(failure) is kind


@pytest.mark.parametrize(
    ("headers", "retry_after_s"),
    [
        ({}, None),
        ({"retry_after": "2.5"}, 2.5),
        ({"retry_after_ms": "250", "retry_after": "9"}, 0.25),
        ({"retry_after": "-3"}, 0.0),
        ({"retry_after": "nan"}, None),
        ({"retry_after": "soon"}, None),
        ({"retry_after": "Thu, 01 Jan 1970 00:00:00 GMT"}, 0.0),
    ],
    ids=["none", "seconds", "milliseconds win", "negative", "nan", "words", "a date that has passed"],
)
@pytest.mark.parametrize("status", [429, 503])
def test_the_servers_wish_comes_along(status: int, headers: dict[str, str], retry_after_s: float | None) -> None:
    """From the headers of the response that the SDK's error holds."""
    failure = client_error("Client", with_status("RateLimitError", status, **headers))

    assert failure.retry_after_s == retry_after_s


def test_the_message_names_client_and_exception_and_hides_keys() -> None:
    """The server's text is hostile: one line of it, without what looks like a key."""
    error = an_error("AuthenticationError", text="Incorrect API key\nprovided: sk-abcdefghijkl", status_code=401)

    failure = client_error("OpenAIChatCompletionClient", error)

    assert str(failure) == (
        "the client OpenAIChatCompletionClient failed with AuthenticationError; check its key, plan and billing: "
        "'Incorrect API key provided: [key]'"
    )


def test_the_vendors_exception_is_the_cause() -> None:
    """For those who want to look into it."""
    error = with_status("RateLimitError", 429)

    with pytest.raises(RateLimited) as caught:
        complete(Raising(error))

    assert caught.value.__cause__ is error


@pytest.mark.parametrize("error", [RequestRejected("ours"), Overloaded("ours")], ids=lambda error: type(error).__name__)
def test_errors_of_ours_pass_as_they_are(error: ProviderError) -> None:
    """A client of ours may be inside."""
    with pytest.raises(type(error)) as caught:
        complete(Raising(error))

    assert caught.value is error


@pytest.mark.parametrize(
    "error",
    [
        with_status("BadRequestError", 400, {"code": "content_filter"}),
        an_error("ContentFilterFinishReasonError"),
    ],
    ids=["azure turns the prompt down", "a structured reply is filtered"],
)
def test_what_is_filtered_is_a_result(error: Exception) -> None:
    """As it is from our own providers."""
    completion = complete(Raising(error))

    assert completion == Completion("", "content_filter", latency_s=completion.latency_s)


def test_a_structured_reply_that_was_cut_off_is_a_result() -> None:
    """The SDK raises, because it cannot parse it; text and tokens are on its error."""

    class Message:
        content = '{"unsuppor'

    class Choice:
        message = Message()

    class Counts:
        prompt_tokens, completion_tokens = 5, 6

    class Answer:
        choices, usage = (Choice(),), Counts()

    completion = complete(Raising(an_error("LengthFinishReasonError", completion=Answer())))

    assert completion == Completion('{"unsuppor', "length", Usage(5, 6), latency_s=completion.latency_s)
