"""The tables of a conversion: what is proved free of overflow, and what rounding cost."""

from collections.abc import Sequence
from typing import Any

from spiketrack.graph.model import Model
from spiketrack.pipeline.network.open import is_generic
from spiketrack.plain_text import plural
from spiketrack.tables import TableData, columns, words_table


def convert_tables(model: Model) -> list[TableData]:
    """Certificate, rounding of neurons, and rounding on frames or spikes, as far as there are."""
    report, graphs = model.report, [name for name in model.graphs if name in model.report]
    tables: list[TableData] = []
    if is_generic(model):
        for name in graphs:
            peaks = report.get("peaks", {}).get(name)
            tables.append(network_certificate_table(report[name], peaks))
            if report[name].get("neurons"):
                tables.append(neuron_table(report[name]["neurons"]))
    elif graphs:
        tables.append(certificate_table(report, graphs))
    if "forced" in report:
        tables.append(forced_table(report["forced"]))
    return tables


def certificate_table(report: dict[str, Any], graphs: list[str]) -> TableData:
    """The widest need of every kind of value, from a model's report."""
    return words_table(
        "Proved free of overflow: the widest need of each kind, from weights alone",
        columns("graph", "part", "node", "#needs", "#has", "#peak seen"),
        *(
            (name, part, bound["node"], plural(bound["needed_bits"], "bit"),
             plural(bound["bits"], "bit"), _peak(report, name, part))
            for name in graphs
            for part, bound in report[name]["certificate"]["widest"].items()
        ),
    )  # fmt: skip


def _peak(report: dict[str, Any], graph: str, part: str) -> str:
    """Largest magnitude that the widest value of a kind took on the frames of calibration."""
    runs = [run for name, run in report.get("peaks", {}).items() if name.startswith(graph)]
    peaks = [run["widest"][part]["peak"] for run in runs]
    return f"{max(peaks):,}" if peaks and max(peaks) >= 0 else "-"


def forced_table(forced: dict[str, Any]) -> TableData:
    """What rounding cost, one row per comparison of a model's report."""
    rows = []
    for name, summary in forced.items():
        worst = summary["worst_neuron_layer"] or {"node": "-", "differing": 0.0}
        rows.append((
            name, f"{summary['mean_share_of_differing_spikes']:.3%}", worst["node"],
            f"{worst['differing']:.3%}", _decibels(summary["median_synapse_snr_db"]),
        ))  # fmt: skip
    return words_table(
        "What rounding cost, each layer fed the float network's own values",
        columns(
            "comparison", "#spikes that differ", "worst layer", "#there", "#median synapse SNR"
        ),
        *rows,
    )


def _decibels(snr_db: float | None) -> str:
    return "exact" if snr_db is None else f"{snr_db:.1f} dB"


def network_certificate_table(report: dict[str, Any], peaks: dict[str, Any] | None) -> TableData:
    """The widest need of every kind of value in a graph that is proved for some steps."""
    steps = report.get("certified_steps")
    rows = []
    for part, bound in report["certificate"]["widest"].items():
        seen = (peaks or {}).get("widest", {}).get(part, {}).get("peak", -1)
        rows.append((
            part, bound["node"], plural(bound["needed_bits"], "bit"),
            plural(bound["bits"], "bit"), f"{seen:,}" if seen >= 0 else "-",
        ))  # fmt: skip
    return words_table(
        f"Worst case of {plural(steps, 'step')}" if steps else "Worst case",
        columns("part", "node", "#needs", "#has", "#peak seen"),
        *rows,
    )


def neuron_table(rows: Sequence[dict[str, Any]]) -> TableData:
    """What rounding did to the parameters of neurons."""
    shown = []
    for row in rows:
        steps = row["threshold_steps"]
        shown.append((
            row["node"], "-" if steps is None else f"{steps[0]:,}..{steps[1]:,}",
            _share(row["threshold_error"]), _share(row["u_decay_error"]),
            _share(row["v_decay_error"]), f"{row['bias_error']:.3g}",
        ))  # fmt: skip
    return words_table(
        "What rounding did to neurons: relative errors of parameters",
        columns("node", "#threshold, steps", "#threshold", "#u leak", "#v leak", "#bias, steps"),
        *shown,
    )


def _share(value: float) -> str:
    return f"{value:.3%}" if value else "exact"
