"""What is declared beside a field: the bounds of its values, checked before anything runs, and that it is a part.

A field says its bounds where it is declared, ``epochs: Count = 50``; whoever sets it in a benchmark file or with
``--set`` gets them in the message. A plugin can declare others, ``Annotated[int, Bounds("an even …", multiple_of=2)]``.
Infinity and NaN are refused in every field, whatever its type.
"""

from __future__ import annotations

from dataclasses import field
from typing import Annotated, Any

from eegrecon.errors import InvalidConfiguration


class Bounds:
    """The limits of a number, for ``Annotated``; pydantic checks them, but is not imported to declare them.

    Attributes:
        description: the values that are allowed, in words.
        limits: those of pydantic's ``Field``: ``ge``, ``gt``, ``le``, ``lt``, ``multiple_of``.
    """

    def __init__(self, description: str, **limits: float) -> None:
        self.description = description
        self.limits = limits

    def __get_pydantic_core_schema__(self, source: Any, handler: Any) -> Any:
        """Return pydantic's description of the annotated type, with the limits."""
        return {**handler(source), **self.limits}


Count = Annotated[int, Bounds("a whole number of at least 1", ge=1)]
Whole = Annotated[int, Bounds("a whole number of at least 0", ge=0)]
Positive = Annotated[float, Bounds("a number above 0", gt=0)]
NonNegative = Annotated[float, Bounds("a number of at least 0", ge=0)]
Fraction = Annotated[float, Bounds("a number from 0 to 1", ge=0, le=1)]


def part(about: str, *, default: Any = True, without: Any = False) -> Any:
    """Declare a field as a part that can be removed.

    Args:
        about: the name of the part in the table ("w/o ``about``").
        default: the field's value.
        without: the field's value when the part is removed.

    Raises:
        InvalidConfiguration: ``about`` is no text.
    """
    if not isinstance(about, str) or not about.strip():
        raise InvalidConfiguration(f"a part is declared by its name in the table, got {about!r}; write part('gamma')")
    return field(default=default, metadata={"part": (about, without)})
