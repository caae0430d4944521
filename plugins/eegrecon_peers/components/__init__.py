"""What the registry knows: one module per component."""
