"""What the commands for any network print: conversion, check, simulation, self-test."""

from collections.abc import Iterable, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rich.table import Table

from spiketrack.cli.group import complain
from spiketrack.cli.show import forced_table, notices, plain_console, print_json, say
from spiketrack.provenance import random_words

if TYPE_CHECKING:
    from simulation.selftest_report import SelftestReport
    from spiketrack.graph.model import Model
    from spiketrack.pipeline.check import CheckReport
    from spiketrack.pipeline.run_file import OpenedRun
    from spiketrack.pipeline.simulate import Simulation

MAX_NAMED = 5
MAX_DIVERGENCES = 10


def conversion(model: "Model", output: Path, *, as_json: bool) -> None:
    """The result of `convert` on a NIR or netx file."""
    from spiketrack.pipeline.generic import describe

    if as_json:
        print_json({"model": str(output), "variant": model.variant, "report": model.report})
        return
    for line in describe(model):
        say(line)
    network_report(model.report, list(model.graphs))
    say(f"Wrote {output}: {model.variant['name']}, {model.variant['weight_bits']}-bit weights")


def network_report(report: dict[str, Any], graphs: Sequence[str]) -> None:
    """Certificate and rounding of a network that need not be proved as a whole."""
    from spiketrack.pipeline.proof import unproved_of

    console = plain_console()
    for name in graphs:
        own = report[name]
        console.print(_certificate_table(own, report.get("peaks", {}).get(name)))
        say(_proof_words(own, unproved_of(own)))
        if own.get("neurons"):
            console.print(_neuron_table(own["neurons"]))
        rounded = own.get("share_of_channels_with_rounded_weights")
        if rounded is not None:
            say(f"Weights: {_rounded(rounded)}")
    if "forced" in report:
        console.print(forced_table(report["forced"]))


def checked(path: Path, report: "CheckReport", *, as_json: bool) -> None:
    """The result of `check`."""
    if as_json:
        print_json({"file": str(path), **report.to_dict()})
        return
    for note in report.notes:
        say(note)
    if not report.obstacles:
        nodes = f" as {report.nodes} integer nodes" if report.nodes else ""
        say(f"{path}: {report.kind}, no obstacle; it can be run{nodes}")
        return
    n = len(report.obstacles)
    table = Table(title=f"{path}: {report.kind}, {n} obstacle{'s' if n > 1 else ''}")
    for column in ("node", "reason", "what to do"):
        table.add_column(column, overflow="fold")
    for one in report.obstacles:
        table.add_row(one.node, one.reason, one.rewrite)
    plain_console().print(table)


def simulated(
    opened: "OpenedRun",
    result: "Simulation",
    provenance: dict[str, Any],
    written: Iterable[Path | None],
    *,
    as_json: bool,
) -> None:
    """The result of `simulate`."""
    from spiketrack.pipeline.lava_lowering import lowering_words
    from spiketrack.pipeline.simulated_files import summary

    lost = [f"overflow: {n:,} elements of {what}" for what, n in result.overflows.items()]
    notices((random_words(provenance),), (*lost, *result.alarms), as_json=as_json)
    if as_json:
        phase = result.counts.phases["run"]
        totals = {"frames": phase.frames, "totals": phase.totals()}
        print_json({**summary(opened, result, provenance), "counts": totals})
        return
    for line in opened.notes:
        say(line)
    console = plain_console()
    console.print(_counts_table(result))
    console.print(_outputs_table(result))
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
    from simulation.selftest import CHUNK

    table = Table(title=f"{report.n} random graphs, seed {report.seed}")
    table.add_column("engine")
    for column in ("graphs", "numbers compared", "skipped", "time", f"first {CHUNK}", "then each"):
        table.add_column(column, justify="right")
    for one in report.backends:
        later = one.n_graphs - CHUNK
        each = f"{1e3 * (one.seconds - one.first_seconds) / later:.2f} ms" if later > 0 else "-"
        table.add_row(
            one.name, f"{one.n_graphs:,}", f"{one.n_numbers:,}", f"{len(one.skipped):,}",
            f"{one.seconds:.2f} s", f"{one.first_seconds:.2f} s", each,
        )  # fmt: skip
    plain_console().print(table)
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
        say(f"FAILED: {len(report.divergences)} divergences")


def _certificate_table(report: dict[str, Any], peaks: dict[str, Any] | None) -> Table:
    steps = report.get("certified_steps")
    table = Table(title=f"Worst case of {steps} steps" if steps else "Worst case")
    table.add_column("part")
    table.add_column("node", overflow="fold", min_width=16)
    for column in ("needs", "has", "peak seen"):
        table.add_column(column, justify="right")
    for part, bound in report["certificate"]["widest"].items():
        seen = (peaks or {}).get("widest", {}).get(part, {}).get("peak", -1)
        table.add_row(
            part, bound["node"], f"{bound['needed_bits']} bits", f"{bound['bits']} bits",
            str(seen) if seen >= 0 else "-",
        )  # fmt: skip
    return table


def _proof_words(report: dict[str, Any], unproved: Sequence[str]) -> str:
    proved = report["certificate"]["proved"]
    if not unproved:
        return f"Proved free of overflow: all {proved} values"
    rest = len(unproved) - MAX_NAMED
    names = ", ".join(unproved[:MAX_NAMED]) + (f" and {rest} more" if rest > 0 else "")
    words = f"Proved: {proved} values. Not proved, checked while running: {names}."
    saved = report.get("saved_by_either")
    if saved:
        steps, peak = saved["max_steps"], saved["max_input"]
        ways = [f"at most {steps} steps"] if steps else []
        ways += [f"inputs within +-{peak}"] if peak else []
        words += f" All would be proved with {' or '.join(ways)}." if ways else ""
    return words


def _neuron_table(rows: Sequence[dict[str, Any]]) -> Table:
    table = Table(title="What rounding did to neurons: relative errors of parameters")
    table.add_column("node", overflow="fold")
    for column in ("threshold, steps", "threshold", "u leak", "v leak", "bias, steps"):
        table.add_column(column, justify="right")
    for row in rows:
        steps = row["threshold_steps"]
        table.add_row(
            row["node"], "-" if steps is None else f"{steps[0]}..{steps[1]}",
            _share(row["threshold_error"]), _share(row["u_decay_error"]),
            _share(row["v_decay_error"]), f"{row['bias_error']:.3g}",
        )  # fmt: skip
    return table


def _share(value: float) -> str:
    return f"{value:.3%}" if value else "exact"


def _rounded(shares: dict[str, float]) -> str:
    if not shares:
        return "exact in every layer"
    name, most = max(sorted(shares.items()), key=lambda item: item[1])
    return f"rounded in {len(shares)} layers; most in '{name}', {most:.0%} of its channels"


def _counts_table(result: "Simulation") -> Table:
    from spiketrack.report.units import count

    phase = result.counts.phases["run"]
    table = Table(title=f"Counted over all {phase.frames} samples")
    table.add_column("layer", overflow="fold", min_width=12)
    table.add_column("kind")
    for column in ("dense MACs", "events in", "SynOps graded", "SynOps unary", "spikes out"):
        table.add_column(column, justify="right")
    for layer in phase.layers:
        numbers = (
            layer.dense_macs, layer.events, layer.graded, layer.unary, layer.messages,
        )  # fmt: skip
        if any(numbers) or layer.kind in ("input", "neuron"):
            table.add_row(layer.name, layer.kind, *(count(n) if n else "-" for n in numbers))
    totals = phase.totals()
    table.add_section()
    table.add_row(
        "all", "", *(count(n) for n in (
            totals["dense_macs"], totals["events"], totals["synops"]["graded"],
            totals["synops"]["unary"], totals["memory"]["messages"],
        )),
    )  # fmt: skip
    return table


def _outputs_table(result: "Simulation") -> Table:
    table = Table(title="Outputs (T, B, C, H, W)")
    table.add_column("output", overflow="fold")
    for column in ("shape", "integers", "not zero", "real"):
        table.add_column(column, justify="right")
    for name, array in result.outputs.items():
        real = result.reals[name]
        table.add_row(
            name, str(tuple(array.shape)), f"{array.min()}..{array.max()}",
            f"{int((array != 0).sum()):,} of {array.size:,}",
            f"{real.min():.4g}..{real.max():.4g}",
        )  # fmt: skip
    return table


def plural(n: int, what: str) -> str:
    """A number with its noun: "1 frame", "3 frames"."""
    return f"{n:,} {what}{'' if n == 1 else 's'}"


def _run_words(opened: "OpenedRun", result: "Simulation", provenance: dict[str, Any]) -> str:
    seconds = sum(result.seconds)
    steps = max(len(array) for array in opened.inputs.values())
    total = steps * result.n_samples
    hashes = ", ".join(f"{key} sha256 {value[:16]}" for key, value in provenance["sha256"].items())
    return (
        f"{plural(result.n_samples, 'sample')} of {steps} steps on '{result.backend}', counts "
        f"on, with compiling: {seconds:.3f} s, {1e3 * seconds / total:.3f} ms a step; {hashes}"
    )
