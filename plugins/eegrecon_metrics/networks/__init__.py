"""Published networks: finding and reading their weights, and running them over pictures in batches."""
