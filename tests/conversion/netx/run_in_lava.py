"""Runs a `.net` file in lava-dl's own loader, as a process: `FILE.net IN.npy OUT.npy [torch]`.

IN holds (T, C, H, W); OUT what `Network.out` sends, (..., T). With `torch`, stock Conv
computes with its own torch code: its scipy code takes minutes for a large layer.
"""

import sys

import numpy as np


def main() -> None:
    """Loads, runs and saves."""
    from lava.lib.dl import netx
    from lava.magma.core.run_conditions import RunSteps
    from lava.magma.core.run_configs import Loihi2SimCfg
    from lava.proc import io
    from lava.proc.conv import utils

    path, source, target, *with_torch = sys.argv[1:]
    utils.TORCH_IS_AVAILABLE = bool(with_torch)
    if with_torch:
        import torch

        torch.set_num_threads(1)
        utils.torch, utils.F = torch, torch.nn.functional
    network = netx.hdf5.Network(net_config=path)
    data = np.load(source)
    shown = np.ascontiguousarray(data.transpose(3, 2, 1, 0)).reshape(*network.inp.shape, len(data))
    sender = io.source.RingBuffer(data=shown)
    receiver = io.sink.RingBuffer(shape=network.out.shape, buffer=len(data))
    sender.s_out.connect(network.inp)
    network.out.connect(receiver.a_in)
    network.run(
        condition=RunSteps(num_steps=len(data)), run_cfg=Loihi2SimCfg(select_tag="fixed_pt")
    )
    np.save(target, receiver.data.get())
    network.stop()


if __name__ == "__main__":
    main()
