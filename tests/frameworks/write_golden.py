"""Writes tests/golden/nir_frameworks: run it where the frameworks are installed.

python -m tests.frameworks.write_golden FOLDER
"""

import gzip
import json
import sys
from dataclasses import asdict
from hashlib import sha256
from importlib.metadata import version
from pathlib import Path
from tempfile import TemporaryDirectory

import nir
import numpy as np

from tests.frameworks import norse_trials, sinabs_trials, snntorch_trials
from tests.frameworks.trials import Trial, their_warnings_ignored

FRAMEWORKS = {"snntorch": snntorch_trials, "sinabs": sinabs_trials, "norse": norse_trials}


def write(folder: Path) -> None:
    """One .nir.gz per network, all inputs and spikes in traces.npz, the rest in trials.json."""
    known: dict[str, object] = {}
    traces = {}
    for framework, module in FRAMEWORKS.items():
        for trial in module.trials():
            with TemporaryDirectory() as scratch:
                nir.write(Path(scratch) / "x.nir", trial.graph)
                written = (Path(scratch) / "x.nir").read_bytes()
            packed = gzip.compress(written, mtime=0)
            (folder / f"{trial.name}.nir.gz").write_bytes(packed)
            traces[f"{trial.name}.inputs"] = trial.inputs
            traces[f"{trial.name}.spikes"] = trial.spikes.reshape(len(trial.spikes), -1)
            known[trial.name] = _record(framework, trial, packed)
    np.savez_compressed(folder / "traces.npz", **traces)
    (folder / "trials.json").write_text(json.dumps(known, indent=1) + "\n", encoding="utf-8")


def _record(framework: str, trial: Trial, packed: bytes) -> dict[str, object]:
    packages = (framework, "nir", "nirtorch", "torch")
    return {
        "made_by": {name: version(name) for name in packages},
        "recipe": f"tests/frameworks/{framework}_trials.py",
        "options": asdict(trial.options),
        "sha256": sha256(packed).hexdigest(),
    }


if __name__ == "__main__":
    with their_warnings_ignored():
        write(Path(sys.argv[1]))
