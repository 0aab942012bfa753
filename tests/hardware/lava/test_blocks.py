"""How a graph is divided into blocks; no Lava is needed for that."""

import pytest

from hardware.lava.assemble.blocks import divide, port_names
from spiketrack.errors import GraphError
from tests.hardware.lava.lava_graphs import narrow_graph
from tests.tiny_models import tiny


@pytest.mark.slow
def test_a_tracker_is_divided_by_the_names_of_its_nodes(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    graph = tiny("tiny128-t1", tmp_path_factory).model.graphs["search"]
    whole = divide(graph)
    assert (whole.kind, whole.name) == ("search_branch", "search")
    retrievals = [f"memory_retrieval.{i}" for i in range(6)]
    assert sorted(part.name for part in whole.parts) == ["backbone", "head", *retrievals]
    assert sum(len(part.nodes) for part in whole.parts) == len(whole.nodes)
    assert len(whole.nodes) == len(graph) - len(graph.inputs) - len(graph.outputs)
    assert list(whole.inputs.values()) == ["image", *(f"memory.{i}" for i in range(6))]
    head = next(part for part in whole.parts if part.kind == "head")
    assert list(head.inputs.items()) == [("encoder_mrm_5_residual2_in", "encoder.mrm.5.residual2")]
    assert list(head.outputs.values()) == [
        "decoder.conv5_ctr", "decoder.conv5_offset", "decoder.conv5_size"
    ]  # fmt: skip


def test_any_other_graph_is_one_block() -> None:
    block = divide(narrow_graph(), keep=("copy",))
    assert (block.kind, block.name, block.parts) == ("graph_block", "narrow", ())
    assert (block.inputs, block.outputs) == (
        {"x_in": "x"}, {"copy_out": "copy", "neuron_out": "neuron"}
    )  # fmt: skip


@pytest.mark.parametrize("name", ["x", "y", "nobody"])
def test_only_nodes_that_compute_can_be_kept(name: str) -> None:
    with pytest.raises(GraphError, match=f"a node that computes, found '{name}'"):
        divide(narrow_graph(), keep=(name,))


def test_ports_have_names_that_python_allows_and_none_twice() -> None:
    assert port_names(["spikes"], "in") == {"spikes_0_in": "spikes"}
    assert port_names(["a.b@1", "a_b_1", "1st"], "in") == {
        "a_b_1_in": "a.b@1", "a_b_1_1_in": "a_b_1", "v_1st_in": "1st"
    }  # fmt: skip
