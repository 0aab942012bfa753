"""A graph on Lava in this very program: what `LavaEngine` does where Lava can be imported.

Lava itself is imported when an engine is made, not before, so that all else works without it.
"""

import importlib
import logging
import multiprocessing
import sys
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from hardware.lava.assemble.layout import from_stock
from hardware.lava.detail import Detail
from hardware.lava.runtime.events import FIELDS, Events
from hardware.stock.plan import StockPlan
from spiketrack.errors import BackendUnavailable
from spiketrack.graph.graph import Graph
from spiketrack.graph.spike_nodes import SpikeNode

Device = Literal["cpu", "loihi2"]
Arrays = dict[str, NDArray[Any]]
LAST_PYTHON = (3, 10)
LOIHI_EXTENSION = "lava.magma.core.model.nc.model"
NEEDED = "lava-nc 0.10"
VARIABLE = "SPIKETRACK_LAVA_PYTHON"
"""Names the Python in which Lava runs for this one."""


@dataclass(frozen=True)
class EngineOptions:
    """What an engine is asked for beside its graph; see `LavaEngine`."""

    detail: Detail = "block"
    keep: tuple[str, ...] = ()
    device: Device = "cpu"
    n_probed: int = 0
    torch_conv: bool = True


def lava_is_absent() -> bool:
    """Whether Lava is not installed in this environment, rather than there or broken."""
    try:
        require_lava_here()
    except BackendUnavailable as error:
        cause = error.__cause__
        return isinstance(cause, ModuleNotFoundError) and _is_of_lava(cause)
    return False


def require_lava_here() -> None:
    """Imports Lava.

    Raises:
        BackendUnavailable: it is absent or broken, or processes cannot be forked here.
    """
    if "fork" not in multiprocessing.get_all_start_methods():
        needed = "a system that can fork processes (Linux, macOS)"
        raise BackendUnavailable("backend 'lava'", needed, sys.platform)
    advice = (
        "In an environment of Python 3.10: pip install 'spiketrack[lava]' (in the source tree: "
        f"make lava-environment); {VARIABLE}=<path of its Python> then runs Lava there for this one"
    )
    if sys.version_info[:2] > LAST_PYTHON:
        advice = f"lava-nc 0.10.0 is the last release and runs on Python 3.10. {advice}"
    try:
        importlib.import_module("hardware.lava.runtime.watched")
    except ModuleNotFoundError as error:
        found = str(error)
        if _is_of_lava(error):
            found = "no package 'lava'" if error.name == "lava" else f"no module '{error.name}'"
        raise BackendUnavailable("backend 'lava'", NEEDED, found, advice) from error
    # Why any exception: a broken installation fails in whatever way it likes.
    except Exception as error:
        found = f"an installation that fails to import ({type(error).__name__}: {error})"
        raise BackendUnavailable("backend 'lava'", NEEDED, found, advice) from error


def _is_of_lava(error: ModuleNotFoundError) -> bool:
    return (error.name or "").split(".")[0] == "lava"


def require_device_here(device: Device) -> None:
    """Imports what an engine for this device needs.

    Raises:
        BackendUnavailable: Lava, or its closed extension for the chip, is not there.
    """
    require_lava_here()
    if device == "cpu":
        return
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


class LocalEngine:
    """The running Lava processes of one graph.

    Attributes:
        n_processes: operating system processes, the runtime service included.
    """

    def __init__(
        self, graph: Graph[SpikeNode], options: EngineOptions, plan: StockPlan | None
    ) -> None:
        """Builds, compiles and starts the processes.

        Raises:
            The errors of `LavaEngine`.
        """
        require_device_here(options.device)
        compiling = importlib.import_module("hardware.lava.assemble.compile")
        self._graph = graph
        handlers = list(logging.getLogger().handlers)
        try:
            self._net = _build(graph, options, plan)
            config = compiling.run_config(self._net, options.device)
            self._probes = _probes(config, options.n_probed) if options.n_probed else None
            self._counters, self._runtime = compiling.start(self._net, config)
        finally:
            # Lava adds a handler to the root logger for every process.
            logging.getLogger().handlers[:] = handlers
        self.n_processes = len(self._runtime.infrastructure.actors)

    @property
    def pids(self) -> dict[str, int]:
        """Process ids by process name, empty once stopped."""
        actors = self._runtime.infrastructure.actors
        return {name: actor.pid for name, actor in actors.items()}

    def run(self, frames: Arrays, n_frames: int) -> Arrays:
        """Outputs and kept values (T, B, C, H, W) for inputs (B, T, C, H, W)."""
        pace, made = self._net.pace, dict[str, list[NDArray[Any]]]()
        steps = (self._step(frames, i, n_frames) for i in range(n_frames + pace.n_extra))
        for name, value in (item for step in steps for item in step.items()):
            made.setdefault(name, []).append(value)
        return {name: np.stack(values, axis=1) for name, values in made.items()}

    def counters(self) -> dict[str, Events]:
        """Events of every node since the start."""
        counted: dict[str, Events] = {}
        for process, names in self._counters:
            columns = [self._runtime.read(getattr(process, field)) for field in FIELDS]
            for name, *events in zip(names, *columns, strict=True):
                counted[name] = Events(*(int(count) for count in events))
        return {node.name: counted[node.name] for node in self._graph if node.name in counted}

    def check(self) -> None:
        """Raises what a process has failed with."""
        self._runtime.check()

    def stop(self) -> None:
        """Ends all processes."""
        self._runtime.stop()

    def readings(self) -> dict[str, Any]:
        """What the chip's probes measured (`hardware.lava.runtime.loihi2`), once it is stopped."""
        return {} if self._probes is None else self._probes.readings()

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


def _build(graph: Graph[SpikeNode], options: EngineOptions, plan: StockPlan | None) -> Any:
    if plan is None:
        build = importlib.import_module("hardware.lava.assemble.graph").build
        return build(graph, detail=options.detail, keep=options.keep)
    build = importlib.import_module("hardware.lava.assemble.stock_net").build_mixed
    return build(
        plan, detail=options.detail, keep=options.keep, torch_conv=options.torch_conv,
        on_cpu=options.device == "cpu",
    )  # fmt: skip


def _probes(config: Any, n_steps: int) -> Any:
    return importlib.import_module("hardware.lava.runtime.loihi2").ChipProbes(config, n_steps)
