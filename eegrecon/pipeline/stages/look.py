"""The stage of a judge's views: features and class scores of one set of pictures."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from eegrecon.interfaces import output_checks
from eegrecon.interfaces.data import Ints, Pixels
from eegrecon.pipeline.context import Product, StageContext
from eegrecon.training.batching import AdaptiveBatches

BATCH = 256  # pictures


def look(context: StageContext) -> Product:
    """Return the judge's views of the pictures, (n * samples, …) by layer, samples fastest."""
    pictures: Pixels = context.arrays("pictures")["pictures"]
    flat = pictures.reshape(-1, *pictures.shape[-3:])  # (n * samples, h, w, 3)
    judge, run = context.component, context.run

    def views_of(rows: Ints) -> Mapping[str, NDArray[Any]]:
        return output_checks.views(judge, judge.look(np.asarray(flat[rows]), run), len(rows))

    views = AdaptiveBatches(BATCH, "judge", run).each(np.arange(len(flat)), views_of)
    return Product({layer: np.concatenate([view[layer] for view in views]) for layer in views[0]})
