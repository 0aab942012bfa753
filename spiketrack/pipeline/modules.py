"""Counts a PyTorch module of the user's own: the same profile as of any other network."""

import importlib.util
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import nn

from simulation.modules import ModuleRun, count_module
from spiketrack.counts.conventions import FLOAT_WEIGHTS_KEY, NOT_COUNTED
from spiketrack.counts.event_counts import EventCounts, alarms
from spiketrack.errors import ModuleError, StoreError
from spiketrack.files.arrays import read_arrays
from spiketrack.files.suffixes import NUMPY_SUFFIXES, suffix_of
from spiketrack.pipeline.network.profile import TRACKER_WORK
from spiketrack.provenance import collect, sha256_arrays

BACKEND = "PyTorch module (torch float32)"
"""How a profile names the run of a module."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CountRequest:
    """How a module is counted.

    Attributes:
        how: calls, steps, and what is taken for spikes.
        name: of the network in reports; the module's class if None.
        command: the command line, for the record of how the result was made.
    """

    how: ModuleRun = ModuleRun()
    name: str | None = None
    command: tuple[str, ...] = ()


DEFAULT_COUNT = CountRequest()


def count_profile(
    module: nn.Module,
    inputs: torch.Tensor | Sequence[torch.Tensor],
    request: CountRequest = DEFAULT_COUNT,
) -> dict[str, Any]:
    """Runs a module and returns the contents of profile.json, with one phase "run".

    Args:
        module: any module that runs eagerly on the CPU.
        inputs: its input, (B, ...) or with time first (T, B, ...), or several.
        request: steps, what is taken for spikes, the name in reports.

    Raises:
        ModuleError: the module or the input cannot be counted.
    """
    given = (inputs,) if isinstance(inputs, torch.Tensor) else tuple(inputs)
    counted = count_module(module, given, request.how)
    counts = EventCounts.of([counted.counts])
    weights = {name: value.numpy(force=True) for name, value in module.state_dict().items()}
    arrays = {f"input {i}": tensor.numpy(force=True) for i, tensor in enumerate(given)}
    return {
        "provenance": collect(
            command=request.command,
            weights=sha256_arrays(weights),
            input=sha256_arrays(arrays),
        ),
        "model": {
            "variant": request.name or type(module).__name__,
            "backend": BACKEND,
            FLOAT_WEIGHTS_KEY: True,
            "max_spike": counted.max_spike,
            "steps": counted.steps,
        },
        **counts.to_dict(),
        "listed_not_counted": [
            *(work for work in NOT_COUNTED if not work.startswith(TRACKER_WORK)),
            *counted.left_out,
        ],
        "alarms": list(alarms(counts)),
        "interrupted": False,
        "notes": [],
    }


def load_factory(reference: str) -> Callable[[], nn.Module]:
    """Runs the user's own script and returns the function in it that makes a module.

    Args:
        reference: FILE.py:NAME.

    Raises:
        ModuleError: no such file or name, or the script fails.
    """
    place, colon, name = reference.rpartition(":")
    path = Path(place)
    if not colon or path.suffix != ".py" or not name.isidentifier():
        raise ModuleError(f"'{reference}'", "FILE.py:NAME", "something else")
    if not path.is_file():
        raise ModuleError(f"'{place}'", "a Python file", "none")
    spec = importlib.util.spec_from_file_location(path.stem, path)
    if spec is None or spec.loader is None:
        raise ModuleError(f"'{place}'", "a Python file that can be loaded", "another")
    script = importlib.util.module_from_spec(spec)
    # Why: a script finds the files beside it, as it does when it is run by itself.
    sys.path.insert(0, str(path.resolve().parent))
    try:
        spec.loader.exec_module(script)
    except Exception as error:
        raise ModuleError(f"'{place}'", "a script that runs", _told(error)) from error
    finally:
        sys.path.remove(str(path.resolve().parent))
    factory = getattr(script, name, None)
    if not callable(factory):
        raise ModuleError(f"'{place}'", f"a function '{name}'", "none")

    def made() -> nn.Module:
        try:
            module = factory()
        except Exception as error:
            raise ModuleError(f"'{reference}'", "a function that runs", _told(error)) from error
        if not isinstance(module, nn.Module):
            found = f"a {type(module).__name__}"
            raise ModuleError(f"'{reference}'", "a torch.nn.Module", found)
        return module

    return made


def read_inputs(path: Path) -> tuple[torch.Tensor, ...]:
    """The arrays of a .npy or .npz file as the arguments of a module, in the order of the file.

    Args:
        path: the file.

    Raises:
        StoreError: it is no such file, too large, or holds something other than numbers.
    """
    if suffix_of(path) not in NUMPY_SUFFIXES:
        raise StoreError(f"input '{path}'", "a .npy or .npz file", f"'{path.suffix}'")
    arrays = read_arrays(path)
    return tuple(torch.from_numpy(np.asarray(array, np.float32)) for array in arrays.values())


def _told(error: Exception) -> str:
    return f"{type(error).__name__}: {error}"
