"""The report of an evaluation: evaluation.json, plots with their numbers, and one page."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from spiketrack.evaluation.metrics import DISTANCES_PX, NORM_DISTANCES, OVERLAPS
from spiketrack.plain_text import plural
from spiketrack.report.canvas import GRID, STAGE_COLOURS, Chart, chart_label, draw
from spiketrack.report.evaluation_tables import (
    FIGURES,
    attribute_tables,
    model_table,
    picture_table,
    sequence_table,
    unreadable_table,
    worst,
)
from spiketrack.report.files import json_bytes
from spiketrack.report.page import Section, render_sections
from spiketrack.report.summary import Headline
from spiketrack.report.units import count
from spiketrack.report.write import write_pages

Json = Mapping[str, Any]
_COLOURS = tuple(STAGE_COLOURS.values())
_CURVES = (
    ("success", OVERLAPS, "overlap threshold", "auc", "Success"),
    ("precision", DISTANCES_PX, "distance of the centres, pixels", "precision", "Precision"),
    (
        "norm_precision", NORM_DISTANCES, "distance of the centres, shares of the true size",
        "norm_precision", "Normalised precision",
    ),
)  # fmt: skip


def write_evaluation_report(document: Json, out_dir: Path) -> Path:
    """Writes evaluation.json, the plots and report.html.

    Args:
        document: the contents of evaluation.json.
        out_dir: folder, made if it is not there.

    Returns:
        The path of report.html.

    Raises:
        ReportError: a file cannot be written.
    """
    charts = [*_curve_charts(document), *_scatters(document)]
    files = {"evaluation.json": json_bytes(document)}
    return write_pages(files, charts, _page(document, charts), out_dir)


def _page(document: Json, charts: Sequence[Chart]) -> str:
    data, models = document["dataset"], document["models"]
    curves = tuple(chart for chart in charts if chart.name.endswith("_plot"))
    others = tuple(chart for chart in charts if chart not in curves)
    missing = unreadable_table(document)
    banners = [*data["notes"]]
    if missing.rows:
        n_missing = plural(len(missing.rows), "sequence")
        banners.insert(0, f"{n_missing} without a result: no figure of this page covers them.")
    per_model = [
        table
        for model in models
        for table in (
            sequence_table(model, worst(model), "worst sequences"),
            sequence_table(model, model["sequences"], "all sequences"),
        )
    ]
    sections = [
        Section(
            anchor="scores", title="Accuracy", intro=_PROTOCOL, charts=curves,
            tables=(model_table(document), *attribute_tables(document)),
        ),
        Section(
            anchor="cost", title="Accuracy and SynOps", charts=others,
            tables=(picture_table(document),),
        ),
        Section(
            anchor="sequences", title="Sequence by sequence",
            tables=(*per_model, *((missing,) if missing.rows else ())),
        ),
    ]  # fmt: skip
    subset = f" {data['subset']}" if data["subset"] else ""
    return render_sections(
        title=f"{data['title']}{subset}: evaluation",
        variant=f"{data['title']}{subset}",
        kind="evaluation",
        banners=banners,
        alarms=(),
        lead=None,
        headlines=_headlines(document),
        per="Every sequence counts alike in AUC and precision, every frame alike in AO and SR.",
        sentences=[(model["name"], f"SHA-256 {model['sha256']}") for model in models],
        sections=sections,
    )


_PROTOCOL = (
    "One pass from the true box of the first frame, scored as the benchmark's public code does. "
    "evaluation.json names the rule for frames without a target."
)


def _headlines(document: Json) -> list[Headline]:
    lead = document["dataset"]["lead"][0]
    found = []
    for model in document["models"]:
        if "scores" in model:
            value = f"{model['scores'][lead]:.3f}"
            found.append(Headline(value, f"{FIGURES[lead]}, {model['name']}", "0 to 1"))
        synops = count(model["per_frame"]["synops"])
        found.append(Headline(synops, f"SynOps a frame, {model['name']}", "graded, non-zero"))
    return found


def _curve_charts(document: Json) -> list[Chart]:
    scored = [model for model in document["models"] if "curves" in model]
    charts = []
    for name, thresholds, axis, figure, title in _CURVES if scored else ():
        lines = {model["name"]: model["curves"][name] for model in scored}
        labels = {m["name"]: f"{m['name']} ({m['scores'][figure]:.3f})" for m in scored}
        data = {"thresholds": thresholds.tolist(), "share": lines}
        charts.append(
            Chart(
                name=f"{name}_plot",
                title=f"{title} plot",
                caption=f"Share of frames, mean over sequences; in brackets {FIGURES[figure]}.",
                alt=f"{title} of every model over the {axis}",
                png=draw(5.5, 3.6, _painter(thresholds.tolist(), lines, labels, axis)),
                data=data,
            )
        )
    return charts


def _painter(
    thresholds: Sequence[float], lines: Json, labels: Mapping[str, str], axis: str
) -> Callable[[Figure, Axes], None]:
    def paint(figure: Figure, axes: Axes) -> None:
        for number, (name, shares) in enumerate(lines.items()):
            colour = _COLOURS[number % len(_COLOURS)]
            axes.plot(thresholds, shares, color=colour, label=chart_label(labels[name]))
        axes.set_xlim(thresholds[0], thresholds[-1])
        axes.set_ylim(0, 1)
        axes.set_xlabel(axis)
        axes.set_ylabel("share of frames")
        axes.grid(color=GRID)
        axes.legend(fontsize=8)

    return paint


def _scatters(document: Json) -> list[Chart]:
    charts = []
    for name, title, figure, axis in (
        ("accuracy_synops", "Accuracy against SynOps", "auc", "success AUC of a sequence"),
        ("detail_synops", "What is in the picture", "detail", "mean step between pixels"),
    ):
        points = {
            model["name"]: [
                [row["synops"], row["auc"] if figure == "auc" else row["picture"][figure]]
                for row in model["sequences"]
                if figure != "auc" or "auc" in row
            ]
            for model in document["models"]
        }
        if any(points.values()):
            charts.append(
                Chart(
                    name=name,
                    title=title,
                    caption="A point is a sequence: graded SynOps per tracked frame.",
                    alt=f"{axis} over SynOps per tracked frame, a point for every sequence",
                    png=draw(5.5, 3.6, _dots(points, axis)),
                    data={"synops_and_value": points},
                )
            )
    return charts


def _dots(points: Mapping[str, list[list[float]]], axis: str) -> Callable[[Figure, Axes], None]:
    def paint(figure: Figure, axes: Axes) -> None:
        for number, (name, of) in enumerate(points.items()):
            colour = _COLOURS[number % len(_COLOURS)]
            xs, ys = [x / 1e6 for x, _ in of], [y for _, y in of]
            axes.scatter(xs, ys, s=14, color=colour, label=chart_label(name))
        axes.set_xlabel("million SynOps per tracked frame")
        axes.set_ylabel(axis)
        axes.grid(color=GRID)
        axes.legend(fontsize=8)

    return paint
