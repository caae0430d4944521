"""The hooks of plugins, through pluggy and the entry-point group ``eegrecon``.

A plugin's package registers one entry point named like its import package, and implements the hooks it needs in
that package's ``__init__``, which imports nothing heavy, because listing plugins loads all of them.
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
CONTRACT = 1  # version of the contract; raised when a plugin that was right is so no longer

hookspec = pluggy.HookspecMarker(GROUP)
hookimpl = pluggy.HookimplMarker(GROUP)


@hookspec
def eegrecon_contract() -> int:  # type: ignore[empty-body]
    """Return the version of the contract that the plugin is made for: 1, which is also that of a plugin without this.

    A plugin for another version than the installed eegrecon's is not used, and listed with both versions.
    """


@hookspec
def eegrecon_components() -> Mapping[str, type[Component] | str]:  # type: ignore[empty-body]
    """Return components by ``kind.name``, each a class or ``"module:Class"`` (imported only when used).

    Kinds: dataset, preparation, captioner, encoder, learner, conditioner, aligner, generator, judge, metric. Names are
    in kebab-case: ``{"encoder.brainvis": "eegrecon_brainvis.encoder:BrainVisEncoder"}``.
    """


@hookspec
def eegrecon_audits() -> Mapping[str, type[Audit] | str]:  # type: ignore[empty-body]
    """Return audits by name, each a class or ``"module:Class"``; every run is audited by all of them by default."""


@hookspec
def eegrecon_benchmarks() -> Traversable:  # type: ignore[empty-body]
    """Return a folder of benchmark files, ``NAME.toml`` each (see ``eegrecon show brainvis`` for one of them)."""


@hookspec
def eegrecon_stage_finished(stage: str, seconds: float, hit: bool) -> None:
    """Observe the end of a stage.

    Args:
        stage: the stage's name, for instance ``"encoder.time"``.
        seconds: wall-clock seconds of the computation; 0 for a cache hit.
        hit: whether it came from the store.
    """


@hookspec
def eegrecon_result(result: ResultRecord) -> None:
    """Observe a finished benchmark, after its result is written and before it is printed."""
