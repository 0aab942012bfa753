"""Scores a trained checkpoint on scenes it never saw, and writes its record and its model card.

    python -m tests.evidence.tracker RUN_DIR [--scenes 60] [--frames 100] [-o DIR]

RUN_DIR is what `spiketrack train` left. The network is scored as floats, and as integers with
weights of 8 and 4 bits, beside a box at rest, template matching and OpenCV's trackers (those that
are installed; the extra modules are in opencv-contrib-python-headless). Beside the copied weights
DIR gets the record (JSON), the card (Markdown) and the curves (PNG).
"""

import argparse
import json
import shutil
import tempfile
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Any

from calibration.options import QuantiseOptions
from simulation.tracking_engines import IntegerEngine, NetworkEngine
from spiketrack.network import SpikeTrackNetwork, load_checkpoint
from spiketrack.pipeline.convert import ConversionRules, convert_network
from spiketrack.pipeline.scoreboard import scoreboard
from spiketrack.provenance import sha256_file
from spiketrack.tracking import Engine

WEIGHT_BITS = (8, 4)
SHOWN = ("auc", "precision", "mean_iou", "held")


def main() -> None:
    """Scores, writes, prints."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("run", type=Path)
    parser.add_argument("--scenes", type=int, default=60)
    parser.add_argument("--frames", type=int, default=100)
    parser.add_argument("-o", "--output", type=Path, default=Path("checkpoints"))
    asked = parser.parse_args()
    curves = json.loads((asked.run / "curves.json").read_text(encoding="utf-8"))
    variant = curves["recipe"]["variant"]
    weights = asked.run / f"{variant}.safetensors"
    board = scoreboard(
        engines_of(load_checkpoint(weights)),
        seed=curves["recipe"]["seed"],
        scenes=range(asked.scenes),
        frames=asked.frames,
        progress=lambda done: print(f"scene {done} of {asked.scenes}", flush=True),
    )
    record = {
        "sha256": sha256_file(weights),
        "recipe": curves["recipe"],
        "data_sha256": curves["data_sha256"],
        "scores": board,
    }
    asked.output.mkdir(parents=True, exist_ok=True)
    shutil.copy(weights, asked.output / weights.name)
    shutil.copy(asked.run / "curves.png", asked.output / f"{variant}.png")
    text = json.dumps(record, indent=1) + "\n"
    (asked.output / f"{variant}.json").write_text(text, encoding="utf-8")
    (asked.output / f"{variant}.md").write_text(card(variant, record), encoding="utf-8")
    print(table(board["trackers"]))


def engines_of(network: SpikeTrackNetwork) -> dict[str, Callable[[], Engine]]:
    """The network as floats, and as integers of each width."""
    engines: dict[str, Callable[[], Engine]] = {"network": lambda: NetworkEngine(network)}
    for bits in WEIGHT_BITS:
        rules = ConversionRules(options=QuantiseOptions(weight_bits=bits))
        with tempfile.TemporaryDirectory() as folder:
            model = convert_network(network, Path(folder), rules).model
        engines[f"int{bits}"] = partial(IntegerEngine, model)
    return engines


def table(trackers: Mapping[str, Any]) -> str:
    """The scores as a table in Markdown."""
    lines = ["| tracker | success AUC | precision at 20 px | mean IoU | share of frames held |"]
    lines.append("|---|---|---|---|---|")
    for name, scores in trackers.items():
        lines.append(f"| {name} | {' | '.join(f'{scores[key]:.3f}' for key in SHOWN)} |")
    return "\n".join(lines)


def card(variant: str, record: Mapping[str, Any]) -> str:
    """The model card."""
    recipe, board = record["recipe"], record["scores"]
    start = recipe["started_from"]
    command = f"spiketrack train --variant {variant} --steps {recipe['steps']}"
    command += f" --rate {recipe['learning_rate']:g}" + (f" --from {start}" if start else "")
    crops = recipe["batch"] * recipe["searches"]
    trackers = board["trackers"]
    lines = [
        f"# {variant}",
        "",
        "A small SpikeTrack network that this project trained on generated scenes alone.",
        "Licence: Apache-2.0, as the project.",
        "",
        f"- Weights: `{variant}.safetensors`, SHA-256 `{record['sha256']}`.",
        f"- Training: {recipe['steps']:,} steps of {crops} search crops from "
        f"{start or 'random weights'}, seed {recipe['seed']},",
        f"  on one thread of a CPU, by `{command}`.",
        f"  Losses over the run: `{variant}.png`.",
        "- Data: the first groups that the generator draws have SHA-256",
        f"  `{record['data_sha256']}`.",
        "",
        f"## Scores on {len(board['scenes'])} held-out scenes of {board['frames']} frames",
        "",
        "Seeds and textures that training never drew; closed loop; every scene counts alike.",
        '"network" is the float network; int8 and int4 are its integer graphs on the fast engine.',
        "The last column: the share of a scene's frames before the target was lost for ten frames.",
        "",
        table(trackers),
        "",
        "### Success AUC by difficulty",
        "",
        "| difficulty | scenes | " + " | ".join(trackers) + " |",
        "|---" * (len(trackers) + 2) + "|",
    ]
    for name in trackers["network"]["attributes"]:
        aucs = [of["attributes"][name]["auc"] for of in trackers.values()]
        count = trackers["network"]["attributes"][name]["scenes"]
        lines.append(f"| {name} | {count} | " + " | ".join(f"{auc:.3f}" for auc in aucs) + " |")
    lines += [
        "",
        "## What these weights are not",
        "",
        "They are not the published SpikeTrack weights. Crops are 64 pixels wide, and every target",
        "of training is a generated one. Spike rates, operation counts and",
        "energies of this network are those of a trained network of this size; what the published",
        "weights do cannot be concluded from them.",
        "",
    ]
    return "\n".join(lines)


if __name__ == "__main__":
    main()
