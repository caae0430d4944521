"""Writing the distribution of a new plugin from templates."""

from __future__ import annotations

import builtins
import importlib.metadata
import importlib.util
import keyword
import re
from pathlib import Path

import eegrecon
from eegrecon.errors import UsageError
from eegrecon.interfaces.hooks import CONTRACT
from eegrecon.registry.discovery import find

TEMPLATES = Path(__file__).parent / "templates"
FILES = {  # path in the distribution -> template
    "pyproject.toml": "pyproject.toml",
    "README.md": "README.md",
    ".gitignore": "gitignore",
    ".github/workflows/check.yml": "workflow.yml",
    "{module}/__init__.py": "init.py",
    "{module}/{kind}.py": "{template}.py",
    "tests/test_{module}.py": "test.py",
}
COMMANDS = {  # of a benchmark with the plugin
    "dataset": "eegrecon bench brainvis --set dataset={name} --set metric.identification.truth=judge",
    "metric": "eegrecon bench brainvis --set metric.{name}.use={name}",
    "judge": "eegrecon bench brainvis --set metric.fid.judge={name}",
    "audit": "eegrecon bench brainvis --audit {name}",
}
HINTS = {  # what the command does not show of itself
    "metric": 'its column is one of those of --wide; a benchmark file with headline = ["{name}.{name}"] prints it '
    "in the short table",
    "generator": "its pictures are small ones, enlarged; --set aligner=ridge predicts them at once, and the columns "
    "retrieval of --wide say how well",
}
PICTURES = 60  # of the example of a data set
_NAME = re.compile(r"[a-z][a-z0-9]*([-_][a-z0-9]+)*")


def write(name: str, kind: str, folder: str, *, with_torch: bool = False) -> str:
    """Write a distribution into the folder ``folder/name``; return what to do next.

    Args:
        name: of the distribution and of the component.
        kind: kind of the component.
        folder: where to.
        with_torch: whether the encoder is a network.

    Raises:
        UsageError: the name cannot be used, the folder exists, or there is no such template.
    """
    import jinja2

    if with_torch and kind != "encoder":
        raise UsageError(f"--torch is for encoders, and the kind is {kind}; leave it out")
    module, cls = name.replace("-", "_"), "".join(word.capitalize() for word in re.split("[-_]", name))
    _check_name(name, module, cls, kind)
    target = Path(folder) / name
    if target.exists():
        raise UsageError(
            f"{target} exists, and nothing of it is overwritten; remove it, or choose another name or --dir"
        )
    command = COMMANDS.get(kind, "eegrecon bench brainvis --set {kind}={name}").format(name=name, kind=kind)
    values = {
        "name": name, "module": module, "cls": cls, "kind": kind, "command": command, "contract": CONTRACT,
        "version": eegrecon.__version__, "template": "encoder_torch" if with_torch else kind,
    }  # fmt: skip
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(TEMPLATES), undefined=jinja2.StrictUndefined, keep_trailing_newline=True
    )
    for path, template in FILES.items():
        file = target / path.format(**values)
        file.parent.mkdir(parents=True, exist_ok=True)
        text = environment.get_template(f"{template.format(**values)}.jinja").render(values)
        file.write_text(text, encoding="utf-8")
    (target / module / "py.typed").touch()
    if kind == "dataset":
        _write_example(target / module / "example")
    hint = f"\n{HINTS[kind].format(name=name)}" if kind in HINTS else ""
    return f"wrote {target}; next:\n  pip install -e {target}\n  {command}\n  eegrecon plugin check {name}{hint}"


def _check_name(name: str, module: str, cls: str, kind: str) -> None:
    """Check that a name can be that of a distribution, a package and a component, and that none has it.

    Raises:
        UsageError: it cannot, or one has.
    """
    reason = ""
    if not _NAME.fullmatch(name):
        reason = "is not written in small letters and digits, with single hyphens or underscores between them"
    elif keyword.iskeyword(module) or keyword.issoftkeyword(module) or hasattr(builtins, cls):
        reason = "is a word of Python"
    elif cls in eegrecon.__all__ or module == "tests":
        reason = "is a word of eegrecon"
    elif importlib.util.find_spec(module) is not None or _is_distribution(name):
        reason = "is that of an installed package"
    elif name in find().names(kind):
        reason = f"is that of a registered {kind}"
    if reason:
        raise UsageError(f"the name {name!r} {reason}; choose another, for instance my-{kind}")


def _is_distribution(name: str) -> bool:
    try:
        importlib.metadata.distribution(name)
    except importlib.metadata.PackageNotFoundError:
        return False
    return True


def _write_example(folder: Path) -> None:
    """Write the example of a data set: simulated trials of two subjects."""
    import numpy as np

    from eegrecon.testing.toy_components import CLASSES
    from eegrecon.testing.toy_data import MONTAGE, toy_eeg, toy_pixels

    folder.mkdir()
    picture = np.arange(PICTURES)
    image = np.repeat(picture, 2)  # seen by both subjects
    label = image % len(CLASSES)
    np.savez_compressed(
        folder / "recordings.npz",
        eeg=toy_eeg(label),
        label=label,
        image=image,
        subject=np.tile([1, 2], PICTURES),
        pictures=toy_pixels(picture % len(CLASSES), picture // 4 % 4),
        channels=MONTAGE.channels,
        classes=CLASSES,
    )
