"""The commands of a tracker: demo, track, random-checkpoint."""

from contextlib import ExitStack
from pathlib import Path
from typing import Annotated

import typer

from spiketrack.cli import options as o
from spiketrack.cli import show
from spiketrack.cli.effects import warn_without_effect
from spiketrack.cli.group import INTERRUPTED, complain
from spiketrack.cli.progress import frame_progress, frames_to_track, steps
from spiketrack.files.suffixes import CHECKPOINT_SUFFIXES, VIDEO_SUFFIX
from spiketrack.plain_text import plural


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
    from spiketrack.cli.output_folder import take_output_folder
    from spiketrack.pipeline import run_demo
    from spiketrack.report import write_profile_report

    take_output_folder(out)
    with steps(quiet=as_json) as step:
        profile = run_demo(out, variant=variant, seed=seed, progress=step)
        step("Writing the report")
        report = write_profile_report(profile, out / "report")
    if not as_json:
        kept = "demo.mp4 (first box in demo.box), a tracker's checkpoint, NIR files and model"
        show.say(f"Made in {out}: {kept}; for any other network net.nir and spikes.npy")
    show.profile(profile, report, as_json=as_json)


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
    lowering: o.LoweringName = o.Lowering.OWN,
    variant: o.VariantName = None,
    interval: o.Interval = 25,
    threshold: o.Threshold = 0.7,
    as_json: o.Json = False,
) -> None:
    """Follows the target through a video and says where it is in every frame.

    Ctrl-C finishes the frame under way and keeps boxes and video up to there:
    a camera run ends only so.
    """
    o.check_variant(variant)
    o.check_suffix("--save-video", save_video, (VIDEO_SUFFIX,))
    with ExitStack() as opened:
        with steps(quiet=as_json) as step:
            step("Loading")
            from spiketrack.files.places import check_output_file
            from spiketrack.pipeline import (
                follow,
                open_target,
                open_tracking_engine,
                random_weights_of,
            )
            from spiketrack.pipeline.tracker.track import write_boxes

            for path in filter(None, (output, save_video)):
                check_output_file(path)
            source, first = open_target(video, box)
            engine = opened.enter_context(
                open_tracking_engine(
                    model,
                    is_float=is_float,
                    backend=backend.value,
                    variant=variant,
                    lowering=lowering.value,
                )  # fmt: skip
            )
        if engine.n_templates == 1:
            warn_without_effect("interval", "threshold")
        for note in source.notes:
            complain(note)
        total = frames_to_track(frames, source.frame_count)
        with frame_progress(total, quiet=as_json) as advance:
            tracked = follow(
                engine, source, first, frames=frames, policy=o.update_policy(interval, threshold),
                save_video=save_video, random_weights=random_weights_of(engine),
                on_result=advance,
            )  # fmt: skip
    for note in tracked["notes"][len(source.notes) :]:
        complain(note)
    if output is not None:
        write_boxes(output, tracked)
    show.tracked(tracked, output, save_video, as_json=as_json)
    if tracked["interrupted"]:
        done = plural(tracked["interrupted_after"], "tracked frame")
        complain(f"interrupted after {done}; what is told and written is of these")
        raise typer.Exit(INTERRUPTED)


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
    from spiketrack.files.places import check_output_file, make_folder
    from spiketrack.network import random_checkpoint as make
    from spiketrack.network import save_checkpoint

    o.check_suffix("--output", output, CHECKPOINT_SUFFIXES)
    check_output_file(output)
    make_folder(output.parent)
    save_checkpoint(make(variant, seed), output, random_seed=seed)
    show.say(f"Wrote {output}: {variant}, random weights, seed {seed}; the file is marked as such")
