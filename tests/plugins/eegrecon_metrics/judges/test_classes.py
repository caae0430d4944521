from __future__ import annotations

from collections.abc import Callable

import pytest

from eegrecon import DataError, Judge
from eegrecon_metrics.judges.classes import judge_classes
from eegrecon_metrics.judges.vision_transformer import VisionTransformer


def test_classes_are_matched_by_wordnet_id_before_name(judge_of: Callable[..., Judge]) -> None:
    judge = judge_of("crane", "crane", "pug, pug-dog", synsets=("n01", "n02", "n03"))
    assert judge_classes(("crane", "anything"), ("n02", "n01"), judge).tolist() == [1, 0]
    assert judge_classes(("Pug_dog ", "PUG"), None, judge_of("cat", "pug, pug dog")).tolist() == [1, 1]


def test_a_class_that_the_judge_lacks_is_named(judge_of: Callable[..., Judge]) -> None:
    judge = judge_of("crane", "crane")
    with pytest.raises(DataError, match=r"named-judge-8 .*'mushroom' .*n90"):
        judge_classes(("mushroom",), ("n90",), judge)
    with pytest.raises(DataError, match=r"named-judge-8 .*2 classes .*'crane'"):
        judge_classes(("crane",), None, judge)


def test_the_forty_classes_of_eegcvpr40_are_known_to_the_default_judge() -> None:
    from eegrecon_datasets.eegcvpr40.labels import CLASSES

    judge = VisionTransformer()
    numbers = judge_classes(tuple(CLASSES.values()), tuple(CLASSES), judge)
    assert [judge.synsets[number] for number in numbers] == list(CLASSES)
    assert len(judge.classes) == 1000
