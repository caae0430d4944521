"""What is not read of a submission of others: names, links, sizes, and what is no file of one."""

from __future__ import annotations

import os
import pickle
import struct
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path

import pytest
from submissions import contents, sealed, zipped

from eegrecon import DataError
from eegrecon.leaderboard.submission.files import Limits, Refused
from eegrecon.leaderboard.submission.files import opened as files_opened
from eegrecon.leaderboard.submission.opened import opened


def linked(name: str, target: str) -> tuple[zipfile.ZipInfo, bytes]:
    """Return a member that is a symbolic link."""
    info = zipfile.ZipInfo(name)
    info.external_attr = 0o120777 << 16
    return info, target.encode()


def read(path: Path) -> None:
    """Read everything of a submission."""
    with opened(path) as found:
        for record in found.manifest.pictures:
            found.pictures(record, 1, 0)


def refused(path: Path, reason: str) -> None:
    with pytest.raises(Refused, match=f"^{reason}: ") as error, opened(path):
        pass
    assert "\n" not in str(error.value)


@pytest.mark.parametrize(
    "name",
    [
        "../evil.png", "/etc/cron.d/evil", "pictures/../../evil.png", "..\\evil.png", "C:evil.png", "\\\\host\\evil",
        "./../evil", "pictures//../evil", "//evil",
    ],
)  # fmt: skip
def test_a_path_escape_is_refused(name: str, submission: Path, tmp_path: Path) -> None:
    before = contents(tmp_path)
    file = zipped(submission, tmp_path / "s.zip", (name, b"x"))
    refused(file, "path escape")
    file.unlink()
    assert contents(tmp_path) == before
    assert not (tmp_path.parent / "evil.png").exists()


def test_a_name_that_ends_at_a_zero_byte_is_refused(submission: Path, tmp_path: Path) -> None:
    """Python's zipfile itself would cut it."""
    file = zipped(submission, tmp_path / "s.zip", ("pictures/9-9-9-9.png.evil", b"x"))
    file.write_bytes(file.read_bytes().replace(b"9-9-9-9.png.evil", b"9-9-9-9.png\0evil"))
    refused(file, "path escape")


@pytest.mark.parametrize("name", ["manifest.json", "pictures/0-1-0-9.png", "link"])
def test_a_link_in_a_zip_file_is_refused(name: str, submission: Path, tmp_path: Path) -> None:
    (submission / "manifest.json").unlink()
    refused(zipped(submission, tmp_path / "s.zip", linked(name, "/etc/passwd")), "link")


@pytest.mark.parametrize("name", ["trials.csv", "manifest.json", "pictures/0-1-0-0.png", "pictures"])
def test_a_link_in_a_folder_is_refused(name: str, submission: Path, tmp_path: Path) -> None:
    moved = tmp_path / "elsewhere"
    (submission / name).rename(moved)
    (submission / name).symlink_to(moved)
    refused(submission, "link")


def test_a_submission_that_is_a_link_is_refused(submission: Path, tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(submission)
    refused(tmp_path / "link", "link")
    (tmp_path / "link.zip").symlink_to(zipped(submission, tmp_path / "s.zip"))
    refused(tmp_path / "link.zip", "link")


class Evil:
    """Writes a file where it is unpickled."""

    def __reduce__(self) -> tuple[Callable[..., object], tuple[object, ...]]:
        return (os.mkdir, ("executed",))


@pytest.mark.parametrize("name", ["weights.pkl", "model.pt", "plugin.py", "report.html", "pictures/0-1-0-0.npy"])
def test_a_pickle_code_or_a_page_is_refused(
    name: str, submission: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (submission / name).write_bytes(pickle.dumps(Evil()))
    sealed(submission)
    refused(submission, "unexpected file")
    refused(zipped(submission, tmp_path / "s.zip"), "unexpected file")
    assert not (tmp_path / "executed").exists()


@pytest.mark.parametrize("name", ["pictures/0-1-0-0.png", "trials.csv", "result.json", "manifest.json"])
def test_a_pickle_in_the_place_of_a_file_is_refused(
    name: str, submission: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (submission / name).write_bytes(pickle.dumps(Evil()))
    if name != "manifest.json":
        sealed(submission)
    with pytest.raises(DataError, match="not a picture|not UTF-8|no JSON|schema|lacks the columns"):
        read(submission)
    assert not (tmp_path / "executed").exists()


def test_a_zip_bomb_is_refused_before_it_is_unpacked(submission: Path, tmp_path: Path) -> None:
    (submission / "trials.csv").write_bytes(b"0" * 50_000_000)
    file = zipped(sealed(submission), tmp_path / "s.zip")
    assert file.stat().st_size < 200_000
    refused(file, "zip bomb")


def test_members_that_share_bytes_are_a_zip_bomb(submission: Path, tmp_path: Path) -> None:
    file = zipped(submission, tmp_path / "s.zip")
    content = bytearray(file.read_bytes())
    with zipfile.ZipFile(file) as archive:
        first, second = archive.infolist()[:2]
    place = content.rindex(second.filename.encode()) - 46
    struct.pack_into("<L", content, place + 42, first.header_offset)  # the second entry points to the first member
    file.write_bytes(content)
    refused(file, "zip bomb")


def test_a_member_that_unpacks_to_more_than_it_says_is_refused(submission: Path, tmp_path: Path) -> None:
    (submission / "trials.csv").write_bytes(b"row\n" * 100_000)
    file = zipped(sealed(submission), tmp_path / "s.zip")
    content = bytearray(file.read_bytes())
    for place in (content.index(b"trials.csv") - 8, content.rindex(b"trials.csv") - 22):  # both of its sizes
        struct.pack_into("<L", content, place, 1000)
    file.write_bytes(content)
    with pytest.raises(Refused, match="altered|damaged"), opened(file):
        pass


@pytest.mark.parametrize(
    ("limits", "reason"),
    [
        (Limits(files=3), "too many files"),
        (Limits(total=1000), "too large"),
        (Limits(record=1000), "too large"),
        (Limits(table=1000), "too large"),
        (Limits(file=100), "too large"),
    ],
)
def test_limits_hold_for_folders_and_zip_files(limits: Limits, reason: str, submission: Path, tmp_path: Path) -> None:
    for path in (submission, zipped(submission, tmp_path / "s.zip")):
        with pytest.raises(Refused, match=f"^{reason}"), files_opened(path, limits):
            pass


def test_a_zip_file_with_a_directory_of_many_entries_is_refused_before_it_is_read(tmp_path: Path) -> None:
    file = tmp_path / "s.zip"
    with zipfile.ZipFile(file, "w") as archive:
        for number in range(25_000):
            archive.writestr(f"pictures/0-0-0-{number}.png", b"")
    refused(file, "too many files")


def prefixed(content: bytes) -> bytes:
    return b"#!/bin/sh\n" + content


def commented(content: bytes) -> bytes:
    return content[:-2] + struct.pack("<H", 4) + b"evil"


def encrypted(content: bytes) -> bytes:
    changed = bytearray(content)
    place = changed.rindex(b"trials.csv") - 46
    changed[place + 8] |= 1
    return bytes(changed)


def of_64_bits(content: bytes) -> bytes:
    return content[:-22] + b"PK\6\7" + bytes(16) + content[-22:]


def cut(content: bytes) -> bytes:
    return content[:-30]


def otherwise_compressed(content: bytes) -> bytes:
    changed = bytearray(content)
    struct.pack_into("<H", changed, changed.rindex(b"trials.csv") - 46 + 10, zipfile.ZIP_LZMA)
    return bytes(changed)


def flipped(content: bytes) -> bytes:
    changed = bytearray(content)
    changed[content.index(b"trials.csv") + 40] ^= 0xFF
    return bytes(changed)


@pytest.mark.parametrize(
    "damage", [prefixed, commented, encrypted, of_64_bits, cut, otherwise_compressed, flipped, lambda content: b""]
)
def test_a_zip_file_of_another_form_is_refused(
    damage: Callable[[bytes], bytes], submission: Path, tmp_path: Path
) -> None:
    file = zipped(submission, tmp_path / "s.zip")
    file.write_bytes(damage(file.read_bytes()))
    refused(file, "damaged")


def test_a_file_that_is_there_twice_is_refused(submission: Path, tmp_path: Path) -> None:
    with pytest.warns(UserWarning, match="Duplicate"):
        file = zipped(submission, tmp_path / "s.zip", ("trials.csv", b"another one"))
    refused(file, "damaged")


def test_a_pipe_is_refused_without_waiting_for_it(submission: Path) -> None:
    (submission / "trials.csv").unlink()
    os.mkfifo(submission / "trials.csv")
    refused(submission, "unexpected file")


def test_a_folder_in_a_submission_is_refused(submission: Path) -> None:
    (submission / "pictures" / "more").mkdir()
    refused(submission, "unexpected file")


@pytest.mark.parametrize("name", ["result.json", "trials.csv", "pictures/0-1-0-0.png"])
def test_an_altered_file_is_named(name: str, submission: Path) -> None:
    content = bytearray((submission / name).read_bytes())
    content[len(content) // 2] ^= 1
    (submission / name).write_bytes(content)
    with pytest.raises(Refused, match=f"^altered: the SHA-256 of {name}"):
        read(submission)


@pytest.mark.parametrize("name", ["manifest.json", "result.json", "trials.csv", "pictures/1-2-0-0.png"])
def test_a_missing_file_is_named(name: str, submission: Path) -> None:
    (submission / name).unlink()
    with pytest.raises(Refused, match=f"^incomplete: .*{name}"), opened(submission):
        pass


def test_a_missing_sheet_is_named_although_the_manifest_does_not_list_it(submission: Path) -> None:
    (submission / "pictures" / "1-2-0-0.png").unlink()
    with pytest.raises(Refused, match="^incomplete: .*1-2-0-0.png"), opened(sealed(submission)):
        pass


def test_a_sheet_too_many_is_named(submission: Path) -> None:
    (submission / "pictures" / "7-2-0-0.png").write_bytes((submission / "pictures" / "0-2-0-0.png").read_bytes())
    with pytest.raises(Refused, match="^unexpected file: pictures/7-2-0-0.png"), opened(sealed(submission)):
        pass


@pytest.mark.parametrize(
    "manifest",
    [
        {"schema": "eegrecon.submission/2"},
        {"name": "<b>\x1b[31m"},
        {"url": "http://example.org"},
        {"url": 'https://example.org/"onclick="alert(1)'},
        {"surplus": 1},
        {"pictures": [{"row": 0, "samples": 1, "height": 1_000_000, "width": 1_000_000}]},
        {"pictures": [{"row": 99, "samples": 1, "height": 6, "width": 8}]},
        {"pictures": [{"row": 0, "samples": 10**9, "height": 6, "width": 8}]},
        {"disclosures": {"samples_per_trial": 0}},
        [],
    ],
)
def test_a_manifest_that_is_not_of_the_schema_is_refused(manifest: object, submission: Path) -> None:
    if isinstance(manifest, dict):
        sealed(submission, **manifest)
    else:
        (submission / "manifest.json").write_text("[]")
    with pytest.raises(Refused, match="^(schema|incomplete|too)"), opened(submission):
        pass


def test_numbers_that_are_none_and_nesting_without_end_are_refused(submission: Path) -> None:
    record = submission / "result.json"
    text = record.read_text()
    for bad in (text.replace('"value": 1.0', '"value": NaN', 1), "[" * 100_000, "\x00", "", zlib.compress(b"x").hex()):
        record.write_text(bad)
        with pytest.raises(DataError, match=r"result\.json"):
            read(sealed(submission))
