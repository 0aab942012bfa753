"""The figures of an evaluation: of every sequence, of every attribute, of every model."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

import numpy as np

from spiketrack.errors import ReportError
from spiketrack.evaluation import (
    Curves,
    Dataset,
    Protocol,
    curves_of,
    mean_curves,
    protocol_of,
    score,
)
from spiketrack.evaluation import Sequence as Tracked
from spiketrack.pipeline.evaluation.run import ModelRun
from spiketrack.provenance import RANDOM_KEY

Json = dict[str, Any]

FORMAT = "spiketrack-evaluation"
FORMAT_VERSION = 1
PICTURE_FIGURES = ("brightness", "contrast", "detail", "target_area")
_FEWEST = 3


def summarise(dataset: Dataset, runs: Sequence[ModelRun]) -> Json:
    """The contents of evaluation.json.

    Args:
        dataset: what was tracked in.
        runs: of every model.

    Returns:
        "dataset" with everything that could not be read, and "models": scores, curves and counts
        of each, with a row for every attribute and every sequence. Figures of accuracy are absent
        where the benchmark keeps its boxes to itself.

    Raises:
        ReportError: a result does not fit its sequence.
    """
    protocol = protocol_of(dataset.format)
    by_name = {one.name: one for one in dataset.sequences}
    return {
        "format": FORMAT,
        "version": FORMAT_VERSION,
        "dataset": {
            "layout": dataset.format,
            "title": protocol.title,
            "subset": dataset.subset,
            "rule": protocol.rule,
            "lead": list(protocol.lead),
            "sequences": len(dataset.sequences),
            "frames": sum(one.count for one in dataset.sequences),
            "unreadable": [asdict(one) for one in dataset.unreadable],
            "notes": [*dataset.notes, *(n for one in dataset.sequences for n in one.notes)],
        },
        "models": [_model(run, by_name, protocol) for run in runs],
    }


def _model(run: ModelRun, by_name: Mapping[str, Tracked], protocol: Protocol) -> Json:
    rows, curves = [], {}
    for record in run.records:
        sequence = by_name[record["sequence"]]
        one = _curves(record, sequence, protocol)
        if one is not None:
            curves[sequence.name] = one
        rows.append(_row(record, sequence, one))
    mark = run.records[0].get(RANDOM_KEY) if run.records else None
    whole = mean_curves(list(curves.values())) if curves else None
    return {
        "name": run.name,
        "sha256": run.sha256,
        "engine": run.records[0]["engine"] if run.records else "",
        **({RANDOM_KEY: mark} if mark is not None else {}),
        "failed": [asdict(one) for one in run.failed],
        "scored": len(curves),
        **({} if whole is None else {"scores": asdict(score(whole)), "curves": _shown(whole)}),
        "per_frame": _means_per_frame(rows),
        "attributes": _attributes(rows, curves),
        "synops_with": _correlations(rows),
        "sequences": rows,
    }


def _curves(record: Json, sequence: Tracked, protocol: Protocol) -> Curves | None:
    """The curves of a result; None where nothing can be scored."""
    boxes = np.array(record["boxes"], dtype=np.float64)
    if not sequence.is_scored:
        return None
    if boxes.ndim != 2 or boxes.shape[1] != 4 or len(boxes) > len(sequence.truth):
        found = f"an array of shape {boxes.shape}"
        raise ReportError(f"result of sequence '{sequence.name}'", "boxes of its frames", found)
    truth, seen = sequence.truth[: len(boxes)], sequence.in_view[: len(boxes)]
    try:
        return curves_of(boxes, truth, seen, protocol.rule, tuple(record["size"]))
    except ValueError:
        # Why not an error: without a target after the first frame there is nothing to score.
        return None


def _row(record: Json, sequence: Tracked, curves: Curves | None) -> Json:
    track = record["phases"].get("track", {"frames": 0, "totals": {}})
    frames = track["frames"]
    energies = record["energy_pj"].get("track", {})
    area = float(sequence.truth[0, 2] * sequence.truth[0, 3])
    width, height = record["size"]
    return {
        "name": sequence.name,
        "frames": len(record["boxes"]),
        "attributes": list(sequence.attributes),
        **({} if curves is None else asdict(score(curves))),
        "template_updates": record["template_updates"],
        "tracked": frames,
        "synops": track["totals"]["synops"]["graded"] / frames if frames else 0.0,
        "energy_pj": {name: value / frames for name, value in energies.items()} if frames else {},
        "picture": {**record["picture"], "target_area": area / (width * height)},
    }


def _shown(curves: Curves) -> Json:
    names = ("success", "precision", "norm_precision")
    return {name: getattr(curves, name).tolist() for name in names}


def _means_per_frame(rows: Sequence[Json]) -> Json:
    """SynOps and energies of a tracked frame, over all tracked frames alike."""
    frames = sum(row["tracked"] for row in rows)
    if not frames:
        return {"synops": 0.0, "energy_pj": {}, "frames": 0}
    names = rows[0]["energy_pj"]
    return {
        "frames": frames,
        "synops": sum(row["synops"] * row["tracked"] for row in rows) / frames,
        "energy_pj": {
            name: sum(row["energy_pj"].get(name, 0.0) * row["tracked"] for row in rows) / frames
            for name in names
        },
    }


def _attributes(rows: Sequence[Json], curves: Mapping[str, Curves]) -> list[Json]:
    names = sorted({name for row in rows for name in row["attributes"]})
    found = []
    for name in names:
        having = [row for row in rows if name in row["attributes"]]
        scored = [curves[row["name"]] for row in having if row["name"] in curves]
        found.append(
            {
                "name": name,
                "sequences": len(having),
                **(asdict(score(mean_curves(scored))) if scored else {}),
                "synops": _means_per_frame(having)["synops"],
            }
        )
    return found


def _correlations(rows: Sequence[Json]) -> Json:
    """Pearson's coefficient of a sequence's SynOps with what is in its picture, and with its AUC.

    None where there are fewer than three sequences, or where one of the two does not vary.
    """
    synops = [row["synops"] for row in rows]
    columns = {name: [row["picture"][name] for row in rows] for name in PICTURE_FIGURES}
    scored = [row for row in rows if "auc" in row]
    found = {name: _pearson(synops, values) for name, values in columns.items()}
    aucs, spent = [row["auc"] for row in scored], [row["synops"] for row in scored]
    return {**found, "auc": _pearson(spent, aucs)}


def _pearson(a: Sequence[float], b: Sequence[float]) -> float | None:
    if len(a) < _FEWEST or np.ptp(a) == 0 or np.ptp(b) == 0:
        return None
    return float(np.corrcoef(a, b)[0, 1])
