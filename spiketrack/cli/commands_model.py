"""The commands that make a model and look into one: convert, inspect."""

import tempfile
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import Annotated, Any

import typer

from spiketrack.cli import options as o
from spiketrack.cli import options_foreign as fo
from spiketrack.cli import show, show_run
from spiketrack.cli.group import complain
from spiketrack.cli.inspect_lowering import check_lowering_file
from spiketrack.cli.progress import steps
from spiketrack.files.suffixes import FOREIGN_SUFFIXES, MODEL_SUFFIX, suffix_of


def convert(
    source: Annotated[
        Path,
        typer.Argument(
            metavar="FILE", help="Checkpoint (.pth.tar, .pth, .pt, .safetensors), .nir or .net."
        ),
    ],
    output: Annotated[
        Path, typer.Option("--output", "-o", metavar="FILE", help="Model file to write (.stk).")
    ],
    variant: o.VariantName = None,
    video: Annotated[
        str | None,
        typer.Option("--video", metavar="VIDEO", help="Tracker: say what rounding costs on it."),
    ] = None,
    box: Annotated[
        str | None, typer.Option("--box", metavar="X,Y,W,H", help="Target in its first frame.")
    ] = None,
    frames: Annotated[
        int, typer.Option("--frames", "-n", min=1, metavar="N", help="Of it to compare.")
    ] = 1,
    calibration: Annotated[
        Path | None,
        typer.Option("--calibration", metavar="FILE", help=".nir: spikes to compare rounding on."),
    ] = None,
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
        Path | None,
        typer.Option("--nir", metavar="DIR", help="Tracker: keep portable NIR files here."),
    ] = None,
    dt: fo.Dt = None,
    reset: fo.ResetRule = None,
    cuba: fo.CubaRule = None,
    steps_planned: fo.Steps = None,
    input_range: fo.InputRange = None,
    input_scale: fo.InputScale = None,
    reset_interval: fo.ResetInterval = None,
    reset_offset: fo.ResetOffset = None,
    spike_exp: fo.SpikeExp = None,
    skip_layers: fo.SkipLayers = None,
    input_shape: fo.InputShape = None,
    input_message_bits: fo.InputBits = None,
    as_json: o.Json = False,
) -> None:
    """Turns a checkpoint, a NIR file or a netx file into an integer model.

    A tracker's model is proved free of overflow; of any other network it is
    said what is proved and what is checked while running. With --video and
    --box (a tracker) or --calibration (.nir) every layer is also compared with
    the float network.
    """
    foreign = {
        "dt": dt, "reset": reset, "cuba": cuba, "steps": steps_planned,
        "input_range": input_range, "input_scale": input_scale,
        "reset_interval": reset_interval, "reset_offset": reset_offset,
        "spike_exp": spike_exp, "skip_layers": skip_layers, "input_shape": input_shape,
        "input_message_bits": input_message_bits,
    }  # fmt: skip
    is_foreign = suffix_of(source) in FOREIGN_SUFFIXES
    if (video is None) != (box is None):
        raise typer.BadParameter("--video and --box go together")
    o.check_variant(variant)
    o.check_suffix("--output", output, (MODEL_SUFFIX,))
    with steps(quiet=as_json) as step:
        step("Loading")
        from calibration.options import QuantiseOptions
        from spiketrack.files.places import check_output_file

        check_output_file(output)
        widths = QuantiseOptions(weight_bits, stream_bits, power_of_two)
        if is_foreign:
            from spiketrack.pipeline.network.open import convert_foreign

            options = fo.foreign_options(widths, **foreign)
            model = convert_foreign(source, options, step, calibration=calibration)
            fo.warn_unread(source, options)
        else:
            model = _tracker(source, widths, variant, video, box, frames, nir, step)
        step("Writing the model")
        _save(model, output)
    (show_run if is_foreign else show).conversion(model, output, as_json=as_json)


def inspect(
    path: Annotated[
        Path,
        typer.Argument(metavar="FILE", help="Model (.stk), NIR (.nir), netx (.net), checkpoint."),
    ],
    nodes: Annotated[bool, typer.Option("--nodes", help="List every node of every graph.")] = False,
    lowering: Annotated[
        bool,
        typer.Option(
            "--lowering", help="List where each layer would run on Loihi 2, and what it costs."
        ),
    ] = False,
    as_json: o.Json = False,
) -> None:
    """Says what a file holds: sizes, graphs, overflow proof, provenance."""
    check_lowering_file(path, lowering=lowering)
    with steps(quiet=as_json) as step:
        step("Loading")
        from spiketrack.cli.inspect import inspect_file, print_facts

        facts = inspect_file(path, nodes=nodes, lowering=lowering)
    print_facts(path, facts, as_json=as_json)


def _tracker(
    source: Path,
    widths: Any,
    variant: str | None,
    video: str | None,
    box: str | None,
    frames: int,
    nir: Path | None,
    step: Any,
) -> Any:
    """The model of a SpikeTrack checkpoint."""
    from spiketrack.network import load_checkpoint
    from spiketrack.pipeline import Calibration, convert_network, open_target

    target = None
    if video is not None and box is not None:
        target = Calibration(*open_target(video, box), frames)
    step("Reading the checkpoint")
    network = load_checkpoint(source, variant)
    with _nir_folder(nir) as folder:
        conversion = convert_network(
            network, Path(folder), options=widths, calibration=target, progress=step,
            dialect="compact" if nir is None else "portable",
        )  # fmt: skip
    for note in conversion.model.report.get("end_to_end", {}).get("notes", ()):
        complain(note)
    return conversion.model


def _save(model: Any, output: Path) -> None:
    from spiketrack.files.places import make_folder
    from spiketrack.graph.store import save_model

    make_folder(output.parent)
    save_model(output, model)


def _nir_folder(nir: Path | None) -> AbstractContextManager[Any]:
    from spiketrack.files.places import make_folder

    return tempfile.TemporaryDirectory() if nir is None else nullcontext(make_folder(nir))
