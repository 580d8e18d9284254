"""The table of known servers with their wire formats and limits, and the provider for the name of a model."""

import difflib
import os
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, replace
from ipaddress import ip_address
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from fellowship.extensions import EntryTable
from fellowship.protocols.errors import ConfigurationError
from fellowship.protocols.process_value import ProcessValue
from fellowship.providers.command_mark import command_of_other_process, reason_not_to_ask
from fellowship.providers.server import Server

if TYPE_CHECKING:
    from fellowship.protocols.interfaces import Provider
    from fellowship.providers.http_provider import Dialect

DIALECTS_FOLDER = "fellowship.providers.dialects"

SERVERS: dict[str, Server] = {
    "openai": Server(
        "https://api.openai.com/v1",
        ("OPENAI_API_KEY",),
        ("OPENAI_BASE_URL", "OPENAI_API_BASE"),
        dialect="openai",
        announces=True,
        max_tokens_name="max_completion_tokens",  # its reasoning models refuse max_tokens
        charges_max_tokens=True,
    ),
    "azure": Server(
        "",
        ("AZURE_OPENAI_API_KEY",),
        ("AZURE_OPENAI_ENDPOINT",),
        form="azure",
        dialect="openai",
        announces=True,
        max_tokens_name="max_completion_tokens",
        charges_max_tokens=True,
    ),
    "anthropic": Server(
        "https://api.anthropic.com/v1",
        ("ANTHROPIC_API_KEY",),
        ("ANTHROPIC_BASE_URL",),
        form="anthropic",
        dialect="anthropic",
        announces=True,
        counts_cached=False,
    ),
    "gemini": Server(
        "https://generativelanguage.googleapis.com/v1beta",
        ("GEMINI_API_KEY", "GOOGLE_API_KEY"),
        ("GEMINI_BASE_URL",),
        form="gemini",
    ),
    "together": Server(
        "https://api.together.xyz/v1", ("TOGETHER_API_KEY",), ("TOGETHER_BASE_URL",), dialect="together", announces=True
    ),
    "groq": Server(
        "https://api.groq.com/openai/v1",
        ("GROQ_API_KEY",),
        ("GROQ_BASE_URL",),
        dialect="groq",
        announces=True,
        counts_cached=False,
    ),
    "mistral": Server(
        "https://api.mistral.ai/v1", ("MISTRAL_API_KEY",), ("MISTRAL_BASE_URL",), dialect="mistral", announces=True
    ),
    "openrouter": Server("https://openrouter.ai/api/v1", ("OPENROUTER_API_KEY",), ("OPENROUTER_BASE_URL",)),
    "deepinfra": Server("https://api.deepinfra.com/v1/openai", ("DEEPINFRA_API_KEY",), ("DEEPINFRA_BASE_URL",)),
    "fireworks": Server("https://api.fireworks.ai/inference/v1", ("FIREWORKS_API_KEY",), ("FIREWORKS_BASE_URL",)),
    "cerebras": Server(
        "https://api.cerebras.ai/v1",
        ("CEREBRAS_API_KEY",),
        ("CEREBRAS_BASE_URL",),
        dialect="cerebras",
        announces=True,
        charges_max_tokens=True,
    ),
    "ollama": Server("http://localhost:11434/v1", (), ("OLLAMA_HOST",), limitless=True),
    "vllm": Server("http://localhost:8000/v1", (), ("VLLM_BASE_URL",), limitless=True),
    "lmstudio": Server("http://localhost:1234/v1", (), ("LMSTUDIO_BASE_URL",), limitless=True),
    "llamacpp": Server("http://localhost:8080/v1", (), ("LLAMACPP_BASE_URL",), limitless=True),
}
BUILT_IN_PROVIDERS = ("sim", "recorded")
NO_SERVERS: Mapping[str, Server] = {}
_closed: ProcessValue[str | None] = ProcessValue("fellowship_no_provider", None)


@contextmanager
def providers_disabled(reason: str) -> Iterator[None]:
    """Inside the block, opening a provider raises ConfigurationError with that reason, in all threads."""
    with _closed.set_everywhere(reason):
        yield


@contextmanager
def providers_enabled() -> Iterator[None]:
    """Inside the block, providers are opened again, in this context only."""
    with _closed.set_here(None):
        yield


def provider_name(model: str) -> str:
    """The part of `provider/model` that names the provider, known or not."""
    name, slash, rest = model.partition("/")
    if name and slash and rest:
        return name
    raise ConfigurationError(f"model {model!r} names no {'model' if slash and name else 'provider'}; {_hint(model)}")


def open_provider(model: str, *, own: Mapping[str, Server] = NO_SERVERS) -> "Provider":
    """The provider that serves `provider/model`; keys and addresses are read from the environment now.

    `own` are further servers by name; they go before those known here.
    """
    servers = {**SERVERS, **own}
    name = provider_name(model)
    other = command_of_other_process()
    reason = _closed.get() or (reason_not_to_ask(is_forked=True) if other is not None and other.is_free else None)
    if reason is not None and name != "sim":
        raise ConfigurationError(f"{model} is not opened now: {reason}")
    if name == "sim":
        from fellowship.providers.sim.provider import SimProvider

        return SimProvider()
    if name == "recorded":
        raise ConfigurationError(f"{model}: recorded replies are answered within a run only, by run(...) or arun(...)")
    if name not in servers:
        raise ConfigurationError(f"unknown provider {name!r} in the model {model!r}; {_hint(model, servers)}")
    return open_server(model, name, servers[name])


def open_server(model: str, name: str, server: Server) -> "Provider":
    """The provider at a server; ConfigurationError naming the variable that is not set."""
    custom = _custom_url(name, server)
    if not server.base_url and custom is None:
        address = f"{server.url_variables[0]}; set it to the address of your resource"
        raise ConfigurationError(f"{model} needs the environment variable {address}")
    variable = next(filter(read_variable, server.key_variables), next(iter(server.key_variables), None))
    key = read_variable(variable) if variable else None
    itself = custom is None or server.form == "azure"
    if variable and key is None and itself:
        is_fixed = server.form == "azure" or not server.url_variables
        other = "" if is_fixed else f", or {server.url_variables[0]} for a server of your own"
        raise ConfigurationError(f"{model} needs the environment variable {variable}; set it{other}")
    server = replace(server, base_url=custom or server.base_url)
    if not itself:  # another server at that address may limit differently, and may not report its limits
        server = replace(server, announces=False, charges_max_tokens=False, max_tokens_name="max_tokens")
    return _opened(name, server, api_key=key, key_variable=variable)


def _opened(name: str, server: Server, *, api_key: str | None, key_variable: str | None) -> "Provider":
    from fellowship.providers.dialects.openai import OpenAIDialect, OpenAIProvider
    from fellowship.providers.http_provider import HttpProvider

    if server.form == "openai":
        return OpenAIProvider(name=name, api_key=api_key, key_variable=key_variable, **asdict(server))
    dialect = find_dialect(server.form)
    if server.form == "azure" and isinstance(dialect, OpenAIDialect):
        version = read_variable("OPENAI_API_VERSION")
        dialect = replace(dialect, max_tokens_name=server.max_tokens_name, deployment_version=version)
        server = replace(server, base_url=f"{server.base_url.rstrip('/')}/openai{'' if version else '/v1'}")
    return HttpProvider(dialect, server, name, api_key=api_key, key_variable=key_variable)


def find_dialect(form: str) -> "Dialect":
    """The wire format of that name, or a user's own, `module:name`: a Dialect, or a class of one without arguments."""
    from fellowship.providers.http_provider import Dialect

    table: EntryTable[Dialect | type[Dialect]] = EntryTable(
        "dialect", DIALECTS_FOLDER, "dialect", (Dialect,), "a Dialect"
    )
    found = table.find(form)
    return found() if isinstance(found, type) else found


def server_address(name: str, server: Server) -> str:
    """The address of the server, with the environment taken into account."""
    return _custom_url(name, server) or server.base_url


def _custom_url(name: str, server: Server) -> str | None:
    custom = next((url for variable in server.url_variables if (url := read_variable(variable))), None)
    return _ollama_url(custom) if custom is not None and name == "ollama" else custom


def read_variable(variable: str) -> str | None:
    """The value of the environment variable without white space around it; None where it is not set, or blank."""
    return os.environ.get(variable, "").strip() or None


def on_loopback(url: str) -> bool:
    """Whether the URL is an address of this machine, whose servers cost nothing."""
    host = urlsplit(url).hostname or ""
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False


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
    known = [*servers, *BUILT_IN_PROVIDERS]
    close = difflib.get_close_matches(name.lower(), known, n=1, cutoff=0.7)
    if close and slash and rest:
        return f"did you mean {close[0] + '/' + rest!r}? expected the form 'provider/model'"
    if close:
        return f"expected the form 'provider/model', such as {close[0] + '/MODEL'!r}"
    if not slash:
        likely = "ollama" if ":" in name else "openai"
        return f"expected the form 'provider/model', such as {likely + '/' + (name or 'MODEL')!r}"
    return f"expected the form 'provider/model' with one of the providers {', '.join(sorted(known))}"
