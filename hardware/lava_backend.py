"""The door to Lava: an engine that runs an integer graph as Lava processes, bit exact.

Lava itself is imported when an engine is made, not before, so that all else works without it.
Temporal networks run in the same form as the tracker: all T steps of a frame in one message.
"""

import importlib
import logging
import multiprocessing
import sys
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from hardware.lava_blocks import DETAILS, Detail
from hardware.lava_events import FIELDS, NONE, Events
from hardware.lava_layout import from_stock
from hardware.lowering.stock_plan import StockPlan
from spiketrack.errors import BackendUnavailable, GraphError, LavaError
from spiketrack.graph.graph import Graph
from spiketrack.graph.input_range import require_in_range
from spiketrack.graph.spike_nodes import SpikeInput, SpikeNode

BACKEND = "lava"
Device = Literal["cpu", "loihi2"]
DEVICES: dict[str, Device] = {BACKEND: "cpu", "loihi2": "loihi2"}
"""What each backend of the command line runs on."""
BACKEND_OF = {device: backend for backend, device in DEVICES.items()}
LAST_PYTHON = (3, 10)
LOIHI_EXTENSION = "lava.magma.core.model.nc.model"
Arrays = dict[str, NDArray[Any]]


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
    """Whether an engine can be made here."""
    try:
        require_lava()
    except BackendUnavailable:
        return False
    return True


def require_lava() -> None:
    """Imports Lava.

    Raises:
        BackendUnavailable: it is absent or broken, or processes cannot be forked here.
    """
    if "fork" not in multiprocessing.get_all_start_methods():
        needed = "a system that can fork processes (Linux, macOS)"
        raise BackendUnavailable("backend 'lava'", needed, sys.platform)
    advice = "In an environment of Python 3.10: pip install 'spiketrack[lava]'"
    if sys.version_info[:2] > LAST_PYTHON:
        advice = f"lava-nc 0.10.0 is the last release and runs on Python 3.10. {advice}"
    try:
        importlib.import_module("hardware.lava_runtime")
    except ModuleNotFoundError as error:
        missing = error.name or ""
        if missing.split(".")[0] != "lava":
            found = str(error)
        else:
            found = "no package 'lava'" if missing == "lava" else f"no module '{missing}'"
        raise BackendUnavailable("backend 'lava'", "lava-nc 0.10", found, advice) from error
    # Why any exception: a broken installation fails in whatever way it likes.
    except Exception as error:
        found = f"an installation that fails to import ({type(error).__name__}: {error})"
        raise BackendUnavailable("backend 'lava'", "lava-nc 0.10", found, advice) from error


def require_loihi2() -> None:
    """Looks for the extension that compiles to Loihi 2.

    Raises:
        BackendUnavailable: Lava or its closed extension is not there.
    """
    require_lava()
    try:
        importlib.import_module(LOIHI_EXTENSION)
    except ImportError as error:
        raise BackendUnavailable(
            "backend 'loihi2'",
            f"Intel's closed extension lava-loihi (module '{LOIHI_EXTENSION}')",
            str(error),
            "It is given to members of Intel's neuromorphic research community and runs on their "
            "Loihi 2 systems; without it use --backend lava",
        ) from error


def require_device(device: Device) -> None:
    """Imports what an engine for this device needs.

    Raises:
        BackendUnavailable: it is not there.
    """
    require_loihi2() if device == "loihi2" else require_lava()


class LavaEngine:
    """An integer graph as running Lava processes.

    The processes live from construction to `close`; every `run` is a time step per sample of the
    batch. Memories are inputs like any other, so that they change while the processes run.

    Attributes:
        n_processes: operating system processes, the runtime service included.
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
        """Builds, compiles and starts the processes.

        Args:
            graph: a verified integer graph.
            detail: "node" for a process per node, "block" for one per backbone, memory retrieval
                and head, "branch" for one for the whole graph.
            keep: names of nodes whose values come with every run.
            device: "cpu", or "loihi2" for Lava's configuration of that chip.
            n_probed: steps to measure on the chip; 0 measures nothing.
            plan: of `plan_stock` for this graph: nodes that run on Lava's stock processes. Without
                one all run on ours.
            torch_conv: let stock Conv use its own torch code instead of its scipy code.

        Raises:
            BackendUnavailable: Lava, or the extension for the chip, is not there.
            GraphError: a name in `keep` that is not a node that computes.
            LavaError: a process could not be started.
            ValueError: an unknown `detail`.
        """
        if detail not in DETAILS:
            raise ValueError(f"detail: needed one of {', '.join(DETAILS)}, found {detail!r}")
        require_device(device)
        compiling = importlib.import_module("hardware.lava_compile")
        self._graph = graph
        self._plan = plan
        self._keep = tuple(dict.fromkeys(keep))
        self._is_open = False
        handlers = list(logging.getLogger().handlers)
        try:
            if plan is None:
                build = importlib.import_module("hardware.lava_graph").build
                self._net = build(graph, detail=detail, keep=self._keep)
            else:
                build = importlib.import_module("hardware.lava_stock_net").build_mixed
                self._net = build(
                    plan, detail=detail, keep=self._keep, torch_conv=torch_conv,
                    on_cpu=device == "cpu",
                )  # fmt: skip
            config = compiling.run_config(self._net, device)
            self._probes = _probes(config, n_probed) if n_probed else None
            self._counters, self._runtime = compiling.start(self._net, config)
        finally:
            # Lava adds a handler to the root logger for every process.
            logging.getLogger().handlers[:] = handlers
        self.n_processes = len(self._runtime.infrastructure.actors)
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
        actors = self._runtime.infrastructure.actors
        return {name: actor.pid for name, actor in actors.items()}

    def run(self, inputs: Mapping[str, NDArray[Any]]) -> LavaRun:
        """Runs the graph on raw integers, (T, B, C, H, W) per input node.

        After an error of a process, or an interruption, the engine is closed.

        Raises:
            GraphError: an input that is missing, not integer or of the wrong shape.
            OverflowBoundError: an input outside the range the graph was proved for, or a value that
                leaves its width in a process.
            LavaError: the engine is closed, or a process failed or died.
        """
        self._require_open()
        frames = take_frames(self._graph, inputs)
        found = {len(frame) for frame in frames.values()}
        if len(found) > 1:
            raise GraphError(f"inputs of graph '{self._graph.name}'", "one batch", str(found))
        n_frames, pace = found.pop() if found else 1, self._net.pace
        made: dict[str, list[NDArray[Any]]] = {}
        try:
            steps = (self._step(frames, i, n_frames) for i in range(n_frames + pace.n_extra))
            for name, value in (item for step in steps for item in step.items()):
                made.setdefault(name, []).append(value)
        except BaseException:
            self.close()
            raise
        arrays = {name: np.stack(values, axis=1) for name, values in made.items()}
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
            now = self._read_counters()
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
            self._runtime.check()
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        """Ends all processes; a second call does nothing."""
        if self._is_open:
            self._is_open = False
            self._runtime.stop()

    def readings(self) -> dict[str, Any]:
        """What the chip's probes measured (`hardware.lava_loihi2`), once it is closed."""
        return self._probes.readings() if self._probes is not None and not self._is_open else {}

    def _step(self, frames: Arrays, index: int, n_frames: int) -> Arrays:
        self._runtime.check()
        live = self._net.pace.enter(is_frame=index < n_frames)
        for name, source in self._net.inputs.items():
            # Why the last frame again: something must come in, and nobody looks at it.
            frame = frames[name][min(index, n_frames - 1)] if name in frames else live
            source.frame_in.external_pipe_csp_send_port.send(frame)
        self._runtime.step()
        sink, pace, shapes = self._net.sink, self._net.pace, self._net.stock_shapes
        message = self._runtime.receive(sink.frame_out.external_pipe_csp_recv_port)
        return {
            name: (from_stock(x, shapes[name]) if name in shapes else x).astype(np.int64)
            for name, x in sink.layout.unpack(message).items()
            if pace.is_due(name, index, n_frames)
        }

    def _read_counters(self) -> dict[str, Events]:
        found: dict[str, Events] = {}
        for process, names in self._counters:
            columns = [self._runtime.read(getattr(process, field)) for field in FIELDS]
            for name, *events in zip(names, *columns, strict=True):
                found[name] = Events(*(int(count) for count in events))
        return {node.name: found[node.name] for node in self._graph if node.name in found}

    def _require_open(self) -> None:
        if not self._is_open:
            raise LavaError("the Lava engine", "one that runs", "one that is closed")


def _probes(config: Any, n_steps: int) -> Any:
    return importlib.import_module("hardware.lava_loihi2").ChipProbes(config, n_steps)


def run_lava(
    graph: Graph[SpikeNode],
    inputs: Mapping[str, NDArray[Any]],
    *,
    detail: Detail = "block",
    keep: Collection[str] = (),
) -> LavaRun:
    """Runs a graph once, with counts: starts the processes, runs, and ends them.

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
