"""Counts of PyTorch modules, worked out by hand or by going through every synapse."""

from itertools import product
from typing import Any

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

from simulation.modules import ModuleRun, count_module
from simulation.modules.levels import Levels
from spiketrack.counts.event_counts import LayerCounts
from spiketrack.errors import ModuleError
from tests.simulation.modules.small_modules import Accumulate, Fire, Levels4, filled, spikes


def row(module: nn.Module, inputs: torch.Tensor, name: str, **how: Any) -> LayerCounts:
    return count_module(module, inputs, ModuleRun(**how)).counts[name]


def test_a_linear_layer_by_hand() -> None:
    layer = nn.Linear(3, 2)
    layer.weight.data = torch.tensor([[1.0, 0.0, 2.0], [0.0, 0.0, 3.0]])
    counted = count_module(nn.Sequential(layer), torch.tensor([[1.0, 1.0, 2.0], [0.0, 3.0, 0.0]]))
    fc = counted.counts["0"]
    assert (fc.kind, counted.counts.frames, counted.max_spike) == ("conv", 2, 3)
    assert (fc.dense_macs, fc.macs_inside_borders, fc.inputs, fc.outputs) == (12, 12, 6, 4)
    # Spikes 1, 1, 2 meet 1, 0 and 2 weights that are not zero; the 3 of the second sample none.
    assert (fc.events, fc.unary_spikes) == (4, 7)
    assert (fc.graded, fc.unary) == (1 + 0 + 2 + 0, 1 + 0 + 4 + 0)
    assert (fc.all_weights, fc.unary_all_weights) == (8, 14)
    assert (fc.effective_acs, fc.effective_macs, fc.true_macs) == (0, 3, 0)
    assert (fc.weight_reads, fc.weight_bytes_read) == (3, 12)
    sent = counted.counts["input"]
    assert (sent.kind, sent.messages, sent.unary_messages) == ("input", 4, 7)


def test_a_convolution_at_a_border_by_hand() -> None:
    layer = nn.Conv2d(1, 1, 3, padding=1, bias=False)
    layer.weight.data = torch.tensor([[[[1.0, 1.0, 1.0], [1.0, 0.0, 1.0], [1.0, 1.0, 1.0]]]])
    picture = torch.zeros(1, 1, 3, 3)
    picture[0, 0, 0, 0] = picture[0, 0, 1, 1] = 1
    conv = row(layer, picture, "module")
    # The corner reaches 4 outputs, one of them by the tap of weight 0; the middle 9, one likewise.
    assert (conv.events, conv.graded, conv.all_weights) == (2, 3 + 8, 4 + 9)
    assert (conv.dense_macs, conv.macs_inside_borders) == (81, 4 * 4 + 4 * 6 + 9)
    assert (conv.effective_acs, conv.effective_macs) == (11, 0)


def test_a_picture_is_multiplied_and_other_real_values_only_where_they_are_not_zero() -> None:
    net = nn.Sequential(filled(nn.Linear(4, 3, bias=False)), nn.ReLU(), nn.Linear(3, 2))
    picture = torch.tensor([[0.1, -0.73, 0.0, 0.3]])
    net[0].weight.data = torch.tensor([[1.0, 1, 1, 1], [0, 2, 2, 0], [0, 0, 5, 2]])
    counts = count_module(net, picture).counts
    first, last = counts["0"], counts["2"]
    assert (first.kind, first.true_macs, first.effective_macs) == ("rgb_conv", 12, 2 * 1 + 2 + 1)
    assert first.side == "input" and first.events == first.graded == 0
    # The sums are -0.33, -1.46 and 0.6: one is left, and one value alone is one level of spikes.
    assert (last.kind, last.events, last.graded) == ("conv", 1, 2)


def test_two_activations_that_spike_by_hand() -> None:
    class Attention(nn.Module):
        def forward(self, q: torch.Tensor, k: torch.Tensor) -> torch.Tensor:
            return q @ k.transpose(1, 2)

    q = torch.tensor([[[1.0, 0.0, 2.0], [0.0, 0.0, 1.0]]])
    k = torch.tensor([[[1.0, 1.0, 1.0], [0.0, 1.0, 0.0]]])
    found = count_module(Attention(), (q, k)).counts["matmul"]
    # Spikes of q at 0 meet 1 non-zero value of k, those at 2 also 1; k at 1 meets none of q.
    assert (found.kind, found.events, found.graded, found.unary) == ("product", 3, 3, 4)
    assert (found.all_weights, found.unary_all_weights) == (6, 8)
    assert (found.dense_macs, found.weight_reads) == (12, 0)
    assert found.state_reads == 3 + 3 and found.effective_macs == 3


def test_a_real_operand_is_driven_by_the_one_that_spikes() -> None:
    class Mix(nn.Module):
        def forward(self, weights: torch.Tensor, v: torch.Tensor) -> torch.Tensor:
            return torch.bmm(weights, v)

    weights = torch.tensor([[[0.37, 0.0], [0.21, 0.111]]])
    v = torch.tensor([[[1.0, 1.0, 0.0], [1.0, 0.0, 0.0]]])
    found = count_module(Mix(), (weights, v)).counts["matmul"]
    # v's first row meets 2 values, its second 1: 2 * 2 + 1 * 1.
    assert (found.kind, found.events, found.graded, found.all_weights) == ("product", 3, 5, 6)
    dense = count_module(Mix(), (weights, v + 0.313 * torch.arange(3))).counts["matmul"]
    assert (dense.kind, dense.true_macs, dense.effective_macs) == ("dense_product", 12, 12)


def test_scores_of_an_attention_do_not_drive() -> None:
    class Attention(nn.Module):
        def forward(self, q: torch.Tensor, k: torch.Tensor, v: torch.Tensor) -> torch.Tensor:
            return (q @ k.transpose(1, 2)) @ v

    q = torch.tensor([[[1.0, 1.0], [0.0, 0.0], [1.0, 0.0]]])
    k = torch.tensor([[[1.0, 1.0], [1.0, 0.0], [0.0, 0.0]]])
    v = torch.tensor([[[0.0, 1.0, 1.0, 1.0], [0.0, 0.0, 0.0, 1.0], [1.0, 0.0, 0.0, 0.0]]])
    counted = count_module(Attention(), (q, k, v))
    last = counted.counts["matmul_2"]
    # Scores: 2 1 0, 0 0 0, 1 1 0. Three spikes of v meet 2 of them, one 2, the last none.
    assert (last.events, last.graded, last.all_weights) == (5, 3 * 2 + 2, 5 * 3)
    assert len(counted.left_out) == 1


def test_a_weight_of_each_sample_is_read_once() -> None:
    class Own(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.w = nn.Parameter(
                torch.tensor([[[1.0, 0.0], [1.0, 1.0]], [[1.0, 1.0], [0.0, 0.0]]])
            )

        def forward(self, x: torch.Tensor) -> torch.Tensor:
            return torch.bmm(x, self.w)

    found = count_module(Own(), torch.tensor([[[1.0, 1.0]], [[1.0, 1.0]]])).counts["linear"]
    # Two spikes meet 1 + 2 weights in the first sample, 2 + 0 in the second.
    assert (found.kind, found.events, found.graded, found.all_weights) == ("conv", 4, 5, 8)
    assert (found.dense_macs, found.inputs, found.outputs) == (8, 4, 4)


def test_a_pool_that_is_not_counted_is_listed() -> None:
    net = nn.Sequential(nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(1, 1))
    told = count_module(net, torch.tensor([[[[1.0, 0.0], [1.0, 1.0]]]])).left_out
    assert any("in '0': 1 call, whose work is not counted" in text for text in told)


def test_levels_of_a_scaled_neuron_are_unrolled() -> None:
    net = nn.Sequential(Levels4(), nn.Linear(5, 2, bias=False))
    net[1].weight.data = torch.ones(2, 5)
    fc = row(net, torch.tensor([[0.2, 1.1, 2.2, 3.0, 9.0]]), "1")
    assert (fc.events, fc.unary_spikes, fc.graded, fc.unary) == (4, 1 + 2 + 3 + 4, 8, 20)


def test_a_finer_step_that_comes_later_holds_for_all_calls() -> None:
    net = nn.Sequential(Levels4(), nn.Linear(1, 1, bias=False))
    net[1].weight.data = torch.ones(1, 1)
    # Alone, 0.5 would be one level of 0.5; with 0.25 in the next call it is two of 0.25.
    calls = torch.tensor([[[2.0]], [[1.0]], [[0.0]]])
    fc = row(net, calls, "1", steps=3, time_first=True)
    assert (fc.events, fc.unary_spikes, fc.n_steps) == (2, 3, 3)
    known = row(net, calls, "1", steps=3, time_first=True, levels=Levels(step=0.25))
    assert known.unary_spikes == 3


def test_a_sum_of_spikes_is_its_operands_and_a_pooled_spike_is_none() -> None:
    class Residual(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.one, self.two = Fire(0.5), Fire(1.5)
            self.pool, self.conv = nn.AvgPool2d(2), nn.Conv2d(1, 1, 1, bias=False)
            self.head = nn.Linear(4, 1, bias=False)

        def forward(self, x: torch.Tensor) -> torch.Tensor:
            y = self.conv(0.5 * (self.one(x) + self.two(x)).view(1, 1, 4, 4))
            out: torch.Tensor = self.head(self.pool((y > 0).float()).flatten(1))
            return out

    net = Residual()
    net.conv.weight.data.fill_(1)
    net.head.weight.data.fill_(1)
    x = torch.zeros(1, 1, 4, 4)
    x[0, 0, 0, 0], x[0, 0, 0, 1], x[0, 0, 2, 2] = 1, 2, 2
    counted = count_module(net, x)
    conv, pool, head = (counted.counts[name] for name in ("conv", "pool", "head"))
    # Three spikes of `one` and two of `two`, although only three cells are not zero.
    assert (conv.events, conv.unary_spikes, conv.graded, conv.max_spike) == (5, 5, 5, 1)
    assert (pool.kind, pool.events, pool.graded) == ("pool", 3, 3)
    assert (head.kind, head.effective_macs, head.true_macs, head.events) == ("dense_conv", 2, 2, 0)
    assert any("are no module of their own" in text and "'pool'" in text
               for text in counted.left_out)  # fmt: skip


def test_neurons_send_once_and_start_afresh() -> None:
    net = nn.Sequential(nn.Linear(2, 2, bias=False), Accumulate(), nn.Linear(2, 3, bias=False))
    net[0].weight.data = torch.tensor([[0.5, 0.0], [0.0, 1.0]])
    net[2].weight.data = torch.ones(3, 2)
    for _ in range(2):
        counts = count_module(net, torch.tensor([[1.0, 1.0]]), ModuleRun(steps=4)).counts
        neuron = counts["1"]
        # 0.5 a step fires every second step, 1 a step in all four.
        assert (neuron.kind, neuron.messages, neuron.neuron_updates, neuron.neurons) == (
            "neuron", 6, 8, 2,
        )  # fmt: skip
        assert counts["2"].graded == 18 and counts.frames == 1


def test_functional_calls_shared_weights_and_loops() -> None:
    class Own(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.w = nn.Parameter(torch.ones(3, 4))
            self.fire = Fire()

        def forward(self, x: torch.Tensor) -> torch.Tensor:
            y = x
            for _ in range(2):
                y = F.linear(self.fire(y), self.w.t() @ self.w)
            return torch.einsum("bi,oi->bo", self.fire(y), self.w)

    counts = count_module(Own(), torch.tensor([[1.0, 0.0, 1.0, 0.0]])).counts
    # Spikes of the input pass through `fire` first; it is seen to fire where it reads a current.
    names = [layer.name for layer in counts.layers]
    assert names == ["input", "linear", "fire", "linear_2"]
    first, last = counts["linear"], counts.layers[-1]
    assert (first.events, first.graded) == (2 + 4, 2 * 4 + 4 * 4)
    assert (last.events, last.graded) == (4, 12)


SHAPES = st.tuples(
    st.integers(1, 2), st.integers(1, 3), st.integers(1, 3), st.integers(1, 3), st.integers(1, 3),
    st.integers(0, 2), st.integers(1, 2), st.booleans(), st.integers(0, 5),
)  # fmt: skip


def by_every_synapse(x: Any, weight: Any, out_shape: Any, conv: Any) -> tuple[int, int, int]:
    """(graded, all weights, unary) of a 2D convolution, one synapse after the other."""
    graded = everything = unary = 0
    stride, padding, dilation = conv.stride[0], conv.padding[0], conv.dilation[0]
    groups, back = conv.groups, isinstance(conv, nn.ConvTranspose2d)
    c_in, size = x.shape[1], weight.shape[2]
    c_out, height, width = out_shape[1:]
    for b, ci, y, z in zip(*np.nonzero(x), strict=True):
        group = ci // (c_in // groups)
        for co, i, j in product(range(c_out // groups), range(size), range(size)):
            if back:
                at = [k * stride - padding + d * dilation for k, d in ((y, i), (z, j))]
                reaches = all(0 <= a < n for a, n in zip(at, (height, width), strict=True))
                value = weight[ci, co, i, j]
            else:
                at = [k + padding - d * dilation for k, d in ((y, i), (z, j))]
                reaches = all(
                    a % stride == 0 and 0 <= a // stride < n
                    for a, n in zip(at, (height, width), strict=True)
                )
                value = weight[group * (c_out // groups) + co, ci % (c_in // groups), i, j]
            everything += reaches
            graded += reaches and value != 0
            unary += int(x[b, ci, y, z]) * (reaches and value != 0)
    return graded, everything, unary


@settings(max_examples=40, deadline=None)
@given(SHAPES)
def test_any_convolution_is_what_its_synapses_do(sizes: Any) -> None:
    groups, c_in, c_out, size, stride, padding, dilation, back, seed = sizes
    kind = nn.ConvTranspose2d if back else nn.Conv2d
    padding = min(padding, dilation * (size - 1)) if back else padding
    layer = kind(
        c_in * groups, c_out * groups, size, stride=stride, padding=padding, dilation=dilation,
        groups=groups, bias=False,
    )  # fmt: skip
    filled(layer, seed=seed)
    side = dilation * (size - 1) + 3
    x = spikes(2, c_in * groups, side, side, top=3, seed=seed)
    out = layer(x)
    found = row(layer, x, "module")
    weight = layer.weight.detach().numpy()
    assert (found.graded, found.all_weights, found.unary) == by_every_synapse(
        x.numpy(), weight, out.shape, layer
    )
    assert found.events == int((x != 0).sum()) and found.unary_spikes == int(x.sum())


@pytest.mark.parametrize("axes", [1, 3])
def test_other_numbers_of_axes(axes: int) -> None:
    conv = {1: nn.Conv1d, 3: nn.Conv3d}[axes](2, 3, 2, bias=False)
    conv.weight.data.fill_(1)
    x = spikes(1, 2, *(4,) * axes)
    found = row(conv, x, "module")
    ones = torch.ones_like(x).requires_grad_()
    conv(ones).sum().backward()
    assert ones.grad is not None and found.graded == int((ones.grad * x).sum())


@pytest.mark.parametrize(
    ("module", "inputs", "how", "words"),
    [
        (Fire(), torch.ones(1, 2), {}, "a convolution, a matrix product or a pool that runs"),
        (nn.Linear(2, 1), torch.ones(2), {"time_first": True}, "needed tensors (T, B, ...)"),
        (nn.Linear(2, 1), torch.ones(1, 2), {"steps": 0}, "steps: needed 1 or more, found 0"),
        (nn.Linear(2, 1), torch.ones(3, 1, 2), {"steps": 2, "time_first": True},
         "needed 2 steps along its first axis, found 3"),
        (nn.Linear(2, 1, device="meta"), torch.ones(1, 2), {}, "parameters on the CPU"),
    ],
)  # fmt: skip
def test_what_cannot_be_counted_is_refused(
    module: nn.Module, inputs: torch.Tensor, how: dict[str, Any], words: str
) -> None:
    with pytest.raises(ModuleError) as refusal:
        count_module(module, inputs, ModuleRun(**how))
    assert words in str(refusal.value)


@pytest.mark.filterwarnings("ignore:.*deprecated:FutureWarning")
@pytest.mark.filterwarnings("ignore:.*deprecated:DeprecationWarning")
def test_a_scripted_module_is_refused() -> None:
    with pytest.raises(ModuleError, match="needed one that runs eagerly, found a scripted one"):
        count_module(torch.jit.script(nn.Linear(2, 1)), torch.ones(1, 2))


def test_the_module_is_left_as_it_was() -> None:
    norm = nn.BatchNorm1d(1).eval()
    net = nn.Sequential(nn.Dropout(0.5), nn.Linear(2, 1), norm)
    count_module(net, torch.ones(2, 2))
    assert [part.training for part in net] == [True, True, False]
    assert not any(part._forward_hooks or part._forward_pre_hooks for part in net.modules())
    assert norm.running_mean is not None and float(norm.running_mean[0]) == 0.0
