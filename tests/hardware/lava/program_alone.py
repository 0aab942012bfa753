"""Uses one process as any Lava user would: found by Lava's own search, run by its own runtime.

Also says what starting Lava did to the start method of this program.
"""

import json
import multiprocessing

import numpy as np

from hardware.lava.backend import run_lava
from tests.hardware.lava.lava_graphs import frame, narrow_graph


def main() -> object:
    """A table of 3 and -9 before two neurons with the thresholds 1, 2, 3, 4."""
    run_lava(narrow_graph(), frame(3))
    left = multiprocessing.get_start_method(allow_none=True)
    from lava.magma.core.run_conditions import RunSteps
    from lava.magma.core.run_configs import Loihi2SimCfg

    from hardware.lava.processes.bias.process import Bias
    from hardware.lava.processes.nilif.process import NILIF

    shape = (1, 1, 1, 2)
    table = np.array([3, -9]).reshape(shape)
    bias = Bias(shape=shape, bias=table, bits=24, name="bias")
    neuron = NILIF(
        shape=shape,
        vth=np.array([[1, 2, 3, 4]]),
        decay=np.zeros(0, np.int32),
        reset=1,
        bits=24,
        name="neuron",
    )
    bias.a_out.connect(neuron.a_in)
    neuron.run(RunSteps(1), Loihi2SimCfg(select_tag="fixed_pt"))
    counts = [int(neuron.axon_out.get()[0]), int(neuron.dendrite_updates.get()[0])]
    neuron.stop()
    return {"start_method": left, "counts": counts}


if __name__ == "__main__":
    print(json.dumps(main()))
