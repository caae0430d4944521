"""Networks to flat mappings of arrays and back: what is learned travels as a value."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeVar

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from eegrecon import Arrays

Network = TypeVar("Network", bound=nn.Module)


def arrays(network: nn.Module) -> dict[str, NDArray[np.generic]]:
    """Return a network's parameters and buffers by name, as numpy arrays in memory of their own."""
    return {name: tensor.detach().cpu().numpy().copy() for name, tensor in network.state_dict().items()}


def load(network: Network, weights: Arrays) -> Network:
    """Put arrays into a network of the same names and shapes; return the network."""
    network.load_state_dict({name: torch.from_numpy(np.array(array)) for name, array in weights.items()})
    return network


def within(weights: Arrays, prefix: str) -> dict[str, NDArray[np.generic]]:
    """Return the arrays whose names begin with ``prefix.``, named without it."""
    return {name[len(prefix) + 1 :]: array for name, array in weights.items() if name.startswith(f"{prefix}.")}


def under(prefix: str, weights: Arrays) -> dict[str, NDArray[np.generic]]:
    """Return the same arrays, each name behind ``prefix.``."""
    return {f"{prefix}.{name}": array for name, array in weights.items()}


def depth(names: Mapping[str, object], prefix: str) -> int:
    """Return how many numbered modules there are below ``prefix``."""
    return len({name[len(prefix) + 1 :].partition(".")[0] for name in names if name.startswith(f"{prefix}.")})
