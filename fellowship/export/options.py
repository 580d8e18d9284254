"""The options of a data set, checked before anything is read or written."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from fellowship.export.export_format import FORMATS, ExportFormat
from fellowship.protocols.errors import ConfigurationError

DEFAULT_FORMATS = ("dpo", "kto")
LICENSE = re.compile(r"[a-z0-9][a-z0-9.+-]*")
NOT_A_LICENSE = {"unknown", "none", "null", "tbd", "todo", "n-a", "na", "unlicensed", "unspecified"}


@dataclass(frozen=True, slots=True)
class ExportOptions:
    """The formats to write, the share of prompts to keep for testing, in [0, 1), and the licence, if there is one."""

    formats: tuple[ExportFormat, ...]
    test_share: float
    license: str | None


def checked_options(configs: Sequence[str | ExportFormat], *, test_share: float, license: str | None) -> ExportOptions:
    """The options, each format once and in the given order; ConfigurationError for options that cannot be used."""
    if not 0 <= test_share < 1:
        raise ConfigurationError(f"test_share is {test_share!r}; expected a number from 0 up to, but not including, 1")
    if license is not None and (not LICENSE.fullmatch(license) or license in NOT_A_LICENSE):
        expected = "an identifier such as 'cc-by-4.0' or 'apache-2.0', or no license at all"
        raise ConfigurationError(f"license is {license!r}; expected {expected}")
    if not configs:
        raise ConfigurationError(f"a data set has at least one format; {FORMATS.choices()}")
    formats: dict[str, ExportFormat] = {}
    for config in configs:
        found = config if isinstance(config, ExportFormat) else FORMATS.find(config)
        if formats.setdefault(found.name, found) is not found:
            raise ConfigurationError(f"two formats are called {found.name!r}; a data set has each name once")
    return ExportOptions(tuple(formats.values()), float(test_share), license)
