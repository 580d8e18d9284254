"""The personas of jurors and debaters: those of the paper's debate (after ChatEval), and the user's own."""

import difflib
from collections.abc import Mapping
from typing import Any, TypeAlias

from fellowship.extensions import UnknownEntry
from fellowship.protocols.content import Persona
from fellowship.protocols.errors import InvalidArgument

GivenPersona: TypeAlias = Persona | str | Mapping[str, str]

GENERAL_PUBLIC = Persona(
    name="general_public",
    description="You read as an interested layperson would: you want an answer that you can follow, trust and use, "
    "and you say plainly where one loses you.",
)
PSYCHOLOGIST = Persona(
    name="psychologist",
    description="You look at what the asker needs behind the words: whether an answer is considerate, motivating and "
    "sound about how people think and behave.",
)
CRITIC = Persona(
    name="critic",
    description="You probe what the others take for granted: errors, gaps, weak reasons, empty phrases. You question "
    "scores you find too kind or too harsh, and you say why.",
)
PERSONAS = (GENERAL_PUBLIC, PSYCHOLOGIST, CRITIC)


def persona_of(given: GivenPersona) -> Persona:
    """The persona of that name ("critic", "General Public"), or the given one, also as a mapping.

    UnknownEntry, a ValueError, for a name without a persona; InvalidArgument for what is no persona.
    """
    if isinstance(given, Persona):
        return given
    names = {persona.name: persona for persona in PERSONAS}
    own = 'Persona(name="...", description="...")'
    if isinstance(given, str):
        name = "_".join(given.casefold().replace("-", " ").replace("_", " ").split()).removeprefix("the_")
        if name in names:
            return names[name]
        near = difflib.get_close_matches(name, names, n=1)
        hint = f"; did you mean '{near[0]}'?" if near else ""
        raise UnknownEntry(f"unknown persona {given!r}; expected one of {', '.join(names)}, or {own}{hint}")
    if isinstance(given, Mapping) and all(isinstance(name, str) for name in given):
        fields: dict[str, Any] = dict(given)
        return Persona(**fields)
    raise InvalidArgument(f"a persona is one of the names {', '.join(names)}, or {own}; got {given!r}")
