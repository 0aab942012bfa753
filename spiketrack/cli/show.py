"""What the commands print on stdout: tables for people, or one JSON value for programs."""

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from spiketrack.cli.group import complain
from spiketrack.cli.show_table import plain_console, show_tables
from spiketrack.plain_text import plural, shown
from spiketrack.provenance import random_words
from spiketrack.tables import TableData, columns, words_table

if TYPE_CHECKING:
    from hardware.energy import AuditReport
    from spiketrack.counts.profile import Profile
    from spiketrack.graph.model import Model

MAX_ROWS = 24
"""Frames a table shows before it leaves out the middle."""


def say(text: str) -> None:
    """One line, whatever is in it, and never wrapped, so that a path in it can be copied."""
    plain_console().print(shown(text), soft_wrap=True)


def notices(banners: Iterable[str], alarms: Iterable[str], *, as_json: bool) -> None:
    """What must be read beside every figure: random weights, an interruption, alarms.

    A banner stands above the figures on stdout, or on stderr if stdout is for JSON alone. Every
    alarm is a line on stderr, so that neither a pipe nor --json swallows it.
    """
    for text in filter(None, banners):
        (complain if as_json else say)(text)
    for text in alarms:
        complain(f"alarm: {text}")


def conversion(model: "Model", output: Path, *, as_json: bool) -> None:
    """The result of `convert`."""
    notices((random_words(model.provenance),), (), as_json=as_json)
    if as_json:
        print_json({"model": str(output), "variant": model.variant, "report": model.report})
        return
    bits = model.variant["weight_bits"]
    say(f"Wrote {output}: {model.variant['name']}, {bits}-bit weights")
    print_report(model.report, list(model.graphs))


def print_report(report: dict[str, Any], graphs: list[str]) -> None:
    """A model's certificate and, where frames were given, what rounding cost on them."""
    show_tables([certificate_table(report, graphs)])
    if "forced" not in report:
        return
    show_tables([forced_table(report["forced"])])
    boxes = report["end_to_end"]
    say(
        f"Boxes over {plural(boxes['frames'], 'tracked frame')}, float against integer network: "
        f"mean IoU {boxes['mean_iou']:.3f} (untrained weights do not track: there it means little)"
    )


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


def tracked(
    result: dict[str, Any], output: Path | None, video: Path | None, *, as_json: bool
) -> None:
    """The result of `track`."""
    notices((random_words(result),), (), as_json=as_json)
    if as_json:
        print_json(result)
        return
    rows = result["frames"]
    lines = [_frame_row(row) for row in rows]
    if len(rows) > MAX_ROWS:
        lines = [*lines[: MAX_ROWS // 2], ("...",) * 7, *lines[-MAX_ROWS // 2 :]]
    titles = columns("#frame", "#x", "#y", "#width", "#height", "#confidence", "#new template")
    show_tables([words_table(f"{result['source']} on the {result['engine']}", titles, *lines)])
    if len(rows) > MAX_ROWS:
        say("All frames: --output FILE or --json")
    for path in (output, video):
        if path is not None:
            say(f"Wrote {path}")


def _frame_row(row: dict[str, Any]) -> tuple[str, ...]:
    box = (f"{value:.1f}" for value in row["box"])
    renewed = "yes" if row["template_updated"] else ""
    return (str(row["frame_index"]), *box, f"{row['confidence']:.3f}", renewed)


def profile(counted: "Profile", report: Path, *, as_json: bool) -> None:
    """The result of `profile` and `demo`."""
    from hardware.energy import audit as run_audit
    from spiketrack.report import summary_tables

    audited = run_audit(counted)
    # Why not all banners: that a run was interrupted is told by the command itself, at its end.
    notices((random_words(counted.facts("provenance")),), audited.alarms, as_json=as_json)
    if as_json:
        print_json(counted.document)
        return
    show_tables(summary_tables(counted, audited, with_audit=False))
    say(_not_counted(audited))
    for line in _speed_lines(counted.facts("speed")):
        say(line)
    say(f"Report: {report}")


def _not_counted(audited: "AuditReport") -> str:
    n = len(audited.listed_not_counted)
    if not n:
        return "The profile names no kind of work that it does not count"
    return f"Not in these figures: {plural(n, 'kind')} of work, named in the report"


def _speed_lines(speed: Mapping[str, Any]) -> list[str]:
    times = ", ".join(f"{phase} {ms:.1f} ms" for phase, ms in speed["ms_per_call"].items())
    line = f"{speed['engine']} with all counts: {times}; peak memory "
    lines = [f"{line}{speed['peak_memory_mib']:,.0f} MiB"]
    if "beside" in speed:
        beside = ", ".join(
            f"{phase} {ms:.1f} ms" for phase, ms in speed["beside"]["ms_per_call"].items()
        )
        ratios = ", ".join(
            f"{phase} {ratio:.2f}" for phase, ratio in speed["beside_over_engine"].items()
        )
        lines.append(
            f"{speed['beside']['engine']} on the same patches, same run: {beside}; ratio {ratios}"
        )
    return lines


def audit(counted: "Profile", result: "AuditReport", report: Path, *, as_json: bool) -> None:
    """The result of `audit`."""
    from dataclasses import asdict

    from spiketrack.report import summary_tables

    notices(result.banners, result.alarms, as_json=as_json)
    if as_json:
        print_json(asdict(result))
        return
    show_tables(summary_tables(counted, result, with_audit=True))
    say(_not_counted(result))
    say(f"Report: {report}")


def print_json(value: Any) -> None:
    """One JSON value on stdout."""
    print(json.dumps(value, indent=2))
