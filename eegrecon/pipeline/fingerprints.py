"""Fingerprints of components: everything that their results depend on, as a JSON-like value.

Two stages share a key exactly when they would compute the same thing. A component enters with its registered name,
revision, the digest of its package's source (without comments and docstrings), its fields, and the digests of the files
that its fields name.
"""

from __future__ import annotations

import ast
import dataclasses
import importlib.util
import sys
from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path
from typing import Any

from eegrecon.interfaces.components import Component
from eegrecon.registry.digests import digest

FORMAT = 4  # raise it when the meaning of a stage changes in the core itself


def describe(
    component: Component,
    name_of: Callable[[type[Component]], str],
    stage_of: Callable[[Component], str | None] = lambda nested: None,
) -> dict[str, Any]:
    """Return everything that a component's results depend on.

    Args:
        component: the component.
        name_of: gives the registered name of a class.
        stage_of: gives the key of a nested component that is a stage of its own, else None.
    """
    cls = type(component)
    reads = dict(component.reads())
    fields: dict[str, Any] = {}
    for item in dataclasses.fields(component):  # type: ignore[arg-type]
        value = getattr(component, item.name)
        if item.name in reads:
            fields[item.name] = {"reads": reads.pop(item.name)}
        elif isinstance(value, Component):
            key = stage_of(value)
            fields[item.name] = {"stage": key} if key else describe(value, name_of, stage_of)
        else:
            fields[item.name] = value
    return {
        "use": f"{name_of(cls)}@{cls.revision}",
        "source": source_digest(cls.__module__),
        "fields": fields,
        **({"reads": reads} if reads else {}),
    }


def configuration(component: Component | None, name_of: Callable[[type[Component]], str]) -> Any:
    """Return a component's fields as they would be written in a benchmark file, for a result."""
    if component is None:
        return None
    fields: Mapping[str, Any] = {
        item.name: getattr(component, item.name)
        for item in dataclasses.fields(component)  # type: ignore[arg-type]
    }
    return {"use": name_of(type(component)), **{name: _written(value, name_of) for name, value in fields.items()}}


def _written(value: Any, name_of: Callable[[type[Component]], str]) -> Any:
    if isinstance(value, Component):
        return configuration(value, name_of)
    return [_written(item, name_of) for item in value] if isinstance(value, tuple) else value


@cache
def source_digest(module: str) -> str:
    """Return the digest of the source of a module's package, or of the module where it is a single file."""
    package = module.partition(".")[0]
    spec = importlib.util.find_spec(package) if package not in sys.modules else sys.modules[package].__spec__
    folders = list(spec.submodule_search_locations or ()) if spec else []
    if folders:
        files = sorted(
            (path, path.relative_to(folder)) for folder in map(Path, folders) for path in folder.rglob("*.py")
        )
    else:
        origin = Path(str(getattr(sys.modules.get(module), "__file__", "") or ""))
        files = [(origin, Path(origin.name))] if origin.is_file() else []
    code = [[inside.as_posix(), _bare(path.read_text(encoding="utf-8"))] for path, inside in files]
    return digest(code)


def _bare(source: str) -> str:
    """Return source code without comments, docstrings and layout."""
    tree = ast.parse(source)
    for node in ast.walk(tree):
        body = getattr(node, "body", None)
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef) and body:
            first = body[0]
            if (
                isinstance(first, ast.Expr)
                and isinstance(first.value, ast.Constant)
                and isinstance(first.value.value, str)
            ):
                node.body = body[1:] or [ast.Pass()]
    return ast.unparse(tree)
