"""The keys of a benchmark file with types and meaning: a file is checked against them, and the reference shows them.

A key of a component's own table is ``use`` or one of its fields, which ``eegrecon show NAME`` lists.
"""

from __future__ import annotations

from typing import NamedTuple


class Key(NamedTuple):
    """A key of a table in a benchmark file."""

    kind: type  # as TOML gives it
    about: str


Keys = dict[str, Key]

HEADER: Keys = {
    "name": Key(str, "the benchmark's name, which `eegrecon bench NAME` takes; required"),
    "version": Key(str, "its version, raised when its numbers change; required"),
    "title": Key(str, "what it compares, in a line"),
    "source": Key(str, "where the method or the protocol is described"),
    "samples": Key(int, "pictures that are generated for each trial"),
    "subjects": Key(list, "the subjects to evaluate; without it all of the data set"),
    "seed": Key(int, "the first seed; `--seeds 3` adds the two that follow"),
    "threads": Key(int, "threads of all that trainings depend on; without it, or 0, what the libraries choose"),
    "headline": Key(list, "the columns that a short table shows, each `metric.column`"),
    "extends": Key(str, "a benchmark file beside this one, of which it takes places, metrics and profiles"),
}
PLACES: Keys = {
    "dataset": Key(dict, "the recordings: `use` names a data set; required"),
    "encoder": Key(dict, "`use` names an encoder; required"),
    "aligner": Key(dict, "`use` names an aligner; without it no picture is conditioned on EEG"),
    "generator": Key(dict, "`use` names a generator; without it no picture is generated"),
}
TABLES: Keys = {
    **PLACES,
    "metric": Key(dict, "`[metric.NAME]` for each metric; `use` names it where NAME does not"),
    "profile": Key(dict, "`[profile.NAME]`: values that override those above; the first is the default"),
    "table": Key(dict, "`[table.ID]`: a table of the paper, shown with `--table ID`"),
    "published": Key(list, "`[[published]]`: scores that a paper reports for one configuration"),
    "baseline": Key(list, "`[[baseline]]`: a row beside the method in the default table"),
}
PROFILE: Keys = {
    "extends": Key(str, "the profile above this one that it changes"),
    "comparable": Key(bool, "whether its numbers may be compared with the published ones"),
    "table": Key(dict, "`[profile.NAME.table.ID]`: keys of a table that differ in this profile"),
    "component": Key(dict, "`[profile.NAME.component.PLACE.COMPONENT]`: fields of a component wherever it is used"),
}
TABLE: Keys = {
    "title": Key(str, "what the table shows"),
    "metrics": Key(list, "the metrics that are computed; without it all"),
    "columns": Key(list, "the columns that are shown; without it all"),
    "set": Key(dict, "paths and values that every row sets"),
    "ablate": Key(list, "parts to remove, as for `--ablate`"),
    "grid": Key(list, "axes of parts, as for `--grid`"),
    "rows": Key(list, "rows that set fields, each with `label` and `set`"),
    "control": Key(list, "controls, as for `--control`; without it the default ones"),
    "notes": Key(list, "remarks that are printed below the table"),
}
ROW: Keys = {
    "label": Key(str, "the row's name in the table; required"),
    "set": Key(dict, "paths and values that it sets; required"),
}
PUBLISHED: Keys = {
    "label": Key(str, "the row's name in the table; required"),
    "source": Key(str, "where the scores are reported; required"),
    "scores": Key(dict, 'scores by metric and column, `{ accuracy = { "top-1" = 0.477 } }`; required'),
    "without": Key(list, "the parts that were removed, `[]` for the whole method; without it another method"),
    "tables": Key(list, "the tables that show it; without it every one with its configuration"),
    "row": Key(str, "the label of the row that it belongs to, in the place of `without`"),
}


def kinds(keys: Keys) -> dict[str, type]:
    """Return the type of each key."""
    return {name: key.kind for name, key in keys.items()}
