from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from explanations import Explains
from jobs import TOY, Command

FAULTY = """
import numpy as np
from dataclasses import dataclass
from eegrecon import Features, hookimpl
from eegrecon.testing import ToyAccuracy, ToyEncoder

@dataclass(frozen=True)
class Centred(ToyEncoder):
    def encode(self, weights, signals, run):
        features = super().encode(weights, signals, run)
        return Features(features.embedding - features.embedding.mean(axis=0), features.logits)

@hookimpl
def eegrecon_components():
    return {"encoder.centred": Centred, "metric.hits": ToyAccuracy}
"""


@pytest.fixture
def faulty(tmp_path: Path) -> str:
    file = tmp_path / "faulty_plugin.py"
    file.write_text(FAULTY)
    return str(file)


def test_the_components_of_a_file_are_checked_and_a_fault_is_explained(
    faulty: str, command: Command, explains: Explains
) -> None:
    printed = command("plugin", "check", faulty, code=3).stdout
    assert re.search(r"^encoder.centred$", printed, re.MULTILINE)
    assert re.search(r"^metric.hits$", printed, re.MULTILINE)
    assert re.search(r"^  FAILED  no-test-statistics$", printed, re.MULTILINE)
    words = " ".join(printed.split())
    assert "standardise with mean and deviation of the training trials" in words
    assert re.search(r"\d+ passed, 2 failed, \d+ skipped$", printed.strip())
    found = json.loads(command("plugin", "check", faulty, "--only", "no-test-statistics", "--json", code=3).stdout)
    explains("Components", "eegrecon plugin check: an encoder standardises by the test trials", found[0]["message"])


def test_one_kind_and_some_checks_can_be_chosen(faulty: str, command: Command) -> None:
    options = ("--kind", "encoder", "--only", "outputs,permutation", "--json")
    found = json.loads(command("plugin", "check", faulty, *options).stdout)
    assert [(record["component"], record["check"], record["outcome"]) for record in found] == [
        ("encoder.centred", "outputs", "passed"),
        ("encoder.centred", "permutation", "passed"),
    ]


def test_a_component_of_an_installed_plugin_is_checked_by_its_name(command: Command) -> None:
    printed = command("plugin", "check", "metric.accuracy", "--only", "direction").stdout
    assert printed.splitlines() == ["metric.accuracy", "  passed  direction", "1 passed, 0 failed, 0 skipped"]


def test_all_components_of_a_plugin_are_checked_by_its_name(command: Command) -> None:
    printed = command("plugin", "check", "eegrecon_metrics", "--kind", "metric", "--only", "contract").stdout
    assert "metric.fid" in printed
    assert "judge." not in printed


@pytest.mark.parametrize(
    ("arguments", "near"),
    [
        (["accurcy"], "accuracy"),
        (["accuracy", "--kind", "metrik"], "metric"),
        (["accuracy", "--only", "directon"], "direction"),
        (["accuracy", "--kind", "encoder"], "eegrecon list encoders"),
    ],
)
def test_an_unknown_name_is_refused_with_the_nearest(arguments: list[str], near: str, command: Command) -> None:
    assert near in command("plugin", "check", *arguments, code=2).stderr


def test_a_file_that_lacks_a_method_is_refused_with_its_name(tmp_path: Path, command: Command) -> None:
    file = tmp_path / "lacking.py"
    file.write_text(FAULTY.replace("def encode(", "def encod(").replace("(ToyEncoder)", "(Encoder)") + "\n")
    file.write_text(file.read_text().replace("import Features", "import Encoder, Features"))
    stderr = command("plugin", "check", str(file), code=1).stderr
    assert "encoder.centred of plugin lacking" in stderr
    assert "it lacks encode, fit (it has encod)" in stderr


def test_a_file_that_does_not_exist_or_is_a_folder_is_refused(tmp_path: Path, command: Command) -> None:
    assert "does not exist" in command("plugin", "check", str(TOY / "nothing.py"), code=2).stderr
    (tmp_path / "folder.py").mkdir()
    assert "is not a Python file" in command("plugin", "check", str(tmp_path / "folder.py"), code=2).stderr


def test_a_file_whose_import_fails_is_refused_with_the_line(tmp_path: Path, command: Command) -> None:
    file = tmp_path / "e5.py"
    file.write_text("import numpy\n\nimport nonsense_of_mine\n")
    stderr = command("plugin", "check", str(file), code=1).stderr
    assert "No module named 'nonsense_of_mine' (e5.py, line 3)" in stderr


def test_a_file_without_a_hook_is_told_which_is_missing(
    tmp_path: Path, faulty: str, command: Command, explains: Explains
) -> None:
    file = tmp_path / "hookless.py"
    file.write_text(FAULTY.partition("@hookimpl")[0])
    stderr = command("plugin", "check", str(file), code=1).stderr
    assert "hookless.py registers no component" in stderr
    assert "eegrecon_components is missing" in stderr
    explains("Components", "eegrecon plugin check: a file has no hook", stderr)
    stderr = command("plugin", "check", faulty, "--kind", "judge", code=1).stderr
    assert "registers no judge but encoder.centred, metric.hits" in stderr


def test_a_folder_that_is_not_installed_is_to_be_installed_first(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, command: Command, explains: Explains
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "kit-mine").mkdir()
    (tmp_path / "kit-mine" / "pyproject.toml").touch()
    for arguments in (("plugin", "check", "kit-mine"), ("plugin", "check", "./kit-mine/"), ("show", "kit-mine")):
        stderr = command(*arguments, code=2).stderr
        assert "pip install -e " in stderr
        assert "There are" not in stderr
    stderr = command("bench", "brainvis", "--set", "encoder=kit-mine", "--dry-run", code=2).stderr
    assert "pip install -e kit-mine" in stderr
    explains("Components", "a plugin is named that is not installed yet", stderr)


def test_an_unknown_name_suggests_at_most_three_and_lists_none(command: Command) -> None:
    stderr = command("plugin", "check", "brainvi", code=2).stderr
    assert 1 <= len(re.findall(r"'[\w-]+'", stderr.partition("did you mean")[2])) <= 3
    assert len(stderr) < 200


def test_a_name_that_is_taken_is_to_be_changed(faulty: str, command: Command) -> None:
    Path(faulty).write_text(FAULTY.replace("metric.hits", "metric.accuracy"))
    printed = command("plugin", "check", faulty, "--kind", "metric", code=3).stdout
    words = " ".join(printed.split())
    assert "'accuracy' is registered by eegrecon_metrics and faulty_plugin; rename yours" in words


def test_what_a_component_is_exempt_from_is_shown(tmp_path: Path, command: Command) -> None:
    file = tmp_path / "exempt_plugin.py"
    exempt = '    exempt = {"no-test-statistics": "as published"}\n    def encode('
    file.write_text(FAULTY.replace("    def encode(", exempt))
    shown = command("show", "centred", "--plugin", str(file)).stdout
    assert re.search(r"exempt from checks:\n\s+no-test-statistics: as published", shown)
    listed = command("list", "encoders", "--plugin", str(file)).stdout.splitlines()
    assert "centred *" in listed
    assert listed[-1] == "* centred is exempt from the check no-test-statistics: as published"
    assert "*" not in command("list", "metrics", "--plugin", str(file)).stdout
    checked = command("plugin", "check", str(file), "--only", "no-test-statistics").stdout
    assert "declared exempt, as published" in checked
