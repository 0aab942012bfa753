"""Trades SynOps against accuracy: short runs with different prices on spikes, in one picture.

    python -m tests.evidence.rate_pareto [--from CHECKPOINT] [--prices 0,1,3,10] [--steps 300]
        [--scenes 20] [--frames 30] [-o DIR]

Every run starts from the same checkpoint, sees the same crops and takes the same steps; only the
price differs (`spiketrack train --rate-penalty`). Each network is then measured as 8-bit integers
on held-out scenes, as `spiketrack accuracy` does. DIR gets rate_pareto.png, rate_pareto.json, and a
folder for each run; a run that is there already is not trained again.
"""

import argparse
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from spiketrack.network import load_checkpoint, trained_checkpoint
from spiketrack.pipeline.accuracy.forms import parse_precisions
from spiketrack.pipeline.accuracy.measure import Plan, Subject, measure
from spiketrack.pipeline.train import CURVES_FILE, Checks, train
from spiketrack.report.canvas import FAINT, GRID, STAGE_COLOURS, draw, label
from spiketrack.training.recipe import Recipe

FORM = "int8"


def main() -> None:
    """Trains, measures, draws, prints."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--from", dest="start", type=Path, default=trained_checkpoint("mini64-t1"))
    parser.add_argument("--prices", default="0,1,3,10")
    parser.add_argument("--steps", type=int, default=300)
    parser.add_argument("--batch", type=int, default=8)
    parser.add_argument("--rate", type=float, default=2e-3)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--scenes", type=int, default=20)
    parser.add_argument("--frames", type=int, default=30)
    parser.add_argument("-o", "--output", type=Path, default=Path("rate-pareto"))
    asked = parser.parse_args()
    prices = [float(price) for price in asked.prices.split(",")]
    trained = [(f"price {price:g}", tuned(asked, price)) for price in prices]
    points = measured([("as it was", asked.start), *trained], asked)
    settings = {key: str(value) for key, value in vars(asked).items()}
    record = {"settings": settings, "form": FORM, "points": points}
    asked.output.mkdir(parents=True, exist_ok=True)
    text = json.dumps(record, indent=1) + "\n"
    (asked.output / "rate_pareto.json").write_text(text, encoding="utf-8")
    (asked.output / "rate_pareto.png").write_bytes(picture(points))
    print(table(points))


def tuned(asked: argparse.Namespace, price: float) -> Path:
    """The weights of one run."""
    folder = asked.output / f"price-{price:g}"
    variant = load_checkpoint(asked.start).variant.name
    weights: Path = folder / f"{variant}.safetensors"
    if (folder / CURVES_FILE).exists():
        return weights
    recipe = Recipe(
        variant=variant, steps=asked.steps, seed=asked.seed, batch=asked.batch,
        learning_rate=asked.rate, started_from=asked.start.name, rate_penalty=price,
    )  # fmt: skip
    looks = Checks(every=asked.steps, pairs=8, scenes=1, frames=5, save_every=asked.steps)
    print(f"training with price {price:g}", flush=True)
    return train(recipe, folder, checks=looks, start=asked.start).weights


def measured(
    networks: Sequence[tuple[str, Path]], asked: argparse.Namespace
) -> list[dict[str, Any]]:
    """SynOps, accuracy and mean integer of every network."""
    subjects = [Subject(path=path, network=load_checkpoint(path)) for _, path in networks]
    plan = Plan(
        precisions=parse_precisions(FORM), seed=asked.seed, scenes=asked.scenes,
        frames=asked.frames,
    )  # fmt: skip
    record = measure(subjects, plan, asked.output)
    shown = ("auc", "precision", "mean_iou", "synops_per_frame", "mean_integer")
    return [
        {"name": name, **{key: part["forms"][FORM][key] for key in shown}}
        for (name, _), part in zip(networks, record["networks"], strict=True)
    ]


def pareto(points: Sequence[Mapping[str, Any]]) -> list[str]:
    """Names of the points that no other one beats in both, cheapest first."""
    order = sorted(points, key=lambda point: (point["synops_per_frame"], -point["auc"]))
    kept: list[Mapping[str, Any]] = []
    for point in order:
        if not kept or point["auc"] > kept[-1]["auc"]:
            kept.append(point)
    return [str(point["name"]) for point in kept]


def picture(points: Sequence[Mapping[str, Any]]) -> bytes:
    """SynOps against success AUC, and the front of the points that none beats."""
    by_name = {point["name"]: point for point in points}
    front = [by_name[name] for name in pareto(points)]

    def paint(figure: Figure, axes: Axes) -> None:
        x, y = "synops_per_frame", "auc"
        axes.plot(
            [point[x] / 1e6 for point in front], [point[y] for point in front], color=FAINT,
            drawstyle="steps-post", linewidth=1,
        )  # fmt: skip
        for point in points:
            axes.plot(point[x] / 1e6, point[y], "o", color=STAGE_COLOURS["stage 1"])
            label(axes, point["name"], point[x] / 1e6, point[y])
        axes.set_xlabel("graded SynOps per tracked frame, millions")
        axes.set_ylabel("success AUC on held-out scenes")
        axes.grid(color=GRID)

    return draw(6.5, 4.0, paint)


def table(points: Sequence[Mapping[str, Any]]) -> str:
    """The points as a table in Markdown."""
    lines = ["| price on spikes | mean integer | SynOps per frame | success AUC | precision |"]
    lines.append("|---|---|---|---|---|")
    for point in points:
        lines.append(
            f"| {point['name']} | {point['mean_integer']:.3f} "
            f"| {point['synops_per_frame'] / 1e6:.2f} M "
            f"| {point['auc']:.3f} | {point['precision']:.3f} |"
        )
    return "\n".join(lines)


if __name__ == "__main__":
    main()
