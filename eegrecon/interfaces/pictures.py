"""Pictures brought to the size that a generator or a judge works at."""

from __future__ import annotations

import numpy as np

from eegrecon.interfaces.data import Pixels


def fitted_to(picture: Pixels, size: tuple[int, int]) -> Pixels:
    """Crop a picture at its centre to the aspect of ``size`` and resize it (bicubic, antialiased).

    Args:
        picture: uint8 (h, w, 3).
        size: height and width wanted.

    Returns:
        uint8 (height, width, 3); the same pixels where the size fits already.
    """
    if picture.shape[:2] == size:
        return np.asarray(picture)
    from PIL import Image

    height, width = size
    scale = min(picture.shape[0] / height, picture.shape[1] / width)
    crop_height, crop_width = max(1, round(height * scale)), max(1, round(width * scale))
    top, left = (picture.shape[0] - crop_height) // 2, (picture.shape[1] - crop_width) // 2
    cropped = Image.fromarray(picture[top : top + crop_height, left : left + crop_width])
    return np.array(cropped.resize((width, height), Image.Resampling.BICUBIC))
