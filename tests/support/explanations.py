"""The page of troubleshooting, ``docs/errors.md``: situations that tests provoke, and what eegrecon prints in each.

The tests report every situation through the fixture ``explains``. In a normal run they only check that the page lists
it; with ``EEGRECON_WRITE_ERRORS=1 pytest -n 0 tests`` the page is written. A run of some of the tests renews their rows
and keeps the others; a run of all of them also drops the rows that no test provokes any more.
"""

from __future__ import annotations

import os
import re
import textwrap
from collections.abc import Callable, Mapping
from pathlib import Path

PAGE = Path(__file__).parents[2] / "docs" / "errors.md"
WRITE = os.environ.get("EEGRECON_WRITE_ERRORS") == "1"
TITLE = """# Troubleshooting

When something goes wrong, eegrecon prints one message with three parts: what is wrong, where, and what to do about it.
This page lists the situations by topic, with the message of each. Names and paths are those of an example; `…` stands
for a folder, `KEY` for the key of a stage.

Three things help with every message:

- Finished stages stay in the store. After the cause is repaired, the same command resumes where it stopped.
- `--debug` adds a traceback, which is what a bug report needs.
- `eegrecon doctor` checks the installation, the store and the files that a benchmark needs.

The exit code of a command is 0 if all went well, 1 if the run or a row of it failed, 2 if the command itself is wrong,
and 3 if a check or an audit did not pass.
"""
TOPICS = {  # key of the tests -> heading and introduction
    "Usage": (
        "Commands and options",
        "A name, a value or a combination of options does not exist. Nothing has been computed. The message names the "
        "option, the nearest name that exists, and all names.",
    ),
    "Data": (
        "Recordings",
        "Every data set is checked once when it is loaded: no trial may be in two shares, labels and pictures must "
        "exist, and all EEG must be finite. Problems that do not prevent a run become notes below the table.",
    ),
    "Files in the form of EEGCVPR40": (
        "Files of EEGCVPR40",
        "The files that `--data DIR` reads. `eegrecon data check DIR` reports what a folder holds and lacks without "
        "running a benchmark.",
    ),
    "Files in the form of EEG-ImageNet": (
        "Files of EEG-ImageNet",
        "The two files that `--data DIR` reads; one of them is enough. `eegrecon data check DIR` reports what a folder "
        "holds and lacks.",
    ),
    "Files in the form of THINGS-EEG2": (
        "Files of THINGS-EEG2",
        "Of its three forms one is pickled and is read only with `--trust-pickle`. `eegrecon data check DIR "
        "--trust-pickle` reports what a folder holds and lacks.",
    ),
    "Own recordings": (
        "Own recordings",
        "A folder of recordings that MNE reads, with `stimuli.csv`. `eegrecon data check DIR` reports what it holds "
        "and lacks.",
    ),
    "Data sets of BIDS": (
        "Data sets of BIDS",
        "A folder with `dataset_description.json`, read by mne-bids (extra `bids`). `eegrecon data check DIR` reports "
        "what it holds and lacks.",
    ),
    "Studies of neuralset": (
        "Studies of neuralset",
        "What neuralset fetched and describes (extra `neuralset`, Python 3.12 or later). eegrecon downloads nothing.",
    ),
    "Leaderboards": (
        "Submissions and baselines",
        "A submission of others is read within limits, and refused by the name of what is wrong. The exit code is 3 "
        "where a verification or a check does not pass.",
    ),
    "Memory": (
        "Memory",
        "Where memory runs out, the work is divided into smaller batches and the result carries a note. Only a single "
        "trial or picture that is too large ends the run.",
    ),
    "The store": (
        "The artifact store",
        "Finished stages are kept below the folder that `EEGRECON_HOME` names (by default the cache folder of the "
        "platform). Every artifact has a checksum; a damaged one is set aside and recomputed.",
    ),
    "Components": (
        "Plugins and components",
        "What a component returns is checked against the contract. These messages are for the author of a plugin; the "
        "class and method that they name is the place to look.",
    ),
}
HEADER = "| situation | message |\n|---|---|\n"
Rows = dict[tuple[str, str], str]  # message by topic and situation
Explains = Callable[[str, str, object], None]  # topic, situation, message

collected: Rows = {}


def cell(text: str) -> str:
    """Return a text as the content of a cell."""
    return " ".join(text.split()).replace("|", "/")


def plain(message: str, folder: Path) -> str:
    """Return a message without what differs from run to run."""
    message = message.replace(str(folder), "…")
    message = re.sub(r"(?<![\w…/])/(?!sys|proc)[\w.-]+/\S*?(?=[\s,;:)'\"]|$)", "…", message)
    message = re.sub(r"\b[0-9a-f]{32}\b|\b[0-9a-f]{8}\b", "KEY", message)
    return cell(message)


def rows_of(page: str) -> Rows:
    """Return the rows of a page."""
    headings = {heading: topic for topic, (heading, _) in TOPICS.items()}
    rows: Rows = {}
    topic = ""
    for line in page.splitlines():
        if line.startswith("## "):
            topic = headings.get(line[3:], line[3:])
        elif line.startswith("| ") and not HEADER.startswith(line):
            situation, message = line.strip("| ").split(" | ", 1)
            rows[topic, situation] = message
    return rows


def page_of(rows: Mapping[tuple[str, str], str]) -> str:
    """Return the page with these rows, by topic."""
    unknown = sorted({topic for topic, _ in rows} - set(TOPICS))
    sections = {**TOPICS, **{topic: (topic, "") for topic in unknown}}
    parts = [TITLE]
    for topic, (heading, introduction) in sections.items():
        lines = sorted(f"| {situation} | {message} |" for (name, situation), message in rows.items() if name == topic)
        if lines:
            text = f"{textwrap.fill(introduction, 120)}\n\n" if introduction else ""
            parts.append(f"\n## {heading}\n\n{text}{HEADER}" + "\n".join(lines) + "\n")
    return "".join(parts)


def listed() -> Rows:
    """Return the rows of the page as it stands."""
    return rows_of(PAGE.read_text(encoding="utf-8")) if PAGE.is_file() else {}


def write(*, whole: bool) -> None:
    """Write the page with the collected rows, and with those that it had unless all tests ran."""
    rows = collected if whole else {**listed(), **collected}
    PAGE.write_text(page_of(rows), encoding="utf-8")
