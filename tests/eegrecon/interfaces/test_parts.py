"""Parts are declared by the name that they have in the table."""

from __future__ import annotations

from typing import Any

import pytest

from eegrecon import InvalidConfiguration, part


@pytest.mark.parametrize("about", [True, "", " ", None])
def test_a_part_without_a_name_is_refused(about: Any) -> None:
    with pytest.raises(InvalidConfiguration, match="by its name in the table"):
        part(about)
