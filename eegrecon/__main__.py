"""``python -m eegrecon`` is the command line."""

from eegrecon.cli import main

main()
