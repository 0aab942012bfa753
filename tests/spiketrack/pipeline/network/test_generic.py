"""Networks that are no tracker: converted, described, checked, profiled, written elsewhere."""

import os
import signal
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from calibration.options import QuantiseOptions
from conversion.from_network import float_graphs
from conversion.netx import NetxOptions, read_netx
from conversion.nir_options import NirOptions
from conversion.passes import fold_batchnorm, fold_scales
from conversion.to_nir import write_nir
from hardware.energy import audit
from hardware.energy.formula import exact_energy
from hardware.energy.phases import main_phase
from hardware.target import load_target
from spiketrack.counts import profile_from
from spiketrack.errors import (
    GraphError,
    ObstacleError,
    StoreError,
    TargetError,
    UnsupportedOpError,
)
from spiketrack.graph import spike_nodes as s
from spiketrack.graph.graph import Graph
from spiketrack.graph.model import Model
from spiketrack.graph.store import load_model, save_model
from spiketrack.graph.text import dump
from spiketrack.network import load_checkpoint
from spiketrack.pipeline.check import check_file
from spiketrack.pipeline.export import export_file
from spiketrack.pipeline.listener import Listener
from spiketrack.pipeline.network.open import (
    ForeignOptions,
    convert_foreign,
    describe,
    graph_of,
    is_generic,
    load_network,
)
from spiketrack.pipeline.network.profile import profile_run
from spiketrack.pipeline.network.proof import unproved_of
from spiketrack.pipeline.network.run_file import open_run
from spiketrack.pipeline.requests import EngineChoice, ExportRequest, RunRequest
from spiketrack.pipeline.sources import open_tracking_engine
from spiketrack.pipeline.target_check import chip_obstacles
from tests.conversion.raw_nir import write_chain
from tests.small_networks import integrator, save_netx, save_nir, save_strange_nir, spikes
from tests.tiny_models import Tiny

DEFAULTS = ForeignOptions()


def test_a_nir_file_becomes_a_model_that_says_how_it_was_read(tmp_path: Path) -> None:
    options = ForeignOptions(nir=NirOptions(dt=2e-4, reset="subtract"))
    model = convert_foreign(save_nir(tmp_path / "net.nir"), options)
    assert is_generic(model) and len(model.graphs) == 1
    assert model.variant["source"] == "nir" and model.variant["dt"] == 2e-4
    assert model.variant["reset"] == "subtract" and model.variant["max_spike"] == 1
    assert "dt = 0.0002 s, reset 'subtract', 8-bit weights" in describe(model)[0]
    save_model(tmp_path / "net.stk", model)
    again = load_network(tmp_path / "net.stk", DEFAULTS)
    assert again.variant == model.variant and describe(again) == describe(model)


def test_the_current_of_cuba_neurons_is_chosen_said_and_kept(tmp_path: Path) -> None:
    ones, none = np.ones(2), np.zeros(2)
    neuron = {"tau_syn": 2 * ones, "tau_mem": 2 * ones, "r": ones, "v_leak": none}
    nodes: dict[str, Any] = {
        "i": {"type": "Input", "shape": np.array([2])},
        "w": {"type": "Linear", "weight": np.eye(2)},
        "n": {"type": "CubaLIF", **neuron, "v_threshold": 0.25 * ones},
    }
    path = write_chain(tmp_path / "cuba.nir", nodes)
    for cuba, found in ((None, "new"), ("new", "new"), ("old", "old")):
        options = ForeignOptions(nir=NirOptions(dt=1.0, cuba=cuba))  # type: ignore[arg-type]
        model = convert_foreign(path, options)
        assert model.variant["cuba"] == found
        told = describe(model)
        assert f"reset 'zero', cuba '{found}', 8-bit weights" in told[0]
        assert any(f"cuba = {found}: v reads the current" in line for line in told)
        assert any(f"cuba = {found}" in line for line in check_file(path, options).notes)
    obstacles = chip_obstacles(graph_of(model, None), load_target("loihi1"))
    assert any("reads the current of the step before" in one.reason for one in obstacles)
    own = ForeignOptions(nir=NirOptions(dt=1.0, cuba="old"))
    export_file(path, tmp_path / "own.nir", ExportRequest(foreign=own))
    assert convert_foreign(tmp_path / "own.nir", DEFAULTS).variant["cuba"] == "old"


def test_what_the_portable_dialect_cannot_hold_is_written_in_the_one_it_advises(
    tmp_path: Path,
) -> None:
    nodes: dict[str, Any] = {
        "i": {"type": "Input", "shape": np.array([2, 5])},
        "c": {"type": "Conv1d", "weight": np.ones((3, 2, 3)), "stride": 1, "padding": 1},
        "n": {"type": "IF", "r": np.float64(1), "v_threshold": np.float64(1)},
    }
    path = write_chain(tmp_path / "a.nir", nodes)
    with pytest.raises(UnsupportedOpError, match=r"found 1x3.*\(--dialect compact\)"):
        export_file(path, tmp_path / "b.nir")
    assert not (tmp_path / "b.nir").exists()
    export_file(path, tmp_path / "b.nir", ExportRequest(dialect="compact"))
    first, second = (convert_foreign(one, DEFAULTS) for one in (path, tmp_path / "b.nir"))
    assert dump(graph_of(first, None)) == dump(graph_of(second, None))


def test_a_file_of_ours_keeps_its_own_dt(tmp_path: Path) -> None:
    options = ForeignOptions(nir=NirOptions(dt=5e-4))
    export_file(
        save_nir(tmp_path / "a.nir"), tmp_path / "b.nir", ExportRequest(foreign=options)
    )
    facts = convert_foreign(tmp_path / "b.nir", DEFAULTS).variant
    first = convert_foreign(tmp_path / "a.nir", options)
    second = convert_foreign(tmp_path / "b.nir", DEFAULTS)
    assert facts["dt"] == 5e-4 and facts["reset"] == "as in the file"
    assert dump(graph_of(first, None)) == dump(graph_of(second, None))


def test_rounding_is_told_on_given_spikes(tmp_path: Path) -> None:
    np.save(tmp_path / "s.npy", spikes())
    path = save_nir(tmp_path / "net.nir")
    report = convert_foreign(path, DEFAULTS, calibration=tmp_path / "s.npy").report
    (forced,) = report["forced"].values()
    assert forced["worst_neuron_layer"]["differing"] < 0.05
    (peaks,) = report["peaks"].values()
    assert peaks["widest"]["membrane"]["peak"] > 0


def test_a_netx_file_becomes_a_model_with_its_own_integers(tmp_path: Path) -> None:
    options = ForeignOptions(netx=NetxOptions(reset_interval=7, reset_offset=2))
    path = save_netx(tmp_path / "net.net")
    model = convert_foreign(path, options)
    assert dump(graph_of(model, None)) == dump(read_netx(path, options=options.netx))
    assert "state cleared every 7 steps, layer by layer, from step 2" in describe(model)[0]
    assert "state never cleared" in describe(convert_foreign(path, DEFAULTS))[0]
    assert unproved_of(model.report["netx"]) == []


def test_other_files_and_halves_of_a_tracker_are_refused(tmp_path: Path, t1: Tiny) -> None:
    with pytest.raises(StoreError, match="Convert a checkpoint first"):
        load_network(t1.checkpoint, DEFAULTS)
    network = load_checkpoint(t1.checkpoint)
    weights = {key: value.numpy() for key, value in network.state_dict().items()}
    graphs = float_graphs(weights, network.variant)
    folded = fold_scales(fold_batchnorm(graphs["search"]))
    write_nir(folded, tmp_path / "search.nir", dialect="compact")
    with pytest.raises(StoreError, match="found the search half of a tracker"):
        convert_foreign(tmp_path / "search.nir", DEFAULTS)


def test_a_network_is_no_tracker(tmp_path: Path) -> None:
    path = tmp_path / "net.stk"
    save_model(path, convert_foreign(save_netx(tmp_path / "net.net"), DEFAULTS))
    for one in (path, tmp_path / "net.net"):
        with (
            pytest.raises(StoreError, match="needed a converted tracker.*spiketrack simulate"),
            open_tracking_engine(one, EngineChoice()),
        ):
            pass


def test_a_graph_is_chosen_by_name(t1: Tiny) -> None:
    assert graph_of(t1.model, "search") is t1.model.graphs["search"]
    with pytest.raises(GraphError, match="needed one graph to run.*Choose with --graph"):
        graph_of(t1.model, None)
    with pytest.raises(GraphError, match="needed one of 'template', 'search'"):
        graph_of(t1.model, "x")


def test_check_lists_obstacles_or_says_there_are_none(tmp_path: Path, t1: Tiny) -> None:
    good = check_file(save_nir(tmp_path / "a.nir"), DEFAULTS)
    assert good.obstacles == () and good.nodes > 5 and "dt = 0.0001" in good.notes[0]
    bad = check_file(save_strange_nir(tmp_path / "b.nir"), DEFAULTS)
    assert "loop" in bad.obstacles[0].node and bad.to_dict()["ok"] is False
    assert bad.obstacles[0].rewrite
    assert check_file(t1.stk, DEFAULTS).obstacles == ()
    checkpoint = check_file(t1.checkpoint, DEFAULTS)
    assert checkpoint.notes == ("variant tiny128-t1",) and checkpoint.obstacles == ()
    (tmp_path / "c.pth").write_text("hello", encoding="utf-8")
    assert "needed a checkpoint" in check_file(tmp_path / "c.pth", DEFAULTS).obstacles[0].reason
    with pytest.raises(StoreError, match="whole, readable HDF5 file"):
        check_file(tmp_path / "none.nir", DEFAULTS)


def test_check_turns_one_error_into_one_obstacle(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from spiketrack.pipeline import check

    def refuse(*_: object) -> Model:
        raise GraphError("node 'x'", "a", "b", "c")

    monkeypatch.setattr(check, "load_network", refuse)
    (obstacle,) = check_file(tmp_path / "a.nir", DEFAULTS).obstacles
    assert (obstacle.node, obstacle.reason, obstacle.rewrite) == (
        "node 'x'", "needed a, found b", "c",
    )  # fmt: skip


def test_what_was_exported_is_the_same_network(tmp_path: Path) -> None:
    options = ForeignOptions(netx=NetxOptions(reset_interval=7))
    model = convert_foreign(save_netx(tmp_path / "a.net"), options)
    save_model(tmp_path / "a.stk", model)
    notes = export_file(tmp_path / "a.stk", tmp_path / "new" / "b.net")
    assert any("netx has no scales" in note for note in notes)
    again = read_netx(tmp_path / "new" / "b.net", options=options.netx)
    assert dump(again) == dump(graph_of(load_model(tmp_path / "a.stk"), None))


def test_what_a_format_cannot_say_is_listed_and_nothing_is_written(tmp_path: Path) -> None:
    with pytest.raises(ObstacleError, match="have no NIR form"):
        export_file(save_netx(tmp_path / "a.net"), tmp_path / "b.nir")
    with pytest.raises(ObstacleError) as caught:
        export_file(save_nir(tmp_path / "a.nir"), tmp_path / "b.net")
    assert len(caught.value.obstacles) > 1
    assert not (tmp_path / "b.net").exists() and not (tmp_path / "b.nir").exists()


@pytest.mark.parametrize("backend", ["fast", "reference"])
def test_a_profile_of_a_network_is_audited_per_sample(tmp_path: Path, backend: str) -> None:
    np.save(tmp_path / "s.npy", spikes())
    run = open_run(save_nir(tmp_path / "net.nir"), tmp_path / "s.npy")
    told: list[int] = []
    result = profile_run(
        run, RunRequest(backend=backend), provenance=run.provenance([]),
        listener=Listener(samples=told.append),
    )  # fmt: skip
    assert told == [1, 2, 3] and not result["interrupted"]
    assert list(result["phases"]) == ["run"] and result["phases"]["run"]["frames"] == 3
    assert result["model"]["steps"] == 30 and "crop" not in str(result["listed_not_counted"])
    report = audit(profile_from(result))
    assert report.phase == "run" and report.claims == () and len(report.readings) == 1


def test_ctrl_c_ends_a_profile_after_the_sample_under_way(
    tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    previous = signal.signal(signal.SIGINT, signal.default_int_handler)
    request.addfinalizer(lambda: signal.signal(signal.SIGINT, previous))
    np.save(tmp_path / "s.npy", spikes())
    run = open_run(save_nir(tmp_path / "net.nir"), tmp_path / "s.npy")

    def press(done: int) -> None:
        if done == 2:
            os.kill(os.getpid(), signal.SIGINT)

    result = profile_run(run, provenance=run.provenance([]), listener=Listener(samples=press))
    assert result["interrupted"] and result["phases"]["run"]["frames"] == 2


def test_a_chip_refuses_what_it_has_no_format_or_neuron_for(tmp_path: Path, t1: Tiny) -> None:
    fine = check_file(save_netx(tmp_path / "a.net"), DEFAULTS, target="loihi1")
    assert fine.obstacles == ()
    assert "fills at least 1 core, 1 chip of Intel Loihi 1" in fine.notes[-1]
    modern = check_file(tmp_path / "a.net", DEFAULTS, target="loihi2")
    assert "nodes by where they run:" in modern.notes[-2] and "stock" in modern.notes[-2]
    subtract = ForeignOptions(nir=NirOptions(reset="subtract"), quantise=QuantiseOptions(8, 30))
    path = save_nir(tmp_path / "b.nir")
    reasons = {one.reason for one in check_file(path, subtract, target="loihi1").obstacles}
    assert reasons == {
        "a reset by subtraction, the chip resets to zero (loihi1)",
        "a register of 30 bits, the chip has 24 (loihi1)",
    }
    tracker = check_file(t1.stk, DEFAULTS, target="loihi1").obstacles
    assert any("a product of two signals" in one.reason for one in tracker)
    with pytest.raises(TargetError, match="needed loihi1, loihi2"):
        check_file(path, DEFAULTS, target="loihi9")
    with pytest.raises(StoreError, match="Convert it and check the model"):
        check_file(t1.checkpoint, DEFAULTS, target="loihi1")


def test_wide_weights_and_graded_spikes_need_a_chip_that_has_them() -> None:
    chip = load_target("loihi1")
    narrow = chip.quantities | {"weight_bits": replace(chip.quantities["weight_bits"], value=4)}
    found = list(chip_obstacles(integrator(), replace(chip, quantities=narrow)))
    assert [one.rewrite for one in found] == ["convert with --weight-bits 4"]
    delta = s.SpikeDelta(name="d", inputs=("in",), threshold_q=np.ones((1, 1, 1), np.int32))
    one = np.ones(1)
    out = s.SpikeOutput(name="o", inputs=("d",), scale=one, bias=0 * one)
    graph = Graph("g", (*integrator().nodes, delta, out))
    assert [one.node for one in chip_obstacles(graph, chip)] == ["d"]
    assert list(chip_obstacles(graph, load_target("loihi2"))) == []


@pytest.mark.parametrize(("decay", "lacks"), [([], []), ([0], []), ([2048], ["n"])])
def test_a_chip_without_microcode_lacks_nothing_of_an_nilif_that_keeps_nothing(
    decay: list[int], lacks: list[str]
) -> None:
    source = s.SpikeInput(
        name="in", shape=(2, 3, 1, 1), signal="spikes", low=0, high=1, scale=1.0,
        offset_q=np.zeros(1, np.int32),
    )  # fmt: skip
    neuron = s.SpikeNILIF(
        name="n", inputs=("in",), max_spike=1, thresholds_q=np.array([[1]]),
        decay_q=np.array(decay, np.int32), reset_q=1, bits=24,
    )  # fmt: skip
    out = s.SpikeOutput(name="o", inputs=("n",), scale=np.ones(1), bias=np.zeros(1))
    graph: Graph[s.SpikeNode] = Graph("g", (source, neuron, out))
    assert [obstacle.node for obstacle in chip_obstacles(graph, load_target("loihi1"))] == lacks


def test_a_layer_behind_a_pool_is_listed_as_without_events_and_priced_by_its_cells(
    tmp_path: Path,
) -> None:
    kernel = {"type": "Conv2d", "weight": np.ones((3, 1, 2, 2)), "stride": 1, "padding": 0}
    nodes: dict[str, Any] = {
        "i": {"type": "Input", "shape": np.array([1, 4, 4])},
        "p": {"type": "SumPool2d", "kernel_size": np.array([2, 2]), "stride": np.array([2, 2])},
        "c": kernel,
        "n": {"type": "IF", "r": np.float64(1), "v_threshold": np.float64(1)},
    }
    x = np.zeros((1, 1, 1, 4, 4), np.uint8)
    x[0, 0, 0, 0, :3] = 1
    np.save(tmp_path / "s.npy", x)
    options = ForeignOptions(nir=NirOptions(dt=1.0))
    run = open_run(
        write_chain(tmp_path / "a.nir", nodes), tmp_path / "s.npy", RunRequest(foreign=options)
    )
    result = profile_run(run, provenance={})
    (told,) = (line for line in result["listed_not_counted"] if "is no spike" in line)
    assert told.startswith("layer 'c' reads 'p' (SpikeConv), which is no spike: counted as MACs")
    layers = {layer["name"]: layer for layer in result["phases"]["run"]["layers"]}
    pool, conv = layers["p"], layers["c"]
    # Two of four pooled cells hold something; each meets one tap of three filters.
    assert (pool["events"], pool["synops"]["graded"]) == (3, 3)
    assert (conv["events"], conv["true_macs"], conv["dense_macs"]) == (0, 6, 12)
    assert exact_energy(main_phase(profile_from(result))).rgb_pj == pytest.approx(4.6 * 6)
