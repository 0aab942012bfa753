"""Trains the ablations at an equal budget, two seeds each, and prints effects beside the spread.

    python -m tests.evidence.training_ablations FOLDER [--steps N] [--batch N] [--only NAME ...]

Every run starts from the embedded mini64-t1, whose query is refined once, and whose decays were
never used, since it remembers one template. So a short budget favours what the embedded network
has: an ablation must first make up for what was taken from it. A run that is finished is read from
its folder, and one that was stopped goes on. Scores are of held-out scenes, the same for all
networks of a seed, so an effect is the mean over seeds of ablation minus whole network.
"""

import argparse
import json
from dataclasses import dataclass
from pathlib import Path
from statistics import fmean
from typing import Any

from spiketrack.files.atomic import write_text
from spiketrack.network import trained_checkpoint
from spiketrack.pipeline.train import CURVES_FILE, STATE_FILE, Checks, train
from spiketrack.training.recipe import Recipe

RATE = 5e-4
"""Highest learning rate: a quarter of that from scratch, since the weights are trained already."""
SEEDS = (0, 1)
SCORES = ("auc", "mean_iou")


@dataclass(frozen=True)
class Question:
    """One comparison: a network, and the one that it is compared with."""

    name: str
    variant: str
    whole: str


QUESTIONS = (
    Question("T3 against T1", "mini64-t3", "mini64-t1"),
    Question("fixed decay (T3)", "mini64-t3+fixed-decay", "mini64-t3"),
    Question("mean fusion (T3)", "mini64-t3+mean-fusion", "mini64-t3"),
    Question("N = 0 (T1)", "mini64-t1+cross-attention", "mini64-t1"),
    Question("N = 2 (T1)", "mini64-t1+loops-2", "mini64-t1"),
    Question("modulation (T1)", "mini64-t1+modulation", "mini64-t1"),
)


def scored(folder: Path, variant: str, seed: int, options: argparse.Namespace) -> dict[str, Any]:
    """The last check of one run, which is made or finished if need be."""
    run = folder / f"{variant}-seed{seed}"
    start = trained_checkpoint("mini64-t1")
    recipe = Recipe(
        variant=variant, steps=options.steps, seed=seed, batch=options.batch, learning_rate=RATE,
        started_from=start.name,
    )  # fmt: skip
    curves = run / CURVES_FILE
    if curves.exists():
        held = json.loads(curves.read_text(encoding="utf-8"))
        if held["recipe"] == recipe.as_json() and held["checks"]:
            last: dict[str, Any] = held["checks"][-1]
            if last["step"] == options.steps:
                return last
    checks = Checks(
        every=options.steps, scenes=options.scenes, frames=options.frames, save_every=20
    )
    resume = (run / STATE_FILE).exists()
    trained = train(recipe, run, checks=checks, start=start, resume=resume)
    print(f"{variant}, seed {seed}: {trained.seconds:.0f} s", flush=True)
    done: dict[str, Any] = trained.curves["checks"][-1]
    return done


def compare(question: Question, results: dict[str, list[dict[str, Any]]]) -> dict[str, Any]:
    """The effect of one ablation, and the seeds' spread of both networks."""
    row: dict[str, Any] = {"question": question.name, "network": question.variant}
    for score in SCORES:
        values = [one["tracker"][score] for one in results[question.variant]]
        wholes = [one["tracker"][score] for one in results[question.whole]]
        effects = [value - whole for value, whole in zip(values, wholes, strict=True)]
        spread = max(max(effects) - min(effects), 0.0)
        row[score] = {
            "values": values,
            "whole": wholes,
            "effect": fmean(effects),
            "spread_of_effect": spread,
            "exceeds_spread": abs(fmean(effects)) > spread,
        }
    return row


def show(rows: list[dict[str, Any]]) -> None:
    """Prints the table."""
    print("question | score | whole, by seed | ablation, by seed | effect | spread | beyond spread")
    for row in rows:
        for score in SCORES:
            found = row[score]
            wholes = " ".join(f"{value:.3f}" for value in found["whole"])
            values = " ".join(f"{value:.3f}" for value in found["values"])
            beyond = "yes" if found["exceeds_spread"] else "no"
            print(
                f"{row['question']} | {score} | {wholes} | {values} | {found['effect']:+.3f} | "
                f"{found['spread_of_effect']:.3f} | {beyond}"
            )


def main() -> None:
    """Runs the whole list; writes training_ablations.json into the folder."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--steps", type=int, default=300)
    parser.add_argument("--batch", type=int, default=8)
    parser.add_argument("--scenes", type=int, default=20)
    parser.add_argument("--frames", type=int, default=30)
    parser.add_argument("--only", nargs="*", default=[one.name for one in QUESTIONS])
    options = parser.parse_args()
    asked = [question for question in QUESTIONS if question.name in options.only]
    variants = dict.fromkeys(
        variant for question in asked for variant in (question.whole, question.variant)
    )
    results = {
        variant: [scored(options.folder, variant, seed, options) for seed in SEEDS]
        for variant in variants
    }
    rows = [compare(question, results) for question in asked]
    show(rows)
    settings = {"steps": options.steps, "batch": options.batch, "learning_rate": RATE,
                "seeds": SEEDS, "scenes": options.scenes, "frames": options.frames}  # fmt: skip
    found = {"settings": settings, "rows": rows, "checks": results}
    write_text(options.folder / "training_ablations.json", json.dumps(found, indent=1) + "\n")


if __name__ == "__main__":
    main()
