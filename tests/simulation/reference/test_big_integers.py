"""At the edge of the engines' numbers: what an oracle of Python's integers says, or a refusal."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simulation.bounds.headroom import HeadroomError
from simulation.bounds.ranges import value_ranges
from simulation.fast.engine import FastEngine
from simulation.reference.engine import run_reference
from spiketrack.errors import OverflowBoundError
from spiketrack.graph import spike_nodes as s
from spiketrack.graph.graph import Graph
from tests.simulation.reference.big_integers import Left, run_oracle
from tests.strategies import Case, spike_graphs

ONE = np.ones(1)
EDGES = (23, 24, 31, 32, 47, 48, 52, 53, 54, 61, 62, 63)
KINDS = (
    "conv", "rescale", "bias", "add", "nilif", "stateful", "pool", "upsample", "write", "read",
    "gate", "lif", "li", "sigma", "delta", "relu",
)  # fmt: skip
LEAST, MOST = -(1 << 63), (1 << 63) - 1


def edge(rng: np.random.Generator, least: int = LEAST, most: int = MOST) -> int:
    """A number beside a power of two, at an end, or a small one."""
    power = 1 << int(rng.choice(EDGES))
    number = int(rng.choice([1, -1])) * (power + int(rng.integers(-1, 2)))
    if rng.random() < 0.3:
        number = int(rng.integers(-3, 4))
    return min(max(number, least), most)


def source(rng: np.random.Generator, name: str, shape: tuple[int, int, int, int]) -> s.SpikeInput:
    low, high = sorted((edge(rng), edge(rng)))
    if rng.random() < 0.5:
        low, high = sorted(edge(rng, -(1 << 54), 1 << 54) for _ in range(2))
    return s.SpikeInput(
        name=name, shape=shape, signal="spikes", low=low, high=high, scale=1.0,
        offset_q=np.zeros(1, np.int32),
    )  # fmt: skip


def filled(rng: np.random.Generator, node: s.SpikeInput) -> Any:
    """Integers of a promised range, most of them near its ends."""
    t, c, h, w = node.shape
    ends = (node.low, node.high, min(node.low + 1, node.high), max(node.high - 1, node.low))
    wanted = [ends[int(i)] for i in rng.integers(0, 4, t * c * h * w)]
    return np.array(wanted, np.int64).reshape(t, 1, c, h, w)


def array(rng: np.random.Generator, shape: tuple[int, ...], low: int, high: int, dtype: Any) -> Any:
    count = int(np.prod(shape))
    return np.array([edge(rng, low, high) for _ in range(count)], dtype).reshape(shape)


def node_of(kind: str, rng: np.random.Generator) -> s.SpikeNode:
    """A node of a kind on an input (3, 2, 2, 2), with parameters at their extremes."""
    wide, narrow = int(rng.integers(1, 63)), int(rng.integers(2, 49))
    small: dict[str, Any] = {"name": "n", "inputs": ("x",)}
    pair: dict[str, Any] = {"name": "n", "inputs": ("x", "y")}
    reach = MOST if rng.random() < 0.5 else 1 << 53

    def per_neuron(low: int, high: int) -> Any:
        return array(rng, (2, 1, 1), low, high, np.int32)

    match kind:
        case "conv":
            weight = rng.integers(-128, 128, (2, 2, 2, 1)).astype(np.int8)
            if rng.random() < 0.5:
                weight = np.sign(weight)
            return s.SpikeConv(**small, weight_q=weight, weight_scale=np.ones(2), padding=(1, 0))
        case "rescale":
            return s.SpikeRescale(
                **small, multiplier_q=rng.integers(0, 1 << 16, 2).astype(np.int32),
                shift_q=rng.integers(-62 if reach == MOST else 0, 63, 2).astype(np.int8),
                bias_q=array(rng, (2,), -reach, reach, np.int64), bits=wide, scale=1.0,
            )  # fmt: skip
        case "bias":
            table = array(rng, (1, 2, 2, 2), -reach, reach, np.int64)
            return s.SpikeBias(**small, table_q=table, bits=wide, scale=1.0)
        case "add":
            return s.SpikeAdd(**pair, bits=wide, scale=1.0)
        case "nilif" | "stateful":
            thresholds = np.sort(array(rng, (2, 2), LEAST, MOST, np.int64), axis=1)
            decay = rng.integers(0, 4097, 2).astype(np.int32)
            return s.SpikeNILIF(
                **small, max_spike=2, thresholds_q=thresholds, bits=wide,
                decay_q=decay if kind == "stateful" else decay[:0], reset_q=abs(edge(rng)),
            )  # fmt: skip
        case "pool":
            return s.SpikeSumPool(**small, factor=2, bits=wide, scale=1.0)
        case "upsample":
            return s.SpikeUpsample(**small, factor=2, bits=wide, scale=1.0)
        case "write":
            return s.SpikeMemoryWrite(**pair, heads=1)
        case "read":
            return s.SpikeMemoryRead(**pair, heads=1)
        case "gate":
            table = np.array([1 << 15, 1 << 14, 7, 0], np.int32)
            shift = int(rng.integers(0, 60))
            return s.SpikeGateMix(**pair, table_q=table, logit_shift=shift)
        case "lif" | "li":
            registers: dict[str, Any] = {
                "u_decay_q": per_neuron(0, 4096), "v_decay_q": per_neuron(0, 4096),
                "bias_mant_q": per_neuron(-4096, 4095), "bias_exp": int(rng.integers(0, 8)),
                "current": "new" if rng.random() < 0.5 else "old",
                "weight_exp": int(rng.integers(-8, 8)), "bits": narrow,
            }  # fmt: skip
            if kind == "li":
                return s.SpikeCubaLI(**small, **registers)
            return s.SpikeCubaLIF(
                **small, **registers, threshold_q=per_neuron(0, (1 << 17) - 1),
                recurrent_q=np.zeros((0, 0), np.int8),
                reset="zero" if rng.random() < 0.5 else "subtract",
            )  # fmt: skip
        case "sigma":
            return s.SpikeSigma(**small, bits=narrow)
        case "delta":
            exps: dict[str, Any] = {
                "input_exp": int(rng.integers(0, 8)),
                "state_exp": int(rng.integers(0, 8)),
            }
            return s.SpikeDelta(**small, threshold_q=per_neuron(0, 1 << 20), bits=narrow, **exps)
        case _:
            shift = int(rng.integers(0, 8))
            return s.SpikeRelu(**small, bias_q=per_neuron(-(1 << 20), 1 << 20), shift=shift,
                               bits=narrow)  # fmt: skip


def adversarial(kind: str, seed: int) -> Case:
    """One node between input and output, everything at its extremes."""
    rng = np.random.default_rng(seed)
    node = node_of(kind, rng)
    shapes = {"gate": (3, 1, 2, 1), "read": (3, 1, 2, 1)}
    x = source(rng, "x", (3, 2, 2, 2))
    y = source(rng, "y", shapes.get(kind, (3, 2, 2, 2)))
    out = s.SpikeOutput(name="o", inputs=("n",), scale=ONE, bias=np.zeros(1))
    nodes: list[s.SpikeNode] = [x, y] if len(node.inputs) == 2 else [x]
    graph: Graph[s.SpikeNode] = Graph("g", (*nodes, node, out))
    return graph, {one.name: filled(rng, one) for one in nodes if isinstance(one, s.SpikeInput)}


def outcomes(case: Case) -> tuple[Any, Any, Any]:
    """What oracle, reference and fast engine say: outputs, or what they refused it with."""
    graph, inputs = case
    try:
        told: Any = run_oracle(graph, inputs)
    except Left:
        told = None
    found: list[Any] = []
    engines: list[Callable[[], Any]] = [
        lambda: run_reference(graph, inputs).outputs,
        lambda: FastEngine(graph).run(inputs).outputs,
    ]
    for run in engines:
        try:
            found.append(run())
        except OverflowBoundError as error:
            found.append(error)
    return told, found[0], found[1]


def check(case: Case) -> bool:
    """Both engines equal the oracle or refuse, alike; returns whether they computed."""
    told, reference, fast = outcomes(case)
    if isinstance(reference, OverflowBoundError):
        assert told is None or isinstance(reference, HeadroomError)
        assert type(fast) is type(reference)
        assert (fast.what, fast.needed) == (reference.what, reference.needed)
        return False
    assert told is not None
    for name, expected in told.items():
        assert (reference[name] == expected).all()
        assert (fast[name] == expected).all()
    return True


@pytest.mark.parametrize("kind", KINDS)
def test_an_engine_says_what_whole_numbers_say_or_refuses(kind: str) -> None:
    computed = sum(check(adversarial(kind, seed)) for seed in range(40))
    assert computed > 0 or kind in ("write", "read")  # few products of such numbers fit 24 bits


@pytest.mark.slow
@settings(max_examples=400, deadline=None)
@given(st.sampled_from(KINDS), st.integers(0, 2**32 - 1))
def test_an_engine_says_what_whole_numbers_say_or_refuses_anywhere(kind: str, seed: int) -> None:
    check(adversarial(kind, seed))


def test_a_convolution_beyond_float64_is_refused_and_just_below_it_is_exact() -> None:
    def graph(high: int) -> Graph[s.SpikeNode]:
        x = s.SpikeInput(
            name="x", shape=(1, 2, 1, 1), signal="spikes", low=0, high=high, scale=1.0,
            offset_q=np.zeros(1, np.int32),
        )  # fmt: skip
        weight = np.array([[[[1]], [[-1]]]], np.int8)
        conv = s.SpikeConv(name="c", inputs=("x",), weight_q=weight, weight_scale=ONE)
        out = s.SpikeOutput(name="o", inputs=("c",), scale=ONE, bias=np.zeros(1))
        return Graph("g", (x, conv, out))

    def raw(a: int, b: int) -> dict[str, Any]:
        return {"x": np.array([a, b], np.int64).reshape(1, 1, 2, 1, 1)}

    most = (1 << 52) - 1  # two of them are below 2**53
    exact = raw(most, most - 1)
    assert run_reference(graph(most), exact).outputs["o"].item() == 1
    assert FastEngine(graph(most)).run(exact).outputs["o"].item() == 1
    message = "node 'c': needed a worst case within 53 bits, found .* 56 bits"
    with pytest.raises(HeadroomError, match=message):
        run_reference(graph((1 << 54) + 1), raw((1 << 54) + 1, 1 << 54))
    with pytest.raises(HeadroomError, match=message):
        FastEngine(graph((1 << 54) + 1))


@pytest.mark.parametrize("theta", [-(1 << 61), -(1 << 62), -(1 << 63)])
def test_a_threshold_far_below_zero_does_not_make_the_certificate_wrap(theta: int) -> None:
    # It fires in every step and loses 4 * 5000: -20000 + 0 .. 3, then half of that, ...
    decay = np.full(3, 4096, np.int32)
    node = s.SpikeNILIF(
        name="n", inputs=("x",), max_spike=1, thresholds_q=np.array([[theta]]), decay_q=decay,
        reset_q=20000, bits=24,
    )  # fmt: skip
    x = s.SpikeInput(
        name="x", shape=(4, 1, 1, 1), signal="spikes", low=0, high=3, scale=1.0,
        offset_q=np.zeros(1, np.int32),
    )  # fmt: skip
    out = s.SpikeOutput(name="o", inputs=("n",), scale=ONE, bias=np.zeros(1))
    graph: Graph[s.SpikeNode] = Graph("g", (x, node, out))
    run = run_reference(graph, {"x": np.zeros((4, 1, 1, 1, 1), np.int64)})
    membrane = run.states["n"].ravel().tolist()
    assert membrane == [0, -20000, -40000, -60000]
    state = value_ranges(graph).states["n"]
    assert (int(state.low[0]), int(state.high[0])) == (-60000, 12)


@pytest.mark.parametrize("dtype", [np.uint64, np.int64])
def test_an_input_beyond_int64_is_refused_and_never_wraps(dtype: Any) -> None:
    x = s.SpikeInput(
        name="x", shape=(1, 1, 1, 1), signal="spikes", low=-1, high=1, scale=1.0,
        offset_q=np.full(1, 1, np.int32),
    )  # fmt: skip
    out = s.SpikeOutput(name="o", inputs=("x",), scale=ONE, bias=np.zeros(1))
    graph: Graph[s.SpikeNode] = Graph("g", (x, out))
    extreme = np.iinfo(dtype).max if dtype is np.uint64 else np.iinfo(dtype).min
    raw = {"x": np.full((1, 1, 1, 1, 1), extreme, dtype)}
    engines: list[Callable[[], Any]] = [
        lambda: run_reference(graph, raw),
        lambda: FastEngine(graph).run(raw),
    ]
    for run in engines:
        with pytest.raises(OverflowBoundError, match="input 'x': needed values in -1..1, found"):
            run()


@settings(max_examples=25, deadline=None)
@given(spike_graphs(max_batch=1))
def test_ordinary_random_graphs_are_computed_not_refused(case: Case) -> None:
    graph, inputs = case
    run_reference(graph, inputs)
