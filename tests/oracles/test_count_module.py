"""Modules of other frameworks counted as they are, against NeuroBench and against their graphs."""

import pytest

from simulation.modules import Levels, ModuleRun, count_module
from spiketrack.counts.event_counts import PhaseCounts
from tests.oracles import neurobench_table as table
from tests.oracles.spiking_networks import NETWORKS, Twins, integer_spikes, residual

pytestmark = [pytest.mark.slow, pytest.mark.lava_environment("neurobench", "snntorch")]

SAME = ("dense_macs", "macs_inside_borders", "events", "unary_spikes", "graded", "unary",
        "all_weights", "effective_acs", "effective_macs")  # fmt: skip


def counted(twins: Twins) -> PhaseCounts:
    """What the module does by itself; the inputs are eighths, which are no levels of a spike."""
    levels = Levels(max_spike=15, step=1.0)
    how = ModuleRun(steps=twins.data.shape[1], time_first=True, levels=levels, reset=False)
    return count_module(twins.network, twins.data.transpose(0, 1), how).counts


@pytest.mark.parametrize("name", sorted(NETWORKS))
def test_a_module_has_the_counts_of_its_graph(name: str) -> None:
    graph, module = table.counted(NETWORKS[name]()), counted(NETWORKS[name]())
    for counter in SAME:
        ours, theirs = (
            sum(getattr(layer, counter) for layer in counts.layers) for counts in (module, graph)
        )
        assert ours == theirs, counter


@pytest.mark.parametrize(
    "name", [name for name, make in NETWORKS.items() if make not in (integer_spikes, residual)]
)
def test_a_module_has_neurobench_s_totals(name: str) -> None:
    theirs = table.by_neurobench(NETWORKS[name]())
    # NeuroBench counts no operation of a pool.
    layers = [layer for layer in counted(NETWORKS[name]()).layers if layer.kind != "pool"]
    assert sum(layer.effective_acs for layer in layers) == theirs.effective_acs
    assert sum(layer.effective_macs for layer in layers) == theirs.effective_macs
