"""The commands about other people's files: check, export."""

from pathlib import Path
from typing import Annotated

import typer

from spiketrack.cli import options as o
from spiketrack.cli import options_foreign as fo
from spiketrack.cli import show, show_run
from spiketrack.cli.group import FAILED
from spiketrack.cli.progress import steps

EXPORT_SUFFIXES = (".nir", ".net")


def check(
    path: Annotated[
        Path, typer.Argument(metavar="FILE", help=".nir, .net, model (.stk) or checkpoint.")
    ],
    target: Annotated[
        str | None,
        typer.Option("--target", metavar="NAME", help="A chip it must fit: loihi1 or loihi2."),
    ] = None,
    dt: fo.Dt = None,
    as_json: o.Json = False,
) -> None:
    """Lists every obstacle between a file and the integer engines, and a way around each.

    Exit code 1 if there is one, 0 if there is none.
    """
    fo.check_fit(path, dt=dt)
    with steps(quiet=as_json) as step:
        step("Loading")
        from spiketrack.pipeline.check import check_file

        report = check_file(path, fo.foreign_options(dt=dt), step, target=target)
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
    graph: fo.GraphName = None,
    as_json: o.Json = False,
) -> None:
    """Writes a network for other tools: portable NIR, or lava-dl's netx.

    NIR holds real numbers and needs a .nir file; netx holds integers and
    chains of layers. What a format cannot say is listed, all of it, and
    nothing is written.
    """
    o.check_suffix("--output", output, EXPORT_SUFFIXES)
    fo.check_fit(source, dt=dt, reset=reset)
    with steps(quiet=as_json) as step:
        step("Loading")
        from spiketrack.pipeline.export import export_file
        from spiketrack.pipeline.files import check_output_file

        check_output_file(output)
        options = fo.foreign_options(dt=dt, reset=reset)
        notes = export_file(source, output, options, graph=graph, progress=step)
    if as_json:
        show.print_json({"output": str(output), "notes": notes})
        return
    for line in notes:
        show.say(line)
    show.say(f"Wrote {output}")
