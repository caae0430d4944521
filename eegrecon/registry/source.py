"""The source that a component's results depend on: the import closure of its module, as a digest.

The closure follows imports anywhere in a file (also inside functions and under ``TYPE_CHECKING``) within the package of
the component, into modules that belong to no distribution (the helper of a single-file plugin), and into the parts of
eegrecon that compute something for plugins. Of every other distribution that the closure imports, the version counts.
Comments, docstrings, and methods that compute no product (reading published checkpoints, checking files) do not count.
"""

from __future__ import annotations

import ast
import importlib.machinery
import importlib.metadata
import importlib.util
import os
import sys
import sysconfig
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

from eegrecon.registry.digests import digest

_NOT_COMPUTING = {
    *("imported", "check", "recognises", "small", "caption", "export", "cases", "positive_control"),  # methods
    "exempt",  # a class attribute
}
_CONTRACT = ("eegrecon", "eegrecon.errors", "eegrecon.interfaces")  # covered by the format of the keys
# Public names of the contract that compute.
_COMPUTING = dict.fromkeys(("Thumbnails", "fitted_to"), "eegrecon.interfaces.pictures")
# Modules whose distribution is called otherwise, to find it without reading all of them.
_OTHERWISE = {"PIL": "pillow", "sklearn": "scikit-learn"}


class Source(NamedTuple):
    """One file: its code without what does not count, and the modules that it may import."""

    code: str
    imports: tuple[str, ...]


def source_digest(modules: Iterable[str]) -> str:
    """Return the digest of the import closure of modules and of the versions of the distributions that it imports.

    The files are read again at every call, unless their size and time of change are as before, so that a second call
    notices an edit.
    """
    code, foreign = closure(modules)
    return digest({"code": [[name, text] for name, text in sorted(code.items())], "versions": _versions(foreign)})


def distributions(modules: Iterable[str]) -> dict[str, str]:
    """Return the versions of the distributions that the import closure of modules imports, by name."""
    return _versions(closure(modules)[1])


def code_digest(modules: Iterable[str]) -> str:
    """Return the digest of the code of some modules, without what they import."""
    files = {name: _file_of(name) for name in modules}
    return digest([[name, _read(file, name).code] for name, file in sorted(files.items()) if file is not None])


def closure(modules: Iterable[str]) -> tuple[dict[str, str], frozenset[str]]:
    """Return the code of every module of the closure by name, and the top-level names of foreign modules."""
    todo = list(modules)
    own = {name.partition(".")[0] for name in todo}
    code: dict[str, str] = {}
    foreign: set[str] = set()
    while todo:
        name = todo.pop()
        top = name.partition(".")[0]
        if name in code or top in sys.stdlib_module_names or _of_contract(name):
            continue
        if top not in own and top != "eegrecon" and _installed(top):
            foreign.add(top)
            continue
        path = _file_of(name)
        if path is None:  # a name inside a module, or no Python file
            continue
        source = _read(path, name)
        code[name] = source.code
        todo += source.imports
    return code, frozenset(foreign)


def _of_contract(name: str) -> bool:
    if name in _COMPUTING.values():
        return False
    return any(name == module or (name.startswith(f"{module}.") and module != "eegrecon") for module in _CONTRACT)


@lru_cache(maxsize=4096)
def _installed(top: str) -> bool:
    """Whether a top-level module belongs to the installed distributions rather than to a local file."""
    spec = _spec(top)
    origin = None if spec is None else (spec.origin or next(iter(spec.submodule_search_locations or ()), None))
    if origin is None:
        return True
    folders = {sysconfig.get_path(name) for name in ("purelib", "platlib")} | set(_site_folders())
    return any(Path(origin).is_relative_to(folder) for folder in folders)


def _site_folders() -> Iterator[str]:
    return (entry for entry in sys.path if Path(entry).name in ("site-packages", "dist-packages"))


def _spec(top: str) -> importlib.machinery.ModuleSpec | None:
    loaded = sys.modules.get(top)
    if loaded is not None and loaded.__spec__ is not None:
        return loaded.__spec__
    try:
        return importlib.util.find_spec(top)
    except (ImportError, ValueError):
        return None


def _file_of(name: str) -> str | None:
    """Return the file of a module, found without importing its parents; None for a name that is no Python file."""
    top, *inside = name.split(".")
    spec = _spec(top)
    if spec is None:
        return None
    if not inside:
        return spec.origin if spec.origin and spec.origin.endswith(".py") else None
    for folder in spec.submodule_search_locations or ():
        path = os.path.join(folder, *inside)  # a hundred thousand of them in a run of many stages
        for file in (f"{path}.py", os.path.join(path, "__init__.py")):
            if os.path.isfile(file):
                return file
    return None


def _read(path: str, name: str) -> Source:
    state = os.stat(path)
    return _source(path, name, state.st_size, state.st_mtime_ns)


@lru_cache(maxsize=4096)
def _source(path: str, name: str, size: int, changed: int) -> Source:
    tree = ast.parse(Path(path).read_bytes())
    _strip(tree)
    package = name if os.path.basename(path) == "__init__.py" else name.rpartition(".")[0]
    return Source(ast.unparse(tree), tuple(dict.fromkeys(_imports(tree, package))))


def _statements(node: ast.AST) -> Iterator[ast.AST]:
    """Yield a module or statement and all statements inside it, each before what it holds; no expression."""
    yield node
    for name in ("body", "orelse", "finalbody", "handlers", "cases"):
        for inner in getattr(node, name, ()):
            yield from _statements(inner)


def _strip(tree: ast.Module) -> None:
    """Remove docstrings and the methods that compute no product."""
    for node in _statements(tree):
        if not isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            continue
        body = node.body
        if body and isinstance(body[0], ast.Expr) and isinstance(body[0].value, ast.Constant):
            body = body[1:]
        if isinstance(node, ast.ClassDef):
            body = [item for item in body if _defined(item) not in _NOT_COMPUTING]
        node.body = body or [ast.Pass()]


def _defined(item: ast.stmt) -> str:
    """Return the name of the method or class attribute that a statement of a class defines; or an empty text."""
    if isinstance(item, ast.FunctionDef):
        return item.name
    targets = item.targets if isinstance(item, ast.Assign) else [item.target] if isinstance(item, ast.AnnAssign) else []
    return next((target.id for target in targets if isinstance(target, ast.Name)), "")


def _imports(tree: ast.Module, package: str) -> Iterator[str]:
    """Yield every name that a file imports and that may be a module."""
    for node in _statements(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            module = node.module or ""
            if node.level:
                base = package.split(".")[: len(package.split(".")) - node.level + 1]
                module = ".".join([*base, module] if module else base)
            yield module
            yield from (f"{module}.{alias.name}" for alias in node.names)
            if module == "eegrecon":
                yield from (_COMPUTING[alias.name] for alias in node.names if alias.name in _COMPUTING)


def _versions(foreign: Iterable[str]) -> dict[str, str]:
    """Return the version of each distribution that has one of these top-level modules."""
    return {name: _version(name) for top in sorted(foreign) for name in _distributions_of(top)}


@lru_cache(maxsize=4096)
def _version(name: str) -> str:
    return importlib.metadata.version(name)


@lru_cache(maxsize=4096)
def _distributions_of(top: str) -> tuple[str, ...]:
    """Return the distributions that have a top-level module; most are called like it, which is quick to find out."""
    try:
        return (importlib.metadata.distribution(_OTHERWISE.get(top, top)).name,)
    except importlib.metadata.PackageNotFoundError:
        return tuple(sorted(set(_all_distributions().get(top, ()))))


@lru_cache(maxsize=1)
def _all_distributions() -> Mapping[str, list[str]]:
    return importlib.metadata.packages_distributions()
