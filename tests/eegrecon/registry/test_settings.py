from __future__ import annotations

from eegrecon.registry.settings import merge, setting_at, settings


def test_naming_another_component_drops_what_was_set_for_the_former_one() -> None:
    base = settings({"encoder": {"use": "a", "width": 3, "inner": {"x": 1}}}, "file")
    other = merge(setting_at("encoder", "b", "--set"), base)
    assert {name: setting.value for name, setting in other["encoder"].items()} == {"use": "b"}  # type: ignore[union-attr]
    same = merge(setting_at("encoder.use", "a", "--set"), base)
    assert set(same["encoder"]) == {"use", "width", "inner"}  # type: ignore[arg-type]


def test_a_value_above_keeps_its_origin_and_its_neighbours() -> None:
    base = settings({"encoder": {"use": "a", "width": 3}}, "file")
    merged = merge(setting_at("encoder.width", 4, "--set encoder.width=4"), base)["encoder"]
    assert (merged["width"].value, merged["width"].origin) == (4, "--set encoder.width=4")  # type: ignore[index,union-attr]
    assert merged["use"].origin == "file"  # type: ignore[index,union-attr]
