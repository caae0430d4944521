"""Every error that a user may see, as one tree, so that the command line can answer each without a traceback.

A message has three parts: what is wrong, where, and what to do about it.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable


class EegreconError(Exception):
    """Anything that eegrecon can say in plain words. Exit code 1."""

    exit_code = 1


class UsageError(EegreconError):
    """The request itself is wrong: a name, a value, a combination. Exit code 2."""

    exit_code = 2


class UnknownName(UsageError):
    """A name that is not registered."""


class InvalidConfiguration(UsageError):
    """A field has the wrong type or value, or fields do not go together."""


class DataError(EegreconError):
    """A data set's files are not what they say they are."""


class MissingFiles(EegreconError):
    """A file that is needed is not there; the message says which, how big and where to put it."""


class ComponentError(EegreconError):
    """A plugin's component did something that the contract forbids; the message names both."""


class NotApplicable(EegreconError):
    """A variant or score that does not exist for this method or data; the table shows the reason in its place."""


def unknown(what: str, name: str, known: Iterable[str], where: str = "") -> UnknownName:
    """Say what is unknown, what may have been meant, and what there is.

    Args:
        what: the kind of thing, for instance ``"encoder"``.
        name: the name that was asked for.
        known: the names that exist.
        where: file and section of the request, if it came from a file.
    """
    names = sorted(known)
    near = difflib.get_close_matches(name, names, n=1, cutoff=0.5)
    place = f" ({where})" if where else ""
    guess = f"; did you mean {near[0]!r}?" if near else "."
    listing = ", ".join(names) if names else "none"
    return UnknownName(f"no {what} called {name!r}{place}{guess} There are: {listing}")
