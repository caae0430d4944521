"""What a user of the Python interface and a plugin author may import; everything else is private to the house.

Names are resolved on first use, so that ``import eegrecon`` costs nothing and pulls in no heavy library.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"

if TYPE_CHECKING:
    from eegrecon.addresses import content_digest as content_digest
    from eegrecon.addresses import hub_folder as hub_folder
    from eegrecon.addresses import locate as locate
    from eegrecon.api import audit as audit
    from eegrecon.api import bench as bench
    from eegrecon.audits import Audit as Audit
    from eegrecon.audits import Circumstances as Circumstances
    from eegrecon.audits import Evidence as Evidence
    from eegrecon.audits import Opinion as Opinion
    from eegrecon.audits import Scored as Scored
    from eegrecon.components import Aligner as Aligner
    from eegrecon.components import Captioner as Captioner
    from eegrecon.components import Column as Column
    from eegrecon.components import Component as Component
    from eegrecon.components import Conditioner as Conditioner
    from eegrecon.components import Dataset as Dataset
    from eegrecon.components import Differentiable as Differentiable
    from eegrecon.components import Encoder as Encoder
    from eegrecon.components import Finding as Finding
    from eegrecon.components import Fitted as Fitted
    from eegrecon.components import Generator as Generator
    from eegrecon.components import Judge as Judge
    from eegrecon.components import Learner as Learner
    from eegrecon.components import Metric as Metric
    from eegrecon.components import Preparation as Preparation
    from eegrecon.components import Progress as Progress
    from eegrecon.components import Run as Run
    from eegrecon.components import part as part
    from eegrecon.data import Arrays as Arrays
    from eegrecon.data import Conditions as Conditions
    from eegrecon.data import Features as Features
    from eegrecon.data import Floats as Floats
    from eegrecon.data import Ints as Ints
    from eegrecon.data import Montage as Montage
    from eegrecon.data import Outcome as Outcome
    from eegrecon.data import Pictures as Pictures
    from eegrecon.data import Pixels as Pixels
    from eegrecon.data import Recordings as Recordings
    from eegrecon.data import Rows as Rows
    from eegrecon.data import Score as Score
    from eegrecon.data import Signals as Signals
    from eegrecon.data import Targets as Targets
    from eegrecon.data import Training as Training
    from eegrecon.data import Trials as Trials
    from eegrecon.errors import ComponentError as ComponentError
    from eegrecon.errors import DataError as DataError
    from eegrecon.errors import EegreconError as EegreconError
    from eegrecon.errors import InvalidConfiguration as InvalidConfiguration
    from eegrecon.errors import MissingFiles as MissingFiles
    from eegrecon.errors import UnknownName as UnknownName
    from eegrecon.errors import UsageError as UsageError
    from eegrecon.hookspecs import hookimpl as hookimpl
    from eegrecon.interruption import Leaving as Leaving
    from eegrecon.memory import Pieces as Pieces
    from eegrecon.pictures import fitted_to as fitted_to
    from eegrecon.statistics import Sample as Sample
    from eegrecon.statistics import over_pictures as over_pictures
    from eegrecon.statistics import paired_p as paired_p

_HOMES = {
    "addresses": "content_digest hub_folder locate",
    "api": "audit bench",
    "audits": "Audit Circumstances Evidence Opinion Scored",
    "components": "Aligner Captioner Column Component Conditioner Dataset Differentiable Encoder Finding Fitted "
    "Generator Judge Learner Metric Preparation Progress Run part",
    "data": "Arrays Conditions Features Floats Ints Montage Outcome Pictures Pixels Recordings Rows Score Signals "
    "Targets Training Trials",
    "errors": "ComponentError DataError EegreconError InvalidConfiguration MissingFiles UnknownName UsageError",
    "hookspecs": "hookimpl",
    "interruption": "Leaving",
    "memory": "Pieces",
    "pictures": "fitted_to",
    "statistics": "Sample over_pictures paired_p",
}
_HOME = {name: module for module, names in _HOMES.items() for name in names.split()}

__all__ = sorted(_HOME)


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module 'eegrecon' has no attribute {name!r}; it offers {', '.join(sorted(_HOME))}")
    return getattr(importlib.import_module(f"eegrecon.{_HOME[name]}"), name)


def __dir__() -> list[str]:
    return sorted([*_HOME, "__version__"])
