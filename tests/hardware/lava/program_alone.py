"""Uses processes as any Lava user would: found by Lava's own search, run by its own runtime.

Also says what starting Lava did to the start method of this program.
"""

import json
import multiprocessing

import numpy as np
from numpy.typing import NDArray

from hardware.lava.backend import run_lava
from spiketrack.graph import spike_nodes as s
from spiketrack.graph.graph import Graph
from tests.hardware.lava.lava_graphs import frame, narrow_graph


def main() -> object:
    """A table of 3 and -9 before two neurons with the thresholds 1, 2, 3, 4."""
    run_lava(narrow_graph(), frame(3))
    left = multiprocessing.get_start_method(allow_none=True)
    from lava.magma.core.run_conditions import RunSteps
    from lava.magma.core.run_configs import Loihi2SimCfg

    from hardware.lava.assemble.values import Values
    from hardware.lava.processes.nodes import NILIF, Bias

    graph = table_before_neurons(np.array([3, -9]))
    values = Values(graph)
    bias = Bias(node=graph["bias"], values=values)
    neuron = NILIF(node=graph["neuron"], values=values)
    bias.a_out.connect(neuron.a_in)
    neuron.run(RunSteps(1), Loihi2SimCfg(select_tag="fixed_pt"))
    counts = [int(neuron.axon_out.get()[0]), int(neuron.dendrite_updates.get()[0])]
    neuron.vth.set(np.array([[-9, 2, 3, 4]]))
    neuron.run(RunSteps(1), Loihi2SimCfg(select_tag="fixed_pt"))
    later = [int(neuron.axon_out.get()[0]), int(neuron.dendrite_updates.get()[0])]
    neuron.stop()
    return {"start_method": left, "counts": counts, "counts_once_set": later}


def table_before_neurons(table: NDArray[np.int64]) -> Graph[s.SpikeNode]:
    """An input that nothing need be connected to, a table on it, and a neuron behind each entry."""
    shape = (1, 1, 1, len(table))
    source = s.SpikeInput(
        name="x", shape=shape, signal="image", low=0, high=0, scale=1.0,
        offset_q=np.zeros(1, np.int32),
    )  # fmt: skip
    added = s.SpikeBias(
        name="bias", inputs=("x",), table_q=table.reshape(shape), bits=24, scale=1.0
    )
    neuron = s.SpikeNILIF(
        name="neuron", inputs=("bias",), max_spike=4, thresholds_q=np.array([[1, 2, 3, 4]]),
        decay_q=np.zeros(0, np.int32), reset_q=1, bits=24,
    )  # fmt: skip
    out = s.SpikeOutput(name="y", inputs=("neuron",), scale=np.ones(1), bias=np.zeros(1))
    return Graph("alone", (source, added, neuron, out))


if __name__ == "__main__":
    print(json.dumps(main()))
