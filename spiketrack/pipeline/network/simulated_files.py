"""Writes what a simulation found: outputs as .npz, .npy or NIRData, counts as JSON."""

import json
from pathlib import Path
from typing import Any

import numpy as np

from conversion.nir_data import Recording, off_grid, write_nir_data
from spiketrack.errors import StoreError
from spiketrack.files.arrays import write_npy, write_npz
from spiketrack.files.atomic import write_text
from spiketrack.files.places import make_folder
from spiketrack.files.suffixes import NPY_SUFFIX, NPZ_SUFFIX, suffix_of
from spiketrack.pipeline.lava.events import to_dict
from spiketrack.pipeline.network.run_file import OpenedRun
from spiketrack.pipeline.network.simulate import Simulation

ONE_STEP = 1.0
"""dt that NIRData needs where the network knows no seconds: time in steps."""


def check_writable(path: Path, opened: OpenedRun) -> None:
    """Refuses a format that cannot hold the outputs, before anything runs.

    Raises:
        StoreError: several outputs for a .npy file.
    """
    names = ", ".join(node.name for node in opened.graph.outputs)
    if suffix_of(path) == NPY_SUFFIX and len(opened.graph.outputs) > 1:
        raise StoreError(f"'{path}'", "one output", names, "Use a name ending in .npz")


def write_outputs(path: Path, opened: OpenedRun, result: Simulation) -> None:
    """Writes outputs, whole or not at all.

    .npz: integers under the output's name, real values under `real/NAME`, kept values under
    `keep/NAME`, all (T, B, C, H, W); after Ctrl-C also `interrupted_after`: samples that were run,
    and given. .npy: the integers of the one output. Else NIRData, gridded.

    Raises:
        StoreError: the disk refuses.
    """
    make_folder(path.parent)
    suffix = suffix_of(path)
    if suffix == NPY_SUFFIX:
        write_npy(path, next(iter(result.outputs.values())))
    elif suffix == NPZ_SUFFIX:
        reals = {f"real/{name}": array for name, array in result.reals.items()}
        kept = {f"keep/{name}": array for name, array in result.kept.items()}
        stopped = np.array([result.n_samples, opened.n_samples])
        told = {"interrupted_after": stopped} if result.interrupted else {}
        write_npz(path, {**told, **result.outputs, **reals, **kept})
    else:
        dt = opened.dt or ONE_STEP
        recordings = [
            Recording(name, off_grid(array), dt) for name, array in result.outputs.items()
        ]
        write_nir_data(path, recordings)


def write_counts(
    path: Path, opened: OpenedRun, result: Simulation, provenance: dict[str, Any]
) -> None:
    """Writes all counts, layer by layer, as JSON, whole or not at all."""
    document = summary(opened, result, provenance)
    document |= {"phases": result.counts.to_dict()["phases"], **of_lava(result)}
    write_text(path, json.dumps(document, indent=1, allow_nan=False) + "\n")


def summary(opened: OpenedRun, result: Simulation, provenance: dict[str, Any]) -> dict[str, Any]:
    """What a run was and gave, without its arrays and layers, as one JSON value."""
    return {
        "model": opened.model.variant,
        "graph": opened.graph.name,
        "backend": result.backend,
        "steps": opened.n_steps,
        "samples": result.n_samples,
        "interrupted": result.interrupted,
        **({"samples_given": opened.n_samples} if result.interrupted else {}),
        "notes": list(opened.notes),
        "outputs": {name: _about(array) for name, array in result.outputs.items()},
        "overflows": result.overflows,
        "alarms": list(result.alarms),
        "seconds": sum(result.seconds),
        "lowering": result.lowering,
        "provenance": provenance,
    }


def of_lava(result: Simulation) -> dict[str, Any]:
    """What only a run on Lava reports: its own counters, and a chip's readings."""
    events = {"lava_events": to_dict(result.lava_events)} if result.lava_events else {}
    return events | ({"loihi2": result.readings} if result.readings else {})


def _about(array: np.ndarray[Any, Any]) -> dict[str, Any]:
    return {
        "shape": list(array.shape),
        "min": int(array.min()),
        "max": int(array.max()),
        "non_zero": int(np.count_nonzero(array)),
    }
