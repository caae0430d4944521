"""Compute the lead field of the simulated head once: a run needs no mne, and the world does not follow its versions.

``python -m eegrecon_shapes.training.leadfield`` writes ``weights/leadfield.safetensors``.
"""

from __future__ import annotations

import json

import mne
import numpy as np
from safetensors.numpy import save_file

from eegrecon_shapes.training.loop import WEIGHTS

SOURCES = 200  # on the whole sphere, before those below the head's equator are left out
DEPTH = 0.78  # radius of the cortex as a share of the head's


def cortex(head: mne.bem.ConductorModel) -> np.ndarray:
    """Dipole positions (sources, 3) in m: a golden spiral on a sphere inside the brain, without its underside."""
    index = np.arange(SOURCES) + 0.5
    height = 1 - 2 * index / SOURCES
    turn = np.pi * (1 + 5**0.5) * index
    flat = np.sqrt(1 - height**2)
    unit = np.stack([flat * np.cos(turn), flat * np.sin(turn), height], axis=1)[height > -0.45]
    return np.asarray(head["r0"] + DEPTH * head.radius * unit)


def main() -> None:
    """Solve the forward problem and write it, average-referenced, in microvolts per nanoampere metre."""
    info = mne.create_info(mne.channels.make_standard_montage("biosemi128").ch_names, 1000.0, "eeg")
    info.set_montage("biosemi128")
    head = mne.make_sphere_model("auto", "auto", info, verbose="error")
    positions = cortex(head)
    space = mne.setup_volume_source_space(
        pos={"rr": positions, "nn": np.tile([0.0, 0.0, 1.0], (len(positions), 1))}, sphere=head, verbose="error"
    )
    forward = mne.make_forward_solution(info, None, space, head, meg=False, mindist=0, verbose="error")
    kept = forward["source_rr"]  # (sources, 3), head coordinates
    field = forward["sol"]["data"].reshape(len(info.ch_names), -1, 3) * 1e-3  # V per Am to uV per nAm
    field -= field.mean(axis=0)
    arrays = {
        "field": np.ascontiguousarray(field, dtype=np.float32),
        "positions": np.ascontiguousarray(kept - head["r0"], dtype=np.float32),
        "electrodes": np.stack([c["loc"][:3] for c in info["chs"]]).astype(np.float32),
    }
    about = {"channels": json.dumps(info.ch_names), "mne": mne.__version__, "unit": "uV/nAm", "positions": "m"}
    save_file(arrays, WEIGHTS / "leadfield.safetensors", metadata=about)
    print({name: array.shape for name, array in arrays.items()}, "largest", float(np.abs(field).max()))


if __name__ == "__main__":
    main()
