"""Every node has one kind, a float node that of its integer twin, and each question an answer."""

from typing import Any, get_args

import numpy as np
import pytest

from spiketrack.graph import float_nodes as f
from spiketrack.graph import kinds
from spiketrack.graph import spike_nodes as s
from spiketrack.graph import structural_nodes as m
from spiketrack.graph.shapes import AnyNode
from tests.spiketrack.graph.spike_samples import every_spike_node, per_neuron

KINDS: tuple[Any, ...] = (
    kinds.Input, kinds.Output, kinds.Neuron, kinds.Conv, kinds.Pool, kinds.Upsample,
    kinds.MemoryWrite, kinds.MemoryRead, kinds.Gate, kinds.Rescale, kinds.Bias, kinds.Add,
    m.StructuralNode,
)  # fmt: skip
NODE_TYPES = [*get_args(f.FloatNode), *get_args(s.SpikeNode)]
INTEGER = {node.name: node for node in every_spike_node()}
LEVEL = np.ones((1, 1, 1))


def nilif(steps: int = 0, decay: float = 0.5) -> f.FloatNILIF:
    """A neuron of three levels with a decay between `steps` + 1 steps."""
    return f.FloatNILIF(name="n", inputs=("x",), max_spike=3, decay=np.full(steps, decay))


def cuba(n_recurrent: int = 0) -> f.FloatCubaLIF:
    """A float neuron with a current, its spikes fed back over `n_recurrent` squared weights."""
    rule: dict[str, Any] = dict.fromkeys(
        ("u_keep", "u_gain", "v_keep", "v_gain", "v_drive", "threshold", "v_reset"), LEVEL
    )
    recurrent = np.ones((n_recurrent, n_recurrent))
    return f.FloatCubaLIF(name="c", inputs=("x",), recurrent=recurrent, **rule)


THRESHOLD = f.FloatThreshold(name="t", inputs=("x",), level=LEVEL)


def test_the_sample_has_every_integer_node_type() -> None:
    assert {type(node) for node in INTEGER.values()} == set(get_args(s.SpikeNode))


@pytest.mark.parametrize("node_type", NODE_TYPES, ids=lambda node_type: str(node_type.__name__))
def test_every_node_type_belongs_to_exactly_one_kind(node_type: type) -> None:
    assert sum(node_type in get_args(kind) for kind in KINDS) == 1


@pytest.mark.parametrize("name", sorted(INTEGER))
def test_the_word_for_a_kind_is_the_union_that_holds_the_node(name: str) -> None:
    words = get_args(kinds.Kind)
    order = (
        "input", "output", "neuron", "conv", "pool", "upsample", "memory_write", "memory_read",
        "gate", "rescale", "bias", "add", "structure",
    )  # fmt: skip
    assert words == order
    node = INTEGER[name]
    assert isinstance(node, KINDS[order.index(kinds.kind_of(node))])


def test_neurons_fire_or_show_their_membrane() -> None:
    silent = set(get_args(kinds.Neuron)) - set(get_args(kinds.Firing))
    assert silent == {f.FloatCubaLI, s.SpikeCubaLI, s.SpikeSigma}


@pytest.mark.parametrize(
    ("node", "model", "largest", "registers", "state"),
    [
        (nilif(), "nilif", 3, ("v",), False),
        (nilif(2), "nilif", 3, ("v",), True),
        (nilif(2, decay=0.0), "nilif", 3, ("v",), False),  # nothing is kept from step to step
        (cuba(), "cuba_lif", 1, ("v", "u"), True),
        (THRESHOLD, "threshold", 1, (), False),
        (INTEGER["spike"], "nilif", 2, ("v",), True),
        (INTEGER["lif"], "cuba_lif", 1, ("v", "u"), True),
        (INTEGER["readout"], "cuba_li", None, ("v", "u"), True),
        (INTEGER["sigma"], "sigma", None, (), True),
        (INTEGER["delta"], "delta", None, (), True),
        (INTEGER["relu"], "relu", None, (), False),
    ],
)
def test_what_a_neuron_is(
    node: kinds.Neuron, model: str, largest: int | None, registers: tuple[str, ...], state: bool
) -> None:
    assert kinds.neuron_model(node) == model
    assert kinds.max_spike(node) == largest
    assert kinds.registers_of(node) == registers
    assert kinds.holds_state(node) == state


def test_of_all_other_nodes_only_a_delay_holds_state_and_none_has_registers() -> None:
    others = [node for node in INTEGER.values() if not isinstance(node, kinds.Neuron)]
    assert [node.name for node in others if kinds.holds_state(node)] == ["late"]
    assert {kinds.registers_of(node) for node in others} == {()}
    assert {kinds.max_spike(node) for node in others} == {None}
    prompt = m.Delay(name="d", inputs=("x",), steps_q=per_neuron(0))
    assert not kinds.holds_state(prompt)


def test_what_a_node_brings_into_its_graph() -> None:
    signals = {name: kinds.signal_of(node) for name, node in INTEGER.items()}
    assert {name: signal for name, signal in signals.items() if signal} == {
        "image": "image", "memory": "memory", "spike": "spikes", "kTv": "memory",
        "lif": "spikes", "delta": "spikes", "relu": "spikes",
    }  # fmt: skip


def test_what_a_node_reads_at_its_ports() -> None:
    ports = {name: kinds.port_signals(node) for name, node in INTEGER.items()}
    assert {name: port for name, port in ports.items() if any(port)} == {
        "conv": ("spikes",), "gate": ("spikes",), "query": ("spikes",),
        "kTv": ("spikes", "spikes"), "qkv": ("spikes", "memory"), "mixed": ("spikes", None),
    }  # fmt: skip
    assert all(len(port) == len(INTEGER[name].inputs) for name, port in ports.items())


def test_what_a_node_weighs() -> None:
    sizes = {
        name: [weight.size for weight in kinds.weights_of(node)] for name, node in INTEGER.items()
    }
    assert {name: size for name, size in sizes.items() if size} == {
        "conv": [8 * 2 * 3 * 3], "gate": [16], "query": [4 * 8], "lif": [64 * 64],
    }  # fmt: skip
    assert [weight.size for weight in kinds.weights_of(cuba(5))] == [25]
    assert kinds.weights_of(cuba()) == ()


def test_every_integer_value_has_its_own_width_or_another_s() -> None:
    widths = {name: kinds.declared_bits(node) for name, node in INTEGER.items()}
    assert {name for name, bits in widths.items() if bits is None} == {
        "image", "memory", "twice", "one", "stack", "turned", "mixed", "flat", "late",
        "rate", "map", "read", "memory.0",
    }  # fmt: skip
    assert {bits for bits in widths.values() if bits} == {24, 30, 32}
    assert (widths["conv"], widths["sigma"], widths["readout"]) == (24, 30, 32)


def test_the_float_twins_have_the_kind_of_the_integer_nodes() -> None:
    twins: list[tuple[AnyNode, AnyNode]] = [
        (nilif(), INTEGER["spike"]),
        (cuba(), INTEGER["lif"]),
        (THRESHOLD, INTEGER["relu"]),
        (f.FloatScale(name="s", inputs=("x",), factor=0.5), INTEGER["stream"]),
        (f.FloatAvgPool(name="p", inputs=("x",), factor=2), INTEGER["pool"]),
    ]
    assert all(kinds.kind_of(real) == kinds.kind_of(integer) for real, integer in twins)


def test_three_nodes_work_with_their_own_number_of_steps() -> None:
    fixed = {type(node) for node in INTEGER.values() if kinds.fixes_steps(node)}
    assert fixed == {m.Repeat, m.SelectStep, m.StackSteps}


def test_sigma_delta_and_rectifier_compute_with_graded_spikes() -> None:
    graded = [name for name, node in INTEGER.items() if kinds.is_graded(node)]
    assert graded == ["delta", "sigma", "relu"]


def test_what_the_declared_width_of_a_neuron_is_of() -> None:
    neurons = {name: node for name, node in INTEGER.items() if isinstance(node, kinds.SpikeNeuron)}
    assert {name: kinds.register_part(node) for name, node in neurons.items()} == {
        "spike": "membrane", "lif": "membrane", "readout": "membrane",
        "sigma": "sum", "delta": "difference", "relu": "spikes",
    }  # fmt: skip
