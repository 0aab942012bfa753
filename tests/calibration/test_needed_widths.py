"""The widths a certificate names are those that would do, and not one bit more."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from calibration.certificate import bounds_of, certify, needed_stream_bits
from calibration.options import InputRange, QuantiseOptions
from calibration.quantise import quantise_network
from calibration.safe_inputs import enough_stream_bits
from spiketrack.errors import OverflowBoundError
from spiketrack.graph import spike_nodes as s
from spiketrack.graph.graph import Graph
from tests.calibration.small_neurons import dense, entry, graph, lif, out, readout

Registers = s.SpikeCubaLIF | s.SpikeCubaLI | s.SpikeSigma | s.SpikeDelta | s.SpikeRelu


@pytest.mark.parametrize("stream_bits", [24, 25, 28, 31])
def test_the_width_that_is_named_does_not_follow_the_one_that_was_asked_for(
    stream_bits: int,
) -> None:
    # An IF neuron of weights -100 and 99 whose threshold is half one: it falls by 64 * 100 * 20 in
    # every step, 10,000 times: 1.28e9 lies between 2**30 and 2**31, which with its sign is 32 bits.
    nodes = (entry(), dense("c", "x", [[-100.0, 99.0]]), lif("n", "c", threshold=50.0), out("n"))
    options = QuantiseOptions(values=InputRange(0, 20), n_steps=10_000, stream_bits=stream_bits)
    model = quantise_network(graph(*nodes), options)
    (unproved,) = [bound for bound in model.certificate if not bound.proved]
    assert (unproved.part, unproved.bits, unproved.needed_bits) == ("membrane", stream_bits, 32)
    assert unproved.low == -64 * 100 * 20 * 10_000
    assert model.saved_by is not None and model.saved_by.stream_bits == 32


def register_graph(*nodes: s.SpikeNode, steps: int, low: int, high: int) -> Graph[s.SpikeNode]:
    x = s.SpikeInput(
        name="x", shape=(steps, 1, 1, 1), signal="spikes", low=low, high=high, scale=1.0,
        offset_q=np.zeros(1, np.int32),
    )  # fmt: skip
    end = s.SpikeOutput(name="o", inputs=(nodes[-1].name,), scale=np.ones(1), bias=np.zeros(1))
    return Graph("g", (x, *nodes, end))


def test_a_register_behind_one_that_is_too_narrow_is_named_its_own_width() -> None:
    # Sums of 1000 in 100 steps are 100,000: 18 bits. Sums of those are 1000 * (1 + .. + 100) =
    # 5,050,000, bounded by 100 * 100,000 = 10**7: 25 bits, whatever the first has.
    sums = s.SpikeSigma(name="a", inputs=("x",), bits=12), s.SpikeSigma(name="b", inputs=("a",))
    bounds = bounds_of(register_graph(*sums, steps=100, low=0, high=1000))
    assert [(bound.node, bound.needed_bits) for bound in bounds] == [("a", 18), ("b", 25)]
    assert needed_stream_bits(bounds) == 25


def random_registers(rng: np.random.Generator) -> Graph[s.SpikeNode]:
    """Two neurons with narrow registers, one behind the other."""

    def one(low: int, high: int) -> Any:
        return rng.integers(low, high + 1, (1, 1, 1)).astype(np.int32)

    nodes: list[s.SpikeNode] = []
    for name, source in (("a", "x"), ("b", "a")):
        small: dict[str, Any] = {"name": name, "inputs": (source,), "bits": int(rng.integers(2, 9))}
        current: dict[str, Any] = {
            "u_decay_q": one(0, 4096), "v_decay_q": one(0, 4096), "bias_mant_q": one(-90, 90),
            "weight_exp": int(rng.integers(-2, 3)),
        }  # fmt: skip
        kinds: list[s.SpikeNode] = [
            s.SpikeCubaLIF(
                **small, **current, threshold_q=one(1, 500),
                recurrent_q=np.zeros((0, 0), np.int8),
                reset="zero" if rng.random() < 0.5 else "subtract",
            ),
            s.SpikeCubaLI(**small, **current),
            s.SpikeSigma(**small),
            s.SpikeDelta(**small, threshold_q=one(0, 9), input_exp=int(rng.integers(0, 3))),
            s.SpikeRelu(**small, bias_q=one(-50, 50)),
        ]  # fmt: skip
        nodes.append(kinds[int(rng.integers(0, len(kinds)))])
    high = int(rng.integers(0, 200))
    return register_graph(*nodes, steps=int(rng.integers(1, 20)), low=-high // 2, high=high)


def with_bits(given_: Graph[s.SpikeNode], bits: dict[str, int]) -> Graph[s.SpikeNode]:
    nodes = (
        replace(node, bits=bits[node.name]) if isinstance(node, Registers) else node
        for node in given_
    )
    return Graph(given_.name, tuple(nodes))


@settings(max_examples=60)
@given(st.integers(0, 2**32 - 1))
def test_at_the_named_widths_all_is_proved_and_at_one_bit_less_it_is_not(seed: int) -> None:
    narrow = random_registers(np.random.default_rng(seed))
    needed: dict[str, int] = {}
    for bound in bounds_of(narrow):
        if bound.part != "accumulator":
            needed[bound.node] = max(needed.get(bound.node, 2), bound.needed_bits)
    bounds = bounds_of(with_bits(narrow, needed))
    assert all(bound.proved for bound in bounds if bound.part != "accumulator")
    for name, bits in needed.items():
        if bits > 2:
            bounds = bounds_of(with_bits(narrow, {**needed, name: bits - 1}))
            assert [
                bound.node for bound in bounds if not bound.proved and bound.part != "accumulator"
            ]


@settings(max_examples=12, deadline=None)
@given(st.integers(0, 2**32 - 1), st.integers(8, 16))
def test_a_conversion_with_the_named_stream_bits_is_proved_and_with_one_less_it_is_not(
    seed: int, stream_bits: int
) -> None:
    rng = np.random.default_rng(seed)
    keeps = {"u_keep": float(rng.choice([0.0, 0.5, 0.9])), "v_keep": float(rng.choice([0.9, 1.0]))}
    nodes = (
        entry(5), dense("c1", "x", rng.normal(size=(4, 5))), lif("n1", "c1", **keeps),
        dense("c2", "n1", rng.normal(size=(3, 4))), readout("n2", "c2", v_keep=0.8), out("n2"),
    )  # fmt: skip
    options = QuantiseOptions(n_steps=20, stream_bits=stream_bits)
    saved = quantise_network(graph(*nodes), options).saved_by
    if saved is None:
        return
    named = saved.stream_bits
    assert named > stream_bits
    whole = quantise_network(graph(*nodes), replace(options, stream_bits=named))
    assert all(bound.proved for bound in whole.certificate)
    if named - 1 > stream_bits:
        less = quantise_network(graph(*nodes), replace(options, stream_bits=named - 1))
        assert not all(bound.proved for bound in less.certificate)


def test_a_width_that_is_no_stream_s_is_not_promised() -> None:
    conv = s.SpikeConv(
        name="c", inputs=("x",), weight_q=np.full((1, 1, 1, 1), 100, np.int8),
        weight_scale=np.ones(1),
    )  # fmt: skip
    wide = register_graph(conv, steps=1, low=0, high=1 << 20)
    bounds = bounds_of(wide)
    assert [(bound.part, bound.needed_bits) for bound in bounds] == [("accumulator", 28)]
    assert needed_stream_bits(bounds) == 0 == enough_stream_bits(bounds, 24, lambda bits: True)
    with pytest.raises(OverflowBoundError, match="no width of streams would do"):
        certify(wide)


def test_what_no_engine_holds_is_named_its_real_width() -> None:
    sums = s.SpikeSigma(name="a", inputs=("x",))
    (bound,) = bounds_of(register_graph(sums, steps=3, low=0, high=1 << 61))
    # (3 + 1) * 2**61
    assert (bound.part, bound.bits, bound.needed_bits) == ("engine", 62, 64)


@pytest.mark.parametrize(("right", "guess"), [(30, 30), (30, 27), (30, 40), (48, 26)])
def test_a_wrong_guess_is_put_right(right: int, guess: int) -> None:
    sums = s.SpikeSigma(name="a", inputs=("x",), bits=24)
    bounds = bounds_of(register_graph(sums, steps=1, low=0, high=(1 << guess - 1) - 1))
    assert needed_stream_bits(bounds) == guess
    tried: list[int] = []

    def holds(bits: int) -> bool:
        tried.append(bits)
        return bits >= right

    assert enough_stream_bits(bounds, 24, holds) == right
    assert len(tried) <= 8 and (len(tried) == 2 or right != guess)
    assert enough_stream_bits(bounds, 24, lambda bits: False) == 0
