"""What a user may choose about a data set, checked before anything is read or written."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias, cast, get_args

from fellowship.protocols.errors import ConfigurationError

ConfigName: TypeAlias = Literal["dpo", "kto"]
CONFIGS: tuple[ConfigName, ...] = get_args(ConfigName)
LICENSE = re.compile(r"[a-z0-9][a-z0-9.+-]*")
NOT_A_LICENSE = {"unknown", "none", "null", "tbd", "todo", "n-a", "na", "unlicensed", "unspecified"}


@dataclass(frozen=True, slots=True)
class ExportOptions:
    """The configs to write, the share of prompts to keep for testing, in [0, 1), and the licence, if there is one."""

    configs: tuple[ConfigName, ...]
    test_share: float
    license: str | None


def checked_options(configs: Sequence[str], *, test_share: float, license: str | None) -> ExportOptions:
    """The options, each config once and in the given order; ConfigurationError for what cannot be meant."""
    unknown = [config for config in configs if config not in CONFIGS]
    if unknown or not configs:
        msg = f"a data set has configs out of {', '.join(CONFIGS)}; got {unknown or list(configs)!r}"
        raise ConfigurationError(msg)
    if not 0 <= test_share < 1:
        msg = f"test_share is {test_share!r}; expected a number from 0 up to, but not including, 1"
        raise ConfigurationError(msg)
    if license is not None and (not LICENSE.fullmatch(license) or license in NOT_A_LICENSE):
        msg = (
            f"license is {license!r}; expected an identifier such as 'cc-by-4.0' or 'apache-2.0', or no license at all"
        )
        raise ConfigurationError(msg)
    return ExportOptions(cast("tuple[ConfigName, ...]", tuple(dict.fromkeys(configs))), float(test_share), license)
