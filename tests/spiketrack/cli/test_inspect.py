"""What `inspect` says of a graph's neurons is what the graph's own text says."""

from pathlib import Path

from spiketrack.cli.inspect import inspect_file
from spiketrack.graph.store import save_model
from tests.spiketrack.cli.run import run
from tests.spiketrack.graph.spike_samples import sample_model


def test_inspect_and_dump_count_the_same_layers_of_neurons(tmp_path: Path) -> None:
    path = tmp_path / "a.stk"
    save_model(path, sample_model())
    graph = inspect_file(path, nodes=True)["graphs"]["search"]
    # NI-LIF, CUBA-LIF, CUBA-LI, delta, and a rectifier that no delta reads; sigma is a dendrite.
    assert graph["neuron_layers"] == 5
    assert [line for line in graph["dump"] if "in 5 layers, all steps" in line] != []
    assert "5 neuron layers" in run("inspect", path).out
