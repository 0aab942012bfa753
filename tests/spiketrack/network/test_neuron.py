"""NI-LIF by hand."""

import math

import pytest
import torch

from spiketrack.network import NILIF


def with_decays(*keep: float, step_axis: int = 0, max_spike: int = 4) -> NILIF:
    neuron = NILIF(max_spike, max_steps=len(keep) + 1, step_axis=step_axis)
    neuron.decay.data = torch.tensor([math.log(k / (1 - k)) for k in keep])
    return neuron


def test_a_spike_is_the_membrane_rounded_half_to_even_and_clamped() -> None:
    membrane = torch.tensor([[-3.0, 0.5, 0.6, 1.5, 2.5, 3.5, 9.0]])
    assert (4 * NILIF()(membrane)).tolist() == [[0, 0, 1, 2, 2, 4, 4]]


def test_the_reset_subtracts_the_normalised_spike_and_then_decays() -> None:
    neuron = with_decays(0.5)
    # U0 = 2.6 -> s = 3; U1 = (2.6 - 3/4) * 0.5 + 0.6 = 1.525 -> s = 2
    assert (4 * neuron(torch.tensor([[2.6], [0.6]]))).tolist() == [[3], [2]]
    # without the reset U1 would be 1.9; with a reset by 3 it would be 0.4
    assert (4 * neuron(torch.tensor([[2.6], [0.0]]))).tolist() == [[3], [1]]


def test_every_step_has_its_own_decay() -> None:
    neuron = with_decays(0.5, 0.25)
    # U: 4 -> 4; (4-1)*.5 = 1.5 -> 2; (1.5-.5)*.25 + 1 = 1.25 -> 1
    assert (4 * neuron(torch.tensor([[4.0], [0.0], [1.0]]))).tolist() == [[4], [2], [1]]


def test_time_may_be_the_last_axis() -> None:
    x = torch.tensor([[2.6, 0.6], [4.0, 0.0]])
    assert torch.equal(with_decays(0.5, step_axis=-1)(x), with_decays(0.5)(x.T).T)


def test_the_spike_ceiling_is_a_parameter() -> None:
    neuron = NILIF(max_spike=2)
    out = neuron(torch.tensor([[0.4, 1.2, 7.0]]))
    assert out.tolist() == [[0, 0.5, 1]]
    assert neuron.integer_spikes(out).tolist() == [[0, 1, 2]]


def test_a_fixed_decay_has_the_same_name_but_is_no_parameter() -> None:
    neuron = NILIF(learnable_decay=False)
    assert list(neuron.state_dict()) == ["decay"] and not list(neuron.parameters())
    assert torch.sigmoid(neuron.decay).tolist() == pytest.approx([0.25] * 3)


def test_the_gradient_passes_inside_the_range_and_stops_outside() -> None:
    x = torch.tensor([[-1.0, 0.0, 1.7, 4.0, 4.1]], requires_grad=True)
    NILIF()(x).sum().backward()
    assert x.grad is not None and x.grad.tolist() == [[0, 0.25, 0.25, 0.25, 0]]


def test_more_steps_than_decays_are_refused() -> None:
    with pytest.raises(ValueError, match="5 steps, but this layer has decays for 4"):
        NILIF()(torch.zeros(5, 2))


def test_it_says_what_it_is() -> None:
    assert "max_spike=4, steps<=4" in repr(NILIF())
