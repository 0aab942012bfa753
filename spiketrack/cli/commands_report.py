"""The commands that count and price: profile (a tracker on video, a network on spikes), audit."""

import sys
from contextlib import ExitStack
from pathlib import Path
from typing import Annotated

import typer

from spiketrack.cli import options as o
from spiketrack.cli import options_foreign as fo
from spiketrack.cli import show
from spiketrack.cli.effects import warn_without_effect
from spiketrack.cli.group import INTERRUPTED, complain
from spiketrack.cli.progress import frame_progress, frames_to_track, sample_progress, steps
from spiketrack.files.suffixes import NIR_SUFFIX, suffix_of
from spiketrack.plain_text import plural


def profile(
    model: Annotated[
        Path,
        typer.Argument(
            metavar="MODEL",
            help="Model (.stk), .nir or .net; with --float a checkpoint.",
            show_default=False,
        ),
    ],
    output: Annotated[
        Path,
        typer.Option(
            "--output", "-o", metavar="DIR", help="For report.html, profile.json and charts."
        ),
    ],
    video: Annotated[
        str | None,
        typer.Argument(
            metavar="[VIDEO]",
            help="Tracker: video file, folder of images, or camera:N.",
            show_default=False,
        ),
    ] = None,
    box: Annotated[
        str | None,
        typer.Option(
            "--box", metavar="X,Y,W,H", help="Target in the first frame, pixels: left, top, size."
        ),
    ] = None,
    spikes: fo.SpikeFile = None,
    dt: fo.Dt = None,
    cuba: fo.CubaRule = None,
    graph: fo.GraphName = None,
    frames: o.Frames = None,
    resume: Annotated[
        bool, typer.Option("--resume", help="Go on with an interrupted run from DIR.")
    ] = False,
    is_float: o.IsFloat = False,
    backend: fo.RunBackendName = fo.RunBackend.FAST,
    variant: o.VariantName = None,
    interval: o.Interval = 25,
    threshold: o.Threshold = 0.7,
    beside: Annotated[
        Path | None,
        typer.Option("--beside", metavar="FILE", help="Checkpoint to time on the same patches."),
    ] = None,
    as_json: o.Json = False,
) -> None:
    """Counts spikes and synaptic operations and writes a report.

    A tracker runs on a video (VIDEO and --box), any other network on spikes
    (--input), sample by sample.

    Ctrl-C finishes the frame or sample under way and reports what was counted
    so far. Of a tracker it also keeps DIR/profile.partial; the same command
    with --resume goes on from there.
    """
    o.check_variant(variant)
    if spikes is not None:
        _profile_network(model, spikes, output, (dt, cuba), graph, backend, as_json)
        return
    if video is None or box is None:
        raise typer.BadParameter("a tracker needs VIDEO and --box, any other network --input")
    if backend is fo.RunBackend.BRIAN2:
        rule = "--backend brian2 is for networks that are no tracker"
        raise typer.BadParameter(f"{rule}; of a tracker fast and reference count the same")
    _profile_tracker(
        model, video, box, output, frames=frames, resume=resume, is_float=is_float,
        backend=backend.value, variant=variant, policy=(interval, threshold), beside=beside,
        as_json=as_json,
    )  # fmt: skip


def tell_if_unmeasured(backend: str, frames: int | None) -> None:
    """A line on stderr if a chip's probes cannot be set, which need the number of frames first."""
    if backend == o.Backend.LOIHI2.value and frames is None:
        complain("nothing is measured on the chip: VIDEO has no known length; give --frames")


def _profile_tracker(
    model: Path,
    video: str,
    box: str,
    output: Path,
    *,
    frames: int | None,
    resume: bool,
    is_float: bool,
    backend: str,
    variant: str | None,
    policy: tuple[int, float],
    beside: Path | None,
    as_json: bool,
) -> None:
    with ExitStack() as opened:
        with steps(quiet=as_json) as step:
            step("Loading")
            from spiketrack.cli.output_folder import take_output_folder
            from spiketrack.pipeline import open_target, profile_video, sources
            from spiketrack.pipeline.tracker.partial import FILE_NAME, refuse_unfinished
            from spiketrack.report import write_profile_report

            take_output_folder(output)
            partial = output / FILE_NAME
            if not resume:
                refuse_unfinished(partial)
            source, first = open_target(video, box)
            total = frames_to_track(frames, source.frame_count)
            engine, loaded = opened.enter_context(
                sources.open_countable(
                    model,
                    is_float=is_float,
                    backend=backend,
                    variant=variant,
                    frames=total,
                    resumed=partial if resume else None,
                )
            )
            if engine.n_templates == 1:
                warn_without_effect("interval", "threshold")
            other = None
            if beside is not None:
                other = sources.load_network_beside(beside, loaded, model, complain)
            facts, provenance = sources.describe_target(loaded, model, source, command=sys.argv)
        for note in source.notes:
            complain(note)
        if not is_float:
            tell_if_unmeasured(backend, total)
        with frame_progress(total, quiet=as_json) as advance:
            result = profile_video(
                engine, source, first, model=facts, provenance=provenance, frames=frames,
                policy=o.update_policy(*policy), beside=other,
                partial=partial, resume=resume, on_result=advance, warn=complain,
                files={"model": f"model '{model}'", "video": f"video '{video}'",
                       "beside": f"checkpoint '{beside}'"},
            )  # fmt: skip
    for note in result["notes"][len(source.notes) :]:
        complain(note)
    with steps(quiet=as_json) as step:
        step("Writing the report")
        report = write_profile_report(result, output)
    show.profile(result, report, as_json=as_json)
    if result["interrupted"]:
        done = f"interrupted; the report is of the {plural(len(result['boxes']), 'frame')} counted"
        complain(f"{done}, and --resume goes on from there" if partial.exists() else done)
        raise typer.Exit(INTERRUPTED)
    partial.unlink(missing_ok=True)


def _profile_network(
    path: Path,
    spikes: Path,
    output: Path,
    choices: tuple[float | None, fo.Current | None],
    graph_name: str | None,
    backend: fo.RunBackend,
    as_json: bool,
) -> None:
    with steps(quiet=as_json) as step:
        step("Loading")
        from spiketrack.cli.output_folder import take_output_folder
        from spiketrack.pipeline.network.profile import profile_run
        from spiketrack.pipeline.network.run_file import open_run
        from spiketrack.report import write_profile_report

        take_output_folder(output)
        dt, cuba = choices
        options = fo.foreign_options(dt=_dt_of(path, dt), cuba=cuba)
        opened = open_run(path, spikes, options, dt=dt, graph=graph_name, progress=step)
        fo.warn_unread(path, options, spikes)
    provenance = opened.provenance(sys.argv)
    with sample_progress(opened.n_samples, quiet=as_json) as advance:
        result = profile_run(
            opened.model, opened.graph, opened.inputs, provenance=provenance,
            backend=backend.value, on_samples=advance,
        )  # fmt: skip
    result["notes"] = list(opened.notes)
    with steps(quiet=as_json) as step:
        step("Writing the report")
        report = write_profile_report(result, output)
    if not as_json:
        for line in opened.notes:
            show.say(line)
    show.profile(result, report, as_json=as_json)
    if result["interrupted"]:
        done = result["phases"]["run"]["frames"]
        complain(f"interrupted; the report is of the {plural(done, 'sample')} counted")
        raise typer.Exit(INTERRUPTED)


def _dt_of(path: Path, dt: float | None) -> float | None:
    """The step of a .nir file; of another file --dt is about its spikes alone."""
    return dt if suffix_of(path) == NIR_SUFFIX else None


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
    mapping: Annotated[
        Path | None,
        typer.Option(
            "--mapping", metavar="DIR", help="Of `map --profile`: prices hops and static power."
        ),
    ] = None,
    as_json: o.Json = False,
) -> None:
    """Puts the paper's energy formula beside exact counts, priced."""
    with steps(quiet=as_json) as step:
        step("Auditing")
        from hardware.energy import audit as run_audit
        from spiketrack.cli.output_folder import take_output_folder
        from spiketrack.pipeline.mapping import read_mapping_of
        from spiketrack.report import read_profile, write_audit_report

        take_output_folder(output)
        path = profile_path / "profile.json" if profile_path.is_dir() else profile_path
        counted = read_profile(path)
        placed = read_mapping_of(mapping, counted, path, complain) if mapping is not None else None
        result = run_audit(counted, placed)
        report = write_audit_report(counted, result, output)
    show.audit(counted, result, report, as_json=as_json)
