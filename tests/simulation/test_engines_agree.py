"""Whole networks: the fast engine equals the reference in every value and every membrane."""

import numpy as np
import pytest

from simulation.fast.engine import FastEngine
from spiketrack.graph.spike_nodes import SpikeNILIF
from tests.evidence.engines import VARIANTS, branches, compare


@pytest.mark.slow
@pytest.mark.parametrize("variant", VARIANTS)
def test_every_value_and_membrane_of_both_graphs_is_equal(variant: str) -> None:
    for name, branch in branches(variant).items():
        graph = branch.model.graph
        found = compare(branch, FastEngine(graph))
        assert found.divergence is None, str(found.divergence)
        neurons = {node.name for node in graph if isinstance(node, SpikeNILIF)}
        assert len(neurons) > 20 and graph.name == name
        for run in (found.reference, found.fast):
            assert run.values.keys() == {node.name for node in graph}
            assert run.states.keys() == neurons
        silent = [one for one in neurons if not found.fast.values[one].any()]
        assert len(silent) < len(neurons) / 2  # zeros alone would prove little
        assert all(value.dtype == np.int64 for value in found.fast.values.values())
