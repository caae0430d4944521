"""Accuracies that others report on the problems, each with its source and its split."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Published:
    """What one source reports.

    Attributes:
        label: the method.
        source: where it is reported.
        accuracy: by problem; a problem without an entry is not reported there.
    """

    label: str
    source: str
    accuracy: Mapping[str, float]


_ARCHIVE = "aeon-toolkit/aeon-neuro at 396b543, docs/datasets.md"
_SIGNATURES = "Toth, Oberhauser and Szabo, arXiv:2311.12214, as in the README of tgcsaba/KSig at ccce91a"

DEFAULT_SPLIT = (
    Published(
        "best of the archive's classifiers, chosen on the test trials",
        f"{_ARCHIVE}, default split",
        {
            "SelfRegulationSCP1": 0.897611,
            "SelfRegulationSCP2": 0.538889,
            "FingerMovements": 0.56,
            "EyesOpenShut": 0.52381,
            "Blink": 1.0,
        },
    ),
    Published(
        "winner of BCI Competition II",
        "errors of 11.3 and 45.5 % in the archive's descriptions of SelfRegulationSCP1 and SelfRegulationSCP2; "
        "FingerMovements: Wang et al., IEEE Trans. Biomed. Eng. 51, 2004, doi:10.1109/TBME.2004.826697",
        {"SelfRegulationSCP1": 0.887, "SelfRegulationSCP2": 0.545, "FingerMovements": 0.84},
    ),
    Published(
        "signature kernel",
        _SIGNATURES,
        {"SelfRegulationSCP1": 0.904, "SelfRegulationSCP2": 0.539, "FingerMovements": 0.64},
    ),
    Published(
        "radial basis function kernel",
        _SIGNATURES,
        {"SelfRegulationSCP1": 0.898, "SelfRegulationSCP2": 0.439, "FingerMovements": 0.62},
    ),
)
RESAMPLED = Published(
    "best of the archive's classifiers",
    f"{_ARCHIVE}, mean of 30 random splits of the same sizes",
    {
        "SelfRegulationSCP1": 0.911,
        "SelfRegulationSCP2": 0.5531,
        "FingerMovements": 0.5813,
        "EyesOpenShut": 0.6643,
        "Blink": 0.9999,
    },
)
