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
from spiketrack.pipeline.backends.row import listed
from spiketrack.pipeline.backends.table import DEFAULT, lenient, selftest_backends
from spiketrack.plain_text import plural


def simulate(
    model: Annotated[
        Path,
        typer.Argument(
            metavar="MODEL", help="A model (.stk), a .nir or a .net file.", show_default=False
        ),
    ],
    spikes: Annotated[
        Path,
        typer.Option(
            "--input",
            metavar="FILE",
            help="The spikes that go in: .npy, .npz, or NIRData (.h5).",
        ),
    ],
    output: Annotated[
        Path,
        typer.Option(
            "--output",
            "-o",
            metavar="FILE",
            help="The file for what comes out: .npz, .npy (for one output) or NIRData (.h5).",
        ),
    ],
    backend: o.NetworkBackendName = DEFAULT,
    lowering: o.LoweringName = o.Lowering.OWN,
    detail: o.DetailName = o.ProcessDetail.BLOCK,
    keep: Annotated[
        str | None,
        typer.Option(
            "--keep",
            metavar="NAME,...",
            help="Also write the values of these nodes, which an .npz file can hold.",
        ),
    ] = None,
    keep_all: Annotated[
        bool,
        typer.Option(
            "--keep-all", help="Also write the values of all nodes, which an .npz file can hold."
        ),
    ] = False,
    counts: Annotated[
        Path | None,
        typer.Option(
            "--counts",
            metavar="FILE",
            help="Also write all counts, layer by layer, into this JSON file.",
        ),
    ] = None,
    strict: Annotated[
        bool,
        typer.Option(
            "--strict/--no-strict",
            help="An overflow is an error; with --no-strict the value wraps or saturates, the "
            f"overflows are counted, and the {lenient().name} runs.",
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

    A .nir or .net file is converted in memory, and the choices that were made
    for it are printed; convert the file first to make other choices.

    Ctrl-C finishes the samples under way and keeps what was run.
    """
    o.check_suffix("--output", output, OUTPUT_SUFFIXES)
    if (keep is not None or keep_all) and suffix_of(output) != NPZ_SUFFIX:
        raise typer.BadParameter("--keep and --keep-all need an --output that ends in .npz")
    with steps(quiet=as_json) as step:
        step("Loading")
        from spiketrack.files.places import check_output_file
        from spiketrack.pipeline.listener import Listener
        from spiketrack.pipeline.network.run_file import open_run, run_opened
        from spiketrack.pipeline.network.simulated_files import check_writable
        from spiketrack.pipeline.requests import RunRequest
        from spiketrack.verbs.results import Simulated

        for path in filter(None, (output, counts)):
            # Before the run: an hour of work must not end at a folder that is not there.
            check_output_file(path)
        is_nir = suffix_of(model) == NIR_SUFFIX
        request = RunRequest(
            # Only one engine goes on after an overflow, and the option asks for that engine.
            backend=backend if strict else lenient().name, lowering=lowering.value,
            detail=detail.chosen, keep=tuple(filter(None, (keep or "").split(","))),
            keep_all=keep_all, strict=strict, graph=graph, dt=dt,
            foreign=fo.foreign_options(dt=dt if is_nir else None, cuba=cuba),
        )  # fmt: skip
        opened = open_run(model, spikes, request, step)
        check_writable(output, opened)
        fo.warn_unread(model, request.foreign, spikes)
    with sample_progress(opened.n_samples, quiet=as_json) as advance:
        run = run_opened(opened, request, Listener(samples=advance))
    result = Simulated(opened, run, opened.provenance(sys.argv))
    result.save(output)
    if counts is not None:
        result.save_counts(counts)
    show_run.simulated(result, (output, counts), as_json=as_json)
    if run.interrupted:
        done = plural(run.n_samples, "sample")
        complain(f"interrupted; everything is of the first {done} of {opened.n_samples:,}")
        raise typer.Exit(INTERRUPTED)


def selftest(
    seed: o.Seed = 0,
    n: Annotated[
        int,
        typer.Option("--n", "-n", min=1, metavar="N", help="How many random graphs to compare on."),
    ] = 100,
    backends: Annotated[
        str | None,
        typer.Option(
            "--backends",
            metavar="NAME,...",
            help="The engines to compare with the reference, by comma: "
            f"{listed(selftest_backends(by_default=True), 'and')} if left out; "
            f"{listed(selftest_backends(by_default=False), 'and')} only if named.",
        ),
    ] = None,
    detail: o.DetailName = o.ProcessDetail.BLOCK,
    output: Annotated[
        Path | None,
        typer.Option(
            "--output",
            "-o",
            metavar="DIR",
            help="The folder for graphs that fail; it is made only if one does.",
        ),
    ] = None,
    replayed: Annotated[
        Path | None,
        typer.Option(
            "--replay",
            metavar="FILE",
            help="Run one graph (.stk) again that a self-test has saved, and no random ones.",
        ),
    ] = None,
    as_json: o.Json = False,
) -> None:
    """Compares every engine with the reference on random graphs, bit for bit.

    The exit code is 1 if an engine differs anywhere; with -o its graph is saved, and --replay runs
    it again. Ctrl-C ends the test with what was compared until then.
    """
    with steps(quiet=as_json) as step:
        step("Loading")
        from simulation.selftest.run import replay
        from simulation.selftest.run import selftest as run_selftest
        from spiketrack.cli.output_folder import take_output_folder
        from spiketrack.pipeline.selftest import further_backends

        if output is not None:
            take_output_folder(output)
        # A comma at the end is no engine.
        names = None if backends is None else tuple(filter(None, backends.split(",")))
        further = further_backends(names, detail.chosen)
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
