from __future__ import annotations

from collections.abc import Callable

import pytest

from eegrecon import InvalidConfiguration, UnknownName, UsageError
from eegrecon.ablation import parts
from eegrecon.api import Session

Make = Callable[..., Session]


def rows(session: Session) -> dict[str, tuple[str, ...]]:
    return {row.label: row.removed for row in session.variants if not row.control}


def test_parts_are_found_wherever_components_nest(toy_session: Make) -> None:
    paths = [part.path for part in parts(toy_session().full)]
    assert paths == [
        "encoder.power",
        "encoder.power.gain",
        "encoder.slope",
        "aligner.loose",
        "generator.tokens",
        "generator.label",
    ]


def test_each_part_asked_for_is_a_row_without_it(toy_session: Make) -> None:
    session = toy_session(ablate=("power", "slope"))
    assert rows(session) == {
        "Full": (),
        "w/o power branch": ("encoder.power",),
        "w/o slope": ("encoder.slope",),
    }
    without = next(row for row in session.variants if row.removed == ("encoder.slope",)).benchmark
    assert without is not None
    assert without.encoder.slope == 0.5  # type: ignore[attr-defined]


def test_a_plus_makes_one_row_without_both(toy_session: Make) -> None:
    assert rows(toy_session(ablate=("slope+loose",)))["w/o slope + looseness"] == ("aligner.loose", "encoder.slope")


def test_all_leaves_each_part_out_once(toy_session: Make) -> None:
    assert len(rows(toy_session(ablate=("all",)))) == 1 + 6


def test_a_row_asked_for_twice_is_one_row(toy_session: Make) -> None:
    assert len(rows(toy_session(ablate=("slope", "all", "encoder.slope")))) == 1 + 6


def test_an_unknown_part_is_answered_with_what_was_meant(toy_session: Make) -> None:
    with pytest.raises(UnknownName, match="no part called 'slop'.*did you mean 'slope'"):
        _ = toy_session(ablate=("slop",)).variants


def test_a_part_inside_a_removed_one_is_refused(toy_session: Make) -> None:
    with pytest.raises(InvalidConfiguration, match=r"encoder.power.gain is inside encoder.power, which is removed too"):
        _ = toy_session(ablate=("power+gain",)).variants


def test_a_part_that_is_removed_already_is_refused(toy_session: Make) -> None:
    with pytest.raises(InvalidConfiguration, match=r"encoder.slope is already removed"):
        _ = toy_session(ablate=("slope",), set=("encoder.slope=0.5",)).variants


def test_a_combination_that_a_component_refuses_is_refused_with_its_reason(toy_session: Make) -> None:
    with pytest.raises(InvalidConfiguration, match="nothing to fill from"):
        _ = toy_session(ablate=("tokens+label",)).variants


def test_among_all_a_refused_row_carries_its_reason(toy_session: Make) -> None:
    session = toy_session(ablate=("all",), set=("generator.label=false",))
    refused = next(row for row in session.variants if row.removed == ("generator.tokens",))
    assert refused.benchmark is None
    assert "nothing to fill from" in refused.refused


def test_a_name_of_several_components_asks_which(toy_session: Make) -> None:
    from eegrecon.ablation import Part, resolve

    known = [Part("encoder.freq", "f", True, False), Part("aligner.freq", "g", True, False)]
    with pytest.raises(UsageError, match=r"ambiguous; say encoder.freq or aligner.freq"):
        resolve("freq", known)
    assert resolve("aligner.freq", known).about == "g"
