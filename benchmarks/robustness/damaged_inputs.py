"""Mutations of what a run reads: data folders, benchmark files, plugins."""

from __future__ import annotations

import io
import random
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import damaged_files as files
from attempt import Kind, Place

HUGE = 2**63


def _file(place: Place, rng: random.Random) -> Path:
    """Return a file of the data folder; tables and tensors as often as pictures."""
    top = sorted(path for path in place.data.iterdir() if path.is_file())
    pictures = sorted(place.data.glob("image/*/*"))
    return rng.choice(top if rng.random() < 0.75 else pictures)


def _on_file(damage: Callable[[Path, random.Random], str]) -> Callable[[Place, random.Random], str]:
    return lambda place, rng: damage(_file(place, rng), rng)


def _swap(place: Place, rng: random.Random) -> str:
    first, second = rng.sample(sorted(path for path in place.data.rglob("*") if path.is_file()), 2)
    if rng.random() < 0.5:
        first, second = rng.sample(sorted(place.data.glob("*.*")), 2)
    return files.swap(first, second)


def _saved(path: Path, change: Callable[[Any], Any]) -> None:
    import torch

    torch.save(change(torch.load(path, weights_only=True)), path)


def _segments(place: Place, rng: random.Random) -> str:
    """Change one field of one or of all segments of the EEG file."""
    import torch

    tensor = torch.zeros
    wrong: dict[str, tuple[Any, ...]] = {
        "eeg": (
            None, "eeg", [1.0], tensor(8), tensor(0, 0), tensor(8, 0), tensor(8, 460, 1), tensor(7, 460), tensor(8, 30),
            tensor(8, 9000), tensor(8, 460) * float("nan"), tensor(8, 460) + float("inf"), tensor(8, 460),
            tensor(8, 460, dtype=torch.complex64), tensor(8, 460, dtype=torch.int8), tensor(8, 460, dtype=torch.bool),
            tensor(8, 460) + 1e38, tensor(8, 460).to_sparse(), tensor(8, 460, dtype=torch.float16),
        ),
        "label": (-1, 12, 10**6, HUGE, 1.5, "0", None, tensor(2), [0], True, 3),
        "image": (-1, 120, HUGE, 0.5, "n9", None, tensor(3), False, 7),
        "subject": (-1, 0, 2, 10**12, HUGE, "one", None, float("nan")),
    }  # fmt: skip
    name = rng.choice(sorted(wrong))
    value, everywhere, gone = rng.choice(wrong[name]), rng.random() < 0.3, rng.random() < 0.1
    row = rng.randrange(120)

    def change(file: Any) -> Any:
        for segment in file["dataset"] if everywhere else [file["dataset"][row]]:
            segment[name] = value
            if gone:
                del segment[name]
        return file

    _saved(place.data / "eeg_5_95_std.pth", change)
    shown = f"tensor {tuple(value.shape)} {value.dtype}" if hasattr(value, "dtype") else repr(value)
    return f"EEG file, segment {'all' if everywhere else row}, {name}: {'removed' if gone else shown}"


def _eeg_fields(place: Place, rng: random.Random) -> str:
    """Change a field of the EEG file."""
    wrong: dict[str, tuple[Any, ...]] = {
        "dataset": (None, [], {}, "x", [None], [{}], 5),
        "labels": (None, [], ["x"] * 12, [1, 2], "abc", ["../decoy"] * 12, ["n90000001"]),
        "images": (
            None, [], ["../../decoy/image/photo"] * 120, ["/etc/passwd"] * 120, [""] * 120, ["a\nb"] * 120,
            ["\x1b[31mred"] * 120, ["n90000001_0"] * 120, [0] * 120, ["n90000001_0"], ["ü_1"] * 120, ["n9_" * 99] * 120,
        ),
    }  # fmt: skip
    name = rng.choice(sorted(wrong))
    value, gone = rng.choice(wrong[name]), rng.random() < 0.15

    def change(file: Any) -> Any:
        file[name] = value
        if gone:
            del file[name]
        return file

    whole = rng.random() < 0.15
    _saved(place.data / "eeg_5_95_std.pth", (lambda file: value) if whole else change)
    return f"EEG file{'' if whole else f', {name}'}: {'removed' if gone else repr(value)[:60]}"


def _splits(place: Place, rng: random.Random) -> str:
    """Change a list of a split file."""
    name, share = rng.choice(("all", "single")), rng.choice(("train", "val", "test"))
    wrong = (
        None, [], [-1], [10**6], [HUGE], ["1"], [1.5], [True], {}, "123", list(range(120)), [5] * 20, [None], 7,
        [float("nan")], [0, 10, 20], list(range(0, 120, 2)),
    )  # fmt: skip
    value, gone = rng.choice(wrong), rng.random() < 0.1

    def change(file: Any) -> Any:
        split = file["splits"][0]
        split[share] = value if rng.random() < 0.8 or not isinstance(value, list) else [*split[share], *value]
        if gone:
            del split[share]
        return file

    whole = rng.random() < 0.1
    change_of = (lambda file: {"splits": value}) if whole else change
    for kind in (name,) if rng.random() < 0.5 else ("all", "single"):
        _saved(place.data / f"block_splits_by_image_{kind}.pth", change_of)
    return f"split file {name}, {'splits' if whole else share}: {'removed' if gone else repr(value)[:60]}"


def _tables(place: Place, rng: random.Random) -> str:
    """Edit a table, or write an optional one."""
    name = rng.choice(("captions.csv", "classes.csv", "image_order.txt", "channels.txt"))
    file = place.data / name
    lines = file.read_text().splitlines() if file.is_file() else [f"n90000001_{n}" for n in range(8)]
    row = rng.randrange(len(lines))
    how, new = rng.choice(
        [
            ("dropped", lines[:row] + lines[row + 1 :]),
            ("doubled", [*lines[:row], lines[row], *lines[row:]]),
            ("header only", lines[:1]),
            ("no header", lines[1:]),
            ("path", [*lines[:row], "../../decoy/image/photo,x", *lines[row + 1 :]]),
            ("colours", [*lines[:row], "n90000001_0,\x1b[2J\x1b[31mred", *lines[row + 1 :]]),
            ("nul", [*lines[:row], "n90000001_0,\x00", *lines[row + 1 :]]),
            ("quote", [*lines[:row], '"n90000001_0,a', *lines[row + 1 :]]),
            ("long", [*lines[:row], "n90000001_0," + "a" * 200_000, *lines[row + 1 :]]),
            ("mark", ["\ufeff" + lines[0], *lines[1:]]),
            ("shuffled", rng.sample(lines, len(lines))),
            ("columns", [line.replace(",", ";") for line in lines]),
        ]
    )
    coding = rng.choice(("utf-8", "utf-8", "utf-16", "latin-1"))
    file.write_text(rng.choice(("\n", "\r\n", "\r")).join(new) + "\n", encoding=coding, errors="replace")
    return f"{name}, line {row}: {how}, {coding}"


def _pictures(place: Place, rng: random.Random) -> str:
    """Replace one or all pictures."""
    from PIL import Image

    def saved(form: str, mode: str, size: tuple[int, int] = (16, 16)) -> bytes:
        file = io.BytesIO()
        Image.new(mode, size).save(file, form)
        return file.getvalue()

    postscript = b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n(decoy/executed) (w) file closefile showpage\n"
    contents = {
        "EPS": postscript,
        "huge PNG": saved("PNG", "L").replace((16).to_bytes(4) * 2, (60_000).to_bytes(4) * 2),
        "GIF": saved("GIF", "P"),
        "BMP": saved("BMP", "RGB"),
        "grey PNG": saved("PNG", "L"),
        "16-bit PNG": saved("PNG", "I;16"),
        "transparent PNG": saved("PNG", "RGBA"),
        "one pixel": saved("JPEG", "RGB", (1, 1)),
        "flat": saved("JPEG", "RGB", (3000, 1)),
        "CMYK": saved("JPEG", "CMYK"),
        "empty": b"",
        "text": b"x" * 100,
    }
    how = rng.choice(sorted(contents))
    pictures = sorted(place.data.glob("image/*/*"))
    for picture in pictures if rng.random() < 0.3 else [rng.choice(pictures)]:
        picture.write_bytes(contents[how])
    return f"{picture.name} (or all pictures): {how}"


def _pickles(place: Place, rng: random.Random) -> str:
    """Hide code in a file of tensors."""
    import pickle

    file = rng.choice(sorted(place.data.glob("*.pth")))
    code = pickle.dumps(rng.choice((files.Pickled(), {"dataset": [files.Pickled()]}, {"splits": [files.Pickled()]})))
    how = rng.choice(("pickle", "archive", "replaced"))
    if how == "pickle":
        file.write_bytes(code)
    elif how == "archive":
        with zipfile.ZipFile(file, "w") as archive:
            archive.writestr("archive/data.pkl", code)
            archive.writestr("archive/version", "3\n")
            archive.writestr("archive/byteorder", "little")
    else:
        with zipfile.ZipFile(file) as archive:
            held = {name: archive.read(name) for name in archive.namelist()}
        with zipfile.ZipFile(file, "w") as archive:
            for name, content in held.items():
                archive.writestr(name, code if name.endswith("data.pkl") else content)
    return f"{file.name}: code, {how}"


def _toml_bytes(place: Place, rng: random.Random) -> str:
    damage = rng.choice((files.flip, files.flip, files.flip, files.truncate, files.replace, files.link))
    return damage(place.benchmark, rng)


def _toml_lines(place: Place, rng: random.Random) -> str:
    lines = place.benchmark.read_text().splitlines()
    row, other = rng.randrange(len(lines)), rng.randrange(len(lines))
    how = rng.choice(("dropped", "doubled", "moved", "cut"))
    line = lines.pop(row)
    if how == "doubled":
        lines[row:row] = [line, line]
    elif how == "moved":
        lines.insert(other, line)
    elif how == "cut":
        lines.insert(row, line[: rng.randrange(len(line) + 1)])
    place.benchmark.write_text("\n".join(lines) + "\n")
    return f"benchmark, line {line!r}: {how}"


def _toml_values(place: Place, rng: random.Random) -> str:
    """Give a key a value that it should not have."""
    values = (
        "-1", "0", "nan", "inf", "1e400", "9223372036854775808", "99999999999999999999", "true", '""', '"x"', "[]",
        "[1, 1]", "[1, 2]", "[-1]", "{}", "{ a = 1 }", '"../../decoy"', '"\\u001b[2Jx"', "1.5", "2026-01-01", '["all"]',
        '"' + "x" * 300 + '"', '"a/b"', '"a\\u0000b"', "[[[[]]]]",
    )  # fmt: skip
    lines = place.benchmark.read_text().splitlines()
    row = rng.choice([n for n, line in enumerate(lines) if "=" in line])
    key, value = lines[row].partition("=")[0].strip(), rng.choice(values)
    lines[row] = f"{key} = {value}"
    place.benchmark.write_text("\n".join(lines) + "\n")
    return f"benchmark: {lines[row][:80]!r}"


def _toml_additions(place: Place, rng: random.Random) -> str:
    """Add a line that does not belong there."""
    additions = (
        "[extra]\nx = 1", "[encoder]\nuse = 'x'", "[metric.nothing]", "[metric.top-1]", "[captioner]\nuse = 'x'",
        "[profile.other]\nencoder.x = 1", "[profile.other]\na = 5", "[profile.other]\nseed = -1", "[[table]]\nx = 1",
        "[[published]]", "[[published]]\nlabel = 'x'\nsource = 'y'\nwithout = ['z']\nscores.accuracy = { x = nan }",
        "[aligner]\nuse = 'grey'", "[generator.x]\ny = 1", "[table.t]\nrows = []", "[dataset.eeg]\npath = '/etc/passwd'",
        "[profile.'../x']", "[metric.'a.b']", "[profile.other]\ndataset.folder = '/'", "[aligner]\nuse = 'brainvis'",
        "[profile.other]\ndataset.participants = [99]", "[metric.brightness.judge]\nuse = 'shapes'", "[[", "\x00", "[]",
    )  # fmt: skip
    added = rng.choice(additions)
    text = place.benchmark.read_text()
    if rng.random() < 0.5:  # the first profile is the default
        text = text.replace("[profile.plain]\n", "")
    place.benchmark.write_text(f"{text}\n{added}\n")
    return f"benchmark, added: {added!r}"


def _names(place: Place, rng: random.Random) -> str:
    """Name the benchmark or its profile so that the default folder of the result would lie elsewhere."""
    names = ("../decoy/x", "../../x", "/tmp/x", "..", ".", "a/b", "", " ", "a\\u0000b", "x" * 300, "\\u001b[2J", "-x")
    name = rng.choice(names)
    text = place.benchmark.read_text()
    old, new = rng.choice((('name = "small"', f'name = "{name}"'), ("[profile.plain]", f'[profile."{name}"]')))
    place.benchmark.write_text(text.replace(old, new))
    return f"benchmark: {new[:60]}"


_EDITS = (
    ("@dataclass(frozen=True)", "@dataclass"), ("@dataclass(frozen=True)", ""), ("@hookimpl", ""), ("@hookimpl", "@x"),
    ("(Encoder)", "(Generator)"), ("(Encoder)", ""), ("(Metric)", "(Encoder)"), ("(Generator)", "(object)"),
    ("def fit(self, data: Training, run: Run)", "def fit(self, data: Training)"),
    ("def encode(", "def decode("), ("def encode(self, weights: Arrays, signals: Signals, run: Run)", "def encode(self)"),
    ("def score(", "def rate("), ("def identity(self, outcome: Outcome)", "def identity(self)"),
    ("judge: None = None", ""), ("judge: None = None", "judge: int = 5"), ("judge: None = None", "judge: str"),
    ('frozenset({"generated"})', '"generated"'), ('frozenset({"generated"})', 'frozenset({"nothing"})'),
    ('frozenset({"generated"})', "None"), ('frozenset({"label"})', 'frozenset({"truth"})'), ('{"label"}', '["label"]'),
    ('(Column("brightness", "higher"),)', '"brightness"'), ('(Column("brightness", "higher"),)', "()"),
    ('(Column("brightness", "higher"),)', '(Column("other", "higher"),)'), ('"higher"', '"best"'),
    ('(Column("brightness", "higher"),)', 'Column("brightness", "higher")'), ("(8, 8)", "(0, 8)"), ("(8, 8)", '"8"'),
    ("(8, 8)", "(-8, 8)"), ("(8, 8)", "8"), ('return {"mean":', "return None\n        {0:"),
    ('return {"mean":', 'return {"mean": "text"}\n        {0:'), ('return {"mean":', 'return [1]\n        {0:'),
    ('return {"mean":', 'return {1: np.ones(2)}\n        {0:'), ('return {"mean":', 'return {"../x": np.ones(2), 0:'),
    ('return {"mean":', 'return {"mean": np.array([None])}\n        {0:'), ("Features(power, -distance)", "None"),
    ('return {"mean":', 'raise SystemExit(0)\n        {0:'), ('return {"mean":', 'raise KeyError("x")\n        {0:'),
    ('return {"mean":', 'raise KeyboardInterrupt\n        {0:'), ('return {"mean":', "return 1 / 0\n        {0:"),
    ("Features(power, -distance)", "Features(power, -distance[:, :3])"), ("-distance)", "distance * np.nan)"),
    ("Features(power, -distance)", "Features(power[:3], -distance)"), ("Features(power, -distance)", "(power, distance)"),
    ("Features(power, -distance)", "Features(-distance, power.astype(complex))"), ("-distance)", "'x')"),
    (".astype(np.uint8)", ".astype(np.float32)"), (".astype(np.uint8)", ""), ("*self.size, 3)).copy()", "*self.size, 3))"),
    ("(len(grey), samples, *self.size, 3)", "(len(grey), samples, 4, 4, 3)"), ("len(closeness), closeness)", "3, closeness)"),
    ("float(closeness.mean())", "0.99"), ("float(closeness.mean())", "float('nan')"), ("float(closeness.mean())", "'x'"),
    ("closeness)}", "closeness[:3])}"), ("closeness)}", "closeness * np.nan)}"), ('{"brightness": Score', '{"x": Score'),
    ("Score(float(closeness.mean()), len(closeness), closeness)", "0.5"), ("np.eye(len(classes))[:, None, :]", "None"),
    ('return f"brightness', 'return 5 or f"brightness'), ('return f"brightness', 'raise OSError(28, "full") or f"'),
    ('"encoder.nearest-mean"', '"encoder.small"'), ('"encoder.nearest-mean"', '"thing.nearest-mean"'),
    ('"encoder.nearest-mean": NearestMean', '"encoder.nearest-mean": "no.such:Class"'), ("Brightness}", "5}"),
    ('"encoder.nearest-mean": NearestMean', '"encoder.nearest-mean": Grey'), ('return {"encoder.', 'return 5, {"encoder.'),
    ('"encoder.nearest-mean": NearestMean', '"../x": NearestMean'), ("def eegrecon_components()", "def eegrecon_components(x)"),
    ("import numpy as np", "import nothing_of_this_name"), ("import numpy as np", "raise SystemExit(5)"),
    ("import numpy as np", "import numpy as np\n1 / 0"), ("import numpy as np", "import numpy as np\ndef"),
    ("import numpy as np", "import numpy as np\nraise KeyboardInterrupt"), ("import Component", "import Nothing"),
)  # fmt: skip


def _plugin(place: Place, rng: random.Random) -> str:
    """Make one mistake in the plugin, each of `_EDITS` in turn."""
    old, new = rng.choice(_EDITS)
    text = place.plugin.read_text()
    places = [n for n in range(len(text)) if text.startswith(old, n)]
    assert places, old
    at = rng.choice(places)
    place.plugin.write_text(text[:at] + new + text[at + len(old) :])
    return f"plugin: {old!r} -> {new!r}"


DATA = (
    Kind("data: bits flipped", 12, _on_file(files.flip)),
    Kind("data: truncated", 8, _on_file(files.truncate)),
    Kind("data: removed", 6, _on_file(files.remove)),
    Kind("data: replaced", 8, _on_file(files.replace)),
    Kind("data: links", 8, _on_file(files.link)),
    Kind("data: exchanged", 6, _swap),
    Kind("data: segments of the EEG file", 26, _segments),
    Kind("data: fields of the EEG file", 14, _eeg_fields),
    Kind("data: split files", 16, _splits),
    Kind("data: tables", 14, _tables),
    Kind("data: pictures", 12, _pictures),
    Kind("data: code in pickles", 6, _pickles),
)
BENCHMARKS = (
    Kind("benchmark: bytes", 14, _toml_bytes),
    Kind("benchmark: lines", 16, _toml_lines),
    Kind("benchmark: values", 24, _toml_values),
    Kind("benchmark: additions", 16, _toml_additions),
    Kind("benchmark: names", 8, _names, default_out=True),
)
PLUGINS = (Kind("plugin: wrong classes", 40, _plugin, components=True),)
