"""The tables of `accuracy`: a row for every form of every network, and the layers that agree least.

Both read the contents of `accuracy.json`.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from spiketrack.plain_text import plural
from spiketrack.report.units import count, energy
from spiketrack.tables import TableData, columns, words_table

PRICED = {"horowitz45-graded": "energy, 45 nm", "davies2018-graded": "energy, Loihi 1"}
"""The price lists that the table shows, and what it calls them."""
LEAST = 5
"""Layers of a form that are shown."""
FLOAT = "float"


def accuracy_tables(record: Mapping[str, Any]) -> list[TableData]:
    """The table of all forms, then the layers that agree least, and what engines were compared."""
    tables = [forms_table(record)]
    for table in (layers_table(record), engines_table(record)):
        if table.rows:
            tables.append(table)
    return tables


def forms_table(record: Mapping[str, Any]) -> TableData:
    """Scores, spikes, operations and energies of every form."""
    settings = record["settings"]
    scenes = plural(min(len(part["scenes"]) for part in record["networks"]), "held-out scene")
    rows = [
        (
            network, form, f"{of['auc']:.3f}", f"{of['auc_minus_float_points']:+.1f}",
            f"{of['precision']:.3f}", f"{of['mean_iou']:.3f}", f"{of['equal_spikes']:.1%}",
            f"{of['mean_integer']:.3f}", count(of["synops_per_frame"]),
            *(energy(of["energy_pj_per_frame"][model]) for model in PRICED),
        )
        for network, form, of in _forms(record)
    ]  # fmt: skip
    titles = columns(
        "network", "form", "#success AUC", "#points from float", "#precision", "#mean IoU",
        "#equal spikes", "#mean integer", "#SynOps", *(f"#{title}" for title in PRICED.values()),
    )  # fmt: skip
    title = f"Accuracy on {scenes} of {settings['frames']} frames, closed loop"
    return TableData(
        title=title,
        columns=titles,
        rows=words_table(title, titles, *rows).rows,
        note="Equal spikes: share of all neurons, steps and crops that have the float network's "
        "integer; SynOps (graded) and energies per tracked frame, by the price lists "
        f"{' and '.join(PRICED)}; for float as if weights were int8",
    )


def layers_table(record: Mapping[str, Any]) -> TableData:
    """The layers of each form whose spikes agree least with the float network's."""
    rows = []
    for network, form, of in _forms(record):
        if form != FLOAT:
            order = sorted(of["layers"].items(), key=lambda item: item[1]["equal_spikes"])
            rows += [
                (
                    network, form, layer, f"{found['equal_spikes']:.1%}",
                    f"{found['equal_active']:.1%}", f"{found['float_mean_integer']:.3f}",
                    f"{found['mean_integer']:.3f}",
                )
                for layer, found in order[:LEAST]
            ]  # fmt: skip
    return words_table(
        "Layers that agree least with the float network",
        columns(
            "network", "form", "layer", "#equal spikes", "#equal where one fires",
            "#mean integer, float", "#here",
        ),
        *rows,
    )  # fmt: skip


def engines_table(record: Mapping[str, Any]) -> TableData:
    """How the fast engine, which tracked, compares with the definition and with Lava."""
    rows = [
        (network, form, engine, f"{found['values']:,}", f"{found['differing']:,}")
        for network, form, of in _forms(record)
        for engine, found in of["engines"].items()
    ]
    return words_table(
        "Values of the fast engine beside those of other engines, on crops of the first scene",
        columns("network", "form", "engine", "#values compared", "#that differ"),
        *rows,
    )


def accuracy_alarms(record: Mapping[str, Any]) -> list[str]:
    """A sentence for every layer that fires as floats and never as integers."""
    return [
        f"{network}, {form}: layer '{layer}' fires in the float network and never in integers"
        for network, form, of in _forms(record)
        for layer in of["silenced"]
    ]


def _forms(record: Mapping[str, Any]) -> Iterator[tuple[str, str, Mapping[str, Any]]]:
    """Name of the network, name of the form, its figures."""
    for part in record["networks"]:
        for form, figures in part["forms"].items():
            yield part["name"], form, figures
