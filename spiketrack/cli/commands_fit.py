"""The command that fits prices of events to the measurements of one's own chip: fit."""

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from spiketrack.cli import options as o
from spiketrack.cli import show
from spiketrack.cli.progress import steps
from spiketrack.cli.show_table import show_tables

if TYPE_CHECKING:
    from calibration.energy_fit import EnergyFit


def fit(
    measurements: Annotated[
        Path,
        typer.Argument(
            metavar="FILE",
            help="A .csv file: a line for each measured run, with its counts, steps and energy.",
            show_default=False,
        ),
    ],
    output: Annotated[
        Path | None,
        typer.Option(
            "--output",
            "-o",
            metavar="FILE",
            help="The price list to write (.toml), for audit --model; without it, none is written.",
        ),
    ] = None,
    name: Annotated[
        str,
        typer.Option("--name", metavar="NAME", help="The short name of the price list in reports."),
    ] = "fitted",
    title: Annotated[
        str,
        typer.Option("--title", metavar="TEXT", help="The name of the price list for people."),
    ] = "Fitted to measurements",
    columns: Annotated[
        str | None,
        typer.Option(
            "--columns",
            metavar="A,B,...",
            help="Fit only these columns, counters or steps; without it, all of them.",
        ),
    ] = None,
    level: Annotated[
        float,
        typer.Option(
            "--level",
            min=0.5,
            max=0.999,
            metavar="P",
            help="The probability with which all prices lie in their intervals together.",
        ),
    ] = 0.95,
    seed: Annotated[
        int, typer.Option("--seed", min=0, metavar="N", help="The seed of the bootstrap.")
    ] = 0,
    as_json: o.Json = False,
) -> None:
    """Fits prices of events, and of a step, to measured energies of your chip.

    Each column of FILE is a counter (synops.graded, neuron_updates, ..., or a
    name of Lava's profiler), steps, or an energy such as dynamic_uj. Prices
    are never negative. Columns that rise and fall together are refused, since
    nothing in the measurements tells their prices apart.
    """
    if output is not None:
        o.check_suffix("--output", output, (".toml",))
    with steps(quiet=as_json) as step:
        step("Fitting")
        from calibration.energy_fit import fit_energy
        from calibration.energy_measurements import read_measurements
        from hardware.energy import energy_models, write_model
        from hardware.energy.models import require_own_names

        runs = read_measurements(measurements)
        if columns is not None:
            runs = runs.only([one.strip() for one in columns.split(",")])
        fitted = fit_energy(runs, level=level, seed=seed)
        model = fitted.model(name, title)
        require_own_names((*energy_models(1), model))
        if output is not None:
            write_model(model, output)
    if as_json:
        show.print_json(_plain(fitted))
        return
    from spiketrack.report.fit_tables import fit_tables

    show_tables(fit_tables(fitted))
    for price in fitted.prices:
        if price.reaches_zero:
            show.say(f"The measurements allow that {price.column} costs nothing.")
    if output is not None:
        show.say(f"Wrote {output}")


def _plain(fitted: "EnergyFit") -> dict[str, Any]:
    runs = fitted.measurements
    return {
        "prices": [asdict(price) for price in fitted.prices],
        "level": fitted.level,
        "residual": fitted.residual,
        "static_w": runs.static_w,
        "runs": [
            {"name": name, "measured_pj": energy, "predicted_over_measured": ratio}
            for name, energy, ratio in zip(
                runs.names, runs.dynamic_pj.tolist(), fitted.predicted.tolist(), strict=True
            )
        ],
    }
