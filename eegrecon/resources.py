"""Models and files: where those are that a configuration names, a digest of their content, arrays on the disk."""

from eegrecon.registry.resources import content_digest, disk_array, hub_folder, locate

__all__ = ["content_digest", "disk_array", "hub_folder", "locate"]
