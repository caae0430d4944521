"""Conversion between torch networks and flat mappings of arrays."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeVar

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from eegrecon.interfaces.data import Arrays

Network = TypeVar("Network", bound=nn.Module)


def arrays_of(network: nn.Module) -> dict[str, NDArray[np.generic]]:
    """Return copies of a network's parameters and buffers by name."""
    return {name: tensor.detach().cpu().numpy().copy() for name, tensor in network.state_dict().items()}


def load_arrays(network: Network, weights: Arrays) -> Network:
    """Load arrays into a network with the same names and shapes, and return the network."""
    network.load_state_dict({name: torch.from_numpy(np.array(array)) for name, array in weights.items()})
    return network


def without_prefix(weights: Arrays, prefix: str) -> dict[str, NDArray[np.generic]]:
    """Return the arrays whose names start with ``prefix.``, by the rest of their names."""
    return {name[len(prefix) + 1 :]: array for name, array in weights.items() if name.startswith(f"{prefix}.")}


def with_prefix(prefix: str, weights: Arrays) -> dict[str, NDArray[np.generic]]:
    """Return the same arrays, each name preceded by ``prefix.``."""
    return {f"{prefix}.{name}": array for name, array in weights.items()}


def count_modules(names: Mapping[str, object], prefix: str) -> int:
    """Return the number of numbered modules below ``prefix`` in the names of weights."""
    return len({name[len(prefix) + 1 :].partition(".")[0] for name in names if name.startswith(f"{prefix}.")})
