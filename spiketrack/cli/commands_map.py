"""The command that puts a network on a board: map. For the app's table: ("map", map_board, ...)."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from spiketrack.cli import options as o
from spiketrack.cli import options_foreign as fo
from spiketrack.cli import show_map
from spiketrack.cli.group import complain
from spiketrack.cli.progress import steps


def map_board(
    model: Annotated[
        Path,
        typer.Argument(metavar="MODEL", help="Model (.stk), or .nir or .net.", show_default=False),
    ],
    output: Annotated[
        Path,
        typer.Option("--output", "-o", metavar="DIR", help="For mapping.json, tables, pictures."),
    ],
    target: Annotated[
        str,
        typer.Option("--target", metavar="NAME", help="loihi1, loihi2, or a TOML file of yours."),
    ] = "loihi2",
    board: Annotated[
        str | None,
        typer.Option("--board", metavar="NAME", help="Of the target; else the smallest that fits."),
    ] = None,
    chips: Annotated[
        int | None,
        typer.Option("--chips", min=1, metavar="N", help="In place of a board: N chips."),
    ] = None,
    profile: Annotated[
        Path | None,
        typer.Option("--profile", metavar="DIR", help="Measured spikes; else a rate is assumed."),
    ] = None,
    graph: fo.GraphName = None,
    seed: o.Seed = 0,
    moves: Annotated[
        int,
        typer.Option("--moves", min=0, metavar="N", help="Placement effort per core."),
    ] = 400,
    spare: Annotated[
        float,
        typer.Option(
            "--spare",
            min=0.0,
            max=100.0,
            metavar="SHARE",
            help="Further cores that may relieve the busiest ones.",
        ),
    ] = 0.5,
    as_json: o.Json = False,
) -> None:
    """Cuts a network into tiles, places them on cores, routes the messages; says what fits where.

    Of a tracker the search graph is mapped unless --graph names another one. A network that does
    not fit is refused with the resource that binds and the smallest board that holds it.
    """
    if board is not None and chips is not None:
        raise typer.BadParameter("--board and --chips do not go together")
    with steps(quiet=as_json) as step:
        step("Loading")
        from spiketrack.cli.output_folder import take_output_folder
        from spiketrack.pipeline.mapping import MapRequest, map_model, write_mapping
        from spiketrack.report import read_profile
        from spiketrack.report.mapping_report import write_mapping_report

        take_output_folder(output)
        counted = None
        if profile is not None:
            profile = profile / "profile.json" if profile.is_dir() else profile
            counted = read_profile(profile)
        request = MapRequest(
            target=target, board=board, chips=chips, graph=graph, seed=seed, moves=moves,
            spare=spare,
        )  # fmt: skip
        result = map_model(
            model, request, profile=counted, profile_path=profile, command=sys.argv, progress=step,
            warn=complain,
        )  # fmt: skip
        step("Writing the mapping")
        written = write_mapping_report(result.layout, result.record, output)
        written.append(write_mapping(result.record, output))
    alarms = counted.alarms if counted is not None else ()
    show_map.mapped(result.record, written, alarms, as_json=as_json)
