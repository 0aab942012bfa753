"""Options about what a NIR or netx file does not say itself."""

from dataclasses import replace
from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from spiketrack.cli.effects import given, warn_without_effect
from spiketrack.files.suffixes import NIR_DATA_SUFFIXES, suffix_of

if TYPE_CHECKING:
    from spiketrack.pipeline.network.open import ForeignOptions

_OF_NIR = ("dt", "reset", "cuba")
_OF_NETX = (
    "reset_interval",
    "reset_offset",
    "spike_exp",
    "skip_layers",
    "input_shape",
    "input_message_bits",
)


class Reset(str, Enum):
    """What a spike does to the membrane."""

    ZERO = "zero"
    SUBTRACT = "subtract"


class Current(str, Enum):
    """Which synaptic current a membrane reads."""

    NEW = "new"
    OLD = "old"


Dt = Annotated[
    float | None,
    typer.Option(
        "--dt",
        metavar="SECONDS",
        help="How long a step of a .nir network lasts, unless the file says so itself; 1e-4 s "
        "without it.",
    ),
]
ResetRule = Annotated[
    Reset | None,
    typer.Option(
        "--reset",
        metavar="RULE",
        help="What a spike does to the membrane in a .nir network: zero sets it to zero (without "
        "this option), subtract takes the threshold off.",
    ),
]
CubaRule = Annotated[
    Current | None,
    typer.Option(
        "--cuba",
        metavar="CURRENT",
        help="Which synaptic current the membrane of a CubaLIF neuron in a .nir network reads: "
        "new is that of this step (without this option), old that of the step before.",
    ),
]
Steps = Annotated[
    int | None,
    typer.Option(
        "--steps",
        min=1,
        metavar="N",
        help="The widths of a .nir network are planned for N steps; 256 without it.",
    ),
]
InputRange = Annotated[
    str | None,
    typer.Option(
        "--input-range",
        metavar="LOW,HIGH",
        help="The smallest and the largest integer that enters a .nir network; 0,1 without it.",
    ),
]
InputScale = Annotated[
    float | None,
    typer.Option(
        "--input-scale",
        metavar="X",
        help="The real value of the integer 1 at the input of a .nir network; 1 without it.",
    ),
]
ResetInterval = Annotated[
    int | None,
    typer.Option(
        "--reset-interval",
        min=1,
        metavar="N",
        help="The state of a .net network is cleared every N steps; never without it.",
    ),
]
ResetOffset = Annotated[
    int | None,
    typer.Option(
        "--reset-offset",
        min=0,
        metavar="N",
        help="The step of the first clearing with --reset-interval; step 0 without it.",
    ),
]
SpikeExp = Annotated[
    int | None,
    typer.Option(
        "--spike-exp",
        min=0,
        metavar="N",
        help="Fraction bits in the graded spikes of a .net network; 6 without it.",
    ),
]
SkipLayers = Annotated[
    int | None,
    typer.Option(
        "--skip-layers",
        min=0,
        metavar="N",
        help="Leave out the first N layers of a .net file; none without it.",
    ),
]
InputShape = Annotated[
    str | None,
    typer.Option(
        "--input-shape",
        metavar="C,H,W",
        help="Channels, height and width of the input, for a .net file that does not say them.",
    ),
]
InputBits = Annotated[
    int | None,
    typer.Option(
        "--input-message-bits",
        min=0,
        metavar="N",
        help="Bits of a graded spike at the input of a .net network; 0, which is the value "
        "without it, stands for binary spikes.",
    ),
]
SpikeFile = Annotated[
    Path | None,
    typer.Option(
        "--input",
        metavar="FILE",
        help="The spikes that a network which is no tracker runs on: .npy, .npz, or NIRData (.h5).",
    ),
]
GraphName = Annotated[
    str | None,
    typer.Option(
        "--graph",
        metavar="NAME",
        help="The name of the graph, which a model with several graphs needs.",
    ),
]


def foreign_options(quantise: Any = None, **given: Any) -> "ForeignOptions":
    """The options of a foreign file, made from those that were given; None stands for not given.

    Raises:
        BadParameter: a value outside its range.
    """
    from calibration.options import InputRange as Range
    from calibration.options import QuantiseOptions
    from conversion.netx import NetxOptions
    from conversion.nir_options import NirOptions
    from spiketrack.pipeline.network.open import ForeignOptions

    # What was not given must stay at the default of its own class, which this file does not repeat.
    known = {name: value for name, value in given.items() if value is not None}
    if "reset" in known:
        known["reset"] = known["reset"].value
    if "cuba" in known:
        known["cuba"] = known["cuba"].value
    widths = quantise or QuantiseOptions()
    changed = {"n_steps": known["steps"]} if "steps" in known else {}
    if "input_range" in known or "input_scale" in known:
        low, high = _range(known.get("input_range", "0,1"))
        changed["values"] = Range(low, high, known.get("input_scale", 1.0))
    if "input_shape" in known:
        known["input_shape"] = _shape(known["input_shape"])
    try:
        nir = NirOptions(**{key: known[key] for key in ("dt", "reset", "cuba") if key in known})
        netx = NetxOptions(**{key: known[key] for key in _OF_NETX if key in known})
    except ValueError as error:
        raise typer.BadParameter(str(error)) from None
    return ForeignOptions(nir, netx, replace(widths, **changed))


def warn_unread(path: Path, options: "ForeignOptions", spikes: Path | None = None) -> None:
    """Warns of every option that was given and changes nothing of what is read from the file.

    Args:
        path: the network's file.
        options: as given.
        spikes: the run's input; events in NIRData are put on steps of --dt as well.
    """
    names = given(*_OF_NIR, *_OF_NETX)
    if spikes is not None and suffix_of(spikes) in NIR_DATA_SUFFIXES:
        names = tuple(name for name in names if name != "dt")
    if not names:
        return
    from spiketrack.pipeline.network.unread import unread_options

    warn_without_effect(*unread_options(path, options, names))


def _shape(text: str) -> tuple[int, int, int]:
    try:
        c, h, w = (int(part) for part in text.split(","))
    except ValueError:
        raise typer.BadParameter(f"--input-shape needs integers C,H,W: '{text}'") from None
    return c, h, w


def _range(text: str) -> tuple[int, int]:
    try:
        low, high = (int(part) for part in text.split(","))
    except ValueError:
        raise typer.BadParameter(f"--input-range needs two integers LOW,HIGH: '{text}'") from None
    if low > high:
        raise typer.BadParameter(f"--input-range needs LOW <= HIGH: '{text}'")
    return low, high
