"""An import only points to a layer on the left; a plugin imports only the names that ``eegrecon`` offers."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
CORE = [
    {"errors"}, {"addresses", "data", "memory", "statistics"}, {"components"},
    {"audits"},
    {"hookspecs", "arrays", "console", "contract_checks", "pictures"}, {"plugins", "data_checks"}, {"building", "keys"},
    {"paper_tables"}, {"spec"}, {"ablation", "controls"}, {"stages"}, {"store", "testing"},
    {"stage_run", "ledger"}, {"workshop"},
    {"scoring", "control_work"}, {"audit_work"}, {"work"}, {"runner"}, {"remaking"},
    {"tables"}, {"results", "layouts"}, {"summaries", "auditing"}, {"recording", "printing"}, {"request"}, {"api"},
    {"completion", "dataset_tools", "doctor", "importing", "listing"}, {"cli"}, {"__main__"},
]  # fmt: skip
LEVEL = {name: level for level, names in enumerate(CORE) for name in names}


def imports(tree: ast.Module) -> set[str]:
    """Modules that are imported at run time, anywhere in a file."""
    checking = {
        node
        for test in ast.walk(tree)
        if isinstance(test, ast.If) and ast.unparse(test.test) == "TYPE_CHECKING"
        for node in ast.walk(test)
    }
    found: set[str] = set()
    for node in ast.walk(tree):
        if node in checking:
            continue
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            names = {alias.name for alias in node.names}
            found |= (
                {f"eegrecon.{name}" if name in LEVEL else f"eegrecon:{name}" for name in names}
                if (node.module == "eegrecon")
                else {str(node.module)}
            )
    return found


@pytest.mark.parametrize("file", sorted((ROOT / "eegrecon").glob("*.py")), ids=lambda file: file.stem)
def test_a_module_of_the_core_imports_only_lower_layers(file: Path) -> None:
    if file.stem == "__init__":
        return
    for name in imports(ast.parse(file.read_text())):
        if name.startswith("eegrecon."):
            lower = name.split(".")[1]
            assert LEVEL[lower] < LEVEL[file.stem], f"{file.stem} imports {lower}"
    assert not {"torch", "scipy", "sklearn", "mne"} & top_level(file), f"{file.stem} imports a heavy library"


def top_level(file: Path) -> set[str]:
    tree = ast.parse(file.read_text())
    body = ast.Module([node for node in tree.body if isinstance(node, ast.Import | ast.ImportFrom)], [])
    return {name.split(".")[0] for name in imports(body)}


@pytest.mark.parametrize("file", sorted((ROOT / "plugins").rglob("*.py")), ids=lambda f: f"{f.parent.name}-{f.stem}")
def test_a_plugin_imports_only_what_eegrecon_offers_and_itself(file: Path) -> None:
    package = file.relative_to(ROOT / "plugins").parts[0]
    for name in imports(ast.parse(file.read_text())):
        top = name.split(".")[0]
        if top.startswith("eegrecon") and top not in (package, "eegrecon") and not name.startswith("eegrecon:"):
            pytest.fail(f"{file.name} imports {name}, of another plugin")
        assert not name.startswith("eegrecon."), f"{file.name} imports {name}, which is private to the core"
