"""A component as another process sees it: its package imported anew, so that nothing is left of earlier calls."""

from __future__ import annotations

import importlib
import importlib.util
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from types import ModuleType

from eegrecon.interfaces.components import Component
from eegrecon.testing.suite import Case


@contextmanager
def imported_anew(case: Case) -> Iterator[Case | None]:
    """Yield the case with the class of a second import of its package; None if it cannot be imported a second time.

    That is so for a class inside a function, and for those of eegrecon itself.
    """
    package = case.cls.__module__.partition(".")[0]
    kept = {name: module for name, module in sys.modules.items() if name.partition(".")[0] == package}
    if package in ("eegrecon", "__main__") or "<locals>" in case.cls.__qualname__:
        yield None
        return
    for name in kept:
        del sys.modules[name]
    try:
        cls = _class(case.cls, kept[case.cls.__module__])
        yield None if cls is None else replace(case, cls=cls)
    finally:
        for name in [name for name in sys.modules if name.partition(".")[0] == package]:
            del sys.modules[name]
        sys.modules.update(kept)


def _class(cls: type[Component], module: ModuleType) -> type[Component] | None:
    spec = module.__spec__
    try:
        if spec is None or spec.loader is None:
            return None
        if spec.parent:  # a module of a package
            again = importlib.import_module(cls.__module__)
        else:
            again = importlib.util.module_from_spec(spec)
            sys.modules[cls.__module__] = again  # dataclasses look up their module while they are created
            spec.loader.exec_module(again)
    except Exception:  # compiled modules refuse it, and what registers a name
        return None
    found = again
    for name in cls.__qualname__.split("."):
        found = getattr(found, name, None)  # type: ignore[assignment]
    return found if isinstance(found, type) else None
