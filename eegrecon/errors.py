"""The exception tree. The command line prints each of these errors without a traceback.

A message has three parts: what is wrong, where, and what to do about it.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable
from pathlib import Path

CORE = Path(__file__).parent

# Controls other than tab and line feed, line separators, directions of writing, half characters
_NOT_PRINTED = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")


class EegreconError(Exception):
    """Base class of all errors of eegrecon. Exit code 1."""

    exit_code = 1


class UsageError(EegreconError):
    """The request is wrong: a name, a value, or a combination. Exit code 2."""

    exit_code = 2


class UnknownName(UsageError):
    """A name that is not registered."""


class InvalidConfiguration(UsageError):
    """A field has a wrong type or value, or fields are incompatible."""


class DataError(EegreconError):
    """Files of a data set are damaged or inconsistent."""


class MissingFiles(EegreconError):
    """A required file is missing; the message says which, its size and where to put it."""


class ComponentError(EegreconError):
    """A component of a plugin violated the contract; the message names it."""


class NotApplicable(EegreconError):
    """A variant or score that does not exist for this method or data; the table shows the reason in its place."""


OF_ONE_ROW = (NotApplicable, ComponentError, DataError, MissingFiles, UsageError)  # they leave the other rows intact


def unknown(what: str, name: str, known: Iterable[str], where: str = "", all_by: str = "") -> UnknownName:
    """Return the error for an unknown name, with up to three close names and a list of all.

    Args:
        what: the kind of thing, for instance ``"encoder"``.
        name: the unknown name.
        known: the existing names.
        where: the file and section, or the option, that has the name.
        all_by: the command that prints all names, where they are too many for a message.
    """
    names = sorted(known)
    near = difflib.get_close_matches(name, names, n=3, cutoff=0.5)
    place = f" ({where})" if where else ""
    guess = f"; did you mean {' or '.join(map(repr, near))}?" if near else "."
    listing = f"{all_by} prints all names" if all_by else f"There are: {', '.join(names) if names else 'none'}"
    return UnknownName(f"no {what} called {name!r}{place}{guess} {listing}")


def printable(text: str) -> str:
    r"""Return a text that cannot command a terminal, for every text that is printed: it may come from a file of others.

    Control characters become escapes such as ``\u001b``, which mean the same character in JSON.
    """
    return _NOT_PRINTED.sub(lambda found: f"\\u{ord(found[0]):04x}", text)


def raised_in(error: BaseException) -> tuple[Path, int, str]:
    """Return file, line and function in which an exception was raised: in a plugin if possible."""
    trace, places = error.__traceback__, []
    while trace is not None:
        code = trace.tb_frame.f_code
        if not code.co_filename.startswith("<"):  # of Python's import
            places.append((Path(code.co_filename), trace.tb_lineno, code.co_name))
        trace = trace.tb_next
    foreign = [place for place in places if not place[0].is_relative_to(CORE) and "importlib" not in place[0].parts]
    own = [place for place in foreign if "site-packages" not in place[0].parts]
    return (own or foreign or places)[-1]


def named(file: Path) -> str:
    """Return a file's name; of a package's file, with that of the package."""
    return f"{file.parent.name}/{file.name}" if file.name == "__init__.py" else file.name
