"""The door to Lava: an engine that runs an integer graph as Lava processes, bit exact.

Where Lava can be imported they run here (`hardware.lava.local`), else in a worker of another Python
that has it (`hardware.lava.remote`). Temporal networks run in the same form as the tracker: all T
steps of a frame in one message.
"""

import os
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hardware.lava.detail import DETAILS, Detail
from hardware.lava.local import (
    VARIABLE,
    Arrays,
    Device,
    EngineOptions,
    LocalEngine,
    lava_is_absent,
    require_device_here,
)
from hardware.lava.remote import WorkerEngine, require_device_there, worker_python
from hardware.lava.runtime.events import NONE, Events
from hardware.stock.plan import StockPlan
from spiketrack.errors import BackendUnavailable, GraphError, LavaError
from spiketrack.graph.graph import Graph
from spiketrack.graph.input_range import require_in_range
from spiketrack.graph.spike_nodes import SpikeInput, SpikeNode

BACKEND = "lava"
DEVICES: dict[str, Device] = {BACKEND: "cpu", "loihi2": "loihi2"}
"""What each backend of the command line runs on."""
BACKEND_OF = {device: backend for backend, device in DEVICES.items()}


@dataclass(frozen=True)
class LavaRun:
    """One run of a graph on Lava.

    Attributes:
        outputs: per output node, (T, B, C, H, W) int64.
        values: the same per kept node.
        counts: events of this run, per node.
    """

    outputs: Arrays
    values: Arrays = field(default_factory=dict)
    counts: dict[str, Events] = field(default_factory=dict)


def lava_available() -> bool:
    """Whether Lava can run here, or in another Python that is known."""
    try:
        require_lava()
    except BackendUnavailable:
        return False
    return True


def require_lava() -> None:
    """Looks for Lava: imports it here, or finds another Python that has it.

    Raises:
        BackendUnavailable: it is absent or broken, or processes cannot be forked here.
    """
    require_device("cpu")


def require_device(device: Device) -> None:
    """Looks for what an engine for this device needs, where Lava runs.

    Raises:
        BackendUnavailable: Lava, or its closed extension for the chip, is not there.
    """
    python = other_python()
    if python is None:
        require_device_here(device)
    elif device != "cpu":
        require_device_there(python, device)


def other_python() -> Path | None:
    """The Python in which Lava runs for this program, or None where it runs in this one.

    Raises:
        BackendUnavailable: the one that was named does not run, or has no lava-nc.
    """
    is_named = bool(os.environ.get(VARIABLE))
    return worker_python() if is_named or lava_is_absent() else None


class LavaEngine:
    """An integer graph as running Lava processes.

    The processes live from construction to `close`; every `run` is a time step per sample of the
    batch. Memories are inputs like any other, so that they change while the processes run.

    Args:
        graph: a verified integer graph.
        detail: "node" for a process per node, "block" for one per backbone, memory retrieval and
            head, "branch" for one for the whole graph.
        keep: names of nodes whose values come with every run.
        device: "cpu", or "loihi2" for Lava's configuration of that chip.
        n_probed: steps to measure on the chip; 0 measures nothing.
        plan: which nodes run on Lava's stock processes, from `plan_stock` for this graph; without
            one all run on this project's processes.
        torch_conv: whether stock Conv uses its own torch code instead of its scipy code, which
            takes much longer for the same values.

    Attributes:
        n_processes: operating system processes, the runtime service included.

    Raises:
        BackendUnavailable: Lava, or the extension for the chip, is not there.
        GraphError: a name in `keep` that is not a node that computes.
        LavaError: a process could not be started.
        ValueError: an unknown `detail`.
    """

    def __init__(
        self,
        graph: Graph[SpikeNode],
        *,
        detail: Detail = "block",
        keep: Collection[str] = (),
        device: Device = "cpu",
        n_probed: int = 0,
        plan: StockPlan | None = None,
        torch_conv: bool = True,
    ) -> None:
        if detail not in DETAILS:
            raise ValueError(f"detail: needed one of {', '.join(DETAILS)}, found {detail!r}")
        self._graph = graph
        self._plan = plan
        self._keep = tuple(dict.fromkeys(keep))
        self._is_open = False
        options = EngineOptions(detail, self._keep, device, n_probed, torch_conv)
        python = other_python()
        self._engine: LocalEngine | WorkerEngine = (
            LocalEngine(graph, options, plan)
            if python is None
            else WorkerEngine(python, graph, options, plan)
        )
        self.n_processes = self._engine.n_processes
        self._read: dict[str, Events] = {}
        self._is_open = True

    def __enter__(self) -> "LavaEngine":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    @property
    def pids(self) -> dict[str, int]:
        """Process ids by process name, empty once closed."""
        return self._engine.pids if self._is_open else {}

    def run(self, inputs: Mapping[str, NDArray[Any]]) -> LavaRun:
        """Runs the graph, one time step per sample.

        After an error of a process, or an interruption, the engine is closed.

        Args:
            inputs: raw integers (T, B, C, H, W) by name of the input.

        Raises:
            GraphError: an input that is missing, not integer or of the wrong shape.
            OverflowBoundError: an input outside the range the graph was proved for, or a value that
                leaves its width in a process.
            LavaError: the engine is closed, or a process failed or died.
        """
        self._require_open()
        frames = take_frames(self._graph, inputs)
        sizes = {len(frame) for frame in frames.values()}
        if len(sizes) > 1:
            raise GraphError(f"inputs of graph '{self._graph.name}'", "one batch", str(sizes))
        try:
            arrays = self._engine.run(frames, sizes.pop() if sizes else 1)
        except BaseException:
            self.close()
            raise
        names = [node.name for node in self._graph.outputs]
        kept = {name: arrays[name] for name in self._keep}
        return LavaRun({name: arrays[name] for name in names}, kept)

    def counts(self) -> dict[str, Events]:
        """Events of every node since the engine was made or `counts` was called last.

        Raises:
            LavaError: the engine is closed, a process failed or died, or stock processes run,
                which count nothing.
        """
        self._require_open()
        if self._plan is not None:
            needed, found = "processes that count", "Lava's stock processes, which do not"
            advice = "Count the values that `run` gives, or run it on our own processes"
            raise LavaError("event counts of this engine", needed, found, advice)
        try:
            now = self._engine.counters()
        except BaseException:
            self.close()
            raise
        since = {name: events - self._read.get(name, NONE) for name, events in now.items()}
        self._read = now
        return since

    def check(self) -> None:
        """Looks after the processes without a step.

        Raises:
            OverflowBoundError, LavaError: as `run`; the engine is then closed.
        """
        self._require_open()
        try:
            self._engine.check()
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        """Ends all processes; a second call does nothing."""
        if self._is_open:
            self._is_open = False
            self._engine.stop()

    def readings(self) -> dict[str, Any]:
        """What the chip's probes measured (`hardware.lava.runtime.loihi2`), once it is closed."""
        return {} if self._is_open else self._engine.readings()

    def _require_open(self) -> None:
        if not self._is_open:
            raise LavaError("the Lava engine", "one that runs", "one that is closed")


def run_lava(
    graph: Graph[SpikeNode],
    inputs: Mapping[str, NDArray[Any]],
    *,
    detail: Detail = "block",
    keep: Collection[str] = (),
) -> LavaRun:
    """Runs a graph once, with counts: starts the processes, runs them, and ends them.

    Args:
        graph: a verified integer graph.
        inputs: raw integers (T, B, C, H, W) by name of the input; every sample is a time step.
        detail: "node" for a process per node, "block" for one per backbone, memory retrieval and
            head, "branch" for one for the whole graph.
        keep: names of nodes whose values the run shall hold.

    Raises:
        The errors of `LavaEngine` and its `run`.
    """
    with LavaEngine(graph, detail=detail, keep=keep) as engine:
        run = engine.run(inputs)
        return LavaRun(run.outputs, run.values, engine.counts())


def take_frames(graph: Graph[SpikeNode], inputs: Mapping[str, NDArray[Any]]) -> Arrays:
    """Checks raw inputs; returns them as (B, T, C, H, W) int64, channel means still inside.

    Raises:
        GraphError: an input that is missing, not integer or of the wrong shape.
        OverflowBoundError: a value outside the range the graph was proved for.
    """
    frames: Arrays = {}
    for node in graph.inputs:
        if not isinstance(node, SpikeInput):
            continue
        if node.name not in inputs:
            raise GraphError(f"input '{node.name}' of graph '{graph.name}'", "an array", "nothing")
        raw = np.asarray(inputs[node.name])
        fits = raw.ndim == 5 and (raw.shape[0], *raw.shape[2:]) == node.shape and raw.shape[1] > 0
        if not fits or raw.dtype.kind not in "iu":
            needed = f"integers (T, B, C, H, W) = {node.shape[:1] + ('B',) + node.shape[1:]}"
            raise GraphError(f"input '{node.name}'", needed, f"{raw.dtype} {raw.shape}")
        require_in_range(node, raw, node.offset_q)
        frames[node.name] = np.ascontiguousarray(raw.swapaxes(0, 1), np.int64)
        offset = node.offset_q.astype(np.int64)[:, None, None] if node.offset_q.any() else 0
        require_in_range(node, frames[node.name] - offset)
    return frames
