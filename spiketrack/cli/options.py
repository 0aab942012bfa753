"""The options that several commands share, and what is wrong with them before any work begins."""

from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from spiketrack.tracking import UpdatePolicy

VARIANT_NAMES = "s256-t1, s256-t3, b256-t1, b256-t3, b384-t1, b384-t3, tiny128-t1, tiny128-t3"


class Lowering(str, Enum):
    """Which processes of Lava run a graph."""

    OWN = "own"
    STOCK = "stock"


class Backend(str, Enum):
    """Engines for integer graphs."""

    FAST = "fast"
    REFERENCE = "reference"
    LAVA = "lava"
    LOIHI2 = "loihi2"


ModelFile = Annotated[
    Path,
    typer.Argument(
        metavar="MODEL",
        help="Converted model (.stk); with --float a checkpoint.",
        show_default=False,
    ),
]
Video = Annotated[
    str,
    typer.Argument(
        metavar="VIDEO", help="Video file, folder of images, or camera:N.", show_default=False
    ),
]
BoxText = Annotated[
    str,
    typer.Option(
        "--box", metavar="X,Y,W,H", help="Target in the first frame, pixels: left, top, size."
    ),
]
Frames = Annotated[
    int | None,
    typer.Option(
        "--frames", "-n", min=1, metavar="N", help="Frames to track after the first; else all."
    ),
]
VariantName = Annotated[
    str | None,
    typer.Option("--variant", metavar="NAME", help="Of the checkpoint; found from it if left out."),
]
Json = Annotated[bool, typer.Option("--json", help="Print one JSON value and nothing else.")]
IsFloat = Annotated[bool, typer.Option("--float", help="Run the float network of a checkpoint.")]
BackendName = Annotated[
    Backend,
    typer.Option("--backend", metavar="NAME", help="fast, reference (slow), lava or loihi2."),
]
LoweringName = Annotated[
    Lowering,
    typer.Option(
        "--lowering",
        metavar="NAME",
        help="lava, loihi2: own processes, or stock ones where exact (slow).",
    ),
]
Interval = Annotated[
    int,
    typer.Option(
        "--interval", min=1, metavar="N", help="A new template every N frames at most (T3 models)."
    ),
]
Threshold = Annotated[
    float,
    typer.Option(
        "--threshold", min=0.0, max=1.0, metavar="P", help="...and only if more confident than P."
    ),
]
Seed = Annotated[
    int,
    typer.Option("--seed", min=0, max=2**63 - 1, metavar="N", help="Of everything random."),
]


def check_variant(name: str | None) -> None:
    """Wrong usage if no variant has that name."""
    from spiketrack.network.variants import VARIANTS

    if name is not None and name not in VARIANTS:
        raise typer.BadParameter(f"unknown variant '{name}'; known are {', '.join(VARIANTS)}")


def check_suffix(option: str, path: Path | None, suffixes: tuple[str, ...]) -> None:
    """Wrong usage if a file to write has a name that nobody would know it by."""
    if path is not None and not path.name.lower().endswith(suffixes):
        raise typer.BadParameter(
            f"{option} needs a name ending in {' or '.join(suffixes)}: '{path}'"
        )


def update_policy(interval: int, threshold: float) -> "UpdatePolicy":
    """When to renew templates."""
    from spiketrack.tracking import UpdatePolicy

    return UpdatePolicy(interval, threshold)
