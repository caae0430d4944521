"""``python -m eegrecon`` is the command line."""

from eegrecon.cli.main import main

main()
