"""The command that scores trackers on a benchmark: eval."""

from pathlib import Path
from typing import Annotated

import typer

from spiketrack.cli import options as o
from spiketrack.cli import show
from spiketrack.cli.group import INTERRUPTED, complain
from spiketrack.cli.progress import scene_progress, steps
from spiketrack.pipeline.backends.table import DEFAULT

LAYOUTS = "got10k, lasot, lasot-ext, otb, uav123, tnl2k, trackingnet, nfs, folder, synthetic"


def evaluate(
    models: Annotated[
        list[Path],
        typer.Argument(
            metavar="MODEL...",
            help="Converted models (.stk), and checkpoints, which run as floats.",
            show_default=False,
        ),
    ],
    dataset: Annotated[
        str,
        typer.Argument(
            metavar="DATASET",
            help="The benchmark's folder; for synthetic the seed of the generated scenes.",
            show_default=False,
        ),
    ],
    layout: Annotated[
        str, typer.Option("--format", metavar="NAME", help=f"The folder's layout: {LAYOUTS}.")
    ],
    output: Annotated[
        Path,
        typer.Option(
            "--output",
            "-o",
            metavar="DIR",
            help="The folder for results and report. Results that are there are kept if model, "
            "sequence and options are the same.",
        ),
    ],
    backend: o.TrackerBackendName = DEFAULT,
    subset: Annotated[
        str | None,
        typer.Option(
            "--subset",
            metavar="NAME",
            help="A part of the benchmark, such as val, test or train; without it the part that "
            "papers report.",
        ),
    ] = None,
    limit: Annotated[
        int | None,
        typer.Option("--limit", min=1, metavar="N", help="Take the first N sequences only."),
    ] = None,
    sequences: Annotated[
        str | None,
        typer.Option(
            "--sequences", metavar="LIST", help="Take these only: names with commas between them."
        ),
    ] = None,
    frames: Annotated[
        int | None,
        typer.Option(
            "--frames",
            "-n",
            min=1,
            metavar="N",
            help="Track N frames after the first; without it, all of a sequence.",
        ),
    ] = None,
    workers: Annotated[
        int,
        typer.Option(
            "--workers",
            min=1,
            metavar="N",
            help="Spread the sequences over N processes of this machine; above 1 needs the "
            "package distributed (the extra cluster).",
        ),
    ] = 1,
    scheduler: Annotated[
        str | None,
        typer.Option(
            "--scheduler",
            metavar="ADDRESS",
            help="Spread them over the workers of a Dask scheduler that is there, such as "
            "tcp://host:8786. Its workers need this package, and the files at the same paths.",
        ),
    ] = None,
    threads: Annotated[
        int,
        typer.Option(
            "--threads",
            min=1,
            metavar="N",
            help="Threads of one process. A float network's last bits may depend on it.",
        ),
    ] = 1,
    interval: Annotated[
        int | None,
        typer.Option(
            "--interval",
            min=1,
            metavar="N",
            help="A model with several templates takes a new one at most every N frames; without "
            "it the benchmark's own: 40 for LaSOT, else 25.",
        ),
    ] = None,
    threshold: Annotated[
        float | None,
        typer.Option(
            "--threshold",
            min=0.0,
            max=1.0,
            metavar="C",
            help="It takes one if the confidence is above C; without it the benchmark's own: 0.8 "
            "for LaSOT, else 0.7.",
        ),
    ] = None,
    plan_only: Annotated[
        bool,
        typer.Option("--plan", help="Say what it would cost, from a few frames, and stop."),
    ] = False,
    as_json: o.Json = False,
) -> None:
    """Scores trackers on a benchmark, with SynOps and energy per sequence.

    Every sequence is tracked once from its true first box, with the
    benchmark's own update interval, and scored as its public code does. What
    is done stays in DIR: Ctrl-C stops, and the same command goes on. Results
    do not depend on the order or on the number of workers.
    """
    from spiketrack.evaluation import FORMATS, open_dataset
    from spiketrack.files.places import check_output_folder
    from spiketrack.pipeline.evaluation.evaluate import evaluate_models
    from spiketrack.pipeline.evaluation.job import Settings
    from spiketrack.pipeline.evaluation.plan import calibrate, plan
    from spiketrack.pipeline.evaluation.run import Workers
    from spiketrack.tracking import UpdatePolicy

    if layout not in FORMATS:
        raise typer.BadParameter(f"--format: '{layout}' is not one of {LAYOUTS}")
    check_output_folder(output)
    usual = FORMATS[layout].policy
    policy = UpdatePolicy(
        usual.interval if interval is None else interval,
        usual.threshold if threshold is None else threshold,
    )
    settings = Settings(policy, backend, threads, frames)
    only = None if sequences is None else [name for name in sequences.split(",") if name]
    with steps(quiet=as_json) as step:
        step("Reading the data set")
        try:
            found = open_dataset(dataset, layout, subset, only=only, limit=limit)
        except ValueError as error:
            raise typer.BadParameter(str(error)) from None
        for note in (*found.notes, *(f"{x.name}: {x.reason}" for x in found.unreadable)):
            complain(note)
        samples = []
        if plan_only or not as_json:
            step("Tracking a few frames, to say what all of them cost")
            samples = [calibrate(model, found, settings) for model in models]
    if samples:
        most = None if frames is None else frames + 1
        counts = [one.count if most is None else min(one.count, most) for one in found.sequences]
        show.evaluation_plan(plan(samples, counts, workers), as_json=as_json)
    if plan_only:
        return
    try:
        with scene_progress(len(found.sequences) * len(models), quiet=as_json) as (_, done):
            result = evaluate_models(
                models, found, settings, output, Workers(workers, scheduler),
                on_done=lambda n, total: done(n), tell=complain,
            )  # fmt: skip
    except KeyboardInterrupt:
        complain("interrupted; the same command goes on with the sequences that are missing")
        raise typer.Exit(INTERRUPTED) from None
    from spiketrack.report.evaluation_report import write_evaluation_report

    report = write_evaluation_report(result, output)
    show.evaluated(result, report, as_json=as_json)
