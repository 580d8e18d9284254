"""From a model's name to its provider."""

import pytest

from fellowship.protocols.completions import AskKey, Request
from fellowship.protocols.errors import ConfigurationError
from fellowship.providers.catalog import SERVERS, open_provider, provider_name
from fellowship.providers.dialects.openai import OpenAIProvider


@pytest.fixture(autouse=True)
def empty_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """No keys and addresses of the developer's own."""
    for server in SERVERS.values():
        for variable in filter(None, (*server.key_variables, *server.url_variables)):
            monkeypatch.delenv(variable, raising=False)


@pytest.mark.parametrize("name", [name for name, server in SERVERS.items() if server.key_variables])
def test_a_hosted_server_opens_with_its_key(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The key comes from the environment and is not shown."""
    monkeypatch.setenv("AZURE_OPENAI_ENDPOINT", "https://mine.openai.azure.com/")
    monkeypatch.setenv(SERVERS[name].key_variables[0], " hush-hush\n")

    provider = open_provider(f"{name}/org/model")

    base_url = SERVERS[name].base_url or "https://mine.openai.azure.com/openai/v1"
    kind = "OpenAIProvider" if SERVERS[name].form == "openai" else "HttpProvider"
    assert repr(provider) == f"{kind}('{base_url}', name='{name}', in_flight=0)"


@pytest.mark.parametrize("name", ["ollama", "vllm", "lmstudio", "llamacpp"])
def test_a_local_server_needs_no_key(name: str) -> None:
    """It is at its usual port."""
    assert repr(open_provider(f"{name}/any")) == (
        f"OpenAIProvider('{SERVERS[name].base_url}', name='{name}', in_flight=0)"
    )


def test_a_missing_key_is_named() -> None:
    """With the way out."""
    with pytest.raises(ConfigurationError) as caught:
        open_provider("openai/gpt-4o")

    assert str(caught.value) == (
        "openai/gpt-4o needs the environment variable OPENAI_API_KEY; "
        "set it, or OPENAI_BASE_URL for a server of your own"
    )


@pytest.mark.parametrize("variable", ["OPENAI_BASE_URL", "OPENAI_API_BASE"])
def test_a_server_of_ones_own_needs_no_key(variable: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The old name of the variable will do."""
    monkeypatch.setenv(variable, "http://localhost:9999/v1/")

    assert repr(open_provider("openai/gpt-4o")).startswith("OpenAIProvider('http://localhost:9999/v1/'")


@pytest.mark.parametrize(
    ("host", "base_url"),
    [
        ("gpu-box:1234", "http://gpu-box:1234/v1"),
        ("gpu-box", "http://gpu-box:11434/v1"),
        ("0.0.0.0", "http://127.0.0.1:11434/v1"),
        ("[::1]", "http://[::1]:11434/v1"),
        ("http://gpu-box:1234", "http://gpu-box:1234/v1"),
        ("https://gpu.example/", "https://gpu.example/v1"),
        ("http://gpu-box:1234/ollama/v1", "http://gpu-box:1234/ollama/v1"),
    ],
)
def test_ollamas_host_is_understood(host: str, base_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """As ollama itself understands it."""
    monkeypatch.setenv("OLLAMA_HOST", host)

    assert repr(open_provider("ollama/llama3.1:8b")).startswith(f"OpenAIProvider('{base_url}'")


@pytest.mark.parametrize(
    ("model", "says"),
    [
        ("opnai/gpt-4o", "unknown provider 'opnai' in the model 'opnai/gpt-4o'; did you mean 'openai/gpt-4o'?"),
        ("OpenAI/gpt-4o", "did you mean 'openai/gpt-4o'?"),
        (
            "meta-llama/Llama-3",
            "one of the providers anthropic, azure, cerebras, deepinfra, fireworks, gemini, groq,",
        ),
        ("gpt-4o", "model 'gpt-4o' names no provider; expected the form 'provider/model', such as 'openai/gpt-4o'"),
        ("llama3.1:8b", "such as 'ollama/llama3.1:8b'"),
        ("ollama", "such as 'ollama/MODEL'"),
        ("openai/", "model 'openai/' names no model; expected the form 'provider/model', such as 'openai/MODEL'"),
        ("/gpt-4o", "names no provider"),
        ("", "names no provider"),
    ],
)
def test_a_name_that_cannot_be_opened_gets_a_hint(model: str, says: str) -> None:
    """The nearest known provider, or at least the form."""
    with pytest.raises(ConfigurationError) as caught:
        open_provider(model)

    assert says in str(caught.value)
    assert "'provider/model'" in str(caught.value)


def test_the_simulated_models_are_ours() -> None:
    """They need neither key nor network."""
    assert type(open_provider("sim/mid")).__name__ == "SimProvider"


def test_openai_itself_has_another_name_for_max_tokens(monkeypatch: pytest.MonkeyPatch) -> None:
    """A server of one's own is sent max_tokens, which all know."""
    monkeypatch.setenv("OPENAI_API_KEY", "hush-hush")
    request = Request(AskKey("c1", "", "judge", 0), 1, "openai/o3", (), {"max_tokens": 7}, "Verdict")
    itself = open_provider("openai/o3")
    monkeypatch.setenv("OPENAI_BASE_URL", "http://localhost:9999/v1")
    own = open_provider("openai/o3")

    assert isinstance(itself, OpenAIProvider)
    assert isinstance(own, OpenAIProvider)
    assert b'"max_completion_tokens":7' in itself.body(request)
    assert b'"max_tokens":7' in own.body(request)


def test_a_provider_may_have_any_name() -> None:
    """Given providers are known to the run, not to the catalogue."""
    assert provider_name("mine/org/model") == "mine"
