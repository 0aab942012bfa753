"""The options that several commands share, and what is wrong with them before any work begins."""

from enum import Enum
from pathlib import Path
from typing import Annotated, Any

import typer

from hardware.lava.detail import DETAILS, Detail
from hardware.target import KNOWN_TARGETS
from spiketrack.pipeline.backends.row import OWN, STOCK, Use, listed
from spiketrack.pipeline.backends.table import rows_for, with_processes, with_stock_processes

VARIANT_NAMES = (
    "s256-t1, s256-t3, b256-t1, b256-t3, b384-t1, b384-t3, tiny128-t1, tiny128-t3, mini64-t1, "
    "mini64-t3"
)
CHIPS = f"{', '.join(KNOWN_TARGETS)}, or the path of a .toml file"
"""What --target takes, as help texts say it."""


class Lowering(str, Enum):
    """Which processes of Lava run a graph."""

    OWN = OWN
    STOCK = STOCK


class ProcessDetail(str, Enum):
    """How many nodes of a graph one Lava process runs."""

    NODE = "node"
    BLOCK = "block"
    BRANCH = "branch"

    @property
    def chosen(self) -> Detail:
        """The same as a word of Lava's engines."""
        return next(detail for detail in DETAILS if detail == self.value)


def _backend(use: Use) -> Any:
    """The option that chooses a backend of the table for some use."""
    rows = rows_for(use)
    names = [row.name for row in rows]

    def known(value: str) -> str:
        if value not in names:
            raise typer.BadParameter(f"'{value}' is not one of {listed(names)}")
        return value

    def complete(incomplete: str) -> list[str]:
        return [name for name in names if name.startswith(incomplete)]

    told = listed([f"{row.name} ({row.about})" for row in rows])
    needs = "".join(f" {row.name} needs {row.needs}." for row in rows if row.needs)
    return typer.Option(
        "--backend",
        metavar="NAME",
        help=f"The engine that runs the integers: {told}.{needs}",
        callback=known,
        autocompletion=complete,
    )


ModelFile = Annotated[
    Path,
    typer.Argument(
        metavar="MODEL",
        help="A converted model (.stk), or with --float a checkpoint.",
        show_default=False,
    ),
]
Video = Annotated[
    str,
    typer.Argument(
        metavar="VIDEO",
        help="A video file, a folder of images, or camera:N.",
        show_default=False,
    ),
]
BoxText = Annotated[
    str,
    typer.Option(
        "--box",
        metavar="X,Y,W,H",
        help="Where the target is in the first frame: left, top, width and height in pixels.",
    ),
]
Frames = Annotated[
    int | None,
    typer.Option(
        "--frames",
        "-n",
        min=1,
        metavar="N",
        help="Track N frames after the first; without it, track to the end of the video.",
    ),
]
VariantName = Annotated[
    str | None,
    typer.Option(
        "--variant",
        metavar="NAME",
        help="The variant of the network in the checkpoint; without it, the shapes of the weights "
        "decide.",
    ),
]
Json = Annotated[
    bool, typer.Option("--json", help="Print one JSON value in place of tables and sentences.")
]
IsFloat = Annotated[
    bool,
    typer.Option("--float", help="Run the float network of a checkpoint, not a converted model."),
]
TrackerBackendName = Annotated[str, _backend(Use.TRACKER)]
NetworkBackendName = Annotated[str, _backend(Use.NETWORK)]
LoweringName = Annotated[
    Lowering,
    typer.Option(
        "--lowering",
        metavar="NAME",
        help=f"For --backend {listed(with_stock_processes())}: own runs every node on this "
        "project's Lava processes; stock uses Lava's stock processes wherever they are exact, "
        "which is slow.",
    ),
]
DetailName = Annotated[
    ProcessDetail,
    typer.Option(
        "--detail",
        metavar="NAME",
        help=f"For {listed(with_processes())}: how many nodes one process runs. node makes a "
        "process of every node, which a Lava user can probe; block makes one of every backbone, "
        "memory retrieval and head; branch makes one of the whole graph.",
    ),
]
ModelFiles = Annotated[
    list[Path] | None,
    typer.Option(
        "--model",
        metavar="FILE",
        help="A price list of your own (.toml), as spiketrack fit writes one; it may be given "
        "several times. Without it, only the price lists of the project are applied.",
    ),
]
Interval = Annotated[
    int,
    typer.Option(
        "--interval",
        min=1,
        metavar="N",
        help="A model with several templates takes a new one at most every N frames.",
    ),
]
Threshold = Annotated[
    float,
    typer.Option(
        "--threshold",
        min=0.0,
        max=1.0,
        metavar="P",
        help="It takes a new template only where its confidence is above P.",
    ),
]
Seed = Annotated[
    int,
    typer.Option(
        "--seed",
        min=0,
        max=2**63 - 1,
        metavar="N",
        help="The seed of everything random: the same seed gives the same result.",
    ),
]


Ablation = Annotated[
    str | None,
    typer.Option(
        "--ablation",
        metavar="NAME",
        help="The ablation of the network to take: cross-attention, modulation, mean-fusion, "
        "fixed-decay or loops-2. Without it: the network itself.",
    ),
]


def check_variant(name: str | None) -> None:
    """Raises wrong usage if no variant has that name."""
    if name is None:
        return
    from spiketrack.network.variants import find_variant

    try:
        find_variant(name)
    except ValueError as error:
        raise typer.BadParameter(str(error)) from None


def ablated_name(variant: str, ablation: str | None) -> str:
    """Returns the name of a variant or of its ablation; raises wrong usage if there is none."""
    from spiketrack.network.ablations import SEPARATOR

    name = f"{variant}{SEPARATOR}{ablation}" if ablation else variant
    check_variant(name)
    return name


def check_suffix(option: str, path: Path | None, suffixes: tuple[str, ...]) -> None:
    """Raises wrong usage if the name of a file to write does not say what the file is."""
    if path is not None and not path.name.lower().endswith(suffixes):
        raise typer.BadParameter(
            f"{option} needs a name ending in {' or '.join(suffixes)}: '{path}'"
        )
