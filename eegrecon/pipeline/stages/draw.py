"""The stage that draws band power over the scalp. MNE takes seconds, so it is done once and not for every report."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from typing import Any

import numpy as np

from eegrecon.interfaces.data import Floats, Pixels
from eegrecon.pipeline.context import Product, StageContext

FEWEST = 8  # channels of a map
SIZE = 192  # pixels of a map's side
SHOWN_FIRST = ("colin27_1005", "standard_1005")  # the usual montage by its current and its former name
_OUTLINES = "#8a8a8a"  # seen on white and on black


def draw(context: StageContext) -> Product:
    """Return a map for each band and latency, uint8 RGBA (bands, latencies, size, size, 4), or why there is none."""
    described, arrays = context.input("description").metadata, context.arrays("description")
    if "power" not in arrays:
        reason = described.get("absent", "the epochs are too short, or the sampling rate too low, for any band")
        return Product({}, {"absent": reason})
    names = described["channels"]
    if len(names) < FEWEST:
        return Product({}, {"absent": f"a map takes at least {FEWEST} channels, and there are {len(names)}"})
    montage = montage_with(names)
    if montage is None:
        return Product({}, {"absent": "no montage of MNE has all of the channels by these names"})
    import threadpoolctl

    # What a library thinks of a picture is nothing that its reader can change. Many tiny systems of equations take
    # seconds instead of milliseconds where threads wait for each other.
    with warnings.catch_warnings(), threadpoolctl.threadpool_limits(1):
        warnings.simplefilter("ignore")
        maps = _maps(arrays["power"], names, montage)
    return Product({"maps": maps}, {"montage": montage, "scales": [round(scale(one), 2) for one in arrays["power"]]})


def montage_with(names: Sequence[str]) -> str | None:
    """Return the name of the first of MNE's montages that has all channels, whatever their case; None if none has."""
    import mne

    wanted = {_plain(name) for name in names}
    for known in sorted(mne.channels.get_builtin_montages(), key=lambda name: name not in SHOWN_FIRST):
        montage = mne.channels.make_standard_montage(known)
        if wanted <= {_plain(name) for name in montage.ch_names}:
            return str(known)
    return None


def _plain(name: str) -> str:
    return name.strip(" .").lower()


def _maps(power: Floats, names: Sequence[str], montage: str) -> Pixels:
    """Return the drawn maps; those of one band share a scale, which is symmetric about 0 dB."""
    import mne
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    info = mne.create_info([name.strip(" .") for name in names], 100.0, "eeg", verbose="error")
    info.set_montage(montage, match_case=False, verbose="error")
    maps = np.zeros((*power.shape[:2], SIZE, SIZE, 4), np.uint8)
    for band, of_band in enumerate(power):
        limit = scale(of_band)
        for latency, values in enumerate(of_band):
            figure = Figure(figsize=(1, 1), dpi=SIZE, facecolor="none")
            canvas: Any = FigureCanvasAgg(figure)
            axis: Any = figure.add_axes((0.02, 0.02, 0.96, 0.96))
            mne.viz.plot_topomap(
                values,
                info,
                axes=axis,
                show=False,
                cmap="RdBu_r",
                vlim=(-limit, limit),
                contours=0,
                sensors=False,
                image_interp="linear",  # cubic overshoots at the edge, where no channel is
            )
            for line in axis.lines:
                line.set(color=_OUTLINES, linewidth=0.8)
            canvas.draw()
            maps[band, latency] = np.asarray(canvas.buffer_rgba())
    return maps


def scale(power: Floats) -> float:
    """Return the end of a symmetric scale for maps, dB: their largest distance from 0, at least a tenth."""
    return max(0.1, float(np.abs(power).max()))
