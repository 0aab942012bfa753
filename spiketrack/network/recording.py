"""Taking down every integer spike of a run, for comparison and counting."""

from collections import OrderedDict
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from torch import Tensor, nn

from spiketrack.network.network import SpikeTrackNetwork
from spiketrack.network.neuron import NILIF


@contextmanager
def record_spikes(network: SpikeTrackNetwork) -> Iterator["OrderedDict[str, Tensor]"]:
    """Records the integer spikes of all neuron layers called inside the `with`.

    Args:
        network: whose layers to listen to.

    Yields:
        An ordered dict that fills as layers run: `<module path>/<call index>` to a uint8 tensor in
        the layer's own shape. In the template branch the path's `encoder.` is replaced by `temp.`.
        The index counts the calls of one layer on one branch since the start of the recording.
    """
    spikes: OrderedDict[str, Tensor] = OrderedDict()
    calls: dict[str, int] = {}

    def hook(path: str) -> Any:
        def record(layer: nn.Module, inputs: tuple[Any, ...], output: Tensor) -> None:
            name = path
            if network.branch == "template":
                name = "temp." + path.removeprefix("encoder.")
            index = calls.get(name, 0)
            calls[name] = index + 1
            if isinstance(layer, NILIF):
                spikes[f"{name}/{index}"] = layer.integer_spikes(output)

        return record

    handles = [
        layer.register_forward_hook(hook(path))
        for path, layer in network.named_modules()
        if isinstance(layer, NILIF)
    ]
    try:
        yield spikes
    finally:
        for handle in handles:
            handle.remove()
