"""The checks of ``eegrecon plugin check``, one module for what the kinds of component have in common."""
