"""Baselines are examples: short, cited, and each a row with one setting."""

from __future__ import annotations

import inspect
import re
from importlib import import_module

import pytest

from eegrecon.registry.catalog import KINDS
from eegrecon_baselines import eegrecon_components

METHODS = {key: target for key, target in eegrecon_components().items() if not key.startswith("conditioner.")}


def class_of(target: str) -> type:
    module, _, name = target.partition(":")
    found: type = getattr(import_module(module), name)
    return found


@pytest.mark.parametrize("key", METHODS)
def test_the_module_of_a_baseline_can_be_read_at_a_glance(key: str) -> None:
    most = 95 if key == "encoder.linear-reader" else 80  # it serves an audit too, which asks for each of its readers
    source = inspect.getsource(import_module(METHODS[key].partition(":")[0]))
    assert source.count("\n") <= most


@pytest.mark.parametrize("key", METHODS)
def test_a_baseline_cites_its_source_and_needs_no_settings(key: str) -> None:
    cls = class_of(METHODS[key])
    assert re.search(r"^ *Sources?: \S", cls.__doc__ or "", re.MULTILINE)
    assert isinstance(cls(), KINDS[key.partition(".")[0]])
