"""The commands that run networks on given or made-up spikes: simulate, selftest."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from spiketrack.cli import options as o
from spiketrack.cli import options_foreign as fo
from spiketrack.cli import show_run
from spiketrack.cli.group import FAILED, INTERRUPTED, complain
from spiketrack.cli.progress import graph_progress, sample_progress, steps
from spiketrack.files.suffixes import NIR_SUFFIX, NPZ_SUFFIX, OUTPUT_SUFFIXES, suffix_of
from spiketrack.plain_text import plural


def simulate(
    model: Annotated[
        Path,
        typer.Argument(metavar="MODEL", help="Model (.stk), or .nir or .net.", show_default=False),
    ],
    spikes: Annotated[
        Path,
        typer.Option("--input", metavar="FILE", help=".npy, .npz, or NIRData (.h5): spikes."),
    ],
    output: Annotated[
        Path,
        typer.Option("--output", "-o", metavar="FILE", help=".npz, .npy (one output) or .h5."),
    ],
    backend: fo.RunBackendName = fo.RunBackend.FAST,
    lowering: o.LoweringName = o.Lowering.OWN,
    keep: Annotated[
        str | None,
        typer.Option("--keep", metavar="NAME,...", help="Values of these nodes as well (.npz)."),
    ] = None,
    keep_all: Annotated[
        bool, typer.Option("--keep-all", help="Values of all nodes as well (.npz).")
    ] = False,
    counts: Annotated[
        Path | None, typer.Option("--counts", metavar="FILE", help="JSON file for all counts.")
    ] = None,
    strict: Annotated[
        bool,
        typer.Option(
            "--strict/--no-strict", help="An overflow is an error, or counted (reference)."
        ),
    ] = True,
    dt: fo.Dt = None,
    cuba: fo.CubaRule = None,
    graph: fo.GraphName = None,
    as_json: o.Json = False,
) -> None:
    """Runs any network on spikes: integers out, every synaptic operation counted.

    Axes of an input of C channels on an H x W grid: (T, B, C, H, W), or
    (T, C, H, W) for one sample; if only one of C, H, W exceeds 1, also
    (T, B, N) and (T, N). Several inputs: .npz, arrays by input name.

    A .nir or .net file is converted in memory, with choices that are
    printed; convert it first to make others.

    Ctrl-C finishes the samples under way and keeps what was run.
    """
    o.check_suffix("--output", output, OUTPUT_SUFFIXES)
    if (keep is not None or keep_all) and suffix_of(output) != NPZ_SUFFIX:
        raise typer.BadParameter("--keep and --keep-all need an --output that ends in .npz")
    chosen = backend if strict else fo.RunBackend.REFERENCE
    with steps(quiet=as_json) as step:
        step("Loading")
        from spiketrack.files.places import check_output_file
        from spiketrack.pipeline.interrupt import deferred_interrupt
        from spiketrack.pipeline.network.proof import naming_width
        from spiketrack.pipeline.network.run_file import open_run
        from spiketrack.pipeline.network.simulate import simulate as run_graph
        from spiketrack.pipeline.network.simulated_files import (
            check_writable,
            write_counts,
            write_outputs,
        )

        for path in filter(None, (output, counts)):
            check_output_file(path)
        is_nir = suffix_of(model) == NIR_SUFFIX
        options = fo.foreign_options(dt=dt if is_nir else None, cuba=cuba)
        opened = open_run(model, spikes, options, dt=dt, graph=graph, progress=step)
        check_writable(output, opened)
        fo.warn_unread(model, options, spikes)
    names = tuple(filter(None, (keep or "").split(",")))
    with (
        naming_width(opened.model),
        sample_progress(opened.n_samples, quiet=as_json) as advance,
        deferred_interrupt() as is_asked,
    ):
        result = run_graph(
            opened.graph, opened.inputs, backend=chosen.value, lowering=lowering.value, keep=names,
            keep_all=keep_all, strict=strict, on_samples=advance, is_asked_to_stop=is_asked,
        )  # fmt: skip
    provenance = opened.provenance(sys.argv)
    write_outputs(output, opened, result)
    if counts is not None:
        write_counts(counts, opened, result, provenance)
    show_run.simulated(opened, result, provenance, (output, counts), as_json=as_json)
    if result.interrupted:
        done = plural(result.n_samples, "sample")
        complain(f"interrupted; everything is of the first {done} of {opened.n_samples:,}")
        raise typer.Exit(INTERRUPTED)


def selftest(
    seed: o.Seed = 0,
    n: Annotated[int, typer.Option("--n", "-n", min=1, metavar="N", help="Random graphs.")] = 100,
    backends: Annotated[
        str | None,
        typer.Option(
            "--backends",
            metavar="NAME,...",
            help="Of fast, brian2 (both if left out) and lava (a quarter of a second per graph).",
        ),
    ] = None,
    output: Annotated[
        Path | None,
        typer.Option("--output", "-o", metavar="DIR", help="For graphs that fail; made if any."),
    ] = None,
    replayed: Annotated[
        Path | None,
        typer.Option("--replay", metavar="FILE", help="Run one saved graph (.stk) again."),
    ] = None,
    as_json: o.Json = False,
) -> None:
    """Compares every engine with the reference on random graphs, bit for bit.

    Exit code 1 if an engine differs anywhere; its graph is saved with -o and runs again with
    --replay. Ctrl-C ends it with what was compared until then.
    """
    with steps(quiet=as_json) as step:
        step("Loading")
        from simulation.selftest.run import replay
        from simulation.selftest.run import selftest as run_selftest
        from spiketrack.cli.output_folder import take_output_folder
        from spiketrack.pipeline.lava.selftest import further_backends

        if output is not None:
            take_output_folder(output)
        names = None if backends is None else tuple(filter(None, backends.split(",")))
        further = further_backends(names)
    if replayed is not None:
        report = replay(replayed, names, further=further, warn=complain)
    else:
        with graph_progress(n, quiet=as_json) as advance:
            report = run_selftest(
                seed, n, names, further=further, folder=output, on_progress=advance
            )
    show_run.selftested(report, as_json=as_json)
    if report.interrupted and not report.divergences:
        raise typer.Exit(INTERRUPTED)
    if not report.passed:
        raise typer.Exit(FAILED)
