"""Graphs that are no chains on stock processes beside ours: every value is the reference's."""

from pathlib import Path

import pytest

from tests.hardware.lava.programs import needs_lava, run_program
from tests.hardware.lava.stock_graphs import GRAPHS

pytestmark = [pytest.mark.slow, needs_lava]


def test_small_graphs_equal_the_reference_in_every_value_and_count_nothing() -> None:
    told = run_program("program_stock.py", "graphs")
    assert sorted(told) == sorted(GRAPHS)
    for one in told.values():
        assert one["wrong"] == []
        assert one["refused"].startswith("event counts of this engine: needed processes that count")
    assert {name: one["latency"] for name, one in told.items()} == {
        "residual": 3, "residual_of_three_steps": 3, "depthwise": 2, "steps": 2, "ports": 3,
        "fragile": 1,
    }  # fmt: skip
    # conv1 and its LIFs, conv2, logits, four nodes of ours; in, under way, out, runtime service.
    assert told["residual"]["processes"] == 4 + 4 + 4


def test_lava_chooses_the_models_of_stock_processes_where_it_knows_the_chip() -> None:
    assert run_program("program_stock.py", "chip") == []


def test_simulate_runs_stock_processes_with_the_chips_configuration_and_its_probes() -> None:
    told = run_program("program_stock.py", "simulated_on_chip")
    for name, one_by_one in (("residual", False), ("chain", True)):
        assert (told[name]["wrong"], told[name]["backend"]) == ([], "loihi2")
        assert told[name]["one_by_one"] == one_by_one
    # Of a chain that starts anew for every sample nothing is measured.
    assert told["residual"]["readings"]["energy"] == 0.5 and told["chain"]["readings"] == {}
    n = told["residual"]["steps"]
    assert told["asked"] == ["Loihi2HwCfg", ["execution_time", n], ["energy", n], "activity"]


def test_all_synapses_and_most_neurons_of_a_head_run_on_stock_processes(tmp_path: Path) -> None:
    told = run_program(
        "program_stock.py", "part", str(tmp_path), "tiny128-t1", "search", r"decoder\."
    )
    assert told["wrong"] == []
    # Three towers of four layers and a readout. Ours: the neuron behind a membrane that feeds them,
    # and four layers with thetas too far apart for the bias of a LIF.
    assert told["stock"] == {"Conv": 3 * 5, "4 LIFs": 3 * 4 - 4}
    assert told["roles"] == {"own": 1 + 4, "stock": 15 + 8}
    assert told["latency"] == 5


def test_a_memory_retrieval_with_three_steps_runs_on_both(tmp_path: Path) -> None:
    told = run_program(
        "program_stock.py", "part", str(tmp_path), "tiny128-t3", "search", r"encoder\.mrm\.2\."
    )
    assert told["wrong"] == []
    assert told["roles"]["stock"] > 10 and told["roles"]["own"] > 10
