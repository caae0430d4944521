"""Latent masked modelling and the time branch: masks, momentum, losses, and that they learn."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import torch

from eegrecon import ComponentError, InvalidConfiguration, Training, Trials
from eegrecon.training import predict, without_prefix
from eegrecon_brainvis.components.pretraining import LatentMaskedModel
from eegrecon_brainvis.components.time_branch import TimeBranch
from eegrecon_brainvis.networks.time import hide, pick

SMALL = {"width": 16, "blocks": 1, "heads": 2}
LMM = LatentMaskedModel(**SMALL, regressor_blocks=1, codewords=8, epochs=3, batch=16, rate=1e-3)
SCRATCH = TimeBranch(**SMALL, pretrain=None, epochs=12, batch=16, rate=5e-3)


def accuracy(network: Any, trials: Trials, run: Any) -> float:
    _, scores = predict(network, trials, 32, run)
    return float((scores.argmax(axis=1) == trials.label).mean())


def test_each_trial_has_a_mask_of_its_own_that_divides_all_units() -> None:
    visible, masked = hide(trials=50, units=110, share=0.75, generator=torch.Generator().manual_seed(0))
    assert visible.shape == (50, 28)
    assert masked.shape == (50, 82)  # the paper's numbers
    both = torch.cat([visible, masked], dim=1).sort(dim=1).values
    assert torch.equal(both, torch.arange(110).expand(50, -1))
    assert len({tuple(sorted(row.tolist())) for row in visible}) == 50


def test_masks_come_from_their_generator_and_not_from_torchs_global_one() -> None:
    first = hide(4, 20, 0.75, torch.Generator().manual_seed(1))
    torch.rand(3)
    again = hide(4, 20, 0.75, torch.Generator().manual_seed(1))
    other = hide(4, 20, 0.75, torch.Generator().manual_seed(2))
    assert torch.equal(first[0], again[0])
    assert not torch.equal(first[0], other[0])


def test_units_are_picked_by_trial() -> None:
    units = torch.arange(2 * 3 * 2).view(2, 3, 2)
    picked = pick(units, torch.tensor([[2, 0], [1, 1]]))
    assert picked.tolist() == [[[4, 5], [0, 1]], [[8, 9], [8, 9]]]


def test_a_prediction_cannot_see_the_units_that_it_predicts(run: Any, data: Training) -> None:
    model = LMM.network(replace(LMM, epochs=1).fit(data, run)).eval()
    visible, masked = hide(1, 16, 0.75, torch.Generator().manual_seed(0))
    eeg = torch.randn(1, 6, 64)
    altered = eeg.clone()
    for unit in masked[0]:
        altered[:, :, 4 * unit : 4 * unit + 4] += 10.0
    with torch.no_grad():
        before, after = model(eeg, visible, masked), model(altered, visible, masked)
    assert torch.allclose(before.prediction, after.prediction, atol=1e-6)
    assert not torch.allclose(before.target, after.target, atol=1e-2)


def test_the_momentum_encoder_follows_by_the_stated_share_and_takes_no_gradient() -> None:
    from eegrecon_brainvis.networks.time import MaskedModel, TimeSize

    model = MaskedModel(TimeSize(6, 16, 4, 16, 1, 2, 0.0), 1, 8)
    slow, fast = next(model.momentum.parameters()), next(model.trunk.encoder.parameters())
    start = slow.clone()
    with torch.no_grad():
        fast.add_(1.0)
    model.follow(0.99)
    assert torch.allclose(slow, start + 0.01, atol=1e-6)
    assert not any(parameter.requires_grad for parameter in model.momentum.parameters())
    assert not any(module.training for module in model.train().momentum.modules())


def test_pre_training_predicts_hidden_units_better_than_it_did_before(run: Any, data: Training, test: Trials) -> None:
    from eegrecon_brainvis.networks.time import regression_loss

    def error(epochs: int) -> float:
        torch.manual_seed(0)
        model = LMM.network(replace(LMM, epochs=epochs, codebook=False).fit(data, run)).eval()
        visible, masked = hide(len(test.label), 16, 0.75, torch.Generator().manual_seed(0))
        with torch.no_grad():
            guess = model(torch.from_numpy(np.asarray(test.eeg)), visible, masked)
        return float(regression_loss(guess) / guess.target.var())

    assert error(15) < 0.8 * error(1)


def test_without_codebook_nothing_but_the_tokenizer_is_missing(run: Any, data: Training) -> None:
    brief = replace(LMM, epochs=1)
    full = brief.fit(data, run)
    without = replace(brief, codebook=False).fit(data, run)
    none = replace(brief, codewords=0).fit(data, run)
    assert set(full) - set(without) == {"tokenizer.weight", "tokenizer.bias"}
    assert set(without) == set(none)


def test_the_branch_starts_from_what_pre_training_learned(run: Any, data: Training) -> None:
    branch = replace(SCRATCH, pretrain=LMM, epochs=1, rate=0.0)
    run.learned[LMM] = replace(LMM, epochs=1).fit(data, run)
    weights = branch.fit(data, run)
    trunk = without_prefix(run.learned[LMM], "trunk")
    assert all(np.array_equal(without_prefix(weights, "trunk")[name], trunk[name]) for name in trunk)


def test_the_branch_tells_classes_of_trials_that_it_has_not_seen(run: Any, data: Training, test: Trials) -> None:
    weights = SCRATCH.fit(data, run)
    assert accuracy(SCRATCH.network(weights), test, run) > 0.7  # chance is 1/3


def test_the_epoch_of_best_validation_accuracy_is_kept(run: Any, data: Training) -> None:
    brief = replace(SCRATCH, epochs=6)
    kept = accuracy(brief.network(brief.fit(data, run)), data.val, run)
    reached = []
    for epochs in range(1, 7):  # the same training, stopped after each epoch and judged by its last
        torch.manual_seed(0)
        none = replace(data.val, eeg=np.asarray(data.val.eeg)[:0], label=data.val.label[:0])
        shorter = replace(brief, epochs=epochs)
        last = shorter.fit(replace(data, val=none), run)
        reached.append(accuracy(shorter.network(last), data.val, run))
    assert kept == max(reached)


def test_without_validation_trials_the_last_epoch_is_kept_and_the_result_says_so(run: Any, data: Training) -> None:
    none = replace(data.val, eeg=np.asarray(data.val.eeg)[:0], label=data.val.label[:0])
    replace(SCRATCH, epochs=1).fit(replace(data, val=none), run)
    assert run.notes == ["no validation trials: the time branch is that of the last epoch"]


def test_the_same_seed_gives_the_same_weights_and_another_seed_others(run: Any, data: Training) -> None:
    brief = replace(LMM, epochs=1)
    made = []
    for seed in (0, 0, 1):
        torch.manual_seed(seed)
        run.seed = seed
        made.append(brief.fit(data, run))
    assert all(np.array_equal(made[0][name], made[1][name]) for name in made[0])
    assert not np.array_equal(made[0]["mask_token"], made[2]["mask_token"])


def test_a_loss_that_is_not_a_number_stops_the_training_with_a_reason(run: Any, data: Training) -> None:
    broken = np.asarray(data.train.eeg).copy()
    broken[5, 0, 0] = np.nan
    with pytest.raises(ComponentError, match="time branch, epoch 1 of 12"):
        SCRATCH.fit(replace(data, train=replace(data.train, eeg=broken)), run)


def test_half_precision_trains_too_and_keeps_float32_weights(run: Any, data: Training, test: Trials) -> None:
    run.precision = "bf16"
    weights = SCRATCH.fit(data, run)
    assert {array.dtype for array in weights.values()} == {np.dtype(np.float32)}
    assert accuracy(SCRATCH.network(weights), test, run) > 0.6


def test_a_branch_of_another_size_than_its_pre_training_is_refused() -> None:
    with pytest.raises(
        InvalidConfiguration, match=r"width 32, its pre-training width 16; set width and pretrain\.width"
    ):
        TimeBranch(width=32, blocks=1, heads=2, pretrain=LMM)


def test_trials_too_short_for_two_units_are_refused(run: Any, data: Training) -> None:
    with pytest.raises(InvalidConfiguration, match="trials of 64 samples"):
        replace(SCRATCH, unit=40).fit(data, run)


@pytest.mark.parametrize("fields", [{"width": 30, "heads": 4}, {"mask": 0.0}, {"mask": 1.0}])
def test_sizes_that_cannot_be_are_refused(fields: dict[str, Any]) -> None:
    with pytest.raises(InvalidConfiguration):
        LatentMaskedModel(**fields)
