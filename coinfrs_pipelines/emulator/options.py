"""How the options of a world, frozen dataclasses with defaults, are read from JSON.

An option is what the reference of a venue marks as uncertain, or what the venue has and the default
world leaves out. The options themselves are declared beside the venue that they vary.
"""

from collections.abc import Mapping
from dataclasses import fields
from datetime import timedelta
from typing import Any, Literal, TypeVar, get_args, get_origin, get_type_hints

Options = TypeVar("Options")


class UnknownOptionError(ValueError):
    """An option that the world does not have, or a value that it cannot take."""


def read_options(kind: type[Options], given: Mapping[str, Any]) -> Options:
    """Make the dataclass `kind` from JSON: durations are whole seconds, tuples are lists of text.

    Raises:
        UnknownOptionError: a name is unknown or a value is not one that the field takes.

    """
    hints = get_type_hints(kind)
    names = {entry.name for entry in fields(kind)}  # type: ignore[arg-type]  # Any dataclass.
    unknown = set(given) - names
    if unknown:
        raise UnknownOptionError(
            f"No option {', '.join(sorted(unknown))}; choose from {', '.join(sorted(names))}."
        )
    return kind(**{name: _value(name, hints[name], value) for name, value in given.items()})


def _value(name: str, hint: Any, value: Any) -> Any:
    if get_origin(hint) is Literal:
        if value in get_args(hint):
            return value
        raise UnknownOptionError(f"The option {name} takes one of {get_args(hint)}, not {value!r}.")
    if get_origin(hint) is tuple:
        if isinstance(value, (list, tuple)) and all(isinstance(entry, str) for entry in value):
            return tuple(value)
        raise UnknownOptionError(f"The option {name} takes a list of text, not {value!r}.")
    if hint is timedelta and type(value) is int:
        return timedelta(seconds=value)
    if type(value) is not hint:
        raise UnknownOptionError(f"The option {name} takes {hint.__name__}, not {value!r}.")
    return value
