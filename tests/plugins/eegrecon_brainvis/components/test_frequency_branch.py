"""The frequency branch: what the spectrum is, and that rhythms are found in it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import torch

from eegrecon import InvalidConfiguration, Training, Trials
from eegrecon.training import predict
from eegrecon_brainvis.components.frequency_branch import FrequencyBranch
from eegrecon_brainvis.networks.frequency import amplitude, remember


@pytest.mark.parametrize("samples", [64, 65])
def test_the_amplitude_is_that_of_numpys_transform_without_its_first_bin(samples: int) -> None:
    eeg = np.random.default_rng(0).standard_normal((3, 5, samples))
    wanted = np.abs(np.fft.fft(eeg, axis=2))[:, :, 1 : samples // 2 + 1].transpose(0, 2, 1)
    made = amplitude(torch.from_numpy(eeg.astype(np.float32)))
    assert made.shape == (3, samples // 2, 5)
    np.testing.assert_allclose(made.numpy(), wanted, atol=1e-4)


def test_a_rhythm_shows_in_its_bin_whatever_its_phase() -> None:
    time = np.arange(100) / 100
    phases = np.linspace(0, 2 * np.pi, 7)[:, None, None]
    eeg = np.sin(2 * np.pi * 9 * time + phases).astype(np.float32)  # 9 cycles in the trial, (7, 1, 100)
    spectrum = amplitude(torch.from_numpy(eeg))[:, :, 0].numpy()
    np.testing.assert_allclose(spectrum[:, 8], 50.0, rtol=1e-4)  # amplitude 1 times half the samples
    assert np.abs(np.delete(spectrum, 8, axis=1)).max() < 1e-3


def test_a_gradient_flows_through_the_transform() -> None:
    eeg = torch.randn(2, 3, 20, requires_grad=True)
    amplitude(eeg).sum().backward()
    assert eeg.grad is not None
    assert float(eeg.grad.abs().sum()) > 0


BRANCH = FrequencyBranch(hidden=12, width=8, epochs=6, batch=16, rate=1e-2)


def accuracy(branch: FrequencyBranch, data: Training, trials: Trials, run: Any) -> float:
    _, scores = predict(branch.network(branch.fit(data, run)), trials, 32, run)
    return float((scores.argmax(axis=1) == trials.label).mean())


def test_the_branch_tells_rhythms_of_unseen_trials_and_learns_them_sooner_when_helped(
    run: Any, data: Training, test: Trials, plant: Callable[[int, int], Trials]
) -> None:
    more = replace(data, train=plant(80, 4), val=plant(20, 5))
    helped = accuracy(replace(BRANCH, standardise=True, remember=True), more, test, run)
    assert helped > 0.6  # chance is 1/3
    assert helped > accuracy(BRANCH, more, test, run)


def test_bins_that_are_not_read_do_not_matter(run: Any, data: Training, test: Trials) -> None:
    branch = replace(BRANCH, standardise=True, bins=10, epochs=1)  # rhythms of 12, 16 and 20 cycles lie above
    network = branch.network(branch.fit(data, run)).eval()
    time = np.arange(64) / 64
    eeg = np.asarray(test.eeg)
    with_rhythm = eeg + np.float32(3 * np.sin(2 * np.pi * 16 * time))
    with torch.no_grad():
        first, second = (network(torch.from_numpy(x.astype(np.float32)))[1] for x in (eeg, with_rhythm))
    torch.testing.assert_close(first, second, rtol=0, atol=1e-5)


def test_spectra_are_standardised_by_the_training_trials(run: Any, data: Training) -> None:
    weights = replace(BRANCH, standardise=True, epochs=1, batch=7).fit(data, run)
    spectra = np.abs(np.fft.rfft(np.asarray(data.train.eeg), axis=2))[:, :, 1:].transpose(0, 2, 1)
    np.testing.assert_allclose(weights["standard.mean"], spectra.mean(axis=0), rtol=1e-4)
    np.testing.assert_allclose(weights["standard.deviation"], spectra.std(axis=0), rtol=1e-3)


def test_a_remembering_lstm_keeps_its_state_over_the_whole_spectrum_before_training() -> None:
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        lstm = torch.nn.LSTM(3, 64, batch_first=True)
        remember(lstm, 220)
    biases = {name: value.detach() for name, value in lstm.named_parameters()}
    forget = torch.sigmoid(biases["bias_ih_l0"][64:128] + biases["bias_hh_l0"][64:128])
    steps = 1 / (1 - forget)  # how long a state lasts, (64,)
    assert float(steps.min()) >= 2.0
    assert 190 < float(steps.max()) <= 220.0
    assert float(steps.median()) == pytest.approx(110, abs=30)  # uniform between 2 and 220


def test_bins_without_standardising_are_refused() -> None:
    with pytest.raises(InvalidConfiguration, match="standardise"):
        FrequencyBranch(bins=40)
