"""Mapping a model file: the right graph, the board that was asked for, provenance."""

from pathlib import Path

import numpy as np
import pytest

from hardware.mapping import cores_needed, read_mapping
from hardware.target import load_target
from simulation.random_graphs import grow
from spiketrack.errors import CapacityError, StoreError, TargetError
from spiketrack.graph import spike_nodes as s
from spiketrack.graph.graph import Graph
from spiketrack.graph.model import Model
from spiketrack.graph.store import load_model, save_model
from spiketrack.pipeline.mapping import MapRequest, board_of, map_model, write_mapping
from spiketrack.provenance import sha256_file
from spiketrack.report.mapping_tables import summary_table


@pytest.fixture
def model_file(tmp_path: Path) -> Path:
    graph, _ = grow(np.random.default_rng(5), batch=1, n_moves=14)
    path = tmp_path / "model.stk"
    save_model(path, Model({graph.name: graph}, {"kind": "generic", "source": "random"}))
    return path


def test_a_model_is_mapped_and_its_file_says_what_from(model_file: Path, tmp_path: Path) -> None:
    result = map_model(model_file, MapRequest(seed=4, command=("spiketrack", "map")))
    path = write_mapping(result.record, tmp_path / "out")
    found = read_mapping(path)
    assert found.provenance["sha256"]["model"] == sha256_file(model_file)
    assert set(found.provenance["sha256"]) == {"model", "model_content", "target"}
    assert found.provenance["seed"] == 4
    assert found.board["name"] == "oheo-gulch"


def test_a_number_of_chips_takes_the_board_of_that_size_or_makes_one() -> None:
    target = load_target("loihi2")
    named = board_of(target, MapRequest(chips=8))
    made = board_of(target, MapRequest(chips=12))
    assert named is not None and made is not None
    assert (named.name, made.rows, made.columns) == ("kapoho-point", 3, 4)
    assert board_of(target, MapRequest()) is None
    # Hala Point has 122 usable cores a chip: so many chips alone are whole ones.
    whole = board_of(target, MapRequest(chips=1152))
    assert whole is not None and target.cores_on(whole) == 1152 * 128


def test_a_board_by_name_and_by_number_at_once_is_refused() -> None:
    with pytest.raises(TargetError, match="a name or a number of chips, found both"):
        board_of(load_target("loihi2"), MapRequest(board="vpx", chips=3))


def test_an_unknown_board_is_refused_before_the_model_is_read(tmp_path: Path) -> None:
    with pytest.raises(TargetError, match="board 'x' of loihi2"):
        map_model(tmp_path / "none.stk", MapRequest(board="x"))


def test_a_file_that_is_no_model_is_refused(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="a model"):
        map_model(tmp_path / "none.txt", MapRequest())


def test_a_chip_of_your_own_too_small_is_refused(model_file: Path, tmp_path: Path) -> None:
    text = Path(load_file("loihi2")).read_text("utf-8")
    path = tmp_path / "tiny.toml"
    path.write_text(text.replace("{ value = 8192,", "{ value = 1,").replace(
        "{ value = 128,", "{ value = 1,").replace("usable_cores = 122, ", ""), "utf-8")  # fmt: skip
    with pytest.raises(CapacityError, match="bind"):
        map_model(model_file, MapRequest(target=str(path), chips=1))


def load_file(name: str) -> Path:
    from hardware.target import FOLDER

    return FOLDER / f"{name}.toml"


@pytest.fixture
def two_graphs(tmp_path: Path) -> Path:
    """A model with the graphs of a tracker, small ones."""
    graphs = {}
    for name, seed in (("template", 5), ("search", 9)):
        graph, _ = grow(np.random.default_rng(seed), batch=1, n_moves=14)
        graphs[name] = Graph(name, tuple(graph))
    path = tmp_path / "tracker.stk"
    save_model(path, Model(graphs, {"name": "tiny128-t1"}))
    return path


def test_a_tracker_is_told_what_both_its_graphs_need_together(two_graphs: Path) -> None:
    target = load_target("loihi2")
    model = load_model(two_graphs)
    each = {name: cores_needed(graph, target) for name, graph in model.graphs.items()}
    result = map_model(two_graphs, MapRequest())
    assert result.record.graph == "search"
    whole = result.record.summary["together"]
    assert whole == {
        "fewest_cores": each, "total": sum(each.values()), "chips": 1, "board": "oheo-gulch",
    }  # fmt: skip
    text = "\n".join(str(row) for row in summary_table(result.record).rows)
    assert "search and template together" in text


def test_a_graph_beside_it_that_does_not_fit_is_said_to(two_graphs: Path, tmp_path: Path) -> None:
    model = load_model(two_graphs)
    wide = Graph("template", tuple(wide_layer(200_000)))
    path = tmp_path / "wide.stk"
    save_model(path, Model({**model.graphs, "template": wide}, model.variant))
    record = map_model(path, MapRequest()).record
    assert record.summary["together"]["total"] is None
    text = "\n".join(str(row) for row in summary_table(record).rows)
    assert "one of them does not fit" in text


def wide_layer(inputs: int) -> list[s.SpikeNode]:
    """One neuron with more weights than the 192 KB of a core of Loihi 2."""
    return [
        s.SpikeInput(name="x", shape=(1, inputs, 1, 1), signal="spikes", low=0, high=1, scale=1.0,
                     offset_q=np.zeros(1, np.int32)),
        s.SpikeConv(name="c", inputs=("x",), weight_q=np.ones((1, inputs, 1, 1), np.int8),
                    weight_scale=np.ones(1)),
        s.SpikeOutput(name="out", inputs=("c",), scale=np.ones(1), bias=np.zeros(1)),
    ]  # fmt: skip
