"""The command that counts a PyTorch module of the user's own: count."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from spiketrack.cli import options as o
from spiketrack.cli import show
from spiketrack.cli.progress import steps as progress_steps


def count(
    factory: Annotated[
        str,
        typer.Argument(
            metavar="FILE.py:NAME",
            help="Your own script, and the function in it that returns the module. The script is "
            "run, so name only one that you trust.",
            show_default=False,
        ),
    ],
    inputs: Annotated[
        Path,
        typer.Option(
            "--input",
            metavar="FILE",
            help="The input: .npy, or .npz for a module that takes several arrays in this order. "
            "The first axis is the batch.",
        ),
    ],
    output: Annotated[
        Path,
        typer.Option(
            "--output",
            "-o",
            metavar="DIR",
            help="The folder for report.html, profile.json and the charts.",
        ),
    ],
    steps: Annotated[
        int | None,
        typer.Option(
            "--steps",
            metavar="T",
            min=1,
            help="Call the module T times for each sample; without it the module is called once.",
        ),
    ] = None,
    time_first: Annotated[
        bool,
        typer.Option(
            "--time-first",
            help="The first axis of the input is time and the second the batch. With --steps the "
            "module is given one step a call.",
        ),
    ] = False,
    max_spike: Annotated[
        int,
        typer.Option(
            "--max-spike",
            metavar="D",
            min=1,
            max=255,
            help="The largest integer that is taken for a spike.",
        ),
    ] = 15,
    step_size: Annotated[
        float | None,
        typer.Option(
            "--step-size",
            metavar="S",
            help="The size of one level of a spike, for instance 0.25; without it the size is "
            "found from the values.",
        ),
    ] = None,
    as_json: o.Json = False,
) -> None:
    """Counts what a PyTorch module does with spikes; no NIR file is needed.

    Every convolution, matrix product and 2D average pool is seen, wherever the
    module calls it; other pools are listed as not counted. Spikes are recognised
    by their values. The profile can be audited like any other.
    """
    if step_size is not None and not step_size > 0:
        raise typer.BadParameter(f"--step-size must be above 0, found {step_size:g}")
    with progress_steps(quiet=as_json) as step:
        step("Loading")
        from simulation.modules import Levels, ModuleRun
        from spiketrack.cli.output_folder import take_output_folder
        from spiketrack.counts import profile_from
        from spiketrack.pipeline.modules import (
            CountRequest,
            count_profile,
            load_factory,
            read_inputs,
        )
        from spiketrack.verbs.results import Profiled

        how = ModuleRun(
            steps=steps, time_first=time_first, levels=Levels(max_spike=max_spike, step=step_size)
        )
        arrays = read_inputs(inputs)
        module = load_factory(factory)()
        take_output_folder(output)
        step("Counting")
        request = CountRequest(how=how, command=tuple(sys.argv))
        result = Profiled(profile_from(count_profile(module, arrays, request)))
        step("Writing the report")
        report = result.save(output)
    show.profile(result.counted, report, as_json=as_json)
