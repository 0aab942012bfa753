"""What the commands print: tables for people, one JSON value for programs, progress on stderr."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table

if TYPE_CHECKING:
    from hardware.energy import AuditReport
    from spiketrack.graph.model import Model
    from spiketrack.tracking import TrackResult

MODEL_SUFFIXES = (".stk",)
NIR_SUFFIXES = (".nir",)


@contextmanager
def steps(*, quiet: bool) -> Iterator[Callable[[str], None]]:
    """A spinner on stderr that names the step under way."""
    if quiet:
        yield lambda text: None
        return
    with Console(stderr=True).status("Starting") as status:
        yield lambda text: status.update(text)


@contextmanager
def frame_progress(total: int | None, *, quiet: bool) -> Iterator[Callable[["TrackResult"], None]]:
    """A bar over frames on stderr."""
    console = Console(stderr=True)
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=console, disable=quiet or not console.is_terminal) as bar:
        task = bar.add_task("Tracking", total=total)
        yield lambda result: bar.update(task, advance=1)


def conversion(model: "Model", output: Path, *, as_json: bool) -> None:
    """The result of `convert`."""
    if as_json:
        print_json({"model": str(output), "variant": model.variant, "report": model.report})
        return
    console = Console()
    bits = model.variant["weight_bits"]
    console.print(f"Wrote [bold]{output}[/bold]: {model.variant['name']}, {bits}-bit weights")
    console.print(_certificate_table(model))
    forced = model.report.get("forced")
    if forced:
        console.print(_forced_table(forced))


def _certificate_table(model: "Model") -> Table:
    table = Table(title="Proved free of overflow: the widest need of each kind, from weights alone")
    for column in ("graph", "part", "node", "worst case", "needs", "has"):
        table.add_column(column, justify="right" if column in ("needs", "has") else "left")
    for name in model.graphs:
        for part, bound in model.report[name]["certificate"]["widest"].items():
            table.add_row(
                name, part, bound["node"], f"{bound['low']}..{bound['high']}",
                f"{bound['needed_bits']} bits", f"{bound['bits']} bits",
            )  # fmt: skip
    return table


def _forced_table(forced: dict[str, Any]) -> Table:
    table = Table(title="What rounding cost, each layer fed the float network's own spikes")
    for column in (
        "comparison",
        "spikes that differ",
        "worst layer",
        "there",
        "median synapse SNR",
    ):
        table.add_column(
            column, justify="left" if column in ("comparison", "worst layer") else "right"
        )
    for name, summary in forced.items():
        worst = summary["worst_neuron_layer"] or {"node": "-", "differing": 0.0}
        table.add_row(
            name, f"{summary['mean_share_of_differing_spikes']:.3%}", worst["node"],
            f"{worst['differing']:.3%}", _decibels(summary["median_synapse_snr_db"]),
        )  # fmt: skip
    return table


def _decibels(snr_db: float | None) -> str:
    return "exact" if snr_db is None else f"{snr_db:.1f} dB"


def tracked(
    result: dict[str, Any], output: Path | None, video: Path | None, *, as_json: bool
) -> None:
    """The result of `track`."""
    if as_json:
        print_json(result)
        return
    console = Console()
    table = Table(title=f"{result['source']} on the {result['engine']}")
    for column in ("frame", "x", "y", "width", "height", "confidence", "new template"):
        table.add_column(column, justify="right")
    for row in result["frames"]:
        numbers = [f"{value:.1f}" for value in row["box"]]
        renewed = "yes" if row["template_updated"] else ""
        table.add_row(str(row["frame_index"]), *numbers, f"{row['confidence']:.3f}", renewed)
    console.print(table)
    for path in (output, video):
        if path is not None:
            console.print(f"Wrote [bold]{path}[/bold]")


def profile(result: dict[str, Any], report: Path, *, as_json: bool) -> None:
    """The result of `profile` and `demo`."""
    from hardware.energy import audit as run_audit
    from spiketrack.report import summary_tables

    if as_json:
        print_json(result)
        return
    console = Console()
    for table in summary_tables(result, run_audit(result), with_audit=False):
        console.print(table)
    console.print(_speed_line(result["speed"]))
    if result["interrupted"]:
        console.print(
            "[bold]Interrupted:[/bold] the counts are those of the frames finished before."
        )
    console.print(f"Report: [bold]{report}[/bold]")


def _speed_line(speed: dict[str, Any]) -> str:
    times = ", ".join(f"{phase} {ms:.1f} ms" for phase, ms in speed["ms_per_call"].items())
    line = f"{speed['engine']} with all counts: {times}; peak memory "
    line += f"{speed['peak_memory_mib']:.0f} MiB"
    if "beside" in speed:
        beside = ", ".join(
            f"{phase} {ms:.1f} ms" for phase, ms in speed["beside"]["ms_per_call"].items()
        )
        ratios = ", ".join(
            f"{phase} {ratio:.2f}" for phase, ratio in speed["beside_over_engine"].items()
        )
        line += (
            f"\n{speed['beside']['engine']} on the same patches, same run: {beside}; ratio {ratios}"
        )
    return line


def audit(counted: dict[str, Any], result: "AuditReport", report: Path, *, as_json: bool) -> None:
    """The result of `audit`."""
    from dataclasses import asdict

    from spiketrack.report import summary_tables

    if as_json:
        print_json(asdict(result))
        return
    console = Console()
    for table in summary_tables(counted, result, with_audit=True):
        console.print(table)
    console.print(f"Report: [bold]{report}[/bold]")


def inspect(path: Path, *, nodes: bool, as_json: bool) -> None:
    """What a file holds."""
    from conversion.from_nir import read_nir
    from spiketrack.graph.store import load_model
    from spiketrack.graph.text import dump
    from spiketrack.network import load_checkpoint

    facts: dict[str, Any] = {}
    if path.suffix in MODEL_SUFFIXES:
        model = load_model(path)
        graphs: dict[str, Any] = dict(model.graphs)
        facts = {
            "variant": model.variant,
            "provenance": model.provenance,
            "report": _brief(model.report),
        }
    elif path.suffix in NIR_SUFFIXES:
        graph = read_nir(path)
        graphs = {graph.name: graph}
    else:
        network = load_checkpoint(path)
        count = sum(parameter.numel() for parameter in network.parameters())
        graphs, facts = {}, {"variant": network.variant.name, "parameters": count}
    facts["graphs"] = {name: {"nodes": len(graph)} for name, graph in graphs.items()}
    if as_json:
        print_json(facts)
        return
    console = Console()
    console.print_json(data=facts)
    for graph in graphs.values() if nodes else ():
        print(dump(graph))


def _brief(report: dict[str, Any]) -> dict[str, Any]:
    """A model's report without its per-node rows."""
    brief: dict[str, Any] = {}
    for name, part in report.items():
        if name == "forced":
            brief[name] = {
                k: {key: v for key, v in s.items() if key != "layers"} for k, s in part.items()
            }
        else:
            certificate = {key: v for key, v in part["certificate"].items() if key != "bounds"}
            brief[name] = {"certificate": certificate, "streams": part["streams"]}
    return brief


def print_json(value: Any) -> None:
    """One JSON value on stdout."""
    print(json.dumps(value, indent=2))
