"""Benchmarks for EEG-to-image reconstruction: the public names of the Python interface and of the plugin contract.

Names are resolved on first use, so that ``import eegrecon`` imports no heavy library. Further public modules:
`eegrecon.datasets`, `eegrecon.preprocessing`, `eegrecon.resources`, `eegrecon.statistics`, `eegrecon.training`,
`eegrecon.testing`. Everything else is private.
"""

from __future__ import annotations

import importlib
import warnings
from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"

if TYPE_CHECKING:
    from eegrecon.api import audit as audit
    from eegrecon.api import bench as bench
    from eegrecon.api import report as report
    from eegrecon.errors import ComponentError as ComponentError
    from eegrecon.errors import DataError as DataError
    from eegrecon.errors import EegreconError as EegreconError
    from eegrecon.errors import InvalidConfiguration as InvalidConfiguration
    from eegrecon.errors import MissingFiles as MissingFiles
    from eegrecon.errors import UnknownName as UnknownName
    from eegrecon.errors import UsageError as UsageError
    from eegrecon.interfaces.audits import Audit as Audit
    from eegrecon.interfaces.audits import Circumstances as Circumstances
    from eegrecon.interfaces.audits import Evidence as Evidence
    from eegrecon.interfaces.audits import Opinion as Opinion
    from eegrecon.interfaces.audits import Scored as Scored
    from eegrecon.interfaces.bounds import Bounds as Bounds
    from eegrecon.interfaces.bounds import Count as Count
    from eegrecon.interfaces.bounds import Fraction as Fraction
    from eegrecon.interfaces.bounds import NonNegative as NonNegative
    from eegrecon.interfaces.bounds import Positive as Positive
    from eegrecon.interfaces.bounds import Whole as Whole
    from eegrecon.interfaces.bounds import part as part
    from eegrecon.interfaces.components import Aligner as Aligner
    from eegrecon.interfaces.components import Captioner as Captioner
    from eegrecon.interfaces.components import Component as Component
    from eegrecon.interfaces.components import Conditioner as Conditioner
    from eegrecon.interfaces.components import Dataset as Dataset
    from eegrecon.interfaces.components import Differentiable as Differentiable
    from eegrecon.interfaces.components import Encoder as Encoder
    from eegrecon.interfaces.components import Fitted as Fitted
    from eegrecon.interfaces.components import Generator as Generator
    from eegrecon.interfaces.components import Judge as Judge
    from eegrecon.interfaces.components import Learner as Learner
    from eegrecon.interfaces.components import Metric as Metric
    from eegrecon.interfaces.components import Preparation as Preparation
    from eegrecon.interfaces.components import Progress as Progress
    from eegrecon.interfaces.components import Run as Run
    from eegrecon.interfaces.data import UNSEEN_CLASSES as UNSEEN_CLASSES
    from eegrecon.interfaces.data import Arrays as Arrays
    from eegrecon.interfaces.data import Candidates as Candidates
    from eegrecon.interfaces.data import Column as Column
    from eegrecon.interfaces.data import Conditions as Conditions
    from eegrecon.interfaces.data import Features as Features
    from eegrecon.interfaces.data import Finding as Finding
    from eegrecon.interfaces.data import Floats as Floats
    from eegrecon.interfaces.data import Gallery as Gallery
    from eegrecon.interfaces.data import Ints as Ints
    from eegrecon.interfaces.data import Montage as Montage
    from eegrecon.interfaces.data import Outcome as Outcome
    from eegrecon.interfaces.data import Pictures as Pictures
    from eegrecon.interfaces.data import Pixels as Pixels
    from eegrecon.interfaces.data import Recordings as Recordings
    from eegrecon.interfaces.data import Rows as Rows
    from eegrecon.interfaces.data import Score as Score
    from eegrecon.interfaces.data import Signals as Signals
    from eegrecon.interfaces.data import Targets as Targets
    from eegrecon.interfaces.data import Training as Training
    from eegrecon.interfaces.data import Trials as Trials
    from eegrecon.interfaces.hooks import hookimpl as hookimpl
    from eegrecon.interfaces.pictures import Thumbnails as Thumbnails
    from eegrecon.interfaces.pictures import fitted_to as fitted_to
    from eegrecon.interfaces.pictures import picture_features as picture_features
    from eegrecon.reporting.result import Result as Result
    from eegrecon.reporting.result import load as load

_PUBLIC = {
    "api": "audit bench report",
    "errors": "ComponentError DataError EegreconError InvalidConfiguration MissingFiles UnknownName UsageError",
    "interfaces.audits": "Audit Circumstances Evidence Opinion Scored",
    "interfaces.bounds": "Bounds Count Fraction NonNegative Positive Whole part",
    "interfaces.components": "Aligner Captioner Component Conditioner Dataset Differentiable Encoder "
    "Fitted Generator Judge Learner Metric Preparation Progress Run",
    "interfaces.data": "Arrays Candidates Column Conditions Features Finding Floats Gallery Ints Montage Outcome "
    "Pictures Pixels Recordings Rows Score Signals Targets Training Trials UNSEEN_CLASSES",
    "interfaces.hooks": "hookimpl",
    "interfaces.pictures": "Thumbnails fitted_to picture_features",
    "reporting.result": "Result load",
}
_MODULE_OF = {name: module for module, names in _PUBLIC.items() for name in names.split()}
_MOVED = {  # former public names, by the public module to import them from and their name there
    "content_digest": ("resources", "content_digest"),
    "hub_folder": ("resources", "hub_folder"),
    "locate": ("resources", "locate"),
    "Sample": ("statistics", "Sample"),
    "over_pictures": ("statistics", "over_pictures"),
    "paired_p": ("statistics", "paired_p"),
    "Leaving": ("training.deprecated", "Leaving"),
    "Pieces": ("training.deprecated", "Pieces"),
}
_REPLACED = {"Leaving": "eegrecon.training.DeferredSignals", "Pieces": "eegrecon.training.AdaptiveBatches"}

__all__ = sorted(_MODULE_OF)


def __getattr__(name: str) -> Any:
    if name in _MODULE_OF:
        return getattr(importlib.import_module(f"eegrecon.{_MODULE_OF[name]}"), name)
    if name in _MOVED:
        module, there = _MOVED[name]
        new = _REPLACED.get(name, f"eegrecon.{module}.{there}")
        warnings.warn(f"eegrecon.{name} has moved; use {new}", DeprecationWarning, stacklevel=2)
        return getattr(importlib.import_module(f"eegrecon.{module}"), there)
    raise AttributeError(f"module 'eegrecon' has no attribute {name!r}; it offers {', '.join(sorted(_MODULE_OF))}")


def __dir__() -> list[str]:
    return sorted([*_MODULE_OF, "__version__"])
