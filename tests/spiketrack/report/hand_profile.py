"""A small tracker whose whole report was worked out by hand, number by number.

Two phases, T = 3, D = 4: `init` of one frame and `track` of two. The tests `test_hand_*` hold every
number that people read against arithmetic on the figures of this file, written out; nothing in
them comes from the code that they check. All figures are chosen to differ, so that two columns that
change places, a layer that is dropped and a wrong unit show.

Per tracked frame, summed over the five layers (the profile holds twice as much, for two frames):

    dense MACs            2.0 (RGB) + 10 + 3.0 + 1.0                 = 16 M, 14 M driven by spikes
    inputs                30 k pixels; 50 + 15 + 5 = 70 k spiking ones
    events                10 + 6 + 1                                 = 17 k
    unary spikes          25 + 12 + 1.5                              = 38.5 k
    graded SynOps         1.8 + 1.1 + 0.15                           = 3.05 M
    unary SynOps          4.5 + 2.2 + 0.24                           = 6.94 M
    graded, all weights   2.0 + 1.2 + 0.16                           = 3.36 M
    unary, all weights    4.8 + 2.3 + 0.25                           = 7.35 M
    rate x dense          10 x 0.5 + 3 x 0.8 + 1 x 0.3               = 7.7 M
    MACs on real values   1.8 (RGB, borders exact) + 0.1 (gate)      = 1.9 M
    updates 15 k, membrane additions 12 + 1 = 13 k, rescaling 14 k, host 3 k
    weights read          1.8 + 1.8 + 0.15 = 3.75 M, of 1.8 + 1.8 + 0.2 = 3.8 MB
    states                reads 1.515 M, writes 0.315 M, 5.0 + 0.12 + 2.2 = 7.32 MB
    messages              30 k pixels + 10 k spikes = 40 k, of 30 + 15 = 45 kB

Per template (init, one frame): 36 M dense MACs, 11 M graded, 21 M unary SynOps, 28.5 M rate x
dense, 90 k events, 165 k unary spikes, 90 k updates, 80 k additions, 85 k rescalings, 9 MB of
weights, 10 MB of states, 60 k messages of 66 kB.
"""

from typing import Any

from tests.hardware.energy.sample_profile import row

RGB = "encoder.downsample1_1.encode_conv"
CONV = "encoder.block3.0.mlp.fc1_conv"
NEURON = "encoder.block3.0.mlp.fc1_neuron"
READ = "encoder.mrm.0.retriever.qM"
GATE = "encoder.mrm.0.retriever.gate.mix"
HEAD = "decoder.conv1_ctr.0"
FRAMES = 2
FIXED = ("n_steps", "neurons")
"""What does not grow with frames."""


def hand_profile(**model: Any) -> dict[str, Any]:
    """The profile; facts of the model can be replaced."""
    about = {"variant": "b256-t3", "backend": "fast", "max_spike": 4, "n_templates": 3, **model}
    track = [_of_two_frames(layer) for layer in TRACK]
    return {
        "model": about,
        "phases": {
            "init": {"frames": 1, "layers": [row(**layer) for layer in INIT]},
            "track": {"frames": FRAMES, "layers": [row(**layer) for layer in track]},
        },
        "listed_not_counted": ["address computation", "barriers"],
        "alarms": ["the weights were drawn"],
    }


def hand_run() -> dict[str, Any]:
    """The layers of a tracked frame as those of a network that is no tracker, binary, one frame."""
    layers = [row(**layer) for layer in TRACK if layer["name"] in (CONV, NEURON, HEAD)]
    about = {"variant": "net", "backend": "fast", "max_spike": 1, "n_templates": 1}
    return {"model": about, "phases": {"run": {"frames": 1, "layers": layers}}}


def _of_two_frames(layer: dict[str, Any]) -> dict[str, Any]:
    return {key: one if key in FIXED else _doubled(one) for key, one in layer.items()}


def _doubled(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _doubled(one) for key, one in value.items()}
    return value * FRAMES if isinstance(value, int) else value


TRACK: tuple[dict[str, Any], ...] = (
    {
        "name": RGB, "kind": "rgb_conv", "n_steps": 1, "inputs": 30_000,
        "dense_macs": 2_000_000, "true_macs": 1_800_000, "effective_macs": 1_800_000,
        "memory": {
            "weight_reads": 1_800_000, "weight_bytes_read": 1_800_000,
            "messages": 30_000, "message_bytes": 30_000,
        },
    },
    {
        "name": CONV, "kind": "conv", "n_steps": 1, "inputs": 50_000, "events": 10_000,
        "unary_spikes": 25_000, "dense_macs": 10_000_000, "effective_macs": 1_800_000,
        "synops": {
            "graded": 1_800_000, "unary": 4_500_000, "all_weights": 2_000_000,
            "unary_all_weights": 4_800_000, "rate_x_dense": 5_000_000,
        },
        "memory": {
            "weight_reads": 1_800_000, "weight_bytes_read": 1_800_000, "state_reads": 400_000,
            "state_writes": 300_000, "state_bytes": 5_000_000,
        },
    },
    {
        "name": NEURON, "kind": "neuron", "n_steps": 1, "neurons": 15_000,
        "neuron_updates": 15_000, "membrane_adds": 12_000, "rescale_multiplies": 14_000,
        "memory": {
            "state_reads": 15_000, "state_writes": 15_000, "state_bytes": 120_000,
            "messages": 10_000, "message_bytes": 15_000,
        },
    },
    {
        "name": READ, "kind": "memory_read", "n_steps": 3, "inputs": 15_000, "events": 6_000,
        "unary_spikes": 12_000, "dense_macs": 3_000_000, "effective_macs": 1_100_000,
        "synops": {
            "graded": 1_100_000, "unary": 2_200_000, "all_weights": 1_200_000,
            "unary_all_weights": 2_300_000, "rate_x_dense": 2_400_000,
        },
        "memory": {"state_reads": 1_100_000, "state_bytes": 2_200_000},
    },
    {
        "name": GATE, "kind": "gate_mix", "n_steps": 3, "true_macs": 100_000,
        "membrane_adds": 1_000,
    },
    {
        "name": HEAD, "kind": "conv", "n_steps": 1, "inputs": 5_000, "events": 1_000,
        "unary_spikes": 1_500, "dense_macs": 1_000_000, "effective_acs": 70_000,
        "effective_macs": 150_000, "host_flops": 3_000,
        "synops": {
            "graded": 150_000, "unary": 240_000, "all_weights": 160_000,
            "unary_all_weights": 250_000, "rate_x_dense": 300_000,
        },
        "memory": {"weight_reads": 150_000, "weight_bytes_read": 200_000},
    },
)  # fmt: skip
"""One tracked frame."""

INIT: tuple[dict[str, Any], ...] = (
    {
        "name": f"temp.{CONV}", "kind": "conv", "n_steps": 3, "inputs": 150_000, "events": 60_000,
        "unary_spikes": 120_000, "dense_macs": 30_000_000,
        "synops": {
            "graded": 9_000_000, "unary": 18_000_000, "all_weights": 10_000_000,
            "unary_all_weights": 20_000_000, "rate_x_dense": 24_000_000,
        },
        "memory": {
            "weight_reads": 9_000_000, "weight_bytes_read": 9_000_000, "state_bytes": 9_000_000,
        },
    },
    {
        "name": f"temp.{NEURON}", "kind": "neuron", "n_steps": 3, "neurons": 30_000,
        "neuron_updates": 90_000, "membrane_adds": 80_000, "rescale_multiplies": 85_000,
        "memory": {"messages": 60_000, "message_bytes": 66_000, "state_bytes": 1_000_000},
    },
    {
        "name": "temp.encoder.mrm.0.retriever.kTv", "kind": "memory_write", "n_steps": 3,
        "inputs": 60_000, "events": 30_000, "unary_spikes": 45_000, "dense_macs": 6_000_000,
        "synops": {
            "graded": 2_000_000, "unary": 3_000_000, "all_weights": 2_100_000,
            "unary_all_weights": 3_100_000, "rate_x_dense": 4_500_000,
        },
    },
)  # fmt: skip
"""One call of the template branch."""
