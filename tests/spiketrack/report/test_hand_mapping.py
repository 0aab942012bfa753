"""Every number of the tables of a mapping, from a record that was written by hand."""

import csv
import io
from typing import Any

import numpy as np

from hardware.mapping import LayerRecord, MappingRecord
from spiketrack.report.mapping_tables import (
    board_table,
    core_table,
    kind_table,
    layer_csv,
    layer_table,
    summary_table,
    time_table,
)
from tests.spiketrack.report.read_aloud import heads, require_rows

LIMITS = {
    "neurons": (8192, "neurons", 0.25, 4096),
    "synapse_bits": (1000, "bit", 0.125, 900),
    "state_bits": (2000, "bit", 0.0625, 300),
    "in_axons": (400, "axons", 0.35, 300),
    "out_axons": (500, "axons", 0.15, 100),
    "memory_bits": (4000, "bit", 0.5, 3000),
}
"""Per resource: limit of a core, its unit, mean share, peak of a core."""
LIMIT_OF = {
    "neurons": "neurons_per_core", "synapse_bits": "synapse_memory_per_core",
    "state_bits": "state_memory_per_core", "in_axons": "in_axons_per_core",
    "out_axons": "out_axons_per_core", "memory_bits": "memory_per_core",
}  # fmt: skip


def layer(name: str, **changes: Any) -> LayerRecord:
    about: dict[str, Any] = {
        "name": name, "kind": "nilif", "runs_on": "stock", "why": "", "shape": (4, 6, 5),
        "n_steps": 1, "compartments": 1, "parts": (1, 2, 3), "cores": (0, 0, 1, 1, 2, 2),
        "utilisation": {
            "neurons": 0.1, "synapse_bits": 0.2, "state_bits": 0.3, "in_axons": 0.4,
            "out_axons": 0.5, "memory_bits": 0.6,
        },
        "weights": 432, "duplicated_weights": 288, "contents": 70, "duplicated_contents": 30,
        "synops": 12_345, "messages": 678.5, "nodes": (name,),
    }  # fmt: skip
    return LayerRecord(**{**about, **changes})


def record() -> MappingRecord:
    quantities = {
        LIMIT_OF[name]: {"value": limit, "unit": unit}
        for name, (limit, unit, _, _) in LIMITS.items()
    }
    traffic = {
        "messages": 3_000.0, "traffic_hops": 6_000.0, "baseline_traffic_hops": 18_000.0,
        "random_traffic_hops": 75_000.0, "mean_hops": 2.0, "chip_crossings": 90.0,
        "peak_link": 450.0, "messages_from_host": 120.0, "messages_to_host": 35.0,
    }  # fmt: skip
    times = {"step_us": 12.0, "alone_us": 2500.0, "latency_us": 1800.0, "interval_us": 36.0}
    score = {"record_title": "PilotNet SNN on Loihi 2", "ratio": 0.729}
    other = {"record_title": "NTIDIGITS on Loihi 1", "ratio": 0.521}
    timing = {
        "peak_synops": 5_000.0, "mean_synops": 2_000.0, "depth": 150,
        "estimates": [
            {"title": "own", **times, "scores": [score, other]},
            {"title": "old", "step_us": 13.5, "alone_us": 2600.0, "latency_us": 1000.0,
             "interval_us": 40.5, "scores": []},
        ],
    }  # fmt: skip
    summary = {
        "activity": "measured", "fewest_cores": 5, "traffic": traffic, "timing": timing,
        "per_core": {
            name: {"limit": limit, "mean_share": share, "peak": peak}
            for name, (limit, _, share, peak) in LIMITS.items()
        },
        "chips_per_board": [
            {"board": "one", "chips": 1, "holds_it": False},
            {"board": "eight", "chips": 8, "holds_it": True},
        ],
    }  # fmt: skip
    return MappingRecord(
        graph="search",
        target={"name": "t", "title": "Chip", "quantities": quantities},
        board={
            "name": "eight", "chips": 8, "rows": 2, "columns": 4, "cores": 1024, "cores_used": 7,
            "chips_filled": 3, "chips_touched": 4,
        },
        layers=(
            layer("x", kind="input", runs_on="host", parts=(0, 0, 0), cores=(), utilisation={},
                  weights=0, duplicated_weights=0, contents=0, duplicated_contents=0, synops=0,
                  messages=0.0),
            layer("a", compartments=4),
            layer("b", runs_on="microcode", why="graded spikes; state", shape=(2, 6, 5)),
            layer("c", runs_on="microcode", why="state", shape=(1, 6, 5)),
        ),
        places=np.arange(7),
        used={},
        summary=summary,
        provenance={},
    )  # fmt: skip


def test_mean_and_peak_use_of_a_core() -> None:
    table = core_table(record())
    assert heads(table) == ["resource", "#limit of a core", "unit", "#mean", "#peak"]
    require_rows(
        table,
        ("neurons", ("8.19 k", 8192), "neurons", ("25 %", 0.25), ("50 %", 4096 / 8192)),
        ("weights", ("1 k", 1000), "bit", ("12.5 %", 0.125), ("90 %", 900 / 1000)),
        ("state", ("2 k", 2000), "bit", ("6.25 %", 0.0625), ("15 %", 300 / 2000)),
        ("in-axons", ("400", 400), "axons", ("35 %", 0.35), ("75 %", 300 / 400)),
        ("out-axons", ("500", 500), "axons", ("15 %", 0.15), ("20 %", 100 / 500)),
        ("memory", ("4 k", 4000), "bit", ("50 %", 0.5), ("75 %", 3000 / 4000)),
    )


def test_the_summary_in_its_order() -> None:
    table = summary_table(record())
    assert table.title == "Graph 'search' on Chip"
    require_rows(
        table,
        ("board", "eight, 8 chips"),
        ("cores used", "7 of 1,024"),
        ("fewest cores without balancing", "5"),
        ("chips filled", "3"),
        ("messages between cores a frame", "3 k"),
        ("messages x hops a frame", "6 k"),
        # 18,000 / 6,000 in network order, 75,000 / 6,000 at random.
        ("the same in network order : at random", "3 : 12.5 times as many"),
        ("hops a message", "2"),
        ("messages x chip borders a frame", "90"),
        ("busiest link, messages a frame", "450"),
        ("messages from the host : to the host", "120 : 35"),
        ("busiest core, SynOps a step", "5 k (mean 2 k)"),
        ("steps of a frame that comes alone", "150"),
        ("activity", "measured"),
    )


def test_the_times_in_their_units() -> None:
    table = time_table(record())
    assert heads(table) == [
        "times of an operation", "#step", "#frame alone", "#frame in a full pipeline",
        "#a frame every", "predicted / measured step",
    ]  # fmt: skip
    require_rows(
        table,
        ("own", "12 us", "2.50 ms", "1.80 ms", "36 us",
         "PilotNet SNN on Loihi 2 0.729, NTIDIGITS on Loihi 1 0.521"),
        ("old", "13.5 us", "2.60 ms", "1 ms", "40.5 us", ""),
    )  # fmt: skip


def test_where_the_layers_run() -> None:
    table = kind_table(record())
    assert heads(table) == ["runs on", "#layers", "#compartments", "because of"]
    require_rows(
        table,
        ("host", ("1", 1), ("120", 4 * 6 * 5), ""),
        ("stock", ("1", 1), ("480", 4 * 4 * 6 * 5), ""),
        ("microcode", ("2", 2), ("90", 2 * 30 + 1 * 30), "state (2); graded spikes (1)"),
    )


def test_which_boards_hold_it() -> None:
    require_rows(
        board_table(record()), ("one", ("1", 1), "no"), ("eight", ("8", 8), "yes")
    )  # fmt: skip


def test_each_layer_in_the_order_of_its_columns() -> None:
    table = layer_table(record())
    assert heads(table) == [
        "layer", "kind", "runs on", "#compartments", "parts C x H x W", "#cores", "#neurons",
        "#weights", "#state", "#in-axons", "#out-axons", "#memory", "#weights",
        "#of these copies", "#memory entries", "#of these copies", "#SynOps", "#messages",
    ]  # fmt: skip
    assert [line[0].text for line in table.rows] == ["x", "a", "b", "c"]
    assert [cell.text for cell in table.rows[1]] == [
        "a", "nilif", "stock", "480", "1 x 2 x 3", "3", "10 %", "20 %", "30 %", "40 %", "50 %",
        "60 %", "432", "288", "70", "30", "12.3 k", "678",
    ]  # fmt: skip
    assert [cell.text for cell in table.rows[3]][:4] == ["c", "nilif", "microcode", "30"]


def test_the_same_layers_as_csv() -> None:
    rows = list(csv.DictReader(io.StringIO(layer_csv(record()))))
    assert rows[1] == {
        "layer": "a", "kind": "nilif", "runs_on": "stock", "channels": "4", "rows": "6",
        "columns": "5", "steps": "1", "compartments": "480", "parts_channels": "1",
        "parts_rows": "2", "parts_columns": "3", "cores": "3", "neurons": "0.1",
        "synapse_bits": "0.2", "state_bits": "0.3", "in_axons": "0.4", "out_axons": "0.5",
        "memory_bits": "0.6", "weights": "432", "duplicated_weights": "288", "contents": "70",
        "duplicated_contents": "30", "synops": "12345", "messages": "678.5",
    }  # fmt: skip
    assert [row["layer"] for row in rows] == ["x", "a", "b", "c"]
