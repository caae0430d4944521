"""Checks of every component: its class, its configuration, its parts, and what importing it costs."""

from __future__ import annotations

import dataclasses
import importlib.util
import json
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

from eegrecon.errors import EegreconError, InvalidConfiguration
from eegrecon.interfaces.components import Component
from eegrecon.pipeline.fingerprints import describe
from eegrecon.registry.catalog import KINDS
from eegrecon.registry.class_checks import problems
from eegrecon.registry.fields import field_types, nested_class, validated
from eegrecon.testing.suite import Case, CheckFailed, Skipped, check

HEAVY = "torch torchvision scipy sklearn pandas mne diffusers transformers matplotlib tensorflow jax open_clip".split()  # noqa: SIM905
LIMIT = 60.0  # seconds that an import may take
_MEASURE = """
import importlib, importlib.util, sys
path, name, file = {path!r}, {name!r}, {file!r}
sys.path[:] = path
if file:
    spec = importlib.util.spec_from_file_location(name, file)
    module = sys.modules[name] = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
else:
    importlib.import_module(name)
print("HEAVY", *[heavy for heavy in {heavy!r} if heavy in sys.modules])
"""


@check(*KINDS)
def contract(case: Case) -> None:
    """It is a frozen dataclass with the methods, class attributes and field types of its kind."""
    if found := problems(case.cls, KINDS[case.kind]):
        raise CheckFailed(f"{case.cls.__module__}.{case.cls.__qualname__}: {'; '.join(found)}")


@check(*KINDS)
def configuration(case: Case) -> None:
    """Every field has a default (or ``small`` gives it a value) and comes back from JSON as it was."""
    try:
        component = case.component
    except Exception as error:
        raise case.failed(
            "small",
            f"raised {type(error).__name__}: {error}",
            "give every field a default that works, or override small() to return a quick instance",
        ) from error
    try:
        again = _restored(type(component), json.loads(json.dumps(_written(component))), component)
    except (TypeError, ValueError) as error:
        raise case.failed(
            "", f"cannot be written as JSON and read back ({error})", "use numbers, texts, truth values and tuples"
        ) from error
    if again != component:
        changed = [
            item.name for item in dataclasses.fields(component) if item.init and _differs(again, component, item)
        ]
        raise case.failed(
            "",
            f"is another configuration after JSON: {', '.join(changed) or 'the whole of it'}",
            "leave a field as it was given (no conversion in __post_init__), and give it the type that it has",
        )


def _differs(first: Any, second: Any, item: Any) -> bool:
    return bool(getattr(first, item.name) != getattr(second, item.name))


def _written(component: Any) -> dict[str, Any]:
    values = {item.name: getattr(component, item.name) for item in dataclasses.fields(component) if item.init}
    return {name: _written(value) if isinstance(value, Component) else value for name, value in values.items()}


def _restored(cls: type[Any], written: dict[str, Any], original: Any) -> Any:
    hints, values = field_types(cls), {}
    for name, value in written.items():
        held = getattr(original, name)
        nested = isinstance(held, Component)
        if nested_class(hints[name]) is None and not nested:
            values[name] = validated(hints[name], value)
        else:
            values[name] = _restored(type(held), value, held) if nested else None
    return cls(**values)


@check("encoder", "aligner", "generator", "learner")
def parts(case: Case) -> None:
    """Every part can be removed, and its removal changes the key of the stage."""
    removals = list(_removals(case.component, ""))
    if not removals:
        raise Skipped("it declares no part")
    key = describe(case.component, _address)
    for path, about, change in removals:
        try:
            without = change()
        except EegreconError as error:
            alone = isinstance(error, InvalidConfiguration) and len(removals) > 1
            remedy = "allow it to be removed while the other parts are there" if alone else "allow it to be removed"
            raise case.failed(path, f"(the part {about!r}) cannot be removed: {error}", remedy) from error
        if describe(without, _address) == key:
            raise case.failed(
                path, f"(the part {about!r}) has its removed value already in small()", "keep the part in small()"
            )


def _address(cls: type[Component]) -> str:
    return f"{cls.__module__}:{cls.__qualname__}"


def _removals(component: Any, path: str) -> Iterator[tuple[str, str, Any]]:
    """Yield path and description of every part, and a function that returns the component without it."""
    for item in dataclasses.fields(component):
        value, here = getattr(component, item.name), f"{path}.{item.name}".lstrip(".")

        def replaced(new: Any, name: str = item.name) -> Any:
            return dataclasses.replace(component, **{name: new})

        if "part" in item.metadata:
            about, without = item.metadata["part"]
            yield here, about, lambda replaced=replaced, without=without: replaced(without)
        if isinstance(value, Component):
            for inner, about, change in _removals(value, here):
                yield inner, about, lambda replaced=replaced, change=change: replaced(change())


@check(*KINDS)
def light_import(case: Case) -> None:
    """Importing the plugin, which every command does, imports no heavy library."""
    name = case.cls.__module__.partition(".")[0]
    file = getattr(sys.modules.get(case.cls.__module__), "__file__", None)
    if file is None or name == "__main__":
        raise Skipped("the class is in no file that could be imported")
    spec = None if name.startswith("eegrecon_file_") else importlib.util.find_spec(name)
    code = _MEASURE.format(path=sys.path, name=name, file="" if spec else str(file), heavy=HEAVY)
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=LIMIT, check=False)
    if done.returncode:
        reason = (done.stderr.strip().splitlines() or ["no reason"])[-1]
        raise case.failed("", f"is in a plugin that cannot be imported by itself ({reason})", "repair the import")
    found = done.stdout.split("HEAVY")[-1].split()
    if found:
        raise case.failed(
            "",
            f"is in a plugin whose import imports {', '.join(found)}, which every command then waits for",
            'import it inside the methods that use it, or register the class by its address, "module:Class"',
        )
