"""Damage to a plugin in one file: classes that do not fulfil the contract, and outputs that are wrong."""

from __future__ import annotations

from pathlib import Path
from random import Random

from damage import BENCH, Attack, mutation, replace

CLASSES = (  # text of small.py, and what stands there instead
    ("@dataclass(frozen=True)\nclass NearestMean", "class NearestMean"),
    ("@dataclass(frozen=True)\nclass NearestMean", "@dataclass\nclass NearestMean"),
    ("@dataclass(frozen=True)\nclass Brightness", "class Brightness"),
    ("class NearestMean(Encoder)", "class NearestMean"),
    ("class Grey(Generator)", "class Grey(Encoder)"),
    ("class Brightness(Metric)", "class Brightness(object)"),
    ("    def fit(", "    def fitted("),
    ("    def encode(", "    def encoded("),
    ("    def generate(", "    def generated("),
    ("    def identity(", "    def identities("),
    ("    def conditioner(self)", "    def conditioner(self, more)"),
    ("    def score(self, outcome: Outcome, run: Run)", "    def score(self, outcome: Outcome)"),
    ("    judge: None = None\n", ""),
    ("    judge: None = None\n", "    judge: int = 3\n"),
    ("    judge: None = None\n", "    judge: object = field(default_factory=list)\n"),
    ('frozenset({"generated"})\n', "5\n"),
    ('frozenset({"generated"})\n', 'frozenset({"pictures"})\n'),
    ('frozenset({"generated"})\n', '"generated"\n'),
    ('(Column("brightness", "higher"),)', "()"),
    ('(Column("brightness", "higher"),)', '("brightness",)'),
    ('(Column("brightness", "higher"),)', '(Column("brightness", "up"),)'),
    ('(Column("brightness", "higher"),)', '(Column("brightness", "higher"),) * 2'),
    ('frozenset({"label"})', 'frozenset({"everything"})'),
    ("= (8, 8)", "= 8"),
    ("= (8, 8)", "= (0, -8)"),
    (": NearestMean,", ": 5,"),
    (": NearestMean,", ": NearestMean(),"),
    ('"encoder.nearest-mean": ', '"encoder": '),
    ('"encoder.nearest-mean": ', '"encoders.nearest mean": '),
    ('"encoder.nearest-mean": ', "7: "),
    ("    return {\n        \"encoder", "    return 5, {\n        \"encoder"),
    ("@hookimpl\ndef", "def"),
    ("eegrecon_components()", "eegrecon_components(more)"),
    ("import numpy as np", "import no_such_module"),
    ("import numpy as np", "import numpy as np\nraise ValueError('\\x1b[2J')"),
    ("import numpy as np", "import numpy as np\nraise SystemExit(0)"),
    ("import numpy as np", "import numpy as np\n\x00"),
    ("import numpy as np", "import numpy as np\n(("),
)  # fmt: skip
OUTPUTS = (
    ('return {"mean": ', 'return {"mean": "x", "more": '),
    ('return {"mean": ', "return {7: "),
    ('return {"mean": ', "return {'mean': np.nan * "),
    ("    return Features(power, -distance)", "    return Features(power[:3], -distance)"),
    ("    return Features(power, -distance)", "    return Features(power, -distance[:, :2])"),
    ("    return Features(power, -distance)", "    return Features(power, distance * np.nan)"),
    ("    return Features(power, -distance)", "    return power, -distance"),
    ("    return Features(power, -distance)", "    return None"),
    ("    return Features(power, -distance)", "    raise KeyError('\\x1b[2J')"),
    ("    return Features(power, -distance)", "    raise RecursionError"),
    ("    return Features(power, -distance)", "    raise MemoryError"),
    ("        power = log_power(signals", "        signals.eeg[0][:] = 0; power = log_power(signals"),
    (".astype(np.uint8)", ".astype(np.float32)"),
    ("(len(grey), samples,", "(len(grey), samples + 1,"),
    ("(len(grey), samples, *self.size, 3)).copy()", "(len(grey), samples, *self.size, 3))[:1]"),
    ('{"brightness": Score(', '{"darkness": Score('),
    ("Score(float(closeness.mean()), ", "Score(0.99, "),
    ("Score(float(closeness.mean()), ", "Score(float('nan'), "),
    ("len(closeness), closeness)", "10**6, closeness)"),
    ("len(closeness), closeness)", "len(closeness), closeness[:3])"),
    ("len(closeness), closeness)", "len(closeness), closeness * np.inf)"),
    ("len(closeness), closeness)", "'many', closeness)"),
    ("return {\"brightness\"", "return 3\n        return {\"brightness\""),
    ('return f"brightness/n', "return 5\n        return f\"brightness/n"),
)  # fmt: skip
PROBES = (("list", "encoders"), ("show", "small.toml"), (*BENCH, "--dry-run"))


def _edit(box: Path, pair: tuple[str, str]) -> None:
    source = (box / "small.py").read_text(encoding="utf-8")
    if pair[0] not in source:
        raise ValueError(f"small.py lacks {pair[0]!r}")
    replace(box / "small.py", source.replace(*pair))


@mutation("plugin", "a class that does not fulfil the contract")
def _class(rng: Random, box: Path) -> Attack:
    _edit(box, rng.choice(CLASSES))
    command = rng.choice((*PROBES, BENCH, BENCH))
    command = command if "--plugin" in command else (*command, "--plugin", "small.py")
    return Attack((*command, "--audit", "none", "--out", "out") if command == BENCH else command, "none")


@mutation("plugin", "a wrong output")
def _output(rng: Random, box: Path) -> Attack:
    _edit(box, rng.choice(OUTPUTS))
    return Attack((*BENCH, "--audit", "none", "--out", "out"), "none")


@mutation("plugin", "bytes changed")
def _bytes(rng: Random, box: Path) -> Attack:
    source = (box / "small.py").read_bytes()
    wrong = (
        source[: rng.randrange(len(source))],
        b"",
        b"\xff\xfe" + source,
        source.replace(b"\n", b"\r\n"),
        b"x = 1\n",
    )
    replace(box / "small.py", rng.choice(wrong))
    return Attack((*BENCH, "--audit", "none", "--out", "out"), "none")
