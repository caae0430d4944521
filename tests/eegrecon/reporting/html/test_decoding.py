from __future__ import annotations

from eegrecon.reporting.html.decoding import MOST, confusion


def pairs(*found: tuple[str, str, int]) -> list[dict[str, str]]:
    return [{"label": label, "predicted": predicted} for label, predicted, count in found for _ in range(count)]


def test_trials_are_counted_by_true_and_predicted_class() -> None:
    found = confusion(pairs(("dog", "dog", 3), ("dog", "cat", 2), ("cat", "cat", 1), ("cat", "bird", 1)))
    assert found is not None
    assert found.classes == ("bird", "cat", "dog")
    assert found.counts == ((0, 0, 0), (1, 1, 0), (0, 2, 3))
    assert (found.trials, found.right) == (7, 4)
    assert found.frequent == (("dog", "cat", 2, 5), ("cat", "bird", 1, 2))


def test_a_row_that_predicts_no_class_has_no_matrix() -> None:
    assert confusion(pairs(("dog", "", 3))) is None
    assert confusion([]) is None


def test_of_too_many_classes_there_are_the_most_frequent_confusions_alone() -> None:
    many = [(f"class {place}", f"class {place}", 1) for place in range(MOST)]
    whole = confusion(pairs(*many))
    assert whole is not None
    assert len(whole.counts) == MOST
    found = confusion(pairs(*many, ("a", "b", 2)))
    assert found is not None
    assert found.counts == ()
    assert found.frequent == (("a", "b", 2, 2),)
