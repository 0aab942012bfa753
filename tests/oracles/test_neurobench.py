"""Our definition (e) of a synaptic operation against NeuroBench's own SynapticOperations."""

import numpy as np
import pytest

from simulation.floats.engine import run_float
from tests.oracles import neurobench_table as table
from tests.oracles.spiking_networks import NETWORKS, integer_spikes, residual

pytestmark = [pytest.mark.slow, pytest.mark.lava_environment("neurobench", "snntorch")]
_EQUAL = [name for name, make in NETWORKS.items() if make not in (integer_spikes, residual)]


@pytest.mark.parametrize("name", sorted(NETWORKS))
def test_both_networks_compute_the_same(name: str) -> None:
    twins = NETWORKS[name]()
    run = run_float(twins.graph, {"x": twins.values()})
    np.testing.assert_array_equal(run.outputs["out"], table.predictions(twins))
    spiking = [key for key in run.values if key.startswith("spike")]
    assert all(0 < np.count_nonzero(run.values[key]) < run.values[key].size for key in spiking)


@pytest.mark.parametrize("name", _EQUAL)
def test_definition_e_is_neurobench(name: str) -> None:
    twins = NETWORKS[name]()
    ours = table.by_us(table.counted(twins))
    assert ours == table.by_neurobench(twins)
    assert 0 < ours.effective < ours.dense


def test_integer_spikes_make_the_same_operations_under_another_name() -> None:
    twins = integer_spikes()
    theirs, ours = table.by_neurobench(twins), table.by_us(table.counted(twins))
    assert (theirs.dense, theirs.effective) == (ours.dense, ours.effective)
    # A silent step of real numbers is "spiking" to NeuroBench, but makes no operation.
    faint = table.faint_operations(twins)
    assert 0 < faint == theirs.effective_acs
    assert ours.effective_acs == 0


def test_a_sum_of_spikes_makes_the_operations_of_each_operand() -> None:
    twins = residual()
    theirs, ours = table.by_neurobench(twins), table.by_us(table.counted(twins))
    shared = table.shared_operations(twins)
    assert (theirs.dense, theirs.effective + shared) == (ours.dense, ours.effective)
    # Where both fire, NeuroBench sees a 2 and calls the whole step's operations MACs.
    assert ours.effective_macs == 0 < shared < theirs.effective_macs


@pytest.mark.parametrize("name", sorted(NETWORKS))
def test_the_other_definitions_part_from_it_where_they_say(name: str) -> None:
    twins = NETWORKS[name]()
    counts = table.counted(twins)
    for layer in counts.layers:
        if layer.kind != "conv":
            continue
        zeros = twins.graph[layer.name].weight == 0  # type: ignore[union-attr]
        assert zeros.any() and layer.graded < layer.all_weights
        assert (layer.unary > layer.graded) == (make_is_graded(name))
        padded = any(twins.graph[layer.name].padding)  # type: ignore[union-attr]
        assert (layer.dense_macs > layer.macs_inside_borders) == padded
        rate = layer.unary_spikes * layer.dense_macs // layer.inputs
        assert layer.rate_x_dense == rate != layer.graded


def make_is_graded(name: str) -> bool:
    return NETWORKS[name] is integer_spikes


def test_the_table_has_a_row_per_network(capsys: pytest.CaptureFixture[str]) -> None:
    table.main()
    printed = capsys.readouterr().out
    assert all(name in printed for name in NETWORKS)
