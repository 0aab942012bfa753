"""The command that counts: profile, of a tracker on video or of any network on spikes."""

import sys
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from spiketrack.cli import options as o
from spiketrack.cli import options_foreign as fo
from spiketrack.cli import show
from spiketrack.cli.effects import warn_without_effect
from spiketrack.cli.group import INTERRUPTED, complain
from spiketrack.cli.progress import frame_progress, sample_progress, steps
from spiketrack.files.suffixes import NIR_SUFFIX, suffix_of
from spiketrack.pipeline.backends.row import Use, listed
from spiketrack.pipeline.backends.table import BACKENDS, DEFAULT, names_for
from spiketrack.plain_text import plural

if TYPE_CHECKING:
    from spiketrack.pipeline.requests import ProfileRequest, RunRequest, VideoTarget


def profile(
    model: Annotated[
        Path,
        typer.Argument(
            metavar="MODEL",
            help="A model (.stk), a .nir or .net file, or with --float a checkpoint.",
            show_default=False,
        ),
    ],
    output: Annotated[
        Path,
        typer.Option(
            "--output",
            "-o",
            metavar="DIR",
            help="The folder for report.html, profile.json and the charts.",
        ),
    ],
    video: Annotated[
        str | None,
        typer.Argument(
            metavar="[VIDEO]",
            help="For a tracker: a video file, a folder of images, or camera:N.",
            show_default=False,
        ),
    ] = None,
    box: Annotated[
        str | None,
        typer.Option(
            "--box",
            metavar="X,Y,W,H",
            help="For a tracker: where the target is in the first frame, as left, top, width and "
            "height in pixels.",
        ),
    ] = None,
    spikes: fo.SpikeFile = None,
    dt: fo.Dt = None,
    cuba: fo.CubaRule = None,
    graph: fo.GraphName = None,
    frames: o.Frames = None,
    resume: Annotated[
        bool,
        typer.Option(
            "--resume", help="Go on with the interrupted run whose unfinished profile is in DIR."
        ),
    ] = False,
    is_float: o.IsFloat = False,
    backend: o.NetworkBackendName = DEFAULT,
    detail: o.DetailName = o.ProcessDetail.BLOCK,
    variant: o.VariantName = None,
    interval: o.Interval = 25,
    threshold: o.Threshold = 0.7,
    beside: Annotated[
        Path | None,
        typer.Option(
            "--beside",
            metavar="FILE",
            help="Also time the float network of this checkpoint on the same patches; without it "
            "none is timed.",
        ),
    ] = None,
    firing_maps: Annotated[
        bool,
        typer.Option(
            "--firing-maps",
            help="For a tracker: also show on the page where every layer fired in the last frame.",
        ),
    ] = False,
    as_json: o.Json = False,
) -> None:
    """Counts spikes and synaptic operations and writes a report.

    A tracker runs on a video (VIDEO and --box), any other network on spikes
    (--input), sample by sample.

    Ctrl-C finishes the frame or sample under way and reports what was counted
    so far. A tracker's run also leaves DIR/profile.partial, and the same
    command with --resume goes on from there.
    """
    o.check_variant(variant)
    if spikes is not None:
        with steps(quiet=as_json) as step:
            step("Loading")
            from spiketrack.pipeline.requests import RunRequest
        run_request = RunRequest(
            backend=backend, detail=detail.chosen, graph=graph, dt=dt,
            foreign=fo.foreign_options(dt=_dt_of(model, dt), cuba=cuba),
        )  # fmt: skip
        _profile_network(model, spikes, output, run_request, as_json=as_json)
        return
    if video is None or box is None:
        raise typer.BadParameter("a tracker needs VIDEO and --box, any other network --input")
    if backend not in names_for(Use.COUNTED_TRACKER):
        rule = f"--backend {backend} is for networks that are no tracker"
        others = listed(names_for(Use.COUNTED_TRACKER))
        raise typer.BadParameter(f"{rule}; a tracker is counted on {others}")
    with steps(quiet=as_json) as step:
        step("Loading")
        from spiketrack.pipeline.requests import EngineChoice, ProfileRequest, VideoTarget
        from spiketrack.tracking import UpdatePolicy
    request = ProfileRequest(
        engine=EngineChoice(
            backend=backend, detail=detail.chosen, is_float=is_float, variant=variant
        ),
        frames=frames, policy=UpdatePolicy(interval, threshold), beside=beside,
        resume=resume, firing_maps=firing_maps, command=tuple(sys.argv),
    )  # fmt: skip
    _profile_tracker(model, VideoTarget(video, box), output, request, as_json=as_json)


def tell_if_unmeasured(backend: str, frames: int | None) -> None:
    """Says on stderr that nothing is measured on a chip: its probes need the number of frames."""
    if BACKENDS[backend].measures_on_chip and frames is None:
        complain("nothing is measured on the chip: VIDEO has no known length; give --frames")


def _profile_tracker(
    model: Path, target: "VideoTarget", output: Path, request: "ProfileRequest", *, as_json: bool
) -> None:
    with ExitStack() as opened:
        with steps(quiet=as_json) as step:
            step("Loading")
            from spiketrack.cli.output_folder import take_output_folder
            from spiketrack.counts import profile_from
            from spiketrack.pipeline.listener import Listener
            from spiketrack.pipeline.tracker.open import open_profile
            from spiketrack.pipeline.tracker.partial import FILE_NAME, refuse_unfinished
            from spiketrack.pipeline.tracker.profile import profile_video
            from spiketrack.tracking import frames_to_track
            from spiketrack.verbs.results import Profiled

            take_output_folder(output)
            partial = output / FILE_NAME
            if not request.resume:
                refuse_unfinished(partial)
            request = replace(request, partial=partial)
            listener = Listener(warn=complain)
            engine, job = opened.enter_context(open_profile(model, target, request, listener))
            total = frames_to_track(request.frames, job.source.frame_count)
            if engine.engine.n_templates == 1:
                warn_without_effect("interval", "threshold")
        for note in job.source.notes:
            complain(note)
        if not request.engine.is_float:
            tell_if_unmeasured(request.engine.backend, total)
        with frame_progress(total, quiet=as_json) as advance:
            document = profile_video(job, replace(listener, frame=advance))
    for note in document["notes"][len(job.source.notes) :]:
        complain(note)
    with steps(quiet=as_json) as step:
        step("Writing the report")
        result = Profiled(profile_from(document))
        report = result.save(output)
    show.profile(result.counted, report, as_json=as_json)
    if document["interrupted"]:
        counted = plural(len(document["boxes"]), "frame")
        done = f"interrupted; the report is of the {counted} counted"
        complain(f"{done}, and --resume goes on from there" if partial.exists() else done)
        raise typer.Exit(INTERRUPTED)
    partial.unlink(missing_ok=True)


def _profile_network(
    path: Path, spikes: Path, output: Path, request: "RunRequest", *, as_json: bool
) -> None:
    with steps(quiet=as_json) as step:
        step("Loading")
        from spiketrack.cli.output_folder import take_output_folder
        from spiketrack.counts import profile_from
        from spiketrack.pipeline.listener import Listener
        from spiketrack.pipeline.network.profile import profile_run
        from spiketrack.pipeline.network.run_file import open_run
        from spiketrack.verbs.results import Profiled

        take_output_folder(output)
        opened = open_run(path, spikes, request, step)
        fo.warn_unread(path, request.foreign, spikes)
    provenance = opened.provenance(sys.argv)
    with sample_progress(opened.n_samples, quiet=as_json) as advance:
        listener = Listener(samples=advance)
        document = profile_run(opened, request, provenance=provenance, listener=listener)
    with steps(quiet=as_json) as step:
        step("Writing the report")
        result = Profiled(profile_from(document))
        report = result.save(output)
    if not as_json:
        for line in opened.notes:
            show.say(line)
    show.profile(result.counted, report, as_json=as_json)
    if document["interrupted"]:
        done = document["phases"]["run"]["frames"]
        complain(f"interrupted; the report is of the {plural(done, 'sample')} counted")
        raise typer.Exit(INTERRUPTED)


def _dt_of(path: Path, dt: float | None) -> float | None:
    """The step of a .nir file; of another file --dt is about its spikes alone."""
    return dt if suffix_of(path) == NIR_SUFFIX else None

