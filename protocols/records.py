"""`record`: a dataclass for what is made several times per call. Nothing changes a record after it is made."""

from dataclasses import dataclass, field
from typing import TypeVar, dataclass_transform

ClassT = TypeVar("ClassT")


@dataclass_transform(frozen_default=True, field_specifiers=(field,))
def record(cls: type[ClassT]) -> type[ClassT]:
    """A dataclass with slots that type checkers treat as frozen; at run time it is compared and hashed by its values.

    It is not frozen at run time: a frozen dataclass of 12 fields takes eight times as long to make.
    """
    return dataclass(slots=True, unsafe_hash=True)(cls)
