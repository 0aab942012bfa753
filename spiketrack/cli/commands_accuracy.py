"""The command that says what integers cost in accuracy: accuracy."""

from pathlib import Path
from typing import Annotated

import typer

from spiketrack.cli import options as o
from spiketrack.cli import show
from spiketrack.cli.group import INTERRUPTED, complain
from spiketrack.cli.input_files import require_inputs
from spiketrack.cli.progress import scene_progress
from spiketrack.plain_text import plural


def accuracy(
    checkpoints: Annotated[
        list[Path],
        typer.Argument(
            metavar="CHECKPOINT...",
            help="One or more checkpoints of trackers (.pth.tar, .pth, .pt, .safetensors).",
            show_default=False,
        ),
    ],
    output: Annotated[
        Path,
        typer.Option(
            "--output", "-o", metavar="DIR", help="The folder for accuracy.json and accuracy.png."
        ),
    ],
    precision: Annotated[
        str,
        typer.Option(
            "--precision",
            metavar="LIST",
            help="The forms to compare, with commas between them: float, and int2 to int8 for "
            "integers with weights of so many bits, with -fitted for the weights of `convert "
            "--rounding fitted`, and mixed1.0 for `convert --mixed 1.0`. float is always measured, "
            "since the others are compared with it.",
        ),
    ] = "float,int8,int4,int4-fitted",
    scenes: Annotated[
        int, typer.Option("--scenes", min=1, metavar="N", help="Track in N held-out scenes.")
    ] = 20,
    frames: Annotated[
        int,
        typer.Option(
            "--frames", "-n", min=2, metavar="N", help="Frames of a scene, the first included."
        ),
    ] = 30,
    crops: Annotated[
        int,
        typer.Option(
            "--crops",
            min=1,
            metavar="N",
            help="Compare and count spikes on N search crops of each scene, taken at even "
            "distances from the float tracker's run.",
        ),
    ] = 3,
    seed: o.Seed = 0,
    lava: Annotated[
        int,
        typer.Option(
            "--lava",
            min=0,
            metavar="N",
            help="Also run N of the first scene's crops on Lava and compare every spike, which "
            "takes long and needs lava-nc; 0 runs none.",
        ),
    ] = 0,
    resume: Annotated[
        bool,
        typer.Option(
            "--resume", help="Go on with the record in DIR, with the same options and checkpoints."
        ),
    ] = False,
    as_json: o.Json = False,
) -> None:
    """Measures trackers as floats and as integers on the same generated scenes.

    Every form follows the target in closed loop through scenes that training
    never drew (--seed names the data of training). Then all forms run on the
    same crops: spikes are compared with the float network's layer by layer,
    operations counted and priced. The fast engine is compared with the
    reference, which is the definition, value by value.

    Ctrl-C finishes the scene under way and keeps what is done; --resume goes
    on from there.
    """
    require_inputs()
    from spiketrack.files.places import check_output_folder, make_folder
    from spiketrack.network import load_checkpoint
    from spiketrack.pipeline.accuracy.forms import parse_precisions
    from spiketrack.pipeline.accuracy.measure import Plan, Subject, Watcher, measure, read_record
    from spiketrack.report.accuracy_picture import write_accuracy_picture

    try:
        precisions = parse_precisions(precision)
    except ValueError as error:
        raise typer.BadParameter(f"--precision: {error}") from None
    plan = Plan(
        precisions=precisions, seed=seed, scenes=scenes, frames=frames, crops=crops, lava=lava
    )
    check_output_folder(output)
    kept = read_record(output) if resume else None
    subjects = [Subject(path=path, network=load_checkpoint(path)) for path in checkpoints]
    make_folder(output)
    with scene_progress(scenes * len(subjects), quiet=as_json) as (step, done):
        watcher = Watcher(step=step, scene=done)
        record = measure(subjects, plan, output, kept=kept, watcher=watcher)
    picture = write_accuracy_picture(record, output / "accuracy.png")
    show.accuracy(record, picture, as_json=as_json)
    if not record["finished"]:
        n_done = sum(len(part["scenes"]) for part in record["networks"])
        complain(
            f"interrupted; the figures are of {plural(n_done, 'scene')}, and --resume goes on "
            "from there"
        )
        raise typer.Exit(INTERRUPTED)
