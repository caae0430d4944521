"""A thousand submissions that are none: each is refused with one message, and nothing is written anywhere."""

from __future__ import annotations

import random
import zipfile
from pathlib import Path

import pytest
from submissions import contents, zipped

from eegrecon.leaderboard.verification.verifying import verify

hypothesis = pytest.importorskip("hypothesis", reason="hypothesis is not installed; pip install -e '.[test]'")
from hypothesis import HealthCheck, given, settings  # noqa: E402
from hypothesis import strategies as st  # noqa: E402

NAMES = st.one_of(
    st.sampled_from([
        "manifest.json", "result.json", "trials.csv", "pictures/0-1-0-0.png", "pictures/", "../x", "/x", "x\\..\\y",
        "pictures/../../x", "C:x", "a.pkl", "pictures/0-1-0-0.png/x", ".", "..", "\x00", "con", "manifest.json/",
    ]),
    st.text(max_size=30),
)  # fmt: skip
MEMBER = st.tuples(NAMES, st.binary(max_size=200), st.integers(0, 2**32 - 1), st.sampled_from([0, 8]))


def outcome(path: Path) -> None:
    """Open and verify a submission; errors are those of eegrecon, with one line."""
    found = verify(path)
    assert found.state in ("failed", "consistent")
    assert all("\n" not in check.text for check in found.checks)


SETTINGS = settings(max_examples=500, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True)


@pytest.mark.timeout(900)
@SETTINGS
@given(members=st.lists(MEMBER, max_size=6), whole=st.booleans())
def test_zip_files_of_any_members(
    members: list[tuple[str, bytes, int, int]], whole: bool, toy_folder: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp("fuzz")
    file = folder / "s.zip"
    with zipfile.ZipFile(file, "w") as archive:
        names = set()
        if whole:
            for name, content in contents(toy_folder / "submission").items():
                archive.writestr(name, content)
                names.add(name)
        for name, content, attributes, method in members:
            try:
                info = zipfile.ZipInfo(name)
                if info.filename in names:
                    continue
                names.add(info.filename)
                info.external_attr, info.compress_type = attributes, method
                archive.writestr(info, content)
            except (UnicodeEncodeError, ValueError):
                continue
    outcome(file)
    assert [path.name for path in folder.iterdir()] == ["s.zip"]
    file.unlink()


@pytest.mark.timeout(900)
@SETTINGS
@given(seed=st.integers(0, 2**32), changes=st.integers(1, 8), kind=st.sampled_from(["flip", "cut", "insert", "swap"]))
def test_zip_files_with_changed_bytes(
    seed: int, changes: int, kind: str, toy_folder: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp("fuzz")
    file = zipped(toy_folder / "submission", folder / "s.zip")
    content, rng = bytearray(file.read_bytes()), random.Random(seed)
    for _ in range(changes):
        place = (
            rng.randrange(len(content))
            if rng.random() < 0.5
            else rng.randrange(max(0, len(content) - 2000), len(content))
        )
        match kind:
            case "flip":
                content[place] ^= 1 << rng.randrange(8)
            case "cut":
                del content[place : place + rng.randrange(1, 50)]
            case "insert":
                content[place:place] = rng.randbytes(rng.randrange(1, 50))
            case "swap":
                other = rng.randrange(len(content))
                content[place], content[other] = content[other], content[place]
        if not content:
            break
    file.write_bytes(content)
    outcome(file)
    assert [path.name for path in folder.iterdir()] == ["s.zip"]
    file.unlink()
