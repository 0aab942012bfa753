"""Limits of Loihi 2's stock processes at their very edge, typed anew from where they were read.

57 x 57 x 2   the largest input above which an open report of lava-nc has Conv hang on the chip
62            the longest axonal delay (Davies et al. 2018; netx networks go up to it)
127           groups of stock Conv, which lava-nc 0.10 keeps in a signed byte
2**17, 2**23  what a LIF of lava-nc 0.10 takes from its synapses, and its registers
24 bits       of a graded message to stock synapses of lava-nc 0.10
"""

import numpy as np
import pytest

from hardware.stock.answer import LARGEST_CONV_INPUT, STOCK, runs_on
from hardware.stock.limits import MAX_DELAY, MAX_GROUPS
from hardware.stock.refusals import SUM_LIMIT, fits_registers
from hardware.stock.thresholds import INPUT_LIMIT
from simulation.bounds.range import constant
from simulation.bounds.ranges import value_ranges
from spiketrack.graph import spike_nodes as s
from spiketrack.graph import structural_nodes as m
from spiketrack.graph.graph import Graph
from tests.hardware.lava.programs import needs_lava
from tests.hardware.stock.chains import SpikeGraph, conv, nilif, out


def read_by_conv(cells: tuple[int, int, int], kernel: int) -> SpikeGraph:
    source = s.SpikeInput(
        name="in", shape=(1, *cells), signal="spikes", low=0, high=1, scale=1.0,
        offset_q=np.zeros(1, np.int32),
    )  # fmt: skip
    weight = np.ones((1, cells[0], kernel, kernel))
    nodes = (source, conv("c", "in", weight), nilif("n", "c", [[1]]), out("n"))
    return Graph("g", nodes)


@pytest.mark.parametrize(
    ("cells", "kernel", "warned"),
    [
        ((2, 57, 57), 3, False),
        ((2, 57, 58), 3, True),
        ((1, 114, 57), 3, False),
        ((1, 115, 57), 3, True),
        ((2, 57, 58), 1, False),  # a kernel of one cell is as small as any
    ],
)
def test_a_convolution_beyond_57_x_57_x_2_is_said_to_hang(
    cells: tuple[int, int, int], kernel: int, warned: bool
) -> None:
    graph = read_by_conv(cells, kernel)
    place = runs_on(graph, graph["c"], value_ranges(graph).values)
    assert place.runs_on == STOCK
    assert ("an open report has Conv hang" in place.why) is warned


@pytest.mark.parametrize(("steps", "stock"), [(62, True), (63, False)])
def test_a_delay_of_62_steps_is_the_longest(steps: int, stock: bool) -> None:
    source = read_by_conv((1, 2, 2), 1)["in"]
    late = m.Delay(name="d", inputs=("in",), steps_q=np.full((1, 1, 1), steps, np.int32))
    graph: SpikeGraph = Graph("g", (source, late, out("d")))
    assert (runs_on(graph, late, value_ranges(graph).values).runs_on == STOCK) is stock


@pytest.mark.parametrize(
    ("low", "high", "fits"),
    [
        (-(2**23) + 1, 2**23 - 1, True),
        (-(2**23), 0, False),
        (0, 2**23, False),
    ],
)
def test_registers_of_a_lif_end_before_24_bits_do(low: int, high: int, fits: bool) -> None:
    assert fits_registers(constant(low, high)) is fits


def test_the_limits_as_they_were_read() -> None:
    assert (LARGEST_CONV_INPUT, MAX_DELAY, MAX_GROUPS) == (57 * 57 * 2, 62, 2**7 - 1)
    assert (INPUT_LIMIT, SUM_LIMIT) == (2**17, 2**23)


@pytest.mark.slow
@needs_lava
def test_graded_messages_to_stock_synapses_have_24_bits() -> None:
    from hardware.lava.assemble.stock_parts import MESSAGE_BITS

    assert MESSAGE_BITS == 24
