"""The tables of an evaluation: models, attributes, sequences, and what could not be read."""

from collections.abc import Mapping, Sequence
from typing import Any

from spiketrack.report.accuracy_tables import PRICED
from spiketrack.report.units import count, energy
from spiketrack.tables import Cell, TableData, columns, number_cell, text_cell

Json = Mapping[str, Any]

FIGURES = {
    "auc": "success AUC",
    "precision": "precision at 20 px",
    "norm_precision": "normalised precision",
    "ao": "AO",
    "sr50": "SR50",
    "sr75": "SR75",
}
"""What the scores are called."""
WORST = 10
_FIGURE_OF = {"brightness": "mean brightness", "contrast": "contrast", "detail": "detail",
              "target_area": "area of the first box", "auc": "success AUC"}  # fmt: skip


def model_table(document: Json) -> TableData:
    """A row for every model; the figures that the benchmark's papers report come first."""
    data = document["dataset"]
    names = [*data["lead"], *(name for name in FIGURES if name not in data["lead"])]
    rows = tuple(
        (
            text_cell(model["name"]),
            text_cell(model["engine"]),
            *(_figure(model.get("scores", {}), name) for name in names),
            number_cell(model["per_frame"]["synops"], count),
            *(_energy(model["per_frame"]["energy_pj"], name) for name in PRICED),
        )
        for model in document["models"]
    )
    return TableData(
        title=f"{data['title']}{' ' + data['subset'] if data['subset'] else ''}, "
        f"{data['sequences']} sequences, {data['frames']:,} frames",
        columns=columns(
            "model", "engine", *(f"#{FIGURES[name]}" for name in names), "#SynOps",
            *(f"#{title}" for title in PRICED.values()),
        ),
        rows=rows,
        note="SynOps (graded) and energies per tracked frame, by the price lists "
        f"{' and '.join(PRICED)}; for a float network as if weights were int8. A dash stands where "
        "the benchmark keeps its boxes to itself",
    )  # fmt: skip


def attribute_tables(document: Json) -> list[TableData]:
    """For every figure that leads, the models' scores by attribute; none without attributes."""
    tables = []
    models = document["models"]
    names = [one["name"] for one in models[0]["attributes"]] if models else []
    for lead in document["dataset"]["lead"] if names else ():
        of = [{one["name"]: one for one in model["attributes"]} for model in models]
        rows = tuple(
            (
                text_cell(name),
                number_cell(of[0][name]["sequences"], lambda value: f"{value:.0f}"),
                *(_figure(one.get(name, {}), lead) for one in of),
            )
            for name in names
        )
        titles = columns("attribute", "#sequences", *(f"#{model['name']}" for model in models))
        title = f"{FIGURES[lead]} by attribute"
        tables.append(TableData(title=title, columns=titles, rows=rows))
    return tables


def sequence_table(model: Json, rows: Sequence[Json], title: str) -> TableData:
    """Rows of sequences of one model."""
    return TableData(
        title=f"{model['name']}: {title}",
        columns=columns(
            "sequence", "#frames", *(f"#{name}" for name in FIGURES.values()), "#SynOps",
            *(f"#{name}" for name in PRICED.values()), "#new templates", "attributes",
        ),
        rows=tuple(
            (
                text_cell(row["name"]),
                number_cell(row["frames"], lambda value: f"{value:,.0f}"),
                *(_figure(row, name) for name in FIGURES),
                number_cell(row["synops"], count),
                *(_energy(row["energy_pj"], name) for name in PRICED),
                number_cell(row["template_updates"], lambda value: f"{value:.0f}"),
                text_cell(", ".join(row["attributes"])),
            )
            for row in rows
        ),
    )  # fmt: skip


def worst(model: Json) -> list[Json]:
    """The sequences of the lowest AUC, the worst first."""
    scored = [row for row in model["sequences"] if "auc" in row]
    return sorted(scored, key=lambda row: (row["auc"], row["name"]))[:WORST]


def picture_table(document: Json) -> TableData:
    """How SynOps of the sequences go with what is in the picture."""
    models = document["models"]
    rows = tuple(
        (text_cell(title), *(_coefficient(model["synops_with"].get(name)) for model in models))
        for name, title in _FIGURE_OF.items()
    )
    return TableData(
        title="SynOps per frame and the picture",
        columns=columns("figure of a sequence", *(f"#{model['name']}" for model in models)),
        rows=rows,
        note="Pearson's coefficient over sequences: 1 where more of it always goes with more "
        "SynOps, 0 where neither tells of the other. Detail is the mean step between neighbouring "
        "pixels. A dash stands where a figure does not vary or sequences are fewer than three",
    )


def unreadable_table(document: Json) -> TableData:
    """What could not be read or tracked, and why."""
    rows = [("", one) for one in document["dataset"]["unreadable"]]
    rows += [(model["name"], one) for model in document["models"] for one in model["failed"]]
    return TableData(
        title="Sequences without a result",
        columns=columns("sequence", "model", "reason"),
        rows=tuple(
            (text_cell(one["name"]), text_cell(model or "all"), text_cell(one["reason"]))
            for model, one in rows
        ),
    )


def _figure(scores: Json, name: str) -> Cell:
    return number_cell(scores[name], lambda value: f"{value:.3f}") if name in scores else _dash()


def _energy(energies: Json, name: str) -> Cell:
    return number_cell(energies[name], energy) if name in energies else _dash()


def _coefficient(value: float | None) -> Cell:
    return _dash() if value is None else number_cell(value, lambda shown: f"{shown:+.2f}")


def _dash() -> Cell:
    return Cell("-", -2.0)
