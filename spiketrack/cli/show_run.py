"""What the commands for any network print: conversion, check, simulation, self-test."""

from collections.abc import Iterable, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from spiketrack.cli.group import complain
from spiketrack.cli.show import notices, print_json, say
from spiketrack.cli.show_table import show_tables
from spiketrack.plain_text import plural
from spiketrack.provenance import random_words
from spiketrack.tables import columns, words_table

if TYPE_CHECKING:
    from simulation.selftest.report import SelftestReport
    from spiketrack.graph.model import Model
    from spiketrack.pipeline.check import CheckReport
    from spiketrack.verbs.results import Simulated

MAX_NAMED = 5
MAX_DIVERGENCES = 10


def conversion(model: "Model", output: Path, *, as_json: bool) -> None:
    """The result of `convert` on a NIR or netx file."""
    from spiketrack.pipeline.network.open import describe
    from spiketrack.pipeline.network.proof import warnings_of

    notices((), model.alarms, as_json=as_json)
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
    from spiketrack.verbs.convert_tables import (
        forced_table,
        network_certificate_table,
        neuron_table,
    )

    for name in graphs:
        own = report[name]
        show_tables([network_certificate_table(own, report.get("peaks", {}).get(name))])
        say(_proof_words(own, unproved_of(own)))
        if own.get("neurons"):
            show_tables([neuron_table(own["neurons"])])
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
    rows = ((obstacle.node, obstacle.reason, obstacle.rewrite) for obstacle in report.obstacles)
    show_tables([words_table(title, columns("node", "reason", "what to do"), *rows)])


def _warn(warnings: Iterable[str]) -> None:
    for warning in warnings:
        say(f"Warning: {warning}")


def simulated(result: "Simulated", written: Iterable[Path | None], *, as_json: bool) -> None:
    """The result of `simulate`."""
    from spiketrack.pipeline.lava.lowering import lowering_words
    from spiketrack.verbs.run_tables import counts_table, outputs_table

    run = result.run
    lost = [f"overflow: {plural(n, 'element')} of {what}" for what, n in run.overflows.items()]
    notices((random_words(result.provenance),), (*lost, *run.alarms), as_json=as_json)
    if as_json:
        print_json(result.to_dict())
        return
    for line in result.opened.notes:
        say(line)
    show_tables([counts_table(run), outputs_table(run)])
    for line in run.without_events:
        say(f"Not counted as events: {line}")
    for line in lowering_words(run.lowering) if run.lowering else ():
        say(line)
    say(_run_words(result))
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
    for share in report.backends:
        later = share.n_graphs - CHUNK
        each = f"{1e3 * (share.seconds - share.first_seconds) / later:.2f} ms" if later > 0 else "-"
        rows.append((
            share.name, f"{share.n_graphs:,}", f"{share.n_numbers:,}", f"{len(share.skipped):,}",
            f"{share.seconds:.2f} s", f"{share.first_seconds:.2f} s", each,
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
    for share in report.backends:
        if share.skipped:
            n_skipped, (_, reason) = len(share.skipped), share.skipped[0]
            say(f"{share.name} skipped {n_skipped:,} graphs, the first: {reason}")
    rest = len(report.divergences) - MAX_DIVERGENCES
    if rest > 0:
        say(f"and {rest} more")
    if report.interrupted:
        least = min(share.n_graphs for share in report.backends)
        complain(f"interrupted; every engine was compared on the first {least:,} of {report.n:,}")
    if report.interrupted and not report.divergences:
        say("No divergence until then")
    elif report.passed:
        say("No divergence: every engine equals the reference, bit for bit")
    else:
        say(f"FAILED: {plural(len(report.divergences), 'divergence')}")


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


def _rounded(shares: dict[str, float]) -> str:
    if not shares:
        return "exact in every layer"
    name, most = max(sorted(shares.items()), key=lambda item: item[1])
    return (
        f"rounded in {plural(len(shares), 'layer')}; most in '{name}', {most:.0%} of its channels"
    )


def _run_words(result: "Simulated") -> str:
    run, steps = result.run, result.opened.n_steps
    seconds = sum(run.seconds)
    total = steps * run.n_samples
    sha256 = result.provenance["sha256"]
    hashes = ", ".join(f"{key} sha256 {value[:16]}" for key, value in sha256.items())
    samples = f"{plural(run.n_samples, 'sample')} of {plural(steps, 'step')}"
    return (
        f"{samples} on '{run.backend}', counts on, with compiling: {seconds:.3f} s, "
        f"{1e3 * seconds / total:.3f} ms a step; {hashes}"
    )
