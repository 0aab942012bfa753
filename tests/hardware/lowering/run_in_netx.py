"""Runs a `.net` file in lava-dl's own loader, as a process: `FILE.net INPUT.npy OUTPUT.npy`.

INPUT holds (T, C, H, W); OUTPUT what `Network.out` sends, (W, H, C, T). Stock Conv computes with
its own torch code, since its scipy code takes minutes for a head.
"""

import sys

import numpy as np


def main() -> None:
    """Loads, runs and saves."""
    import torch
    from lava.lib.dl import netx
    from lava.magma.core.run_conditions import RunSteps
    from lava.magma.core.run_configs import Loihi2SimCfg
    from lava.proc import io
    from lava.proc.conv import utils

    torch.set_num_threads(1)
    utils.torch, utils.F, utils.TORCH_IS_AVAILABLE = torch, torch.nn.functional, True
    path, source, target = sys.argv[1:4]
    network = netx.hdf5.Network(net_config=path)
    data = np.load(source)
    shown = np.ascontiguousarray(data.transpose(3, 2, 1, 0))
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
