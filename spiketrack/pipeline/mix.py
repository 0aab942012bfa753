"""Mixed widths of a tracker's weights: how far its boxes on generated crops may get worse."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from calibration.fit_graph import FitCrops, Fitter
from calibration.mixed import mixed_widths
from calibration.options import QuantiseOptions
from calibration.quantise import with_integer_inputs
from simulation.floats.engine import run_float
from spiketrack.graph.float_nodes import FloatNode
from spiketrack.graph.graph import Graph
from spiketrack.network import SearchOutput, Variant
from spiketrack.network.head import bounded_sigmoid
from spiketrack.pipeline.fit_crops import TARGETS, draw_targets
from spiketrack.training.losses import best_boxes, generalised_iou, to_corners

JUDGED = 128
"""Targets whose boxes are compared; none of them is among those that weights are fitted to."""

Graphs = Mapping[str, Graph[FloatNode]]


@dataclass(frozen=True)
class Judge:
    """Crops with the true boxes in them.

    Attributes:
        crops: of every target.
        boxes: float32 (N, 4), of all search crops in their order.
    """

    crops: list[FitCrops]
    boxes: NDArray[np.float32]

    def crop_iou(self, graphs: Graphs, options: QuantiseOptions) -> float:
        """Mean IoU of the best cell's box, without window or loop.

        Args:
            graphs: "template" and "search", whose image inputs take integers.
            options: the image rule.
        """
        offset = options.image.offset[:, None, None]
        found = []
        for of in self.crops:
            template = {"image": of.templates - offset}
            memories = run_float(graphs["template"], template, keep=False).outputs
            count = of.searches.shape[1]
            inputs = {name: np.repeat(memory, count, axis=1) for name, memory in memories.items()}
            inputs["image"] = of.searches - offset
            maps = run_float(graphs["search"], inputs, keep=False).outputs
            found.append(best_boxes(_as_output(maps)))
        truth = to_corners(torch.from_numpy(self.boxes))
        return float(generalised_iou(to_corners(torch.cat(found)), truth).iou.mean())


def mix(
    graphs: Graphs, options: QuantiseOptions, variant: Variant, crops: list[FitCrops], points: float
) -> tuple[QuantiseOptions, dict[str, Any]]:
    """Options with the fewest bits whose boxes stay within a budget, and a report.

    Args:
        graphs: both float graphs on normalised images.
        options: widths and rules; no layer gets more than its `weight_bits`.
        variant: the network's sizes.
        crops: what weights are fitted to.
        points: by how much the mean IoU on other crops may fall below the float network's, x 100.
    """
    sources = {name: with_integer_inputs(graph, options) for name, graph in graphs.items()}
    targets = draw_targets(variant, JUDGED, first=TARGETS)
    judge = Judge([of.crops for of in targets], np.concatenate([of.boxes for of in targets]))
    fitter = Fitter(sources, options, crops)
    best = judge.crop_iou(sources, options)
    seen: dict[tuple[int, ...], float] = {}

    def is_allowed(widths: Mapping[str, int]) -> bool:
        key = tuple(widths.values())
        if key not in seen:
            mixed = replace(options, bits_by_layer=dict(widths))
            seen[key] = judge.crop_iou(fitter.fitted(mixed), options)
        return 100 * (best - seen[key]) <= points

    widths = mixed_widths(fitter, options.weight_bits, is_allowed)
    is_allowed(widths)
    sizes = dict.fromkeys(widths, 0)
    for graph, name in fitter.moments:
        sizes[name] += fitter.conv((graph, name)).weight.size
    bits = sum(sizes[name] * width for name, width in widths.items())
    report = {
        "budget_points": points,
        "crops": len(judge.boxes),
        "float_crop_iou": best,
        "crop_iou": seen[tuple(widths.values())],
        "mean_bits": bits / sum(sizes.values()),
        "weight_bits_of_memory": bits,
        "layers_by_bits": {
            str(width): list(widths.values()).count(width) for width in sorted({*widths.values()})
        },
    }
    return replace(options, bits_by_layer=widths), report


def _as_output(maps: Mapping[str, NDArray[Any]]) -> SearchOutput:
    """Outputs of the search graph (1, B, C, g, g) as the network gives them."""
    score, size, offset = (
        torch.from_numpy(maps[name][0]) for name in ("score_logits", "size_logits", "offset_map")
    )
    return SearchOutput(
        features=score, score_map=bounded_sigmoid(score), size_map=bounded_sigmoid(size),
        offset_map=offset, score_logits=score, size_logits=size,
    )  # fmt: skip
