"""The artifact store: what stages computed, kept as checksummed files under their keys."""
