"""What tests of a plugin need."""

from eegrecon.testing.plain_run import PlainRun as PlainRun

__all__ = ["PlainRun"]
