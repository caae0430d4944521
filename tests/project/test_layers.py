"""The rooms of the core and what they may import; what a plugin may import; no circles anywhere."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest
from imports import circle_of, graph_of, imported, modules_of
from jobs import ROOT

import eegrecon

ROOMS = (
    "errors", "interfaces", "registry", "benchmark", "pipeline", "evaluation", "reporting", "leaderboard",
    "api", "testing", "cli",
)  # fmt: skip
BESIDE = {  # stand on interfaces
    **dict.fromkeys(("preprocessing", "training"), ("errors", "interfaces")),
    "datasets": ("errors", "interfaces", "registry", "preprocessing"),
}
ALSO = {"pipeline": "eegrecon.training.batching"}  # the only module of `training` that a room imports
FACADES = {"", "statistics", "resources"}  # public names of lower rooms; no room imports them
VERSIONED = {
    "eegrecon.cli.main",
    "eegrecon.cli.leaderboard",
    "eegrecon.testing.projects",
    "eegrecon.leaderboard.verification.verifying",
    "eegrecon.leaderboard.site.building",
}  # import `eegrecon` for its version and public names
ALONE = {
    "eegrecon/cli": "one module per group of commands, and what they share",
    "eegrecon/pipeline/stages": "one module per kind of stage, and what they share",
}  # may have more modules than a room
STANDS_ON = {
    "eegrecon_audits": ("eegrecon_baselines",),
    "eegrecon_peers": ("eegrecon_brainvis", "eegrecon_metrics"),
}  # a plugin and others that it imports
HEAVY = {"torch", "scipy", "sklearn", "mne", "diffusers", "transformers", "matplotlib"}

CORE = modules_of(ROOT / "eegrecon")
PLUGINS = sorted(path.parent for path in (*ROOT.glob("plugins/*/__init__.py"), *ROOT.glob("benchmarks/*/__init__.py")))
PUBLIC = {
    f"eegrecon.{name}" for name in ("datasets", "preprocessing", "resources", "statistics", "testing", "training")
}
PACKAGES = sorted({file.parent for folder in (ROOT / "eegrecon", *PLUGINS) for file in folder.rglob("*.py")})


def room_of(module: str) -> str:
    return module.partition(".")[2].partition(".")[0]


def allowed(room: str) -> set[str]:
    """Return the rooms that a room may import."""
    if room in BESIDE:
        return {room, *BESIDE[room]}
    if room == "__main__":
        return {"cli"}
    return {*ROOMS[: ROOMS.index(room)], room}


def test_every_module_of_the_core_is_in_a_room() -> None:
    assert {room_of(module) for module in CORE} == {*ROOMS, *BESIDE, *FACADES, "__main__"}


@pytest.mark.parametrize("module", [module for module in CORE if room_of(module) not in FACADES])
def test_a_module_of_the_core_imports_only_its_own_and_lower_rooms(module: str) -> None:
    room = room_of(module)
    for target in sorted(graph_of(ROOT / "eegrecon")[module]):
        if target == "eegrecon" and module in VERSIONED:
            continue
        assert room_of(target) in allowed(room) or target == ALSO.get(room), f"{module} imports {target}"


@pytest.mark.parametrize("module", [module for module in CORE if room_of(module) != "training"])  # for torch plugins
def test_a_module_of_the_core_imports_no_heavy_library_at_its_top(module: str) -> None:
    body = ast.parse(CORE[module].read_text()).body
    names = {name.partition(".")[0] for name, _ in imported(module, CORE[module], iter(body))}
    assert not names & HEAVY


@pytest.mark.parametrize("package", [ROOT / "eegrecon", *PLUGINS], ids=lambda package: package.name)
def test_no_modules_of_a_package_import_each_other_in_a_circle(package: Path) -> None:
    assert " -> ".join(circle_of(graph_of(package))) == ""


@pytest.mark.parametrize("package", PLUGINS, ids=lambda package: package.name)
def test_a_plugin_imports_only_public_modules_of_eegrecon_and_itself(package: Path) -> None:
    wrong = []
    for name, file in modules_of(package).items():
        for module, attribute in imported(name, file):
            top = module.partition(".")[0]
            public = module in PUBLIC or f"{module}.{attribute}" in PUBLIC
            public |= module == "eegrecon" and attribute in (*eegrecon.__all__, "__version__")
            allowed_top = top in (package.name, *STANDS_ON.get(package.name, ()))
            if top.startswith("eegrecon") and not allowed_top and not public:
                wrong.append(f"{name} imports {module} {attribute}".strip())
    assert wrong == []


@pytest.mark.parametrize("package", PACKAGES, ids=lambda package: package.relative_to(ROOT).as_posix())
def test_a_package_says_in_its_first_line_what_belongs_there(package: Path) -> None:
    assert ast.get_docstring(ast.parse((package / "__init__.py").read_text()))


@pytest.mark.parametrize("package", PACKAGES, ids=lambda package: package.relative_to(ROOT).as_posix())
def test_a_package_has_few_modules(package: Path) -> None:
    modules = [file for file in package.glob("*.py") if file.name != "__init__.py"]
    most = 8 if package == ROOT / "eegrecon" else 9
    assert len(modules) <= most or package.relative_to(ROOT).as_posix() in ALONE
