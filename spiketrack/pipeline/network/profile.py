"""Counts a network that is no tracker on given spikes: the same profile, with one phase "run"."""

from dataclasses import replace
from typing import Any

import numpy as np

from simulation.counting.connections import without_events
from spiketrack.counts.conventions import NOT_COUNTED
from spiketrack.graph.graph import Graph
from spiketrack.graph.model import Model
from spiketrack.graph.spike_nodes import SpikeNode
from spiketrack.pipeline.backends.row import Use
from spiketrack.pipeline.backends.table import find_backend
from spiketrack.pipeline.listener import NOBODY, Listener
from spiketrack.pipeline.network.proof import naming_width
from spiketrack.pipeline.network.run_file import OpenedRun, run_opened
from spiketrack.pipeline.network.simulate import DEFAULT_RUN, PHASE, Simulation, warm_up
from spiketrack.pipeline.network.simulated_files import of_lava
from spiketrack.pipeline.requests import RunRequest
from spiketrack.pipeline.tracker.watch import peak_memory_mib

TRACKER_WORK = ("host: crop", "host: argmax", "carrying the memories")
"""Beginnings of what only a tracker leaves uncounted."""


def profile_run(
    opened: OpenedRun,
    request: RunRequest = DEFAULT_RUN,
    *,
    provenance: dict[str, Any],
    listener: Listener = NOBODY,
) -> dict[str, Any]:
    """Runs sample by sample with counting on; a frame of the profile is one sample.

    Ctrl-C lets the sample under way finish; the profile is then of the samples so far.

    Args:
        opened: one graph of a network, and the inputs for it.
        request: on which backend.
        provenance: hashes and versions.
        listener: hears how many samples are done.

    Returns:
        The contents of profile.json, as `profile_video` gives them, without boxes; `notes` are
        those of `open_run`.

    Raises:
        GraphError, OverflowBoundError, BackendUnavailable, LavaError: as `simulate`.
    """
    model, graph = opened.model, opened.graph
    with naming_width(model):
        if find_backend(request.backend, Use.NETWORK).warms_up:
            warm_up(graph, opened.inputs)
    # One sample at a time: the time of a call is then the time of a sample.
    run = run_opened(opened, replace(request, chunk=1), listener)
    return {
        "provenance": provenance,
        "model": facts_of(model, graph, run.backend),
        **run.counts.to_dict(),
        "listed_not_counted": [
            *(work for work in NOT_COUNTED if not work.startswith(TRACKER_WORK)),
            *without_events(graph),
        ],
        "alarms": [*model.alarms, *run.alarms],
        "interrupted": run.interrupted,
        "speed": _speed(run),
        **of_lava(run),
        "notes": list(opened.notes),
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
