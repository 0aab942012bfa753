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
        Path, typer.Argument(metavar="FILE", help=".nir, .net, model (.stk) or checkpoint.")
    ],
    target: Annotated[
        str | None,
        typer.Option("--target", metavar="NAME", help="A chip it must fit: loihi1 or loihi2."),
    ] = None,
    dt: fo.Dt = None,
    cuba: fo.CubaRule = None,
    as_json: o.Json = False,
) -> None:
    """Lists every obstacle between a file and the integer engines, and a way around each.

    Exit code 1 if there is one, 0 if there is none.
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
        Path, typer.Argument(metavar="FILE", help="Model (.stk), .nir or .net.", show_default=False)
    ],
    output: Annotated[
        Path,
        typer.Option("--output", "-o", metavar="FILE", help=".nir (floats) or .net (integers)."),
    ],
    dt: fo.Dt = None,
    reset: fo.ResetRule = None,
    cuba: fo.CubaRule = None,
    graph: fo.GraphName = None,
    segment: Annotated[
        str | None,
        typer.Option(
            "--segment", metavar="FIRST:LAST", help=".net: only between the values of two nodes."
        ),
    ] = None,
    lowering: Annotated[
        Lowering | None,
        typer.Option(
            "--lowering", metavar="NAME", help=".net: thermometer makes stock LIFs of NI-LIF."
        ),
    ] = None,
    dialect: Annotated[
        Dialect | None,
        typer.Option(
            "--dialect", metavar="NAME", help=".nir: portable (if left out) or compact, for us."
        ),
    ] = None,
    as_json: o.Json = False,
) -> None:
    """Writes a network for other tools: portable NIR, or lava-dl's netx.

    NIR holds real numbers and needs a .nir file; netx holds integers and
    chains of layers. What a format cannot say is listed, all of it, and
    nothing is written.

    Of a tracker a chain of layers can be written, cut out with --segment
    (spiketrack inspect FILE --nodes lists the nodes) and lowered to binary
    neurons with --lowering; it is said how its input and output are coded.
    """
    o.check_suffix("--output", output, FOREIGN_SUFFIXES)
    ends = None if segment is None else _ends(segment)
    with steps(quiet=as_json) as step:
        step("Loading")
        from spiketrack.files.places import check_output_file
        from spiketrack.pipeline.export import export_file

        check_output_file(output)
        options = fo.foreign_options(dt=dt, reset=reset, cuba=cuba)
        notes = export_file(
            source, output, options, graph=graph, ends=ends,
            lowering=None if lowering is None else lowering.value,
            dialect="portable" if dialect is None else dialect.value, progress=step,
        )  # fmt: skip
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
