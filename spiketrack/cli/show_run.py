"""What the commands for any network print: conversion, check, simulation, self-test."""

from collections.abc import Iterable, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from spiketrack.cli.group import complain
from spiketrack.cli.show import forced_table, notices, print_json, say
from spiketrack.cli.show_table import show_tables
from spiketrack.plain_text import plural
from spiketrack.provenance import random_words
from spiketrack.tables import TableData, columns, text_cell, words_table

if TYPE_CHECKING:
    from simulation.selftest.report import SelftestReport
    from spiketrack.graph.model import Model
    from spiketrack.pipeline.check import CheckReport
    from spiketrack.pipeline.network.run_file import OpenedRun
    from spiketrack.pipeline.network.simulate import Simulation

MAX_NAMED = 5
MAX_DIVERGENCES = 10


def conversion(model: "Model", output: Path, *, as_json: bool) -> None:
    """The result of `convert` on a NIR or netx file."""
    from spiketrack.pipeline.network.open import describe
    from spiketrack.pipeline.network.proof import warnings_of

    if as_json:
        print_json({"model": str(output), "variant": model.variant, "report": model.report})
        return
    for line in describe(model):
        say(line)
    network_report(model.report, list(model.graphs))
    _warn(warnings_of(model))
    say(f"Wrote {output}: {model.variant['name']}, {model.variant['weight_bits']}-bit weights")


def network_report(report: dict[str, Any], graphs: Sequence[str]) -> None:
    """Certificate and rounding of a network that need not be proved as a whole."""
    from spiketrack.pipeline.network.proof import unproved_of

    for name in graphs:
        own = report[name]
        show_tables([_certificate_table(own, report.get("peaks", {}).get(name))])
        say(_proof_words(own, unproved_of(own)))
        if own.get("neurons"):
            show_tables([_neuron_table(own["neurons"])])
        rounded = own.get("share_of_channels_with_rounded_weights")
        if rounded is not None:
            say(f"Weights: {_rounded(rounded)}")
    if "forced" in report:
        show_tables([forced_table(report["forced"])])


def checked(path: Path, report: "CheckReport", *, as_json: bool) -> None:
    """The result of `check`."""
    if as_json:
        print_json({"file": str(path), **report.to_dict()})
        return
    for note in report.notes:
        say(note)
    _warn(report.warnings)
    if not report.obstacles:
        nodes = f" as {plural(report.nodes, 'integer node')}" if report.nodes else ""
        n = len(report.warnings)
        warned = f", but read the {plural(n, 'warning')} above" if n else ""
        say(f"{path}: {report.kind}, no obstacle; it can be run{nodes}{warned}")
        return
    title = f"{path}: {report.kind}, {plural(len(report.obstacles), 'obstacle')}"
    rows = ((one.node, one.reason, one.rewrite) for one in report.obstacles)
    show_tables([words_table(title, columns("node", "reason", "what to do"), *rows)])


def _warn(warnings: Iterable[str]) -> None:
    for one in warnings:
        say(f"Warning: {one}")


def simulated(
    opened: "OpenedRun",
    result: "Simulation",
    provenance: dict[str, Any],
    written: Iterable[Path | None],
    *,
    as_json: bool,
) -> None:
    """The result of `simulate`."""
    from spiketrack.pipeline.lava.lowering import lowering_words
    from spiketrack.pipeline.network.simulated_files import summary

    lost = [f"overflow: {plural(n, 'element')} of {what}" for what, n in result.overflows.items()]
    notices((random_words(provenance),), (*lost, *result.alarms), as_json=as_json)
    if as_json:
        phase = result.counts.phases["run"]
        totals = {"frames": phase.frames, "totals": phase.totals()}
        print_json({**summary(opened, result, provenance), "counts": totals})
        return
    for line in opened.notes:
        say(line)
    show_tables([_counts_table(result), _outputs_table(result)])
    for line in result.without_events:
        say(f"Not counted as events: {line}")
    for line in lowering_words(result.lowering) if result.lowering else ():
        say(line)
    say(_run_words(opened, result, provenance))
    for path in written:
        if path is not None:
            say(f"Wrote {path}")


def selftested(report: "SelftestReport", *, as_json: bool) -> None:
    """The result of `selftest`."""
    if as_json:
        print_json({**asdict(report), "passed": report.passed})
        return
    from simulation.selftest.run import CHUNK

    rows = []
    for one in report.backends:
        later = one.n_graphs - CHUNK
        each = f"{1e3 * (one.seconds - one.first_seconds) / later:.2f} ms" if later > 0 else "-"
        rows.append((
            one.name, f"{one.n_graphs:,}", f"{one.n_numbers:,}", f"{len(one.skipped):,}",
            f"{one.seconds:.2f} s", f"{one.first_seconds:.2f} s", each,
        ))  # fmt: skip
    titles = columns(
        "engine", "#graphs", "#numbers compared", "#skipped", "#time", f"#first {CHUNK}",
        "#then each",
    )  # fmt: skip
    title = f"{plural(report.n, 'random graph')}, seed {report.seed}"
    show_tables([words_table(title, titles, *rows)])
    for divergence in report.divergences[:MAX_DIVERGENCES]:
        kept = f" Saved: {divergence.saved}" if divergence.saved else ""
        say(f"Graph {divergence.index}, {divergence.backend}: {divergence.message}.{kept}")
    for one in report.backends:
        if one.skipped:
            say(f"{one.name} skipped {len(one.skipped):,} graphs, the first: {one.skipped[0][1]}")
    rest = len(report.divergences) - MAX_DIVERGENCES
    if rest > 0:
        say(f"and {rest} more")
    if report.interrupted:
        least = min(one.n_graphs for one in report.backends)
        complain(f"interrupted; every engine was compared on the first {least:,} of {report.n:,}")
    if report.interrupted and not report.divergences:
        say("No divergence until then")
    elif report.passed:
        say("No divergence: every engine equals the reference, bit for bit")
    else:
        say(f"FAILED: {plural(len(report.divergences), 'divergence')}")


def _certificate_table(report: dict[str, Any], peaks: dict[str, Any] | None) -> TableData:
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


def _proof_words(report: dict[str, Any], unproved: Sequence[str]) -> str:
    from calibration.severity import ways_out

    proved = report["certificate"]["proved"]
    if not unproved:
        return f"Proved free of overflow: {plural(proved, 'value')}, all there are"
    rest = len(unproved) - MAX_NAMED
    names = ", ".join(unproved[:MAX_NAMED]) + (f" and {rest} more" if rest > 0 else "")
    words = f"Proved: {plural(proved, 'value')}. Not proved, checked while running: {names}."
    ways = ways_out(report)
    return f"{words} All would be proved {' or '.join(ways)}." if ways else words


def _neuron_table(rows: Sequence[dict[str, Any]]) -> TableData:
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


def _rounded(shares: dict[str, float]) -> str:
    if not shares:
        return "exact in every layer"
    name, most = max(sorted(shares.items()), key=lambda item: item[1])
    return (
        f"rounded in {plural(len(shares), 'layer')}; most in '{name}', {most:.0%} of its channels"
    )


def _counts_table(result: "Simulation") -> TableData:
    from spiketrack.report.units import count

    phase = result.counts.phases["run"]
    rows = []
    for layer in phase.layers:
        numbers = (
            layer.dense_macs, layer.events, layer.graded, layer.unary, layer.messages,
        )  # fmt: skip
        if any(numbers) or layer.kind in ("input", "neuron"):
            rows.append((layer.name, layer.kind, *(count(n) if n else "-" for n in numbers)))
    totals = phase.totals()
    rows.append((
        "all", "", *(count(n) for n in (
            totals["dense_macs"], totals["events"], totals["synops"]["graded"],
            totals["synops"]["unary"], totals["memory"]["messages"],
        )),
    ))  # fmt: skip
    return TableData(
        title=f"Counted over {plural(phase.frames, 'sample')}",
        columns=columns(
            "layer", "kind", "#dense MACs", "#events in", "#SynOps graded", "#SynOps unary",
            "#spikes out",
        ),
        rows=tuple(tuple(text_cell(value) for value in row) for row in rows),
        total_rows=1,
    )  # fmt: skip


def _outputs_table(result: "Simulation") -> TableData:
    rows = []
    for name, array in result.outputs.items():
        real = result.reals[name]
        rows.append((
            name, str(tuple(array.shape)), f"{array.min():,}..{array.max():,}",
            f"{int((array != 0).sum()):,} of {array.size:,}",
            f"{real.min():.4g}..{real.max():.4g}",
        ))  # fmt: skip
    titles = columns("output", "#shape", "#integers", "#not zero", "#real")
    return words_table("Outputs (T, B, C, H, W)", titles, *rows)


def _run_words(opened: "OpenedRun", result: "Simulation", provenance: dict[str, Any]) -> str:
    seconds = sum(result.seconds)
    steps = max(len(array) for array in opened.inputs.values())
    total = steps * result.n_samples
    hashes = ", ".join(f"{key} sha256 {value[:16]}" for key, value in provenance["sha256"].items())
    samples = f"{plural(result.n_samples, 'sample')} of {plural(steps, 'step')}"
    return (
        f"{samples} on '{result.backend}', counts on, with compiling: {seconds:.3f} s, "
        f"{1e3 * seconds / total:.3f} ms a step; {hashes}"
    )
