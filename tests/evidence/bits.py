"""Measures what fewer weight bits cost, layer by layer with forced inputs, on plain weights.

    python -m tests.evidence.bits [VARIANT ...] [--json PATH]

Plain means random float32 weights on no grid (`random_checkpoint`), which is where rounding shows.
The image is a frame of the synthetic video; every layer is fed the float network's own
spikes and residual sums.
"""

import argparse
import json
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from calibration.compare import compare_forced, summarise_errors
from calibration.options import QuantiseOptions
from calibration.quantise import quantise_model
from simulation.floats.engine import run_float
from spiketrack.network import build_network, random_checkpoint
from spiketrack.pipeline import folded_graphs
from spiketrack.tracking import normalise, synthetic_frames
from spiketrack.tracking.crop import crop_around

WEIGHT_BITS = (8, 6, 4)
FRAME_SIZE = (640, 480)


def measure(variant: str) -> list[dict[str, Any]]:
    """One row per number of weight bits and branch."""
    network = build_network(variant)
    network.load_state_dict(random_checkpoint(variant, seed=0))
    graphs = folded_graphs(network)
    facts = network.variant
    frame, box = next(iter(synthetic_frames(2, FRAME_SIZE, seed=0)))
    patch, _ = crop_around(frame, box, 4.0, facts.crop_size)
    templates = np.stack([patch] * facts.n_templates)
    z = np.stack([normalise(one) for one in templates])[:, None]
    real = run_float(graphs["template"], {"image": z}, keep=False).outputs
    memories = {key: np.rint(x * facts.max_spike**2).astype(np.int64) for key, x in real.items()}
    inputs: dict[str, dict[str, NDArray[Any]]] = {
        "template": {"image": templates.transpose(0, 3, 1, 2)[:, None]},
        "search": {"image": patch.transpose(2, 0, 1)[None, None], **memories},
    }
    rows = []
    for bits in WEIGHT_BITS:
        models = quantise_model(graphs, QuantiseOptions(weight_bits=bits))
        for branch, raw in inputs.items():
            summary = summarise_errors(compare_forced(models[branch], raw))
            rows.append({"variant": variant, "weight_bits": bits, "branch": branch, **summary})
    return rows


def main() -> None:
    """Prints a table; with --json also writes every layer's row."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("variants", nargs="*", default=["s256-t1"])
    parser.add_argument("--json", type=Path)
    arguments = parser.parse_args()
    rows = [row for variant in arguments.variants for row in measure(variant)]
    print("variant | bits | branch | mean share of differing spikes | worst layer | median SNR dB")
    for row in rows:
        worst = row["worst_neuron_layer"]
        print(
            f"{row['variant']} | {row['weight_bits']} | {row['branch']} | "
            f"{row['mean_share_of_differing_spikes']:.3%} | "
            f"{worst['node']} {worst['differing']:.3%} | {row['median_synapse_snr_db']:.1f}"
        )
    if arguments.json:
        arguments.json.write_text(json.dumps(rows, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
