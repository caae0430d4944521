"""What a run shows, in a few sentences and a few columns, for terminals and reports; pure functions of a result."""
