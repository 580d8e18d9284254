"""Which provider a model's name means: the servers that speak OpenAI's chat completions, and ours."""

import difflib
import os
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from fellowship.protocols.errors import ConfigurationError

if TYPE_CHECKING:
    from fellowship.protocols.interfaces import Provider


@dataclass(frozen=True, slots=True)
class Server:
    """Where a server is, and the environment variables that hold its key and another address; None: it wants no key.

    Of several `url_variables` the first that is set counts. `max_tokens_name` is what the server at `base_url` itself
    calls that setting; servers at other addresses are sent `max_tokens`.
    """

    base_url: str
    key_variable: str | None = None
    url_variables: tuple[str, ...] = ()
    max_tokens_name: str = "max_tokens"
    form: str = "openai"
    timeout_s: float = 600.0
    connect_timeout_s: float = 10.0


SERVERS: dict[str, Server] = {
    "openai": Server(
        "https://api.openai.com/v1",
        "OPENAI_API_KEY",
        ("OPENAI_BASE_URL", "OPENAI_API_BASE"),
        "max_completion_tokens",  # its reasoning models refuse max_tokens
    ),
    "together": Server("https://api.together.xyz/v1", "TOGETHER_API_KEY", ("TOGETHER_BASE_URL",)),
    "groq": Server("https://api.groq.com/openai/v1", "GROQ_API_KEY", ("GROQ_BASE_URL",)),
    "mistral": Server("https://api.mistral.ai/v1", "MISTRAL_API_KEY", ("MISTRAL_BASE_URL",)),
    "openrouter": Server("https://openrouter.ai/api/v1", "OPENROUTER_API_KEY", ("OPENROUTER_BASE_URL",)),
    "deepinfra": Server("https://api.deepinfra.com/v1/openai", "DEEPINFRA_API_KEY", ("DEEPINFRA_BASE_URL",)),
    "fireworks": Server("https://api.fireworks.ai/inference/v1", "FIREWORKS_API_KEY", ("FIREWORKS_BASE_URL",)),
    "ollama": Server("http://localhost:11434/v1", None, ("OLLAMA_HOST",)),
    "vllm": Server("http://localhost:8000/v1", None, ("VLLM_BASE_URL",)),
    "lmstudio": Server("http://localhost:1234/v1", None, ("LMSTUDIO_BASE_URL",)),
    "llamacpp": Server("http://localhost:8080/v1", None, ("LLAMACPP_BASE_URL",)),
}
OURS = ("sim", "recorded")
NO_SERVERS: Mapping[str, Server] = {}


def provider_name(model: str) -> str:
    """The part of `provider/model` that names the provider, known or not."""
    name, slash, rest = model.partition("/")
    if name and slash and rest:
        return name
    raise ConfigurationError(f"model {model!r} names no {'model' if slash and name else 'provider'}; {_hint(model)}")


def open_provider(model: str, *, concurrency: int = 64, own: Mapping[str, Server] = NO_SERVERS) -> "Provider":
    """The provider that serves `provider/model`; keys and addresses are read from the environment now.

    `own` are further servers by name; they go before those known here.
    """
    servers = {**SERVERS, **own}
    name = provider_name(model)
    if name == "sim":
        from fellowship.providers.sim.provider import SimProvider

        return SimProvider()
    if name == "recorded":
        raise ConfigurationError(f"{model}: recorded replies are answered within a run only, by run(...) or arun(...)")
    if name not in servers:
        raise ConfigurationError(f"unknown provider {name!r} in the model {model!r}; {_hint(model, servers)}")
    return _open_server(model, name, servers[name], concurrency)


def _open_server(model: str, name: str, server: Server, concurrency: int) -> "Provider":
    from fellowship.providers.openai import OpenAIProvider

    if server.form != "openai":
        raise ConfigurationError(f"{model}: its server speaks the form {server.form!r}; expected 'openai'")
    custom = _custom_url(name, server)
    key = _setting(server.key_variable) if server.key_variable else None
    if custom is None and server.key_variable and key is None:
        other = f", or {server.url_variables[0]} for a server of your own" if server.url_variables else ""
        msg = f"{model} needs the environment variable {server.key_variable}; set it{other}"
        raise ConfigurationError(msg)
    return OpenAIProvider(
        custom or server.base_url,
        name=name,
        api_key=key,
        key_variable=server.key_variable,
        concurrency=concurrency,
        timeout_s=server.timeout_s,
        connect_timeout_s=server.connect_timeout_s,
        max_tokens_name="max_tokens" if custom else server.max_tokens_name,
    )


def address(name: str, server: Server) -> str:
    """Where the server is, as the environment has it now."""
    return _custom_url(name, server) or server.base_url


def _custom_url(name: str, server: Server) -> str | None:
    custom = next((url for variable in server.url_variables if (url := _setting(variable))), None)
    return _ollama_url(custom) if custom is not None and name == "ollama" else custom


def _setting(variable: str) -> str | None:
    return os.environ.get(variable, "").strip() or None


def _ollama_url(host: str) -> str:
    """The address in OLLAMA_HOST, which may lack scheme, port and path, and may be what a server binds to."""
    with_scheme = "://" in host
    parts = urlsplit(host if with_scheme else f"http://{host}")
    place = parts.netloc.replace("0.0.0.0", "127.0.0.1")
    if not with_scheme and not place.rpartition("]")[2].rpartition(":")[2].isdigit():
        place += ":11434"
    return f"{parts.scheme}://{place}{parts.path.rstrip('/') or '/v1'}"


def _hint(model: str, servers: Collection[str] = SERVERS.keys()) -> str:
    name, slash, rest = model.partition("/")
    known = [*servers, *OURS]
    close = difflib.get_close_matches(name.lower(), known, n=1, cutoff=0.7)
    if close and slash and rest:
        return f"did you mean {close[0] + '/' + rest!r}? expected the form 'provider/model'"
    if close:
        return f"expected the form 'provider/model', such as {close[0] + '/MODEL'!r}"
    if not slash:
        likely = "ollama" if ":" in name else "openai"
        return f"expected the form 'provider/model', such as {likely + '/' + (name or 'MODEL')!r}"
    return f"expected the form 'provider/model' with one of the providers {', '.join(sorted(known))}"
