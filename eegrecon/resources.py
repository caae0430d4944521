"""Models and files that a configuration names: where they are, and a digest of their content."""

from eegrecon.registry.resources import content_digest, hub_folder, locate

__all__ = ["content_digest", "hub_folder", "locate"]
