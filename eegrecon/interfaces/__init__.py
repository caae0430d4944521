"""What a plugin implements, what travels between components, and the checks on what crosses that boundary."""
