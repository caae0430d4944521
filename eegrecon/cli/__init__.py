"""The command line: parse, call, print. One module per group of commands; nothing is decided here."""
