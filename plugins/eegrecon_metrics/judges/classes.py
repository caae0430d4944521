"""The mapping from a data set's classes to a judge's classes."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from eegrecon import DataError, Ints, Judge


def judge_classes(classes: Sequence[str], synsets: Sequence[str] | None, judge: Judge) -> Ints:
    """Return the judge's class for each class of a data set, matched by WordNet id where both have one, else by name.

    A judge's name may list synonyms after commas ("pug, pug-dog"); case, spaces and underscores do not matter.

    Returns:
        (classes,) indices into ``judge.classes``.

    Raises:
        DataError: the judge has no such class, or several of that name.
    """
    by_synset = {synset: index for index, synset in enumerate(judge.synsets or ())}
    by_name: dict[str, list[int]] = {}
    for index, names in enumerate(judge.classes):
        for name in {_normalised(synonym) for synonym in names.split(",")} | {_normalised(names)}:
            by_name.setdefault(name, []).append(index)
    matches = []
    for index, name in enumerate(classes):
        synset = synsets[index] if synsets else None
        candidates = [by_synset[synset]] if synset in by_synset else by_name.get(_normalised(name), [])
        matches.append(_only(candidates, name, synset, judge))
    return np.array(matches, np.int64)


def _only(candidates: Sequence[int], name: str, synset: str | None, judge: Judge) -> int:
    if len(candidates) == 1:
        return candidates[0]
    described = f"{name!r} (WordNet id {synset or 'unknown'})"
    if candidates:
        raise DataError(
            f"the judge {judge.identity} has {len(candidates)} classes called {described}, and no WordNet id to choose "
            "between them; give the data set WordNet ids, or rename the class"
        )
    raise DataError(
        f"the judge {judge.identity} has no class {described} among its {len(judge.classes)}; choose a judge that was "
        'trained on the data set\'s classes, or score against its own guess on the true picture with truth = "judge"'
    )


def _normalised(name: str) -> str:
    return " ".join(name.replace("_", " ").casefold().split())
