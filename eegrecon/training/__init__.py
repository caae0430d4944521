"""What plugins with torch networks need: a fit loop with checkpoints, precision and out-of-memory handling, weights.

Names are resolved on first use, so that importing this package does not import torch.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from eegrecon.training.batching import AdaptiveBatches as AdaptiveBatches
    from eegrecon.training.checkpoints import CheckpointPolicy as CheckpointPolicy
    from eegrecon.training.classifier import classifier_risk as classifier_risk
    from eegrecon.training.classifier import predict as predict
    from eegrecon.training.classifier import train_classifier as train_classifier
    from eegrecon.training.encoder import NetworkEncoder as NetworkEncoder
    from eegrecon.training.encoder import Recorded as Recorded
    from eegrecon.training.interruption import DeferredSignals as DeferredSignals
    from eegrecon.training.loop import Optimizer as Optimizer
    from eegrecon.training.loop import Schedule as Schedule
    from eegrecon.training.loop import fit as fit
    from eegrecon.training.loop import validation_risk as validation_risk
    from eegrecon.training.tensors import autocast as autocast
    from eegrecon.training.tensors import batch_of as batch_of
    from eegrecon.training.tensors import chunks as chunks
    from eegrecon.training.tensors import standardised as standardised
    from eegrecon.training.tensors import tensor_of as tensor_of
    from eegrecon.training.weights import arrays_of as arrays_of
    from eegrecon.training.weights import count_modules as count_modules
    from eegrecon.training.weights import load_arrays as load_arrays
    from eegrecon.training.weights import with_prefix as with_prefix
    from eegrecon.training.weights import without_prefix as without_prefix

_PUBLIC = {
    "batching": "AdaptiveBatches",
    "checkpoints": "CheckpointPolicy",
    "classifier": "classifier_risk predict train_classifier",
    "encoder": "NetworkEncoder Recorded",
    "interruption": "DeferredSignals",
    "loop": "Optimizer Schedule fit validation_risk",
    "tensors": "autocast batch_of chunks standardised tensor_of",
    "weights": "arrays_of count_modules load_arrays with_prefix without_prefix",
}
_MODULE_OF = {name: module for module, names in _PUBLIC.items() for name in names.split()}

__all__ = sorted(_MODULE_OF)


def __getattr__(name: str) -> Any:
    if name not in _MODULE_OF:
        raise AttributeError(f"module 'eegrecon.training' has no attribute {name!r}; it offers {', '.join(__all__)}")
    return getattr(importlib.import_module(f"eegrecon.training.{_MODULE_OF[name]}"), name)


def __dir__() -> list[str]:
    return __all__
