"""The commands that make a model and look into one: convert, inspect."""

from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from spiketrack.cli import options as o
from spiketrack.cli import options_foreign as fo
from spiketrack.cli import show, show_run
from spiketrack.cli.group import complain
from spiketrack.cli.inspect_lowering import check_lowering_file
from spiketrack.cli.progress import steps
from spiketrack.files.suffixes import FOREIGN_SUFFIXES, MODEL_SUFFIX, suffix_of

if TYPE_CHECKING:
    from spiketrack.pipeline.fit_crops import Rounding


class WeightRounding(str, Enum):
    """How weights become integers."""

    NEAREST = "nearest"
    FITTED = "fitted"

    @property
    def chosen(self) -> "Rounding":
        """The same as a word of the conversion."""
        return "fitted" if self is WeightRounding.FITTED else "nearest"


def convert(
    source: Annotated[
        Path,
        typer.Argument(
            metavar="FILE",
            help="A checkpoint (.pth.tar, .pth, .pt, .safetensors), a .nir or a .net file.",
        ),
    ],
    output: Annotated[
        Path, typer.Option("--output", "-o", metavar="FILE", help="The model file to write (.stk).")
    ],
    variant: o.VariantName = None,
    video: Annotated[
        str | None,
        typer.Option(
            "--video",
            metavar="VIDEO",
            help="For a tracker: measure on this video what rounding costs; without it nothing is "
            "measured.",
        ),
    ] = None,
    box: Annotated[
        str | None,
        typer.Option(
            "--box",
            metavar="X,Y,W,H",
            help="Where the target is in the first frame of --video: left, top, width and height "
            "in pixels.",
        ),
    ] = None,
    frames: Annotated[
        int,
        typer.Option(
            "--frames",
            "-n",
            min=1,
            metavar="N",
            help="Measure on N frames of --video after the first.",
        ),
    ] = 1,
    calibration: Annotated[
        Path | None,
        typer.Option(
            "--calibration",
            metavar="FILE",
            help="For a .nir file: measure on these spikes what rounding costs; without it nothing "
            "is measured.",
        ),
    ] = None,
    weight_bits: Annotated[
        int,
        typer.Option(
            "--weight-bits", min=2, max=8, metavar="BITS", help="The bits of an integer weight."
        ),
    ] = 8,
    stream_bits: Annotated[
        int,
        typer.Option(
            "--stream-bits",
            min=8,
            max=48,
            metavar="BITS",
            help="The bits of membrane potentials and residual streams.",
        ),
    ] = 24,
    rounding: Annotated[
        WeightRounding,
        typer.Option(
            "--rounding",
            metavar="NAME",
            help="For a tracker: nearest rounds every weight to the nearest step, which needs no "
            "data and errs by at most half a step; fitted rounds the weights of a channel together "
            "and corrects its bias, so that its sums on generated crops change least, which "
            "few bits need.",
        ),
    ] = WeightRounding.NEAREST,
    mixed: Annotated[
        float | None,
        typer.Option(
            "--mixed",
            min=0.0,
            metavar="POINTS",
            help="For a tracker: give each layer as few bits as its boxes on generated crops "
            "allow, at most --weight-bits, with fitted rounding; their mean IoU may fall by "
            "POINTS / 100. Without it all layers have the same bits.",
        ),
    ] = None,
    power_of_two: Annotated[
        bool,
        typer.Option(
            "--power-of-two",
            help="Use power-of-two scales only, which stock hardware needs; without it a scale has "
            "a 16-bit mantissa.",
        ),
    ] = False,
    nir: Annotated[
        Path | None,
        typer.Option(
            "--nir",
            metavar="DIR",
            help="For a tracker: keep its NIR files in this folder, as any NIR reader accepts "
            "them; without it they are not kept.",
        ),
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

    A tracker's model is proved free of overflow. For any other network the
    command says what is proved and what is checked while running. With --video
    and --box (a tracker) or --calibration (a .nir file) it also compares every
    layer with the float network.
    """
    foreign = {
        "dt": dt, "reset": reset, "cuba": cuba, "steps": steps_planned,
        "input_range": input_range, "input_scale": input_scale,
        "reset_interval": reset_interval, "reset_offset": reset_offset,
        "spike_exp": spike_exp, "skip_layers": skip_layers, "input_shape": input_shape,
        "input_message_bits": input_message_bits,
    }  # fmt: skip
    if (video is None) != (box is None):
        raise typer.BadParameter("--video and --box go together")
    o.check_variant(variant)
    o.check_suffix("--output", output, (MODEL_SUFFIX,))
    with steps(quiet=as_json) as step:
        step("Loading")
        from calibration.options import QuantiseOptions
        from spiketrack.files.places import check_output_file
        from spiketrack.pipeline.file_conversion import convert_file, save_converted
        from spiketrack.pipeline.listener import Listener
        from spiketrack.pipeline.requests import ConvertRequest, FirstFrames, VideoTarget

        check_output_file(output)
        widths = QuantiseOptions(weight_bits, stream_bits, power_of_two)
        options = fo.foreign_options(widths, **foreign)
        measured_on = None
        if video is not None and box is not None:
            measured_on = FirstFrames(VideoTarget(video, box), frames)
        request = ConvertRequest(
            foreign=options, variant=variant, measured_on=measured_on, nir_dir=nir,
            spikes=calibration, rounding=rounding.chosen, mixed=mixed,
        )  # fmt: skip
        model = convert_file(source, request, Listener(step=step, warn=complain))
        # After the conversion, since reading the file twice costs time and a damaged one is refused
        # first.
        fo.warn_unread(source, options)
        step("Writing the model")
        save_converted(model, output)
    is_foreign = suffix_of(source) in FOREIGN_SUFFIXES
    (show_run if is_foreign else show).conversion(model, output, as_json=as_json)


def inspect(
    path: Annotated[
        Path,
        typer.Argument(
            metavar="FILE", help="A model (.stk), a .nir or .net file, or a checkpoint."
        ),
    ],
    nodes: Annotated[
        bool, typer.Option("--nodes", help="Also list every node of every graph.")
    ] = False,
    lowering: Annotated[
        bool,
        typer.Option(
            "--lowering",
            help="Also list where each layer would run on Loihi 2, and what each form of it costs.",
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
