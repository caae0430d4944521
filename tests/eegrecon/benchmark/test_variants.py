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


def test_a_grid_is_every_combination_of_nothing_or_one_of_each_axis(toy_session: Make) -> None:
    session = toy_session(grid=("power,slope", "loose"), ablate=("loose",))
    assert set(rows(session).values()) == {
        (), ("encoder.power",), ("encoder.slope",), ("aligner.loose",),
        ("aligner.loose", "encoder.power"), ("aligner.loose", "encoder.slope"),
    }  # fmt: skip
    assert len(rows(session)) == 6


def test_an_unknown_part_is_said_with_the_option_that_named_it(toy_session: Make) -> None:
    with pytest.raises(UnknownName, match=r"no part called 'powre' \(--grid\)"):
        _ = toy_session(grid=("powre", "loose")).variants


def test_in_a_grid_an_impossible_combination_is_a_row_with_its_reason(toy_session: Make) -> None:
    session = toy_session(grid=("tokens,power", "label,gain"))
    refused = {row.removed: row.refused for row in session.variants if row.benchmark is None}
    assert set(refused) == {("generator.label", "generator.tokens"), ("encoder.power", "encoder.power.gain")}
    assert "nothing to fill from" in refused["generator.label", "generator.tokens"]


def test_a_sweep_is_a_row_for_each_value_that_full_does_not_have(toy_session: Make) -> None:
    session = toy_session(sweep=("encoder.slope=0.5,1.0,2.0", "encoder.widths=[1,2],[3]", "encoder.kind=plain,odd"))
    swept = {row.settings: row for row in session.variants if row.settings}
    assert [dict(settings) for settings in swept] == [
        {"encoder.slope": 0.5}, {"encoder.slope": 2.0}, {"encoder.widths": (3,)}, {"encoder.kind": "odd"}
    ]  # fmt: skip
    assert [row.label for row in swept.values()] == ["slope = 0.5", "slope = 2.0", "widths = [3]", "kind = odd"]
    built = next(iter(swept.values())).benchmark
    assert built is not None
    assert built.encoder.slope == 0.5  # type: ignore[attr-defined]


def test_swept_rows_are_rows_of_their_own_in_the_result(toy_session: Make) -> None:
    result = toy_session(sweep=("encoder.slope=0.5,2.0",), ablate=("slope",), control=("none",)).run()
    assert [row.label for row in result.rows] == ["Full", "w/o slope", "slope = 0.5", "slope = 2.0"]
    assert result.rows[2].settings == {"encoder.slope": 0.5}
    assert sum(line["kind"] == "published" for line in result.table()) == 1  # beside Full, not beside the swept rows


@pytest.mark.parametrize("wrong", ["encoder.slope", "dataset.protocol=a,b", "encoder.slope="])
def test_a_sweep_that_cannot_be_read_or_changes_the_data_is_refused(wrong: str, toy_session: Make) -> None:
    with pytest.raises(UsageError, match="expected a field of encoder, aligner, generator and its values"):
        _ = toy_session(sweep=(wrong,)).variants


def test_a_protocol_that_the_data_set_does_not_have_is_answered(toy_session: Make) -> None:
    with pytest.raises(UnknownName, match=r"no protocol of dataset.toy called 'within-images'.*did you mean"):
        _ = toy_session(protocol="within-images").full
    assert toy_session(protocol="within-image").full.dataset.protocol == "within-image"
