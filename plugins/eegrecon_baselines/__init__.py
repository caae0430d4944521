"""Linear baselines: four readers of the class, and a line from features to conditioning tokens."""

from eegrecon import hookimpl


@hookimpl
def eegrecon_components() -> dict[str, str]:
    """Return the components by name; nothing is imported until one is used."""
    return {
        "encoder.linear-reader": "eegrecon_baselines.encoders.linear_reader:LinearReader",
        "aligner.ridge": "eegrecon_baselines.aligners.ridge:Ridge",
    }
