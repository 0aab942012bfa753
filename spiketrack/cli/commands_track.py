"""The commands of a tracker: demo, track, random-checkpoint."""

from contextlib import ExitStack
from pathlib import Path
from typing import Annotated

import typer

from spiketrack.cli import options as o
from spiketrack.cli import show
from spiketrack.cli.effects import warn_without_effect
from spiketrack.cli.group import INTERRUPTED, complain
from spiketrack.cli.progress import frame_progress, steps
from spiketrack.files.suffixes import CHECKPOINT_SUFFIXES, VIDEO_SUFFIX
from spiketrack.pipeline.backends.table import DEFAULT
from spiketrack.plain_text import plural


def demo(
    out: Annotated[
        Path,
        typer.Option("--output", "-o", metavar="DIR", help="The folder for all files it makes."),
    ] = Path("spiketrack-demo"),
    variant: Annotated[
        str,
        typer.Option(
            "--variant",
            metavar="NAME",
            help="The network. It gets the trained weights of this package, or random ones where "
            "the package has none.",
        ),
    ] = "mini64-t1",
    seed: o.Seed = 0,
    as_json: o.Json = False,
) -> None:
    """Goes the whole way on a made-up video and weights of this package; it needs no files.

    The page says how well the boxes fit the target. A variant without trained weights gets random
    ones, which cannot track: its figures say what the machine does, not how well it tracks.
    """
    o.check_variant(variant)
    from spiketrack.cli.output_folder import take_output_folder
    from spiketrack.counts import profile_from
    from spiketrack.pipeline import run_demo
    from spiketrack.report import write_profile_report

    take_output_folder(out)
    with steps(quiet=as_json) as step:
        profile = profile_from(run_demo(out, variant=variant, seed=seed, progress=step))
        step("Writing the report")
        report = write_profile_report(profile, out / "report")
    if not as_json:
        kept = "demo.mp4 (first box in demo.box), a tracker's checkpoint, NIR files and model"
        show.say(f"Made in {out}: {kept}; net.nir and spikes.npy stand for any other network")
    show.profile(profile, report, as_json=as_json)


def track(
    model: o.ModelFile,
    video: o.Video,
    box: o.BoxText,
    frames: o.Frames = None,
    output: Annotated[
        Path | None,
        typer.Option(
            "--output",
            "-o",
            metavar="FILE",
            help="Write the boxes of all frames into this JSON file; without it none is written.",
        ),
    ] = None,
    save_video: Annotated[
        Path | None,
        typer.Option(
            "--save-video",
            metavar="FILE",
            help="Write the video with the box drawn into this .mp4 file; without it none is "
            "written.",
        ),
    ] = None,
    is_float: o.IsFloat = False,
    backend: o.TrackerBackendName = DEFAULT,
    lowering: o.LoweringName = o.Lowering.OWN,
    detail: o.DetailName = o.ProcessDetail.BLOCK,
    variant: o.VariantName = None,
    interval: o.Interval = 25,
    threshold: o.Threshold = 0.7,
    as_json: o.Json = False,
) -> None:
    """Follows the target through a video and says where it is in every frame.

    Ctrl-C finishes the frame under way and keeps boxes and video up to there,
    which is how a run on a camera ends.
    """
    o.check_variant(variant)
    o.check_suffix("--save-video", save_video, (VIDEO_SUFFIX,))
    with ExitStack() as opened:
        with steps(quiet=as_json) as step:
            step("Loading")
            from spiketrack.files.places import check_output_file
            from spiketrack.pipeline.requests import EngineChoice, TrackRequest, VideoTarget
            from spiketrack.pipeline.sources import open_target, open_tracking_engine
            from spiketrack.pipeline.tracker.track import follow, write_boxes
            from spiketrack.tracking import UpdatePolicy, frames_to_track

            for path in filter(None, (output, save_video)):
                check_output_file(path)
            request = TrackRequest(
                engine=EngineChoice(
                    backend=backend, lowering=lowering.value, detail=detail.chosen,
                    is_float=is_float, variant=variant,
                ),
                frames=frames, policy=UpdatePolicy(interval, threshold), save_video=save_video,
            )  # fmt: skip
            source, first = open_target(VideoTarget(video, box))
            tracker = opened.enter_context(open_tracking_engine(model, request.engine))
        if tracker.engine.n_templates == 1:
            warn_without_effect("interval", "threshold")
        for note in source.notes:
            complain(note)
        total = frames_to_track(frames, source.frame_count)
        with frame_progress(total, quiet=as_json) as advance:
            tracked = follow(tracker, source, first, request, advance)
    for note in tracked["notes"][len(source.notes) :]:
        complain(note)
    if output is not None:
        write_boxes(output, tracked)
    show.tracked(tracked, output, save_video, as_json=as_json)
    if tracked["interrupted"]:
        done = plural(tracked["interrupted_after"], "tracked frame")
        complain(f"interrupted after {done}; what is printed and written covers these frames")
        raise typer.Exit(INTERRUPTED)


def random_checkpoint(
    variant: Annotated[
        str, typer.Argument(metavar="VARIANT", help=f"The network: {o.VARIANT_NAMES}.")
    ],
    output: Annotated[
        Path,
        typer.Option(
            "--output",
            "-o",
            metavar="FILE",
            help="The file to write: .pth.tar, .pth, .pt or .safetensors.",
        ),
    ],
    seed: o.Seed = 0,
    ablation: o.Ablation = None,
) -> None:
    """Makes a healthy untrained checkpoint, for those who have no weights.

    It cannot track; its spikes are plausible, not trained.
    """
    variant = o.ablated_name(variant, ablation)
    from spiketrack.files.places import check_output_file, make_folder
    from spiketrack.network import find_variant, save_checkpoint
    from spiketrack.network import random_checkpoint as make

    o.check_suffix("--output", output, CHECKPOINT_SUFFIXES)
    check_output_file(output)
    make_folder(output.parent)
    name = find_variant(variant).ablation
    save_checkpoint(make(variant, seed), output, random_seed=seed, ablation=name)
    show.say(f"Wrote {output}: {variant}, random weights, seed {seed}; the file is marked as such")
