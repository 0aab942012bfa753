"""Runs a `.net` file in Lava's own CPU simulation and times its steps: a script of its own.

Usage: python lava_timing.py NETWORK N_LAYERS INPUT.npy STEPS OUT.npy RESET, where INPUT is
(neurons..., T) in Lava's order of axes and RESET the steps between two resets, 0 for none. Writes
what the last layer sent, (neurons..., T), and prints the seconds of all steps but the first.
Building the network is not timed.

Why a process apart: importing Lava sets how a process may start others, and a run that hangs can be
ended from outside.
"""

import sys
import time

import numpy as np
from lava.lib.dl import netx
from lava.magma.core.run_conditions import RunSteps
from lava.magma.core.run_configs import Loihi2SimCfg
from lava.proc import io


def main(network: str, n_layers: int, source: str, n_steps: int, result: str, reset: int) -> None:
    """Builds, runs one step, then times the others."""
    net = netx.hdf5.Network(
        net_config=network, num_layers=n_layers, reset_interval=reset if reset else None
    )
    feeder = io.source.RingBuffer(data=np.load(source))
    out = net.out_layer.out
    logger = io.sink.RingBuffer(shape=out.shape, buffer=n_steps)
    first = net.layers[0]
    is_input = isinstance(first, netx.blocks.process.Input)
    feeder.s_out.connect(first.neuron.a_in if is_input else net.inp)
    out.connect(logger.a_in)
    net.run(condition=RunSteps(1), run_cfg=Loihi2SimCfg(select_tag="fixed_pt"))
    start = time.perf_counter()
    net.run(condition=RunSteps(n_steps - 1))
    seconds = time.perf_counter() - start
    np.save(result, logger.data.get())
    net.stop()
    print(f"seconds {seconds}")


if __name__ == "__main__":
    main(
        sys.argv[1], int(sys.argv[2]), sys.argv[3], int(sys.argv[4]), sys.argv[5], int(sys.argv[6])
    )
