"""The commands about other people's files: check, export."""

from enum import Enum
from pathlib import Path
from typing import Annotated

import typer

from spiketrack.cli import options as o
from spiketrack.cli import options_foreign as fo
from spiketrack.cli import show, show_run
from spiketrack.cli.group import FAILED
from spiketrack.cli.progress import steps
from spiketrack.files.suffixes import FOREIGN_SUFFIXES


class Dialect(str, Enum):
    """Ways to write the same NIR nodes."""

    PORTABLE = "portable"
    COMPACT = "compact"


class Lowering(str, Enum):
    """Ways to make stock neurons of NI-LIF."""

    THERMOMETER = "thermometer"


def check(
    path: Annotated[
        Path,
        typer.Argument(metavar="FILE", help="A .nir or .net file, a model (.stk) or a checkpoint."),
    ],
    target: Annotated[
        str | None,
        typer.Option(
            "--target",
            metavar="NAME",
            help=f"The chip whose formats the network must fit: {o.CHIPS} that describes another "
            "one. Without this option no chip is looked at.",
        ),
    ] = None,
    dt: fo.Dt = None,
    cuba: fo.CubaRule = None,
    as_json: o.Json = False,
) -> None:
    """Lists every obstacle between a file and the integer engines, and a way around each.

    The exit code is 1 if there is an obstacle and 0 if there is none.
    """
    with steps(quiet=as_json) as step:
        step("Loading")
        from spiketrack.pipeline.check import check_file

        options = fo.foreign_options(dt=dt, cuba=cuba)
        report = check_file(path, options, step, target=target)
        fo.warn_unread(path, options)
    show_run.checked(path, report, as_json=as_json)
    if report.obstacles:
        raise typer.Exit(FAILED)


def export(
    source: Annotated[
        Path,
        typer.Argument(
            metavar="FILE", help="A model (.stk), a .nir or a .net file.", show_default=False
        ),
    ],
    output: Annotated[
        Path,
        typer.Option(
            "--output",
            "-o",
            metavar="FILE",
            help="The file to write: .nir for floats, .net for integers.",
        ),
    ],
    dt: fo.Dt = None,
    reset: fo.ResetRule = None,
    cuba: fo.CubaRule = None,
    graph: fo.GraphName = None,
    segment: Annotated[
        str | None,
        typer.Option(
            "--segment",
            metavar="FIRST:LAST",
            help="For a .net file: write only what lies between the values of these two nodes; "
            "without it the whole graph is written.",
        ),
    ] = None,
    lowering: Annotated[
        Lowering | None,
        typer.Option(
            "--lowering",
            metavar="NAME",
            help="For a .net file: thermometer turns NI-LIF layers into stock LIF neurons; without "
            "it they are refused.",
        ),
    ] = None,
    dialect: Annotated[
        Dialect | None,
        typer.Option(
            "--dialect",
            metavar="NAME",
            help="For a .nir file: portable is what any NIR reader accepts (without this option), "
            "compact is smaller and for this program only.",
        ),
    ] = None,
    as_json: o.Json = False,
) -> None:
    """Writes a network for other tools: portable NIR, or lava-dl's netx.

    NIR holds real numbers, so it is written from a .nir file only; netx holds
    integers and chains of layers. If the format cannot hold the network, all
    obstacles are listed and nothing is written.

    A chain of layers can be cut out of a tracker with --segment (spiketrack
    inspect FILE --nodes lists the nodes) and turned into binary neurons with
    --lowering; the command then says how the input and the output are coded.
    """
    o.check_suffix("--output", output, FOREIGN_SUFFIXES)
    ends = None if segment is None else _ends(segment)
    with steps(quiet=as_json) as step:
        step("Loading")
        from spiketrack.files.places import check_output_file
        from spiketrack.pipeline.export import export_file
        from spiketrack.pipeline.requests import ExportRequest

        check_output_file(output)
        options = fo.foreign_options(dt=dt, reset=reset, cuba=cuba)
        request = ExportRequest(
            foreign=options, graph=graph, ends=ends,
            lowering=None if lowering is None else lowering.value,
            dialect="portable" if dialect is None else dialect.value,
        )  # fmt: skip
        notes = export_file(source, output, request, step)
        fo.warn_unread(source, options)
    if as_json:
        show.print_json({"output": str(output), "notes": notes})
        return
    for line in notes:
        show.say(line)
    show.say(f"Wrote {output}")


def _ends(text: str) -> tuple[str, str]:
    first, colon, last = text.partition(":")
    if not (first and colon and last) or ":" in last:
        raise typer.BadParameter(f"--segment needs two names, FIRST:LAST: '{text}'")
    return first, last
