"""The settings of `fellowship.toml`: models, servers, limits, prices, aliases and evaluators.

Limits and prices are not part of a run's record, so that a run may be continued under different ones.
"""

import difflib
import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Any, Self
from urllib.parse import urlsplit

from pydantic import BeforeValidator, Field, field_validator, model_validator

from fellowship.extensions import OWN_ENTRY, entry_names, is_own_entry
from fellowship.protocols.completions import Usage
from fellowship.protocols.content import Content
from fellowship.protocols.quota import Limits
from fellowship.providers.catalog import BUILT_IN_PROVIDERS, DIALECTS_FOLDER, SERVERS, read_variable
from fellowship.providers.server import Server
from fellowship.settings.secret_names import may_be_secret
from fellowship.settings.toml import find_settings, read_settings, setting_error, shown_value

FILE = "fellowship.toml"
LIMIT_HEADERS = {"openai": "openai", "azure": "openai", "anthropic": "anthropic"}
"""The form of the headers in which servers of a dialect name their limits."""
_ADDRESS = "an address such as 'http://localhost:8000/v1'"
_VARIABLE = "the name of an environment variable, such as 'MYLAB_KEY'"
_TIERS = "tables with above, input and output"
_MODEL = "a text of the form 'provider/model', or an alias"
# Words of at most 16 characters, which excludes most keys that are pasted here by mistake.
_VARIABLE_FORM = re.compile(r"[A-Z_][A-Z0-9]{0,15}(?:_[A-Z0-9]{0,15}){0,7}")
_PROVIDER_FORM = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]*")
_ALIAS_FORM = re.compile(r"[^\s/=+,:]+")
_EVALUATOR_KINDS = entry_names("fellowship.scenarios.evaluator_kinds")
_EVALUATOR_FORM = re.compile(rf"(?:{'|'.join(_EVALUATOR_KINDS)}|{OWN_ENTRY.pattern}):.+")
_PARAMETER = re.compile("[^=&]+(?==)")


def _exact(value: Any) -> Any:
    """The decimal number as written: the repr of a float keeps up to 15 digits."""
    return Decimal(repr(value)) if isinstance(value, int | float) and not isinstance(value, bool) else value


def _as_tuple(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value


Seconds = Annotated[float, Field(gt=0, allow_inf_nan=False)]
Dollars = Annotated[
    Decimal, BeforeValidator(_exact), Field(ge=0, allow_inf_nan=False, description="a number of at least 0")
]


class ProviderSettings(Content):
    """A server of the user, or timeouts for a built-in provider. Times are in seconds."""

    form: str = "openai"
    base_url: str | None = Field(default=None, description=_ADDRESS)
    key_variable: str | None = Field(default=None, description=_VARIABLE)
    timeout: Seconds | None = None
    first_byte_timeout: Seconds | None = None
    connect_timeout: Seconds | None = None

    @field_validator("form")
    @classmethod
    def _is_a_dialect(cls, form: str) -> str:
        names = entry_names(DIALECTS_FOLDER)
        if form not in names and not is_own_entry(form):
            raise setting_error(f"is {shown_value(form)}; expected one of {', '.join(names)}, or module:name")
        return form

    @field_validator("base_url")
    @classmethod
    def _is_an_address(cls, url: str | None) -> str | None:
        if url is None:
            return None
        try:
            parts = urlsplit(url)
            usable = parts.scheme in ("http", "https") and parts.hostname and (parts.port is None or parts.port > 0)
        except ValueError:
            raise setting_error(f"cannot be read; expected {_ADDRESS}") from None
        is_keyed = any("sig" in each.lower() or may_be_secret(each) for each in _PARAMETER.findall(parts.query))
        if parts.username is not None or is_keyed:
            raise setting_error(
                "has a key in it (not shown); set an environment variable to it, and name that in key_variable"
            )
        if not usable:
            raise setting_error(f"is {shown_value(url)}; expected {_ADDRESS}")
        return url

    @field_validator("key_variable")
    @classmethod
    def _is_a_name(cls, variable: str | None) -> str | None:
        if variable is not None and not _VARIABLE_FORM.fullmatch(variable):
            raise setting_error(f"is not a name in capitals (not shown, it may be a key); expected {_VARIABLE}")
        return variable


class PriceTier(Content):
    """The prices of requests with more than `above` prompt tokens, for all of their tokens."""

    above: int = Field(ge=1, description="a number of tokens of at least 1")
    input: Dollars
    output: Dollars
    cached: Dollars | None = None


class Price(Content):
    """The price of a model in US dollars for a million tokens, and the date of that price.

    Without `cached`, cached prompt tokens cost as much as others. Of the `tiers` below a request's prompt tokens the
    highest counts.
    """

    input: Dollars
    output: Dollars
    cached: Dollars | None = None
    as_of: date = Field(description="the date it was looked up, such as 2026-11-01")
    tiers: Annotated[tuple[PriceTier, ...], BeforeValidator(_as_tuple)] = Field(default=(), description=_TIERS)

    def rates(self, n_prompt: float) -> "Price | PriceTier":
        """The prices of a request with so many prompt tokens."""
        reached = [tier for tier in self.tiers if n_prompt > tier.above]
        return max(reached, key=lambda tier: tier.above) if reached else self

    def cost(self, usage: Usage) -> Decimal:
        """The exact cost in US dollars."""
        rates = self.rates(usage.prompt_tokens) if self.tiers else self
        n_cached = min(usage.cached_tokens, usage.prompt_tokens)
        cached = rates.input if rates.cached is None else rates.cached
        prompt = (usage.prompt_tokens - n_cached) * rates.input + n_cached * cached
        return (prompt + usage.completion_tokens * rates.output).scaleb(-6)


class Settings(Content):
    """All settings. The keys of tables are names of providers, models, aliases or evaluators."""

    model: str | None = Field(default=None, description=_MODEL)
    concurrency: int | None = Field(default=None, ge=1)
    providers: Mapping[str, ProviderSettings] = Field(default_factory=dict)
    limits: Mapping[str, Limits] = Field(default_factory=dict)
    prices: Mapping[str, Price] = Field(default_factory=dict)
    aliases: Mapping[str, str] = Field(default_factory=dict)
    evaluators: Mapping[str, str] = Field(default_factory=dict)

    def resolved(self, name: str) -> str:
        """The model of an alias; any other name unchanged."""
        return self.aliases.get(name, name)

    def own_entries(self) -> list[str]:
        """The dialects and evaluators for which a module of a user's is imported."""
        forms = [server.form for server in self.providers.values() if is_own_entry(server.form)]
        return forms + [written for written in self.evaluators.values() if _uses_own_entry(written)]

    def price(self, model: str) -> Price | None:
        """The price under the model's name or an alias of it; None if unknown, which is not the same as 0."""
        model = self.resolved(model)
        names = (model, *(alias for alias, target in self.aliases.items() if target == model))
        return next((self.prices[name] for name in names if name in self.prices), None)

    @model_validator(mode="after")
    def _fits_together(self) -> Self:
        for name, server in self.providers.items():
            _check_server(name, server)
        for alias, target in self.aliases.items():
            self._check_alias(alias, target)
        if self.model is not None:
            self._check_model(self.model, f"is {shown_value(self.model)}", "model")
        for name in self.prices:
            self._check_model(name, "is no model", "prices", name)
        for name in self.limits:
            if "/" in name or name in self.aliases:
                self._check_model(name, "is no model", "limits", name)
            else:
                self._check_provider(name, "limits", name)
        for table, names in (("limits", self.limits), ("prices", self.prices)):
            for name in names:
                if self.aliases.get(name) in names:
                    raise setting_error(f"is there twice: '{name}' is an alias of '{self.aliases[name]}'", table, name)
        for name, written in self.evaluators.items():
            _check_evaluator(name, written)
        return self

    def _check_alias(self, alias: str, target: str) -> None:
        at = ("aliases", alias)
        if not _ALIAS_FORM.fullmatch(alias):
            raise setting_error("is no name for an alias; expected one without space, '/', '=', '+', ',' and ':'", *at)
        if alias in self._known():
            raise setting_error("has the name of a provider; give it another", *at)
        if target in self.aliases:
            raise setting_error(f"is {shown_value(target)}, an alias too; expected a model, as 'provider/model'", *at)
        self._check_model(target, f"is {shown_value(target)}", *at)

    def _check_model(self, name: str, what: str, *at: str) -> None:
        if name in self.aliases:
            return
        provider, _, rest = name.partition("/")
        if provider and rest:
            self._check_provider(provider, *at)
            return
        near = difflib.get_close_matches(name, self.aliases, n=1)
        hint = f"; did you mean the alias '{near[0]}'?" if near else f"; expected {_MODEL}"
        raise setting_error(f"{what}{hint}", *at)

    def _check_provider(self, provider: str, *at: str) -> None:
        """A name close to that of a provider is a typing error; any other may be given to `run(..., providers=...)`."""
        known = {name.lower(): name for name in self._known()}
        near = difflib.get_close_matches(provider.lower(), known, n=1, cutoff=0.7)
        if provider not in known.values() and near:
            raise setting_error(f"names the provider {shown_value(provider)}; did you mean '{known[near[0]]}'?", *at)

    def _known(self) -> set[str]:
        return {*SERVERS, *BUILT_IN_PROVIDERS, "client", *self.providers}


def _uses_own_entry(evaluator: str) -> bool:
    """Whether the kind is a user's own, or an option may be; the models, which may have colons, are no option."""
    models, *options = evaluator.split(",")
    return models.partition(":")[0] not in _EVALUATOR_KINDS or any(":" in option for option in options)


NO_SETTINGS = Settings()


def load_settings(path: Path | None = None, *, start: Path = Path()) -> Settings:
    """The settings of `path`, else of the file in FELLOWSHIP_CONFIG, else of the nearest fellowship.toml."""
    file = settings_file(path, start=start)
    return Settings() if file is None else read_settings(file, Settings)


def settings_file(path: Path | None = None, *, start: Path = Path()) -> Path | None:
    """The path of the file that `load_settings` reads, or None."""
    named = read_variable("FELLOWSHIP_CONFIG")
    return path or (Path(named).expanduser() if named else find_settings(FILE, start))


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


def _check_server(name: str, server: ProviderSettings) -> None:
    at = ("providers", name)
    if name in (*BUILT_IN_PROVIDERS, "client") or not _PROVIDER_FORM.fullmatch(name):
        raise setting_error("cannot be a provider's name; choose another, of letters, digits, '-', '_' and '.'", *at)
    if server.base_url is None and name not in SERVERS:
        raise setting_error(f"has no base_url; expected {_ADDRESS}", *at)
    if server.base_url is None and "form" in server.model_fields_set:
        raise setting_error("is for a server with a base_url of its own", *at, "form")


def _check_evaluator(name: str, written: str) -> None:
    at = ("evaluators", name)
    if not name or ":" in name:
        raise setting_error("is no name for an evaluator; expected one without ':'", *at)
    if not _EVALUATOR_FORM.fullmatch(written):
        kinds = ", ".join(_EVALUATOR_KINDS)
        raise setting_error(f"is {shown_value(written)}; expected KIND:MODEL with {kinds} or module:name as KIND", *at)
