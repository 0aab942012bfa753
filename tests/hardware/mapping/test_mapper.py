"""The whole way: boards, refusals, balance, times, and the file it ends in."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, assume, given, settings

from hardware.mapping import (
    Layout,
    MapOptions,
    cores_needed,
    from_text,
    map_graph,
    read_mapping,
    record_of,
    to_text,
)
from hardware.mapping.activity import assumed_activity, measured_activity
from hardware.mapping.extract import network_of
from hardware.mapping.layer_runs_on import runs_on
from hardware.mapping.timing import depth_of
from hardware.target import Target
from spiketrack.counts import profile_from
from spiketrack.errors import CapacityError, MappingError, ReportError
from spiketrack.graph import float_nodes as f
from spiketrack.graph.graph import Graph
from spiketrack.pipeline.network.simulate import simulate
from spiketrack.pipeline.requests import RunRequest
from tests.hardware.energy.sample_profile import row
from tests.hardware.mapping.chip_graphs import (
    binary_target,
    known_targets,
    residual,
    small_target,
    two_layers,
    wide_targets,
)
from tests.hardware.mapping.test_partition import ROOMY
from tests.strategies import Case, spike_graphs


def small_layout(**options: Any) -> Layout:
    return map_graph(two_layers(), small_target(), MapOptions(moves=50, **options))


def test_without_a_board_the_smallest_that_holds_it_is_taken() -> None:
    layout = small_layout()
    assert layout.board.name == "four"
    assert layout.fewest_cores == cores_needed(two_layers(), small_target())
    assert 8 < layout.fewest_cores <= 32


def test_a_board_too_small_is_refused_with_all_that_a_user_needs() -> None:
    with pytest.raises(CapacityError) as caught:
        small_layout(board=small_target().board("one"))
    text = str(caught.value)
    for part in (
        "graph 'two' on one of small",
        "at most 8 cores",
        "too many",
        "bind",
        "most in layer '",
        "The smallest board that holds it is four (4 chips",
        "What would help: ",
    ):
        assert part in text


def test_a_network_that_no_board_holds_says_how_many_chips_it_fills() -> None:
    target = small_target()
    graph = two_layers(channels=4, size=256, kernel=1)
    with pytest.raises(CapacityError, match=r"No board of small holds it: it fills [\d,]+ chips"):
        map_graph(graph, target)


def test_binary_chips_are_told_that_graded_spikes_would_help() -> None:
    target = binary_target(**{**ROOMY, "neurons_per_core": 64})
    with pytest.raises(CapacityError, match="as many compartments as levels"):
        map_graph(two_layers(), target, MapOptions(board=target.board("one")))


def test_weights_wider_than_the_chip_stores_are_refused() -> None:
    message = (
        r"needed at most 4-bit weights and 24-bit registers, found 8-bit weights, the chip has 4 "
        r"\(small\), and 2 more. Convert with --weight-bits 4"
    )
    with pytest.raises(CapacityError, match=message):
        map_graph(two_layers(), small_target(weight_bits=4))


def test_a_graph_without_layers_is_refused() -> None:
    nodes = (
        f.FloatInput(name="x", shape=(1, 1, 2, 2), signal="spikes"),
        f.FloatOutput(name="out", inputs=("x",)),
    )
    with pytest.raises(MappingError, match="needed a layer to place, found inputs and outputs"):
        map_graph(Graph("empty", nodes), small_target())


def test_spare_cores_relieve_the_busiest_one() -> None:
    target = small_target(**{**ROOMY, "neurons_per_core": 256})
    tight = map_graph(two_layers(), target, MapOptions(moves=0, spare=0.0))
    wide = map_graph(two_layers(), target, MapOptions(moves=0, spare=3.0))
    assert tight.cores.count == tight.fewest_cores
    assert wide.cores.count <= 4 * tight.fewest_cores
    assert wide.timing.peak_synops < tight.timing.peak_synops


def test_a_core_that_holds_all_layers_works_for_all_of_them_in_a_full_pipeline() -> None:
    target = small_target(**ROOMY)
    layout = map_graph(two_layers(4, 8, 3), target, MapOptions(moves=0, spare=0.0))
    assert layout.cores.count == 1
    timing, times = layout.timing, layout.timing.own
    synops, updates = sum(layout.activity.synops), 4 * 64 + 4 * 64 + 64
    assert times.step_us == pytest.approx((2.0 * synops + 5.0 * updates + 100.0) / 1000)
    assert timing.depth == 3
    assert times.latency_us == pytest.approx(3 * times.step_us)
    # Alone, each layer works in a step of its own, and the others' neurons are visited in it.
    alone_ns = 2.0 * synops + 5.0 * updates + 1.0 * 2 * updates + 3 * 100.0
    assert times.alone_us == pytest.approx(alone_ns / 1000)


def test_the_step_is_set_by_the_busiest_core_and_not_by_the_mean() -> None:
    target = small_target(**{**ROOMY, "neurons_per_core": 256})
    layout = map_graph(two_layers(4, 8, 3), target, MapOptions(moves=0, spare=0.0))
    load_ns = 2.0 * layout.cores.step_synops + 5.0 * layout.cores.step_updates
    assert layout.cores.count > 1 and load_ns.max() > 1.2 * load_ns.mean()
    times = layout.timing.own
    assert times.step_us == pytest.approx((load_ns.max() + 100.0) / 1000)
    assert times.mean_step_us == pytest.approx((load_ns.mean() + 100.0) / 1000)


def test_a_mapping_gives_an_estimate_under_every_time_table_of_its_target() -> None:
    target = known_targets()[1]
    layout = map_graph(two_layers(), target, MapOptions(moves=0))
    assert layout.cores.count == 1
    synops, updates = layout.cores.step_synops[0], layout.cores.step_updates[0]
    own, old = layout.timing.times
    assert (own.table, old.table) == ("loihi2", "davies2018")
    # Of one chip: the step of two neurons, and the shortest barrier before silicon.
    assert own.step_us == pytest.approx((0.66 * synops + 4 * updates + 1164) / 1000)
    assert old.step_us == pytest.approx((3.5 * synops + 8.4 * updates + 113) / 1000)
    record = record_of(layout, {})
    timing = record.summary["timing"]
    assert timing["step_us"] == timing["estimates"][0]["step_us"] == own.step_us
    assert [one["table"] for one in timing["estimates"]] == ["loihi2", "davies2018"]


def test_chips_that_wait_for_one_another_pay_the_longer_barrier() -> None:
    table = known_targets()[1].times[0]
    assert (table.overhead_ns(1), table.overhead_ns(2)) == (1164, 10_000)
    sanafe = known_targets()[0].times[1]
    assert (sanafe.overhead_ns(1), sanafe.overhead_ns(2)) == (299, 299)


def test_depth_counts_the_longest_path() -> None:
    # stem, then b behind it, then the readout.
    assert depth_of(network_of(residual())) == 3


def test_where_layers_run_is_said_with_the_reason() -> None:
    network = network_of(residual())
    binary, graded = binary_target(), small_target()
    stem = network.populations[1]
    assert runs_on(network, stem, graded) == (
        "microcode",
        "an NI-LIF neuron with graded spikes; a membrane is sent, and a stock neuron sends spikes",
    )
    where, why = runs_on(network, stem, binary)
    assert where == "not on this chip"
    assert "a membrane is sent" in why
    assert runs_on(network, network.populations[2], binary) == ("stock", "")
    assert runs_on(network, network.populations[0], graded)[0] == "host"


@pytest.mark.slow
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(spike_graphs(max_batch=1))
def test_any_graph_maps_onto_known_chips_and_comes_back_from_its_file(case: Case) -> None:
    assume(network_of(case[0]).on_chip)
    for target in wide_targets():
        layout = map_graph(case[0], target, MapOptions(moves=20))
        record = record_of(layout, {"seed": 0})
        text = to_text(record)
        again = from_text(text)
        assert to_text(again) == text
        assert np.array_equal(again.places, layout.placement.places)
        assert layout.placement.traffic_hops <= layout.placement.baseline + 1e-9
        if {link.weight_bits for link in layout.network.links} == {8}:
            stored = sum(layer.weights for layer in record.layers)
            assert 8 * stored == int(record.used["synapse_bits"].sum())
        assert all(0 <= one.duplicated_weights <= one.weights for one in record.layers)
        assert all(0 <= one.duplicated_contents <= one.contents for one in record.layers)


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(spike_graphs(max_batch=1))
def test_a_frame_alone_takes_no_longer_than_one_in_a_full_pipeline(case: Case) -> None:
    assume(network_of(case[0]).on_chip)
    target = wide_targets()[1]
    layout = map_graph(case[0], target, MapOptions(moves=0))
    timing, cores = layout.timing, layout.cores
    for table, times in zip(target.times, timing.times, strict=True):
        assert times.alone_us <= times.latency_us * (1 + 1e-9)
        visits_ns = float(cores.step_updates.max()) * table.idle_visit_ns
        idle_us = (visits_ns + table.overhead_ns(1)) / 1000
        assert times.alone_us >= timing.depth * idle_us * (1 - 1e-9)


@pytest.mark.slow
@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(spike_graphs(max_batch=1))
def test_measured_synops_are_those_of_the_profile(case: Case) -> None:
    graph, inputs = case
    target = wide_targets()[1]
    profile = counted(graph, inputs)
    counts = profile_from(profile)
    assume(network_of(graph).on_chip)
    network = network_of(graph)
    activity = measured_activity(network, target, counts, "run")
    layers = {layer["name"]: layer for layer in profile["phases"]["run"]["layers"]}
    for link, synops in zip(network.links, activity.synops, strict=True):
        if link.kind in ("conv", "memory_read"):
            layer = layers[link.node]
            assert synops == (layer["synops"]["graded"] or layer["true_macs"])
    layout = map_graph(graph, target, MapOptions(moves=0, phase="run"), counts)
    assert int(layout.cores.used["synops"].sum()) == sum(activity.synops)


def counted(graph: Any, inputs: Any) -> dict[str, Any]:
    """A profile of one sample."""
    return simulate(graph, inputs, RunRequest(backend="reference")).counts.to_dict()


def test_the_same_seed_gives_the_same_bytes() -> None:
    texts = {to_text(record_of(small_layout(seed=3), {"seed": 3})) for _ in range(2)}
    assert len(texts) == 1


def document() -> dict[str, Any]:
    found: dict[str, Any] = json.loads(to_text(record_of(small_layout(), {})))
    return found


def refused(changed: dict[str, Any], match: str) -> None:
    with pytest.raises(MappingError, match=match):
        from_text(json.dumps(changed))


def test_parts_of_the_wrong_kind_are_refused() -> None:
    for place, value in (
        (("board", "cores"), "x"),
        (("board",), {}),
        (("target", "quantities"), []),
        (("layers", 1, "messages"), "many"),
        (("layers", 1, "utilisation"), {"neurons": None}),
    ):
        found = document()
        part: Any = found
        for key in place[:-1]:
            part = part[key]
        part[place[-1]] = value
        refused(found, "needed a whole mapping")


def test_parts_without_a_core_each_are_refused_before_they_are_laid_out() -> None:
    found = document()
    layer = next(one for one in found["layers"] if one["cores"])
    layer["shape"] = layer["parts"] = [1 << 40, 1, 1]
    refused(found, "needed a core for each of 1099511627776 tiles")


def test_a_file_is_read_back(tmp_path: Path) -> None:
    path = tmp_path / "mapping.json"
    path.write_text(to_text(record_of(small_layout(), {})), "utf-8")
    assert read_mapping(path).board["name"] == "four"


def test_a_missing_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(MappingError, match="a readable file, found No such file"):
        read_mapping(tmp_path / "none.json")


def test_a_file_of_other_bytes_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "mapping.json"
    path.write_bytes(b"\xff\xfe")
    with pytest.raises(MappingError, match="UTF-8 text"):
        read_mapping(path)


@pytest.mark.parametrize("text", ["", "[]", "{}", "3", '{"format": NaN}', "[" * 100_000])
def test_what_is_no_mapping_is_refused(text: str) -> None:
    with pytest.raises(MappingError, match="a whole mapping"):
        from_text(text)


def test_another_version_is_refused() -> None:
    refused({**document(), "version": 2}, "needed spiketrack-mapping 1, found spiketrack-mapping 2")


def test_a_core_over_its_limit_is_refused() -> None:
    found = document()
    found["used"]["synapse_bits"][0][0] = 1 << 40
    refused(found, "synapse_bits: needed at most 65536 on a core")


def test_two_cores_in_one_place_are_refused() -> None:
    found = document()
    found["places"][0][1] = found["places"][0][0]
    refused(found, "places: needed a place of its own")


def test_a_place_off_the_board_is_refused() -> None:
    found = document()
    found["places"][0][0] = 10_000
    refused(found, r"places: needed places 0\.\.31")


def test_a_tile_on_another_core_is_refused() -> None:
    found = document()
    found["layers"][1]["cores"][0] = found["layers"][1]["cores"][-1]
    refused(found, "every neuron on exactly one core")


def test_a_tile_without_a_core_is_refused() -> None:
    found = document()
    found["layers"][1]["cores"].pop()
    refused(found, "a core for each of")


def test_a_tile_on_a_core_that_is_not_there_is_refused() -> None:
    found = document()
    found["layers"][1]["cores"][0] = 999
    refused(found, r"needed cores 0\.\.")


def test_empty_parts_are_refused() -> None:
    found = document()
    found["layers"][1]["parts"] = [99, 1, 1]
    refused(found, "1 or more cells in every part")


def test_cores_for_what_the_host_has_are_refused() -> None:
    found = document()
    found["layers"][0]["cores"] = [0]
    refused(found, "no cores: the host has it")


def test_synops_that_do_not_add_up_are_refused() -> None:
    found = document()
    found["layers"][2]["synops"] += 1
    refused(found, "synops: needed .* as in the layers")


def test_a_column_of_another_length_is_refused() -> None:
    found = document()
    found["used"]["synops"][0].pop()
    refused(found, "used 'synops': needed")


def test_a_layer_with_another_field_is_refused() -> None:
    found = document()
    found["layers"][0]["colour"] = 1
    refused(found, "a layer with the fields colour")


@pytest.mark.parametrize("value", [-1, 1.5, True, "1"])
def test_a_number_that_is_none_is_refused(value: object) -> None:
    found = document()
    found["layers"][1]["cores"][0] = value
    refused(found, "where a whole number belongs")


def test_a_profile_without_the_phase_is_refused() -> None:
    profile = {"phases": {"init": {"frames": 1, "layers": []}}}
    with pytest.raises(MappingError, match="'track': needed at least one frame, found phases init"):
        map_graph(two_layers(), small_target(), MapOptions(), profile_from(profile))


def test_a_profile_of_another_model_is_refused() -> None:
    profile = {"phases": {"track": {"frames": 1, "layers": [row(name="other")]}}}
    with pytest.raises(MappingError, match="a layer '(first|conv0)', found none: of another model"):
        map_graph(two_layers(), small_target(), MapOptions(), profile_from(profile))


def test_a_profile_whose_layers_lack_counts_is_refused() -> None:
    for group, name in (("synops", "graded"), ("memory", "messages")):
        layers = [row(name=layer) for layer in ("conv0", "first", "conv1", "second", "read")]
        del layers[0][group][name]
        profile = {"phases": {"track": {"frames": 1, "layers": layers}}}
        with pytest.raises(ReportError, match=f"'conv0' '{group}.{name}': needed an integer"):
            map_graph(two_layers(), small_target(), MapOptions(), profile_from(profile))


def rates_of(target: Target) -> float:
    return assumed_activity(network_of(two_layers()), target).rates[1]


def test_without_a_profile_the_assumed_rate_is_named() -> None:
    layout = small_layout()
    assert "assumed" in layout.activity.source
    assert rates_of(binary_target()) > rates_of(small_target())
