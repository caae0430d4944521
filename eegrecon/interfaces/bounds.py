"""Types of fields whose values have bounds, so that a value out of range is refused before anything runs.

A field says its bounds where it is declared, ``epochs: Count = 50``; whoever sets it in a benchmark file or with
``--set`` gets the bounds in the message. They are ordinary ``Annotated`` types, so that a plugin can write others with
pydantic's ``Field`` or annotated-types. Infinity and NaN are refused in every field, whatever its type.
"""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

Count = Annotated[int, Field(ge=1, description="a whole number of at least 1")]
Whole = Annotated[int, Field(ge=0, description="a whole number of at least 0")]
Positive = Annotated[float, Field(gt=0, description="a number above 0")]
NonNegative = Annotated[float, Field(ge=0, description="a number of at least 0")]
Fraction = Annotated[float, Field(ge=0, le=1, description="a number from 0 to 1")]
