"""The stage of the reference pictures: what each test trial saw, at the generator's size."""

from __future__ import annotations

import numpy as np

from eegrecon.interfaces.pictures import fitted_to
from eegrecon.pipeline.context import Product, StageContext


def reference(context: StageContext) -> Product:
    """Return the true picture of each test trial, uint8 (n, height, width, 3)."""
    pictures, size = context.recordings.pictures, context.stage.context["size"]
    images, inverse = np.unique(context.arrays("test")["image"], return_inverse=True)
    return Product({"pictures": np.stack([fitted_to(pictures[int(image)], size) for image in images])[inverse]})
