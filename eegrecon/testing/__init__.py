"""What tests of a plugin need: checks of its components, toy data, and a `Run` without a benchmark."""

from eegrecon.testing.checking import check_component as check_component
from eegrecon.testing.checking import component_checks as component_checks
from eegrecon.testing.plain_run import PlainRun as PlainRun
from eegrecon.testing.suite import CheckFailed as CheckFailed
from eegrecon.testing.toy_components import ToyAccuracy as ToyAccuracy
from eegrecon.testing.toy_components import ToyDistance as ToyDistance
from eegrecon.testing.toy_components import ToyEncoder as ToyEncoder
from eegrecon.testing.toy_components import ToyIdentification as ToyIdentification
from eegrecon.testing.toy_components import ToyJudge as ToyJudge
from eegrecon.testing.toy_data import hand_outcome as hand_outcome
from eegrecon.testing.toy_data import toy_conditions as toy_conditions
from eegrecon.testing.toy_data import toy_evidence as toy_evidence
from eegrecon.testing.toy_data import toy_outcome as toy_outcome
from eegrecon.testing.toy_data import toy_recordings as toy_recordings
from eegrecon.testing.toy_data import toy_targets as toy_targets
from eegrecon.testing.toy_data import toy_training as toy_training

__all__ = [
    "CheckFailed", "PlainRun", "ToyAccuracy", "ToyDistance", "ToyEncoder", "ToyIdentification", "ToyJudge",
    "check_component", "component_checks", "hand_outcome",
    "toy_conditions", "toy_evidence", "toy_outcome", "toy_recordings", "toy_targets", "toy_training",
]  # fmt: skip
