"""The servers of `fellowship.toml` as records of the catalogue."""

from dataclasses import replace

from fellowship.providers.catalog import SERVERS, Server
from fellowship.settings.settings import ProviderSettings, Settings

LIMIT_HEADERS = {"openai": "openai", "azure": "openai", "anthropic": "anthropic"}
"""The form of the headers in which servers of a dialect name their limits."""


def configured_servers(settings: Settings) -> dict[str, Server]:
    """The servers that the settings define, or change."""
    return {name: _server(name, own) for name, own in settings.providers.items()}


def known_servers(settings: Settings) -> dict[str, Server]:
    """All servers by name: those of the settings before those of the catalogue."""
    return {**SERVERS, **configured_servers(settings)}


def _server(name: str, own: ProviderSettings) -> Server:
    dialect = LIMIT_HEADERS.get(own.form, "none")
    known = SERVERS[name] if own.base_url is None else Server(own.base_url, form=own.form, dialect=dialect)
    return replace(
        known,
        key_variables=(own.key_variable,) if own.key_variable else known.key_variables,
        timeout_s=own.timeout or known.timeout_s,
        first_byte_timeout_s=own.first_byte_timeout or known.first_byte_timeout_s,
        connect_timeout_s=own.connect_timeout or known.connect_timeout_s,
    )
