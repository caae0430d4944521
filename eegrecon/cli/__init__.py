"""The command line, one module per group of commands: each parses its options, calls the toolkit and prints."""
