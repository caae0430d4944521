from __future__ import annotations

import importlib

import pytest

import eegrecon

FORMER = {  # former name in `eegrecon` -> the public module that has it now
    "content_digest": "eegrecon.resources",
    "hub_folder": "eegrecon.resources",
    "locate": "eegrecon.resources",
    "Sample": "eegrecon.statistics",
    "over_pictures": "eegrecon.statistics",
    "paired_p": "eegrecon.statistics",
    "Leaving": "eegrecon.training",
    "Pieces": "eegrecon.training",
}


@pytest.mark.parametrize("name", sorted(eegrecon.__all__))
def test_every_public_name_is_there(name: str) -> None:
    assert getattr(eegrecon, name) is not None
    assert name in dir(eegrecon)


@pytest.mark.parametrize("name", FORMER)
def test_a_former_public_name_works_and_warns_of_its_new_place(name: str) -> None:
    with pytest.warns(DeprecationWarning, match=rf"eegrecon\.{name}\b.*{FORMER[name]}\."):
        found = getattr(eegrecon, name)
    assert callable(found)
    assert name not in dir(eegrecon)


def test_a_former_public_name_is_the_object_of_the_new_place() -> None:
    for name, module in FORMER.items():
        if module != "eegrecon.training":  # renamed there
            with pytest.warns(DeprecationWarning, match=name):
                assert getattr(eegrecon, name) is getattr(importlib.import_module(module), name)


def test_an_unknown_name_is_reported_with_the_public_names() -> None:
    with pytest.raises(AttributeError, match="'Encodr'.*Encoder"):
        _ = eegrecon.Encodr  # type: ignore[attr-defined]
