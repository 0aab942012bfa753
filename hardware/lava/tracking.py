"""The tracker's engine on Lava: template branch and search branch as running processes.

The memories go from one to the other through the host, which also keeps the queue of templates: a
new memory is an input of the next step, and nothing is started again.
"""

import importlib
from collections.abc import Callable, Collection, Mapping
from types import MappingProxyType, TracebackType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hardware.lava.backend import BACKEND_OF, LavaEngine, LavaRun
from hardware.lava.detail import Detail
from hardware.lava.local import Device, require_lava_here
from hardware.lava.runtime.events import Events
from hardware.stock.plan import StockPlan
from spiketrack.graph.model import Model
from spiketrack.graph.spike_nodes import SpikeOutput
from spiketrack.network.head import sigmoid_array
from spiketrack.tracking import Maps

Patches = NDArray[np.uint8]
Inputs = Mapping[str, NDArray[Any]]
OnRun = Callable[[str, Inputs, LavaRun], None]
NOTHING: Mapping[str, Collection[str]] = MappingProxyType({})


class LavaTrackEngine:
    """A converted model behind the tracker's door (`spiketrack.tracking.Engine`).

    Attributes:
        engines: "template" and "search", each a `LavaEngine`.
        name: what computes.
        crop_size: side of the patches in pixels.
        grid: cells per side of the maps.
        n_templates: T.
        provenance: the model's.
        on_run: if set, called after every run with the graph's name, its inputs and the run.
    """

    def __init__(
        self,
        model: Model,
        *,
        detail: Detail = "block",
        device: Device = "cpu",
        keep: Mapping[str, Collection[str]] = NOTHING,
        n_probed: int = 0,
        plans: Mapping[str, StockPlan] | None = None,
    ) -> None:
        """Starts the processes of both graphs.

        Args:
            model: a converted tracker.
            detail: how many of our own nodes one process runs.
            device: "cpu", or "loihi2" for Lava's configuration of that chip.
            keep: by graph, names of nodes whose values `on_run` shall see.
            n_probed: steps of the search graph to measure on the chip.
            plans: which nodes run on Lava's stock processes, by name of the graph; none if None.

        Raises:
            The errors of `LavaEngine`.
        """
        stock = "" if plans is None else ", stock processes where exact"
        self.name = f"integer graph ({BACKEND_OF[device]}, {detail}{stock})"
        self.crop_size = int(model.variant["crop_size"])
        self.grid = int(model.variant["grid"])
        self.n_templates = int(model.variant["n_templates"])
        self.provenance = model.provenance
        self.on_run: OnRun | None = None
        self.engines: dict[str, LavaEngine] = {}
        try:
            for name in ("template", "search"):
                self.engines[name] = LavaEngine(
                    model.graphs[name],
                    detail=detail,
                    device=device,
                    keep=keep.get(name, ()),
                    n_probed=n_probed if name == "search" else 0,
                    plan=None if plans is None else plans[name],
                )
        except BaseException:
            self.close()
            raise
        outputs = [node for node in model.graphs["search"].outputs if isinstance(node, SpikeOutput)]
        self._outputs = {node.name: node for node in outputs}

    def __enter__(self) -> "LavaTrackEngine":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def encode_templates(self, patches: Patches) -> dict[str, Any]:
        """Memories by input name of the search graph, integers (T, 1, heads, d_k, d_v).

        Args:
            patches: uint8 RGB (T, H, W, 3).
        """
        image = patches.transpose(0, 3, 1, 2)[:, None]
        return self._run("template", {"image": image})

    def search_logits(self, patch: Patches, memories: Mapping[str, Any]) -> dict[str, Any]:
        """Integer outputs (1, 1, C, g, g) for one uint8 RGB patch (H, W, 3)."""
        inputs = {"image": patch.transpose(2, 0, 1)[None, None], **memories}
        return self._run("search", inputs)

    def search(self, patch: Patches, memories: Any) -> Maps:
        """Maps of one search patch; the sigmoid is host work."""
        logits = self.search_logits(patch, memories)
        real = {name: self._real(name, value[0, 0]) for name, value in logits.items()}
        score, size = (sigmoid_array(real[name]) for name in ("score_logits", "size_logits"))
        return Maps(score[0], size, real["offset_map"].astype(np.float32))

    def counts(self) -> dict[str, dict[str, Events]]:
        """Events by graph and node since the last call."""
        return {name: engine.counts() for name, engine in self.engines.items()}

    def close(self) -> None:
        """Ends all processes; a second call does nothing."""
        for engine in self.engines.values():
            engine.close()

    def _run(self, graph: str, inputs: Inputs) -> dict[str, NDArray[Any]]:
        # Why both: a template process that died would else be missed until the next update.
        for engine in self.engines.values():
            engine.check()
        run = self.engines[graph].run(inputs)
        if self.on_run is not None:
            self.on_run(graph, inputs, run)
        return run.outputs

    def _real(self, name: str, value: NDArray[np.int64]) -> NDArray[np.float64]:
        node = self._outputs[name]
        scale: NDArray[np.float64] = node.scale[:, None, None]
        bias: NDArray[np.float64] = node.bias[:, None, None]
        real: NDArray[np.float64] = value * scale + bias
        return real


def run_spike_tracker(
    model: Model, template: Patches, search: Patches, *, detail: Detail = "block"
) -> dict[str, NDArray[np.int64]]:
    """One step of a `SpikeTracker`: templates are encoded and a frame searched with them at once.

    Args:
        model: a converted model.
        template: uint8 RGB (T, H, W, 3).
        search: uint8 RGB (H, W, 3).
        detail: how much one process runs.

    Returns:
        Memories and logits, "template/memory.0" to "search/size_logits", (T, C, H, W).

    Raises:
        The errors of `LavaEngine`. Lava must be importable here.
    """
    require_lava_here()
    build = importlib.import_module("hardware.lava.assemble.tracker_graph").build_tracker
    compiling = importlib.import_module("hardware.lava.assemble.compile")
    net = build(model.graphs["template"], model.graphs["search"], detail=detail)
    _, runtime = compiling.start(net, compiling.run_config(net, "cpu"))
    try:
        images = {"template": template.transpose(0, 3, 1, 2), "search": search.transpose(2, 0, 1)}
        for name, image in images.items():
            port = net.inputs[f"{name}/image"].frame_in.external_pipe_csp_send_port
            port.send(np.ascontiguousarray(image.reshape(port.shape), np.int64))
        runtime.step()
        message = runtime.receive(net.sink.frame_out.external_pipe_csp_recv_port)
        return {name: x.astype(np.int64) for name, x in net.sink.layout.unpack(message).items()}
    finally:
        runtime.stop()
