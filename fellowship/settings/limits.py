"""The limits that are configured for models, and which models share them."""

from collections.abc import Mapping
from typing import NamedTuple

from fellowship.protocols.quota import Limits
from fellowship.settings.settings import NO_SETTINGS, Settings


class ModelLimits(NamedTuple):
    """The limits of a model. Models of one provider with the same `group` share them; group "" is the provider's."""

    group: str
    limits: Limits


class ConfiguredLimits:
    """The limits of the settings, and over them those `given` to a run, each by provider, model or alias.

    A model with an entry of its own is a group of its own; what its entry leaves out is the provider's.
    """

    def __init__(self, settings: Settings = NO_SETTINGS, given: Mapping[str, Limits] | None = None) -> None:
        self._resolved = settings.resolved
        self._table = {
            settings.resolved(name): limits
            for entries in (settings.limits, given or {})
            for name, limits in entries.items()
        }

    def of(self, model: str) -> ModelLimits:
        """The limits in force for a model or an alias; empty `Limits` where none are configured."""
        model = self._resolved(model)
        shared = self._table.get(model.partition("/")[0], Limits())
        own = self._table.get(model)
        return ModelLimits("", shared) if own is None else ModelLimits(model, own.over(shared))

    def by_group(self) -> dict[str, Limits]:
        """The limits in force by group, here with the provider's name for the group that all its other models share."""
        return {name: self.of(name).limits if "/" in name else limits for name, limits in self._table.items()}
