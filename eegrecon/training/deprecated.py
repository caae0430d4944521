"""temp."""
from eegrecon.training.batching import AdaptiveBatches as Pieces
from eegrecon.training.interruption import Leaving as Leaving
__all__=["Pieces","Leaving"]
