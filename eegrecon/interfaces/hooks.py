"""The hooks by which a plugin makes itself known, through pluggy and the entry-point group ``eegrecon``.

A plugin's package registers one entry point named like its import package, and implements the hooks it needs in
that package's ``__init__``. Nothing heavy may be imported there: listing plugins loads all of them.
"""

from __future__ import annotations

from collections.abc import Mapping
from importlib.resources.abc import Traversable
from typing import TYPE_CHECKING

import pluggy

if TYPE_CHECKING:
    from eegrecon.interfaces.audits import Audit
    from eegrecon.interfaces.components import Component
    from eegrecon.interfaces.records import ResultRecord

GROUP = "eegrecon"

hookspec = pluggy.HookspecMarker(GROUP)
hookimpl = pluggy.HookimplMarker(GROUP)


@hookspec
def eegrecon_components() -> Mapping[str, type[Component] | str]:  # type: ignore[empty-body]
    """Components by ``kind.name``, each a class or ``"module:Class"`` (which is imported only when used).

    Kinds: dataset, preparation, encoder, learner, conditioner, aligner, generator, judge, metric. Names are in
    kebab-case and stand here only: ``{"encoder.brainvis": "eegrecon_brainvis.encoder:BrainVisEncoder"}``.
    """


@hookspec
def eegrecon_audits() -> Mapping[str, type[Audit] | str]:  # type: ignore[empty-body]
    """Audits by name, each a class or ``"module:Class"``: questions that are put to every run (`Audit`)."""


@hookspec
def eegrecon_benchmarks() -> Traversable:  # type: ignore[empty-body]
    """Return a folder of benchmark files, ``NAME.toml`` each (see ``eegrecon show brainvis`` for one of them)."""


@hookspec
def eegrecon_stage_finished(stage: str, seconds: float, hit: bool) -> None:
    """Observe a stage's end.

    Args:
        stage: the stage's name, for instance ``"encoder.time"``.
        seconds: wall-clock seconds that it took, now or when it was made.
        hit: whether it came from the store.
    """


@hookspec
def eegrecon_result(result: ResultRecord) -> None:
    """Observe a finished benchmark, before it is printed."""
