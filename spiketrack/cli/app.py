"""The commands: each parses, calls the pipeline, prints. Slow imports wait until needed."""

import sys
import tempfile
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from spiketrack import __version__
from spiketrack.cli import show

if TYPE_CHECKING:
    from spiketrack.tracking import UpdatePolicy

app = typer.Typer(
    name="spiketrack",
    help="Takes a trained spiking tracker to integers, counts what it does, audits its energy.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
)


@dataclass
class _State:
    debug: bool = False


state = _State()

Video = Annotated[str, typer.Argument(help="Video file, folder of images, or camera:N.")]
BoxText = Annotated[
    str, typer.Option("--box", help="Target in the first frame: x,y,width,height in pixels.")
]
Frames = Annotated[
    int | None, typer.Option(min=1, help="Frames to track after the first; all if not given.")
]
VariantName = Annotated[
    str | None,
    typer.Option("--variant", help="s256-t1 ... b384-t3, tiny128-t1, tiny128-t3; else inferred."),
]
Json = Annotated[bool, typer.Option("--json", help="Print one JSON value instead of tables.")]
IsFloat = Annotated[
    bool, typer.Option("--float", help="MODEL is a checkpoint; run the float network.")
]
Backend = Annotated[
    str, typer.Option(help="Engine for integer graphs: fast, or reference (the slow definition).")
]
Interval = Annotated[
    int, typer.Option(min=1, help="Frames between template updates (three-template models).")
]
Threshold = Annotated[
    float, typer.Option(min=0.0, max=1.0, help="Least confidence for a template update.")
]


@app.callback(invoke_without_command=True)
def top(
    version: Annotated[bool, typer.Option("--version", help="Print the version and stop.")] = False,
    debug: Annotated[bool, typer.Option("--debug", help="Show the traceback of an error.")] = False,
) -> None:
    """Takes a trained spiking tracker to integers, counts what it does, audits its energy."""
    state.debug = debug
    if version:
        typer.echo(f"spiketrack {__version__}")
        raise typer.Exit


@app.command()
def demo(
    out: Annotated[Path, typer.Option("--output", "-o", help="Folder for everything made.")] = Path(
        "spiketrack-demo"
    ),
    variant: Annotated[
        str, typer.Option(help="Network to make random weights for.")
    ] = "tiny128-t1",
    seed: Annotated[int, typer.Option(help="Of weights and video.")] = 0,
    as_json: Json = False,
) -> None:
    """The whole way on a synthetic video and random weights; needs nothing but this package."""
    from spiketrack.pipeline import run_demo
    from spiketrack.report import write_profile_report

    _known_variant(variant)
    with _progress(as_json) as step:
        profile = run_demo(out, variant=variant, seed=seed, progress=step)
        report = write_profile_report(profile, out / "report")
    show.profile(profile, report, as_json=as_json)


@app.command()
def convert(
    checkpoint: Annotated[Path, typer.Argument(help="Official .pth.tar, .pth or .safetensors.")],
    output: Annotated[Path, typer.Option("--output", "-o", help="Model file to write (.stk).")],
    variant: VariantName = None,
    video: Annotated[
        str | None, typer.Option(help="Frames to compare float and integer layers on.")
    ] = None,
    box: Annotated[
        str | None, typer.Option(help="Target in the video's first frame: x,y,w,h.")
    ] = None,
    frames: Annotated[int, typer.Option(min=1, help="Search frames to compare.")] = 1,
    weight_bits: Annotated[
        int, typer.Option(min=2, max=8, help="Bits of a weight, per output channel.")
    ] = 8,
    stream_bits: Annotated[
        int, typer.Option(min=8, max=48, help="Bits of membranes and residual streams.")
    ] = 24,
    power_of_two: Annotated[
        bool, typer.Option(help="Power-of-two scales only, as stock hardware has.")
    ] = False,
    nir: Annotated[Path | None, typer.Option(help="Folder to keep portable NIR files in.")] = None,
    as_json: Json = False,
) -> None:
    """Checkpoint to integer model: via NIR, quantised, proved free of overflow, compared."""
    from calibration.options import QuantiseOptions
    from spiketrack.graph.store import save_model
    from spiketrack.network import load_checkpoint
    from spiketrack.pipeline import convert_network, open_target

    if (video is None) != (box is None):
        raise typer.BadParameter("--video and --box go together")
    _known_variant(variant)
    options = QuantiseOptions(weight_bits, stream_bits, power_of_two)
    with _progress(as_json) as step, _nir_folder(nir) as folder:
        target = open_target(video, box) if video is not None and box is not None else None
        step("Reading the checkpoint")
        network = load_checkpoint(checkpoint, variant)
        conversion = convert_network(
            network, Path(folder), options=options,
            calibration=target, frames=frames, progress=step,
            dialect="compact" if nir is None else "portable",
        )  # fmt: skip
        step("Writing the model")
        save_model(output, conversion.model)
    show.conversion(conversion.model, output, as_json=as_json)


@app.command()
def inspect(
    path: Annotated[Path, typer.Argument(help="Model (.stk), NIR file (.nir) or checkpoint.")],
    nodes: Annotated[bool, typer.Option(help="List every node.")] = False,
    as_json: Json = False,
) -> None:
    """What a file holds: graphs, widths, certificate, provenance."""
    show.inspect(path, nodes=nodes, as_json=as_json)


@app.command()
def track(
    model: Annotated[
        Path, typer.Argument(help="Converted model (.stk), or a checkpoint with --float.")
    ],
    video: Video,
    box: BoxText,
    frames: Frames = None,
    is_float: IsFloat = False,
    backend: Backend = "fast",
    variant: VariantName = None,
    interval: Interval = 25,
    threshold: Threshold = 0.7,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="JSON file for the boxes.")
    ] = None,
    save_video: Annotated[
        Path | None, typer.Option(help="mp4 to write, with the box drawn.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Follows the target through a video and says where it is in every frame."""
    from spiketrack.pipeline import follow, load_tracking_engine, open_target
    from spiketrack.pipeline.track import write_boxes

    source, first = open_target(video, box)
    engine = load_tracking_engine(model, is_float=is_float, backend=backend, variant=variant)
    with show.frame_progress(frames or source.frame_count, quiet=as_json) as advance:
        tracked = follow(
            engine, source, first, frames=frames, policy=_policy(interval, threshold),
            save_video=save_video, on_result=advance,
        )  # fmt: skip
    if output is not None:
        write_boxes(output, tracked)
    show.tracked(tracked, output, save_video, as_json=as_json)


@app.command()
def profile(
    model: Annotated[
        Path, typer.Argument(help="Converted model (.stk), or a checkpoint with --float.")
    ],
    video: Video,
    box: BoxText,
    output: Annotated[
        Path, typer.Option("--output", "-o", help="Folder for report.html, profile.json, charts.")
    ],
    frames: Frames = None,
    is_float: IsFloat = False,
    backend: Backend = "fast",
    variant: VariantName = None,
    interval: Interval = 25,
    threshold: Threshold = 0.7,
    beside: Annotated[
        Path | None,
        typer.Option(help="Checkpoint whose float network is timed on the same patches."),
    ] = None,
    as_json: Json = False,
) -> None:
    """Counts spikes and synaptic operations, layer by layer, on real video; writes a report."""
    from spiketrack.pipeline import open_target, profile_video
    from spiketrack.pipeline.sources import describe_target, load_countable, load_network_engine
    from spiketrack.report import write_profile_report

    source, first = open_target(video, box)
    engine, loaded = load_countable(model, is_float=is_float, backend=backend, variant=variant)
    other = load_network_engine(beside) if beside is not None else None
    facts, provenance = describe_target(loaded, model, source)
    with show.frame_progress(frames or source.frame_count, quiet=as_json) as advance:
        result = profile_video(
            engine, source, first, model=facts, provenance=provenance, frames=frames,
            policy=_policy(interval, threshold), beside=other, on_result=advance,
        )  # fmt: skip
    report = write_profile_report(result, output)
    show.profile(result, report, as_json=as_json)


@app.command()
def audit(
    profile_path: Annotated[
        Path, typer.Argument(metavar="PROFILE", help="profile.json or the folder that holds it.")
    ],
    output: Annotated[
        Path, typer.Option("--output", "-o", help="Folder for report.html, audit.json, charts.")
    ],
    as_json: Json = False,
) -> None:
    """Puts the paper's energy formula beside counted operations and published chip measurements."""
    from hardware.energy import audit as run_audit
    from spiketrack.report import read_profile, write_audit_report

    path = profile_path / "profile.json" if profile_path.is_dir() else profile_path
    counted = read_profile(path)
    result = run_audit(counted)
    report = write_audit_report(counted, result, output)
    show.audit(counted, result, report, as_json=as_json)


@app.command("random-checkpoint")
def random_checkpoint(
    variant: Annotated[str, typer.Argument(help="s256-t1 ... b384-t3, tiny128-t1, tiny128-t3.")],
    output: Annotated[
        Path, typer.Option("--output", "-o", help="File to write: .pth.tar or .safetensors.")
    ],
    seed: Annotated[int, typer.Option(help="Of all weights.")] = 0,
) -> None:
    """Makes a healthy untrained checkpoint, for those who have no weights. It cannot track."""
    from spiketrack.network import random_checkpoint as make
    from spiketrack.network import save_checkpoint

    _known_variant(variant)
    save_checkpoint(make(variant, seed), output)
    typer.echo(f"Wrote {output}: {variant}, random weights, seed {seed}")


def _known_variant(name: str | None) -> None:
    from spiketrack.network.variants import VARIANTS

    if name is not None and name not in VARIANTS:
        raise typer.BadParameter(f"unknown variant '{name}'; known are {', '.join(VARIANTS)}")


def _policy(interval: int, threshold: float) -> "UpdatePolicy":
    from spiketrack.tracking import UpdatePolicy

    return UpdatePolicy(interval, threshold)


def _progress(quiet: bool) -> AbstractContextManager[Any]:
    return show.steps(quiet=quiet or not sys.stderr.isatty())


def _nir_folder(nir: Path | None) -> AbstractContextManager[Any]:
    if nir is None:
        return tempfile.TemporaryDirectory()
    nir.mkdir(parents=True, exist_ok=True)
    return nullcontext(nir)
