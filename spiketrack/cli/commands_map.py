"""The command that puts a network on a board: map."""

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
        typer.Argument(
            metavar="MODEL", help="A model (.stk), a .nir or a .net file.", show_default=False
        ),
    ],
    output: Annotated[
        Path,
        typer.Option(
            "--output",
            "-o",
            metavar="DIR",
            help="The folder for mapping.json, layers.csv and the pictures.",
        ),
    ],
    target: Annotated[
        str,
        typer.Option(
            "--target",
            metavar="NAME",
            help=f"The chip: {o.CHIPS} that describes another one.",
        ),
    ] = "loihi2",
    board: Annotated[
        str | None,
        typer.Option(
            "--board",
            metavar="NAME",
            help="The board of that chip; without it, the smallest board that holds the network.",
        ),
    ] = None,
    chips: Annotated[
        int | None,
        typer.Option(
            "--chips", min=1, metavar="N", help="Place the network on N chips, not on a board."
        ),
    ] = None,
    profile: Annotated[
        Path | None,
        typer.Option(
            "--profile",
            metavar="DIR",
            help="The folder of a profile whose counted spikes are used; without it, a spike rate "
            "is assumed.",
        ),
    ] = None,
    graph: fo.GraphName = None,
    seed: o.Seed = 0,
    moves: Annotated[
        int,
        typer.Option(
            "--moves",
            min=0,
            metavar="N",
            help="How many moves per core the search for a placement tries.",
        ),
    ] = 400,
    spare: Annotated[
        float,
        typer.Option(
            "--spare",
            min=0.0,
            max=100.0,
            metavar="SHARE",
            help="The share of further cores, beyond the fewest that hold the network, which may "
            "take work off the busiest cores.",
        ),
    ] = 0.5,
    as_json: o.Json = False,
) -> None:
    """Cuts a network into tiles, places them on cores, and routes the messages between them.

    If the model is a tracker, its search graph is mapped unless --graph names the other one. A
    network that does not fit is refused, and the error names the resource that binds and the
    smallest board that holds the network.
    """
    if board is not None and chips is not None:
        raise typer.BadParameter("--board and --chips do not go together")
    with steps(quiet=as_json) as step:
        step("Loading")
        from spiketrack.cli.output_folder import take_output_folder
        from spiketrack.pipeline.listener import Listener
        from spiketrack.pipeline.mapping import MapRequest
        from spiketrack.verbs.functions import map_with, read_profiled

        take_output_folder(output)
        counted = None if profile is None else read_profiled(profile)
        request = MapRequest(
            target=target, board=board, chips=chips, graph=graph, seed=seed, moves=moves,
            spare=spare, command=tuple(sys.argv),
        )  # fmt: skip
        result = map_with(model, request, counted, Listener(step=step, warn=complain))
        step("Writing the mapping")
        written = result.save(output)
    alarms = () if counted is None else counted.alarms
    show_map.mapped(result, written, alarms, as_json=as_json)
