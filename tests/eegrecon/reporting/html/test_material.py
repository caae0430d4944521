"""``report.json`` may come from someone else: what is not as a run writes it is refused."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from explanations import Explains
from reports import material

from eegrecon import DataError
from eegrecon.reporting.html import material as module
from eegrecon.reporting.html.material import MATERIAL, load_material


def test_what_is_written_is_read(tmp_path: Path) -> None:
    written = material(("Full", "w/o x"))
    written.save(tmp_path)
    assert load_material(tmp_path) == written


def test_a_run_without_the_file_says_so(tmp_path: Path) -> None:
    found = load_material(tmp_path)
    assert (found.examples, found.views) == (None, None)
    assert MATERIAL in found.examples_absent
    assert MATERIAL in found.views_absent


def another_schema(record: dict[str, Any]) -> None:
    record["schema"] = "eegrecon.report/2"


def an_unknown_field(record: dict[str, Any]) -> None:
    record["script"] = "alert(1)"


def a_script_for_a_picture(record: dict[str, Any]) -> None:
    record["examples"]["truth"][0] = '"><script>alert(1)</script>'


def a_vector_graphic_for_a_picture(record: dict[str, Any]) -> None:
    record["views"]["maps"][0][0] = "PHN2ZyBvbmxvYWQ9ImFsZXJ0KDEpIj4="  # <svg onload=…


def an_address_for_a_picture(record: dict[str, Any]) -> None:
    record["examples"]["rows"]["Full"][0] = "https://example.org/picture.png"


def a_line_more_for_a_picture(record: dict[str, Any]) -> None:
    record["examples"]["truth"][0] += "\n"


def a_picture_too_few(record: dict[str, Any]) -> None:
    record["examples"]["rows"]["Full"].pop()


def a_group_of_its_own(record: dict[str, Any]) -> None:
    record["examples"]["trials"][0]["group"] = "prettiest"


def a_time_too_many(record: dict[str, Any]) -> None:
    record["views"]["times"].append(20.0)


def no_number(record: dict[str, Any]) -> None:
    record["views"]["grand"][0][0] = None


def a_map_too_few(record: dict[str, Any]) -> None:
    record["views"]["maps"][0].pop()


def one_time(record: dict[str, Any]) -> None:
    views = record["views"]
    views["times"] = views["times"][:1]
    views["responses"] = [[curve[:1] for curve in of_class] for of_class in views["responses"]]
    views["grand"] = [curve[:1] for curve in views["grand"]]


def an_endless_number(record: dict[str, Any]) -> None:
    record["views"]["grand"][0][0] = float("inf")


def a_number_beyond_any_scale(record: dict[str, Any]) -> None:
    record["views"]["grand"][0][0] = 1e300


CHANGES = (
    another_schema, an_unknown_field, a_script_for_a_picture, a_vector_graphic_for_a_picture, an_address_for_a_picture,
    a_line_more_for_a_picture, a_picture_too_few, a_group_of_its_own, a_time_too_many, no_number, a_map_too_few,
    one_time, an_endless_number, a_number_beyond_any_scale,
)  # fmt: skip


@pytest.mark.parametrize("change", CHANGES)
def test_what_no_run_writes_is_refused(change: Callable[[dict[str, Any]], None], tmp_path: Path) -> None:
    record = json.loads(material().model_dump_json(by_alias=True))
    change(record)
    (tmp_path / MATERIAL).write_text(json.dumps(record))
    with pytest.raises(DataError, match=r"report\.json does not have the schema.*remove it, or run again"):
        load_material(tmp_path)


@pytest.mark.parametrize(
    "text", ["", "[]", "{", "[" * 100_000, "null", "\x00", '{"schema": "eegrecon.report/1", "views": 1}']
)
def test_a_damaged_file_is_refused(text: str, tmp_path: Path, explains: Explains) -> None:
    (tmp_path / MATERIAL).write_text(text)
    with pytest.raises(DataError, match="does not have the schema") as error:
        load_material(tmp_path)
    if text == "{":
        explains("Usage", "`report.json` of a run is damaged or was edited", error.value)


def test_a_file_that_is_too_large_is_not_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    material().save(tmp_path)
    monkeypatch.setattr(module, "LARGEST", 100)
    with pytest.raises(DataError, match="larger than"):
        load_material(tmp_path)
