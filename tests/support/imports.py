"""The imports of source files, as a graph of modules: those inside functions and under ``TYPE_CHECKING`` count too."""

from __future__ import annotations

import ast
import graphlib
from collections.abc import Iterator
from functools import cache
from pathlib import Path

Graph = dict[str, set[str]]  # the modules, or ``module:name``, that each module imports


def modules_of(package: Path) -> dict[str, Path]:
    """Return the files of a package by the dotted name of their module."""
    files = {}
    for file in sorted(package.rglob("*.py")):
        parts = file.relative_to(package.parent).with_suffix("").parts
        files[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = file
    return files


def imported(name: str, file: Path, nodes: Iterator[ast.AST] | None = None) -> Iterator[tuple[str, str]]:
    """Yield what a module imports: the module, and the name that is taken from it or an empty string."""
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))) if nodes is None else nodes:
        if isinstance(node, ast.Import):
            yield from ((alias.name, "") for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            package = name if file.name == "__init__.py" else name.rpartition(".")[0]
            above = ".".join(package.split(".")[: len(package.split(".")) - node.level + 1]) if node.level else ""
            module = ".".join(filter(None, (above, node.module or "")))
            yield from ((module, alias.name) for alias in node.names)


@cache
def graph_of(package: Path) -> Graph:
    """Return the modules of the same package that each module of a package imports."""
    files = modules_of(package)
    graph: Graph = {name: set() for name in files}
    for name, file in files.items():
        for module, attribute in imported(name, file):
            target = f"{module}.{attribute}" if f"{module}.{attribute}" in files else module
            if target in files and target != name:
                graph[name].add(target)
    return graph


def circle_of(graph: Graph) -> list[str]:
    """Return the modules of a circle of imports; empty where there is none."""
    try:
        graphlib.TopologicalSorter(graph).prepare()
    except graphlib.CycleError as error:
        return [str(name) for name in error.args[1]]
    return []
