"""Counts a network that is no tracker on given spikes: the same profile, with one phase "run"."""

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from simulation.counting.connections import without_events
from spiketrack.counts.conventions import NOT_COUNTED
from spiketrack.graph.graph import Graph
from spiketrack.graph.model import Model
from spiketrack.graph.spike_nodes import SpikeNode
from spiketrack.pipeline.interrupt import deferred_interrupt
from spiketrack.pipeline.network.proof import naming_width
from spiketrack.pipeline.network.simulate import PHASE, Backend, Simulation, simulate, warm_up
from spiketrack.pipeline.network.simulated_files import of_lava
from spiketrack.pipeline.tracker.watch import peak_memory_mib

TRACKER_WORK = ("host: crop", "host: argmax", "carrying the memories")
"""Beginnings of what only a tracker leaves uncounted."""


def profile_run(
    model: Model,
    graph: Graph[SpikeNode],
    inputs: Mapping[str, NDArray[Any]],
    *,
    provenance: dict[str, Any],
    backend: Backend = "fast",
    on_samples: Callable[[int], None] = lambda done: None,
) -> dict[str, Any]:
    """Runs sample by sample with counting on; a frame of the profile is one sample.

    Ctrl-C lets the sample under way finish; the profile is then of the samples so far.

    Args:
        model: whose facts to tell.
        graph: one of its graphs, for as many steps as the inputs have.
        inputs: raw integers (T, B, C, H, W) by input name.
        provenance: hashes and versions.
        backend: which engine.
        on_samples: told how many samples are done.

    Returns:
        The contents of profile.json, as `profile_video` gives them, without boxes.

    Raises:
        GraphError, OverflowBoundError, BackendUnavailable, LavaError: as `simulate`.
    """
    with naming_width(model), deferred_interrupt() as is_asked:
        if backend == "fast":
            warm_up(graph, inputs)
        run = simulate(
            graph, inputs, backend=backend, chunk=1, on_samples=on_samples,
            is_asked_to_stop=is_asked,
        )  # fmt: skip
    return {
        "provenance": provenance,
        "model": facts_of(model, graph, run.backend),
        **run.counts.to_dict(),
        "listed_not_counted": [
            *(one for one in NOT_COUNTED if not one.startswith(TRACKER_WORK)),
            *without_events(graph),
        ],
        "alarms": list(run.alarms),
        "interrupted": run.interrupted,
        "speed": _speed(run),
        **of_lava(run),
    }


def facts_of(model: Model, graph: Graph[SpikeNode], backend: str) -> dict[str, Any]:
    """What a report says about the model: a tracker's numbers do not appear."""
    facts = {key: value for key, value in model.variant.items() if value is not None}
    return {
        **facts,
        "variant": str(model.variant.get("name", "unknown")),
        "graph": graph.name,
        "steps": max(graph.shapes[node.name][0] for node in graph.inputs),
        "backend": f"integer graph ({backend})",
    }


def _speed(run: Simulation) -> dict[str, Any]:
    median_ms = 1e3 * float(np.median(run.seconds))
    return {
        "engine": f"integer graph ({run.backend})",
        "ms_per_call": {PHASE: median_ms},
        "peak_memory_mib": peak_memory_mib(),
    }
