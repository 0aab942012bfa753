"""The command that trains a tracker: train."""

from pathlib import Path
from typing import Annotated

import typer

from spiketrack.cli import options as o
from spiketrack.cli import show
from spiketrack.cli.input_files import require_inputs
from spiketrack.cli.progress import step_progress


def train(
    output: Annotated[
        Path,
        typer.Option(
            "--output",
            "-o",
            metavar="DIR",
            help="The folder for weights, state, record and curves.",
        ),
    ],
    variant: Annotated[
        str, typer.Option("--variant", metavar="NAME", help="The network to train.")
    ] = "mini64-t1",
    n_steps: Annotated[
        int, typer.Option("--steps", min=1, metavar="N", help="The run takes N optimiser steps.")
    ] = 3000,
    batch: Annotated[
        int,
        typer.Option(
            "--batch", min=2, metavar="N", help="A step takes N templates, with 3 searches each."
        ),
    ] = 8,
    rate: Annotated[
        float,
        typer.Option("--rate", min=1e-6, max=0.1, metavar="R", help="The highest learning rate."),
    ] = 2e-3,
    seed: o.Seed = 0,
    start: Annotated[
        Path | None,
        typer.Option(
            "--from",
            metavar="FILE",
            help="The checkpoint to start from, which a T3 network needs; without it, training "
            "starts from random weights.",
        ),
    ] = None,
    rate_penalty: Annotated[
        float,
        typer.Option(
            "--rate-penalty",
            min=0.0,
            metavar="LAMBDA",
            help="Add LAMBDA times the mean integer of the neuron layers, weighted by the MACs "
            "that read them, to the loss: fewer operations for some accuracy. 0 adds nothing.",
        ),
    ] = 0.0,
    resume: Annotated[
        bool,
        typer.Option("--resume", help="Go on with the run in the folder, with the same options."),
    ] = False,
    check_every: Annotated[
        int,
        typer.Option("--check-every", min=1, metavar="N", help="The run is checked every N steps."),
    ] = 250,
    scenes: Annotated[
        int,
        typer.Option("--scenes", min=1, metavar="N", help="A check tracks in N held-out scenes."),
    ] = 8,
    ablation: o.Ablation = None,
    as_json: o.Json = False,
) -> None:
    """Trains a tracker on generated scenes; needs no data.

    Scenes are drawn as they are needed, from the seed. Ctrl-C keeps the state; --resume goes on
    from it and ends with the weights that an uninterrupted run gives. A network of several
    templates (T3) learns in a second stage, from the weights of one template: --from. An ablation
    may start from the weights of the whole network, since it reads some of the same tensors.
    """
    require_inputs()
    variant = o.ablated_name(variant, ablation)
    from spiketrack.files.places import check_output_folder
    from spiketrack.pipeline.train import Checks
    from spiketrack.pipeline.train import train as run
    from spiketrack.report.training_curves import write_training_curves
    from spiketrack.training.recipe import Recipe

    check_output_folder(output)
    try:
        recipe = Recipe(
            variant=variant, steps=n_steps, seed=seed, batch=batch, learning_rate=rate,
            started_from="" if start is None else start.name, rate_penalty=rate_penalty,
        )  # fmt: skip
    except ValueError as error:
        raise typer.BadParameter(str(error)) from None
    with step_progress(n_steps, quiet=as_json) as advance:
        trained = run(
            recipe, output, checks=Checks(every=check_every, scenes=scenes), start=start,
            resume=resume, on_step=advance,
        )  # fmt: skip
    picture = write_training_curves(trained.curves, output / "curves.png")
    show.trained(trained, picture, as_json=as_json)
