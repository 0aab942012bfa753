"""A realistic profile for tests: the golden counts of the official network dressed as profile.json.

Real: layers, dense MACs, inputs, spikes, SynOps of all weights. Made up, in plain proportions: one
weight in sixteen is zero, a neuron row per layer, memory traffic without reuse.
"""

import csv
from pathlib import Path
from typing import Any

from spiketrack.counts.counters import Counters
from spiketrack.counts.event_counts import LayerCounts
from spiketrack.counts.profile_json import layer_from

GOLDEN = Path(__file__).resolve().parents[2] / "golden" / "counts_excerpt.csv"
KINDS = {"kTv": "memory_write", "qkv": "memory_read"}
BRANCHES = {"template": "init", "search": "track"}


def sample_profile(
    variant: str = "s256-t1", frames: int = 30, update: bool = False
) -> dict[str, Any]:
    """A whole profile; every track count is that of one golden frame times `frames`."""
    n_templates = 3 if variant.endswith("t3") else 1
    rows: dict[str, list[dict[str, Any]]] = {"init": [], "track": []}
    lines = GOLDEN.read_text("utf-8").splitlines()
    for line in csv.DictReader(text for text in lines if not text.startswith("#")):
        if line["variant"] == f"s256-t{n_templates}":
            phase = BRANCHES[line["branch"]]
            rows[phase] += _rows(line, frames if phase == "track" else 1, phase, n_templates)
    phases = {
        "init": {"frames": 1, "layers": rows["init"], "totals": totals(rows["init"])},
        "track": {"frames": frames, "layers": rows["track"], "totals": totals(rows["track"])},
    }
    if update:
        phases["update"] = phases["init"]
    return {
        "provenance": {
            "checkpoint": {"sha256": "0" * 64, "kind": "dyadic, not trained"},
            "versions": {"spiketrack": "0.1.0", "numpy": "1.26.4"},
            "video": {"name": "bell.mp4", "box": [877, 464, 40, 74]},
        },
        "model": {
            "variant": variant,
            "backend": "fast",
            "max_spike": 4,
            "n_templates": n_templates,
            "weight_bits": 8,
            "stream_bits": 24,
        },
        "phases": phases,
        "listed_not_counted": [
            "copies to several cores, hops and routing: they depend on the placement",
            "address computation, synapse decoding, barriers and control",
        ],
        "alarms": [],
        "speed": {"integer engine, ms per frame": 24.1, "float network, ms per frame": 118.0},
    }


def totals(layers: list[dict[str, Any]]) -> dict[str, Any]:
    """The totals of a phase as its file holds them."""
    read = [layer_from("layer", layer) for layer in layers]
    total = Counters.total(layer.counters for layer in read)
    return {"neurons": sum(layer.neurons for layer in read), **total.to_dict()}


def row(**counts: Any) -> dict[str, Any]:
    """A layer with every counter, those that are not given being 0."""
    layer = LayerCounts(name="layer", kind="conv").to_dict()
    for key, value in counts.items():
        layer[key] = {**layer[key], **value} if isinstance(value, dict) else value
    return layer


def connection(name: str = "encoder.block3.0.mlp.fc1_conv", **counts: Any) -> dict[str, Any]:
    """One small layer with hand-checkable counts; any of them can be replaced."""
    layer: dict[str, Any] = {
        "name": name,
        "kind": "conv",
        "n_steps": 1,
        "dense_macs": 1000,
        "inputs": 100,
        "events": 20,
        "unary_spikes": 50,
        "synops": {
            "graded": 180,
            "unary": 450,
            "all_weights": 200,
            "unary_all_weights": 480,
            "rate_x_dense": 500,
        },
    }
    return row(**{**layer, **counts})


def small_profile(*layers: dict[str, Any], frames: int = 1, **model: Any) -> dict[str, Any]:
    """A profile with a track phase of these layers only; counters that are not given are 0."""
    about = {"variant": "tiny128-t1", "max_spike": 4, "n_templates": 1, **model}
    whole = [row(**layer) for layer in layers]
    return {"model": about, "phases": {"track": {"frames": frames, "layers": whole}}}


def _rows(line: dict[str, str], frames: int, phase: str, n_templates: int) -> list[dict[str, Any]]:
    outputs = int(line["outputs"])
    in_memory = ".mrm." in line["layer"] and ".q_conv" not in line["layer"]
    steps = n_templates if phase == "init" or in_memory else 1
    layer = _rgb(line, frames, steps) if not line["sum_s"] else _conv(line, frames, steps)
    return [row(**layer), row(**_neuron(line["layer"], outputs, frames, steps))]


def _rgb(row: dict[str, str], frames: int, steps: int) -> dict[str, Any]:
    macs = int(row["macs_inside_borders"]) * frames
    return {
        "name": row["layer"],
        "kind": "rgb_conv",
        "n_steps": steps,
        "dense_macs": int(row["dense_macs"]) * frames,
        "inputs": int(row["inputs"]) * frames,
        "true_macs": macs,
        "memory": _memory(macs, int(row["inputs"]) * frames),
    }


def _conv(row: dict[str, str], frames: int, steps: int) -> dict[str, Any]:
    dense, inputs = int(row["dense_macs"]) * frames, int(row["inputs"]) * frames
    unary_spikes, events = int(row["sum_s"]) * frames, int(row["nonzero_s"]) * frames
    unary = int(row["synops_unary_all_weights"]) * frames
    graded = int(row["synops_graded_all_weights"]) * frames
    return {
        "name": row["layer"],
        "kind": KINDS.get(row["layer"].split(".")[-1], "conv"),
        "n_steps": steps,
        "dense_macs": dense,
        "inputs": inputs,
        "events": events,
        "unary_spikes": unary_spikes,
        "synops": {
            "graded": graded * 15 // 16,
            "unary": unary * 15 // 16,
            "all_weights": graded,
            "unary_all_weights": unary,
            "rate_x_dense": unary_spikes * dense // inputs,
        },
        "effective_macs": graded * 15 // 16,
        "memory": _memory(graded * 15 // 16, 0),
    }


def _neuron(name: str, outputs: int, frames: int, steps: int) -> dict[str, Any]:
    return {
        "name": f"{name}.neuron",
        "kind": "neuron",
        "n_steps": steps,
        "neurons": outputs // steps,
        "neuron_updates": outputs * frames,
        "membrane_adds": outputs * frames // 2,
        "rescale_multiplies": outputs * frames,
        "memory": {
            "state_reads": outputs * frames,
            "state_bytes": 4 * outputs * frames,
            "messages": outputs * frames // 3,
            "message_bytes": outputs * frames // 3,
        },
    }


def _memory(synops: int, messages: int) -> dict[str, int]:
    return {
        "weight_reads": synops,
        "weight_bytes_read": synops,
        "state_reads": synops,
        "state_writes": synops,
        "state_bytes": 8 * synops,
        "messages": messages,
        "message_bytes": messages,
    }
