"""The commands: each checks, calls the pipeline, prints. Slow imports wait until needed."""

import sys
import tempfile
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import Annotated, Any

import typer

from spiketrack import __version__
from spiketrack.cli import options as o
from spiketrack.cli import show
from spiketrack.cli.group import INTERRUPTED, OneLineGroup, complain, state
from spiketrack.cli.progress import frame_progress, frames_to_track, steps

app = typer.Typer(
    name="spiketrack",
    cls=OneLineGroup,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
    rich_markup_mode="rich",
)

_FIRST_STEPS = """[bold]From nothing:[/bold] spiketrack demo

[bold]From a checkpoint:[/bold]

  spiketrack convert ckpt.pth.tar -o model.stk

  spiketrack profile model.stk video.mp4 --box 877,464,40,74 -n 30 -o out

  spiketrack audit out -o out

Exit codes: 0 done, 1 error, 2 wrong usage, 130 interrupted."""


@app.callback(invoke_without_command=True, epilog=_FIRST_STEPS)
def top(
    version: Annotated[bool, typer.Option("--version", help="Print the version and stop.")] = False,
    debug: Annotated[
        bool, typer.Option("--debug", help="Show the traceback of an error (before any command).")
    ] = False,
) -> None:
    """Takes a trained spiking tracker to integers, counts what it does, audits its energy."""
    state.debug = debug
    if version:
        typer.echo(f"spiketrack {__version__}")
        raise typer.Exit


@app.command()
def demo(
    out: Annotated[
        Path, typer.Option("--output", "-o", metavar="DIR", help="Folder for everything made.")
    ] = Path("spiketrack-demo"),
    variant: Annotated[
        str, typer.Option("--variant", metavar="NAME", help="Network to make random weights for.")
    ] = "tiny128-t1",
    seed: o.Seed = 0,
    as_json: o.Json = False,
) -> None:
    """The whole way on a made-up video and random weights; needs no files.

    Random weights cannot track: the figures are of a machine, not of a tracker.
    """
    o.check_variant(variant)
    from spiketrack.pipeline import run_demo
    from spiketrack.pipeline.files import check_output_folder
    from spiketrack.report import write_profile_report

    check_output_folder(out)
    with steps(quiet=as_json) as step:
        profile = run_demo(out, variant=variant, seed=seed, progress=step)
        step("Writing the report")
        report = write_profile_report(profile, out / "report")
    show.profile(profile, report, as_json=as_json)


@app.command(epilog="Example: spiketrack convert ckpt.pth.tar -o model.stk --nir nir")
def convert(
    checkpoint: Annotated[
        Path, typer.Argument(metavar="CHECKPOINT", help=".pth.tar, .pth, .pt or .safetensors.")
    ],
    output: Annotated[
        Path, typer.Option("--output", "-o", metavar="FILE", help="Model file to write (.stk).")
    ],
    variant: o.VariantName = None,
    video: Annotated[
        str | None, typer.Option("--video", metavar="VIDEO", help="Say what rounding costs on it.")
    ] = None,
    box: Annotated[
        str | None, typer.Option("--box", metavar="X,Y,W,H", help="Target in its first frame.")
    ] = None,
    frames: Annotated[
        int, typer.Option("--frames", "-n", min=1, metavar="N", help="Of it to compare.")
    ] = 1,
    weight_bits: Annotated[
        int, typer.Option("--weight-bits", min=2, max=8, metavar="BITS", help="Of a weight.")
    ] = 8,
    stream_bits: Annotated[
        int,
        typer.Option(
            "--stream-bits", min=8, max=48, metavar="BITS", help="Of membranes and residuals."
        ),
    ] = 24,
    power_of_two: Annotated[
        bool, typer.Option("--power-of-two", help="Power-of-two scales only (stock hardware).")
    ] = False,
    nir: Annotated[
        Path | None, typer.Option("--nir", metavar="DIR", help="Keep portable NIR files here.")
    ] = None,
    as_json: o.Json = False,
) -> None:
    """Turns a checkpoint into an integer model, proved free of overflow.

    With --video and --box it also compares every layer with the float network.
    """
    if (video is None) != (box is None):
        raise typer.BadParameter("--video and --box go together")
    o.check_variant(variant)
    o.check_suffix("--output", output, (o.MODEL_SUFFIX,))
    with steps(quiet=as_json) as step:
        step("Loading")
        from calibration.options import QuantiseOptions
        from spiketrack.graph.store import save_model
        from spiketrack.network import load_checkpoint
        from spiketrack.pipeline import Calibration, convert_network, open_target
        from spiketrack.pipeline.files import check_output_file, make_folder

        check_output_file(output)
        options = QuantiseOptions(weight_bits, stream_bits, power_of_two)
        target = None
        if video is not None and box is not None:
            target = Calibration(*open_target(video, box), frames)
        step("Reading the checkpoint")
        network = load_checkpoint(checkpoint, variant)
        with _nir_folder(nir) as folder:
            conversion = convert_network(
                network, Path(folder), options=options,
                calibration=target, progress=step,
                dialect="compact" if nir is None else "portable",
            )  # fmt: skip
        step("Writing the model")
        make_folder(output.parent)
        save_model(output, conversion.model)
    show.conversion(conversion.model, output, as_json=as_json)


@app.command(epilog="Example: spiketrack inspect model.stk --nodes")
def inspect(
    path: Annotated[
        Path, typer.Argument(metavar="FILE", help="Model (.stk), NIR file (.nir) or checkpoint.")
    ],
    nodes: Annotated[bool, typer.Option("--nodes", help="List every node of every graph.")] = False,
    as_json: o.Json = False,
) -> None:
    """Says what a file holds: sizes, graphs, overflow proof, provenance."""
    with steps(quiet=as_json) as step:
        step("Loading")
        from spiketrack.cli.inspect import inspect_file, print_facts

        facts = inspect_file(path, nodes=nodes)
    print_facts(path, facts, as_json=as_json)


@app.command(
    epilog="Example: spiketrack track model.stk video.mp4 --box 877,464,40,74 -o boxes.json"
)
def track(
    model: o.ModelFile,
    video: o.Video,
    box: o.BoxText,
    frames: o.Frames = None,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", metavar="FILE", help="JSON file for the boxes.")
    ] = None,
    save_video: Annotated[
        Path | None,
        typer.Option("--save-video", metavar="FILE", help="mp4 to write, with the box drawn."),
    ] = None,
    is_float: o.IsFloat = False,
    backend: o.BackendName = o.Backend.FAST,
    variant: o.VariantName = None,
    interval: o.Interval = 25,
    threshold: o.Threshold = 0.7,
    as_json: o.Json = False,
) -> None:
    """Follows the target through a video and says where it is in every frame."""
    o.check_variant(variant)
    o.check_suffix("--save-video", save_video, (".mp4",))
    with steps(quiet=as_json) as step:
        step("Loading")
        from spiketrack.pipeline import follow, load_tracking_engine, open_target
        from spiketrack.pipeline.files import check_output_file
        from spiketrack.pipeline.track import write_boxes

        for path in filter(None, (output, save_video)):
            check_output_file(path)
        source, first = open_target(video, box)
        engine = load_tracking_engine(
            model, is_float=is_float, backend=backend.value, variant=variant
        )
    total = frames_to_track(frames, source.frame_count)
    with frame_progress(total, quiet=as_json) as advance:
        tracked = follow(
            engine, source, first, frames=frames, policy=o.update_policy(interval, threshold),
            save_video=save_video, on_result=advance,
        )  # fmt: skip
    if output is not None:
        write_boxes(output, tracked)
    show.tracked(tracked, output, save_video, as_json=as_json)


@app.command(
    epilog="Example: spiketrack profile model.stk video.mp4 --box 877,464,40,74 -n 30 -o out"
)
def profile(
    model: o.ModelFile,
    video: o.Video,
    box: o.BoxText,
    output: Annotated[
        Path,
        typer.Option(
            "--output", "-o", metavar="DIR", help="For report.html, profile.json and charts."
        ),
    ],
    frames: o.Frames = None,
    resume: Annotated[
        bool, typer.Option("--resume", help="Go on with an interrupted run from DIR.")
    ] = False,
    is_float: o.IsFloat = False,
    backend: o.BackendName = o.Backend.FAST,
    variant: o.VariantName = None,
    interval: o.Interval = 25,
    threshold: o.Threshold = 0.7,
    beside: Annotated[
        Path | None,
        typer.Option("--beside", metavar="FILE", help="Checkpoint to time on the same patches."),
    ] = None,
    as_json: o.Json = False,
) -> None:
    """Counts spikes and synaptic operations on real video and writes a report.

    Ctrl-C finishes the frame under way, reports what was counted so far and keeps
    DIR/profile.partial; the same command with --resume goes on from there.
    """
    o.check_variant(variant)
    with steps(quiet=as_json) as step:
        step("Loading")
        from spiketrack.pipeline import open_target, profile_video
        from spiketrack.pipeline.files import check_output_folder
        from spiketrack.pipeline.partial import FILE_NAME, refuse_unfinished
        from spiketrack.pipeline.sources import describe_target, load_countable, load_network_engine
        from spiketrack.report import write_profile_report

        check_output_folder(output)
        partial = output / FILE_NAME
        if not resume:
            refuse_unfinished(partial)
        source, first = open_target(video, box)
        engine, loaded = load_countable(
            model, is_float=is_float, backend=backend.value, variant=variant
        )
        other = load_network_engine(beside) if beside is not None else None
        facts, provenance = describe_target(loaded, model, source, command=sys.argv)
    total = frames_to_track(frames, source.frame_count)
    with frame_progress(total, quiet=as_json) as advance:
        result = profile_video(
            engine, source, first, model=facts, provenance=provenance, frames=frames,
            policy=o.update_policy(interval, threshold), beside=other,
            partial=partial, resume=resume, on_result=advance,
        )  # fmt: skip
    with steps(quiet=as_json) as step:
        step("Writing the report")
        report = write_profile_report(result, output)
    show.profile(result, report, as_json=as_json)
    if result["interrupted"]:
        done = f"interrupted; the report is of the {len(result['boxes'])} frames counted"
        complain(f"{done}, and --resume goes on from there" if partial.exists() else done)
        raise typer.Exit(INTERRUPTED)
    partial.unlink(missing_ok=True)


@app.command(epilog="Example: spiketrack audit out -o out")
def audit(
    profile_path: Annotated[
        Path, typer.Argument(metavar="PROFILE", help="profile.json, or the folder that holds it.")
    ],
    output: Annotated[
        Path,
        typer.Option(
            "--output", "-o", metavar="DIR", help="For report.html, audit.json and charts."
        ),
    ],
    as_json: o.Json = False,
) -> None:
    """Puts the paper's energy formula beside exact counts, priced."""
    with steps(quiet=as_json) as step:
        step("Auditing")
        from hardware.energy import audit as run_audit
        from spiketrack.pipeline.files import check_output_folder
        from spiketrack.report import read_profile, write_audit_report

        check_output_folder(output)
        path = profile_path / "profile.json" if profile_path.is_dir() else profile_path
        counted = read_profile(path)
        result = run_audit(counted)
        report = write_audit_report(counted, result, output)
    show.audit(counted, result, report, as_json=as_json)


@app.command("random-checkpoint")
def random_checkpoint(
    variant: Annotated[str, typer.Argument(metavar="VARIANT", help=f"One of {o.VARIANT_NAMES}.")],
    output: Annotated[
        Path,
        typer.Option(
            "--output", "-o", metavar="FILE", help=".pth.tar, .pth, .pt or .safetensors to write."
        ),
    ],
    seed: o.Seed = 0,
) -> None:
    """Makes a healthy untrained checkpoint, for those who have no weights.

    It cannot track; its spikes are plausible, not trained.
    """
    o.check_variant(variant)
    from spiketrack.network import random_checkpoint as make
    from spiketrack.network import save_checkpoint
    from spiketrack.network.checkpoint import SAFETENSORS_SUFFIX, TORCH_SUFFIXES
    from spiketrack.pipeline.files import check_output_file, make_folder

    o.check_suffix("--output", output, (*TORCH_SUFFIXES, SAFETENSORS_SUFFIX))
    check_output_file(output)
    make_folder(output.parent)
    save_checkpoint(make(variant, seed), output)
    show.say(f"Wrote {output}: {variant}, random weights, seed {seed}")


def _nir_folder(nir: Path | None) -> AbstractContextManager[Any]:
    from spiketrack.pipeline.files import make_folder

    return tempfile.TemporaryDirectory() if nir is None else nullcontext(make_folder(nir))
