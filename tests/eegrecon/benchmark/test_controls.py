from __future__ import annotations

import pytest

from eegrecon import UnknownName, UsageError
from eegrecon.benchmark.controls import CONTROLS, refusal, select_controls


def test_all_and_none_select_every_control_and_no_control() -> None:
    assert select_controls(["shuffle", "all"]) == tuple(CONTROLS.values())
    assert select_controls(["none"]) == ()


@pytest.mark.parametrize("names", [["all", "none"], ["none", "shuffle"]])
def test_none_together_with_others_is_refused(names: list[str]) -> None:
    with pytest.raises(UsageError, match=f"--control.*{names[0]},{names[1]}"):
        select_controls(names)


def test_a_control_is_selected_once_in_the_requested_order() -> None:
    assert [control.name for control in select_controls(["oracle", "shuffle", "oracle"])] == ["oracle", "shuffle"]


def test_an_unknown_control_is_reported_with_the_nearest_name() -> None:
    with pytest.raises(UnknownName, match="'shufle'.*'shuffle'"):
        select_controls(["shufle"])


def test_a_control_that_does_not_apply_to_a_generator_is_refused_with_the_reason() -> None:
    reads_signals = frozenset({"signals"})
    assert "reads the EEG itself" in refusal(CONTROLS["oracle"], reads_signals)
    assert refusal(CONTROLS["shuffle"], reads_signals) == ""
    assert "no tokens" in refusal(CONTROLS["nearest-picture"], frozenset({"label"}))
    assert "no generator" in refusal(CONTROLS["random-picture"], None)


def test_every_control_has_a_short_label_of_its_own() -> None:
    labels = [control.short for control in CONTROLS.values()]
    assert max(map(len, labels)) <= 20
    assert len(set(labels)) == len(labels)
