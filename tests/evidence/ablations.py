"""Recomputes the energy ratios of the ablation table on the same frames, beside the paper's.

    python -m tests.evidence.ablations [VARIANT] [--frames N] [--json PATH] [--picture PATH]

Every network gets the weights of one random checkpoint, so that ablations share what they have in
common, and all look at the same search crops, around the true box of the synthetic video. What is
given is the float network's own work for one frame, template calls apart:
    formula   fp32 at 45 nm, mean integer x dense MACs, D once (the authors' reading)
    counted   exact unary SynOps and MACs at the same prices
    SynOps    graded, one per event and non-zero weight
The paper does not say which of its networks the table is of, nor on which frames. Its one-stream
network is not built here; the row is an estimate: a template call at every frame beside the search,
which leaves out that each would attend to the other, and keeps the memory modules.
Ratios at random weights show what structure does to energy, and nothing about accuracy.
"""

import argparse
import json
from pathlib import Path
from typing import Any

import matplotlib.pyplot as plt
import numpy as np

from hardware.energy.claims import load_claims
from hardware.energy.formula import READINGS, exact_energy, formula
from hardware.energy.phases import main_phase
from simulation.counting.counter import EventCounter
from simulation.floats.engine import run_float
from spiketrack.counts.event_counts import PhaseCounts
from spiketrack.counts.profile import CountedPhase
from spiketrack.counts.profile_json import profile_from
from spiketrack.network import ABLATIONS, build_network, find_variant, random_checkpoint
from spiketrack.pipeline import folded_graphs
from spiketrack.tracking import normalise, synthetic_frames
from spiketrack.tracking.crop import crop_around

FRAME_SIZE = (640, 480)
CROP_FACTOR = 4.0
MJ_PER_PJ = 1e-9
RATIOS = {
    "paper_mj": "paper", "formula_mj": "formula", "counted_mj": "counted",
    "graded_synops_m": "SynOps",
}  # fmt: skip
WHOLE = "whole network"
ONE_STREAM = "one-stream (estimate)"
CLAIM_OF = {
    WHOLE: "ablation-asymmetric", ONE_STREAM: "ablation-one-stream",
    "cross-attention": "ablation-cross-attention", "modulation": "ablation-modulation",
    "mean-fusion": "ablation-mean-fusion", "fixed-decay": "ablation-fixed-decay",
}  # fmt: skip
"""Which claim of the paper a row stands beside."""


def counted(variant: str, n_frames: int, seed: int) -> dict[str, CountedPhase]:
    """One call of the template graph and `n_frames` of the search graph, counted."""
    network = build_network(variant)
    network.load_state_dict(random_checkpoint(variant, seed))
    facts = network.variant
    graphs = folded_graphs(network)
    counters = {name: EventCounter(graph) for name, graph in graphs.items()}
    memories: dict[str, Any] = {}
    for index, (frame, box) in enumerate(synthetic_frames(n_frames + 1, FRAME_SIZE, seed=0)):
        patch, _ = crop_around(frame, box, CROP_FACTOR, facts.crop_size)
        image = normalise(patch)[None, None]
        if index == 0:
            templates = np.repeat(image, facts.n_templates, axis=0)
            run = run_float(graphs["template"], {"image": templates})
            counters["template"].add_run(run)
            memories = run.outputs
        else:
            run = run_float(graphs["search"], {"image": image, **memories})
            counters["search"].add_run(run)
    return {name: phase_of(counter.counts("run")) for name, counter in counters.items()}


def phase_of(counts: PhaseCounts) -> CountedPhase:
    """Counts as the audit reads them."""
    return main_phase(profile_from({"phases": {counts.phase: counts.to_dict()}}))


def energies(phase: CountedPhase) -> dict[str, float]:
    """Formula and count of one frame in mJ, and millions of graded SynOps."""
    reading = formula(READINGS[0], phase, n_templates=1, max_spike=1)
    return {
        "formula_mj": reading.total_pj * MJ_PER_PJ,
        "counted_mj": exact_energy(phase).total_pj * MJ_PER_PJ,
        "graded_synops_m": phase.totals.graded / phase.frames / 1e6,
        "dense_macs_m": phase.totals.dense_macs / phase.frames / 1e6,
    }


def measure(variant: str, n_frames: int, seed: int) -> list[dict[str, Any]]:
    """A row for the whole network, each ablation that the paper has, and the estimate."""
    plain = counted(variant, n_frames, seed)
    search, template = energies(plain["search"]), energies(plain["template"])
    both = {key: value + template[key] for key, value in search.items()}
    rows: list[dict[str, Any]] = [
        {"network": WHOLE, **search},
        {"network": ONE_STREAM, **both},
    ]
    several = find_variant(variant).n_templates > 1
    for name, ablation in ABLATIONS.items():
        if name in CLAIM_OF and (several or not ablation.needs_steps):
            phases = counted(f"{variant}+{name}", n_frames, seed)
            rows.append({"network": name, **energies(phases["search"])})
    claims = {claim.id: claim for claim in load_claims()}
    paper = {name: claims[identity].energy_mj for name, identity in CLAIM_OF.items()}
    for row in rows:
        row["paper_mj"] = paper[row["network"]]
        row["ratios"] = {
            key: row[key] / rows[0][key]
            for key in ("paper_mj", "formula_mj", "counted_mj", "graded_synops_m", "dense_macs_m")
        }
    return rows


def show(rows: list[dict[str, Any]]) -> None:
    """Prints the table."""
    print("network | formula mJ | counted mJ | SynOps M | ratios: paper, formula, counted, SynOps")
    for row in rows:
        ratios = " ".join(f"{row['ratios'][key]:.2f}" for key in RATIOS)
        print(
            f"{row['network']} | {row['formula_mj']:.4f} | {row['counted_mj']:.4f} | "
            f"{row['graded_synops_m']:.2f} | {ratios}"
        )


def draw(rows: list[dict[str, Any]], path: Path, variant: str) -> None:
    """Draws the ratios as groups of bars."""
    figure, axes = plt.subplots(figsize=(9, 4))
    for place, (key, label) in enumerate(RATIOS.items()):
        at = np.arange(len(rows)) + (place - 1.5) * 0.2
        axes.bar(at, [row["ratios"][key] for row in rows], 0.2, label=label)
    axes.set_xticks(range(len(rows)), [row["network"] for row in rows], fontsize=8)
    axes.axhline(1, color="grey", linewidth=0.8)
    axes.set_ylabel("times the whole network")
    axes.set_title(f"Energy of the ablations: {variant}, random weights, same frames")
    axes.legend(fontsize=8)
    figure.tight_layout()
    figure.savefig(path, dpi=110)
    plt.close(figure)


def main() -> None:
    """Prints a table; writes JSON and a picture where asked."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("variant", nargs="?", default="s256-t3")
    parser.add_argument("--frames", type=int, default=4)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--json", type=Path)
    parser.add_argument("--picture", type=Path)
    options = parser.parse_args()
    rows = measure(options.variant, options.frames, options.seed)
    show(rows)
    if options.json:
        settings = {"variant": options.variant, "frames": options.frames, "seed": options.seed}
        text = json.dumps({"settings": settings, "weights": "random", "rows": rows}, indent=1)
        options.json.write_text(text + "\n", encoding="utf-8")
    if options.picture:
        draw(rows, options.picture, options.variant)


if __name__ == "__main__":
    main()
