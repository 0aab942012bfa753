"""Other frameworks, if they are installed: their NIR files give their own spikes here."""

import importlib
from pathlib import Path
from typing import Any

import nir
import numpy as np
import pytest
import torch

from conversion.from_nir import read_nir
from conversion.to_nir import write_nir
from tests.frameworks import norse_trials, sinabs_trials, snntorch_trials
from tests.frameworks.trials import Trial, ours, their_warnings_ignored

MODULES: dict[str, Any] = {
    "snntorch": snntorch_trials,
    "sinabs": sinabs_trials,
    "norse": norse_trials,
}
needs_snntorch = pytest.mark.lava_environment("snntorch", "nirtorch")


def mismatches(trial: Trial, folder: Path) -> int:
    """How many spikes of a trial differ."""
    nir.write(folder / "x.nir", trial.graph)
    told = trial.spikes.reshape(len(trial.spikes), -1)
    assert told.any()
    return int((ours(folder / "x.nir", trial.inputs, trial.options) != told).sum())


@pytest.mark.slow
@pytest.mark.parametrize(
    "framework",
    [pytest.param(name, marks=pytest.mark.lava_environment(name, "nirtorch")) for name in MODULES],
)
def test_the_spikes_of_a_framework_are_ours(tmp_path: Path, framework: str) -> None:
    with their_warnings_ignored():
        trials = MODULES[framework].trials()
        found = {trial.name: mismatches(trial, tmp_path) for trial in trials}
    assert found == dict.fromkeys(found, 0)


@needs_snntorch
@pytest.mark.slow
@pytest.mark.parametrize("name", ["snntorch_conv", "snntorch_cuba"])
def test_what_we_write_runs_in_snntorch_with_the_same_spikes(tmp_path: Path, name: str) -> None:
    with their_warnings_ignored():
        load = importlib.import_module("snntorch.import_nir").import_from_nir
        (trial,) = (trial for trial in snntorch_trials.trials() if trial.name == name)
        nir.write(tmp_path / "theirs.nir", trial.graph)
        graph = read_nir(tmp_path / "theirs.nir", options=trial.options)
        write_nir(graph, tmp_path / "ours.nir", dt=trial.options.dt)
        net, state, rows = load(nir.read(tmp_path / "ours.nir")), None, []
        for x in trial.inputs:
            drive = torch.from_numpy(x[None]).float()
            answer = net(drive) if state is None else net(drive, state)
            spikes, state = answer if isinstance(answer, tuple) else (answer, None)
            rows.append(spikes.detach().numpy().ravel())
    assert np.array_equal(rows, trial.spikes.reshape(len(rows), -1))


@needs_snntorch
@pytest.mark.slow
def test_a_soft_reset_of_snntorch_is_ours_while_no_membrane_reaches_twice_the_threshold(
    tmp_path: Path,
) -> None:
    with their_warnings_ignored():
        _, _, recurrent = snntorch_trials.trials(reset=snntorch_trials.SOFT, gain=1.0)
        assert mismatches(recurrent, tmp_path) == 0


@needs_snntorch
@pytest.mark.slow
def test_the_late_soft_reset_that_snntorch_has_by_default_is_not_what_nir_says(
    tmp_path: Path,
) -> None:
    with their_warnings_ignored():
        for trial in snntorch_trials.trials(reset=snntorch_trials.LATE):
            share = mismatches(trial, tmp_path) / np.size(trial.spikes)
            assert 0 < share < 0.25, trial.name
