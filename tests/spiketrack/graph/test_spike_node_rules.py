"""Numbers that would make an engine wrap, divide by zero or gain charge cannot be in a node."""

from typing import Any

import numpy as np
import pytest

from spiketrack.errors import GraphError
from spiketrack.graph import spike_nodes as s

INT32 = np.ones(1, np.int32)


def neuron(**changes: Any) -> s.SpikeNILIF:
    given: dict[str, Any] = {
        "name": "n", "inputs": ("x",), "max_spike": 1, "thresholds_q": np.array([[1]]),
        "decay_q": np.zeros(0, np.int32), "reset_q": 1, "bits": 24,
    }  # fmt: skip
    return s.SpikeNILIF(**{**given, **changes})


@pytest.mark.parametrize(
    "changes",
    [
        {"reset_q": -1},
        {"bits": 0},
        {"bits": 63},
        {"max_spike": 256, "thresholds_q": np.arange(256)[None]},
        {"max_spike": 0, "thresholds_q": np.zeros((1, 0), np.int64)},
    ],
)
def test_resets_spikes_and_widths_outside_their_bounds_are_refused(changes: dict[str, Any]) -> None:
    message = "node 'n': needed reset_q >= 0, max_spike 1..255, 1..62 bits, found reset_q"
    with pytest.raises(GraphError, match=message):
        neuron(**changes)


@pytest.mark.parametrize("shift", [63, -63, 127, -128])
def test_a_shift_beyond_int64_is_refused(shift: int) -> None:
    with pytest.raises(GraphError, match=r"node 'r', shift_q: needed -62..62"):
        s.SpikeRescale(
            name="r", inputs=("x",), multiplier_q=INT32, shift_q=np.array([shift], np.int8),
            bias_q=np.zeros(1, np.int64), bits=24, scale=1.0,
        )  # fmt: skip


def test_a_gate_whose_weights_could_cancel_out_is_refused() -> None:
    table = np.array([1, -1], np.int32)
    with pytest.raises(GraphError, match="a table that starts above 0 and is nowhere negative"):
        s.SpikeGateMix(name="g", inputs=("x", "y"), table_q=table, logit_shift=0)


@pytest.mark.parametrize(("bits", "scale"), [(0, 1.0), (63, 1.0), (24, 0.0), (24, np.inf)])
def test_a_stream_without_a_width_or_a_scale_is_refused(bits: int, scale: float) -> None:
    with pytest.raises(
        GraphError, match=r"node 'a': needed 1..62 bits and a positive scale, found"
    ):
        s.SpikeAdd(name="a", inputs=("x",), bits=bits, scale=scale)


def test_products_need_a_head_and_weights_2_to_8_bits() -> None:
    with pytest.raises(GraphError, match="node 'm', heads: needed at least 1, found 0"):
        s.SpikeMemoryWrite(name="m", inputs=("k", "v"), heads=0)
    weight = np.ones((1, 1, 1, 1), np.int8)
    with pytest.raises(GraphError, match="node 'c', weight_bits: needed 2..8, found 9"):
        s.SpikeConv(
            name="c", inputs=("x",), weight_q=weight, weight_scale=np.ones(1), weight_bits=9
        )
