"""The command that shows what was measured on chips, and counts it again: records."""

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from spiketrack.cli import options as o
from spiketrack.cli import show
from spiketrack.cli.group import FAILED
from spiketrack.cli.progress import steps
from spiketrack.cli.show_table import show_tables

if TYPE_CHECKING:
    from hardware.energy import EnergyModel
    from hardware.energy.records import SiliconRecord
    from spiketrack.pipeline.recount import Recount


def records(
    name: Annotated[
        str | None,
        typer.Argument(
            metavar="[NAME]",
            help="Show this record with the source of every figure; without it, list them all.",
            show_default=False,
        ),
    ] = None,
    is_recounted: Annotated[
        bool,
        typer.Option(
            "--recount",
            help="Run the networks that are public again, and compare their counts with the "
            "records.",
        ),
    ] = False,
    networks: Annotated[
        Path | None,
        typer.Option(
            "--networks",
            metavar="DIR",
            help="For --recount: the folder tests/lava/lib/dl/netx/gts of lava-dl's source; "
            "without it, the networks of an installed lava-dl are taken.",
        ),
    ] = None,
    models: o.ModelFiles = None,
    measurements: Annotated[
        Path | None,
        typer.Option(
            "--measurements",
            metavar="FILE",
            help="Also write counts and energies as a .csv file that spiketrack fit reads; without "
            "it, none is written.",
        ),
    ] = None,
    as_json: o.Json = False,
) -> None:
    """Shows what others measured on chips, and how far each price list is off.

    A record holds a network's measured energy and time and what it counted.
    Every price list is scored on every record: predicted over measured. The
    spread of the scores is the error bar that audit prints.

    With --recount the exit code is 1 if a count differs from its record.
    """
    if measurements is not None:
        o.check_suffix("--measurements", measurements, (".csv",))
    with steps(quiet=as_json) as step:
        step("Reading the records")
        from hardware.energy import energy_models, read_model
        from hardware.energy.records import load_records, record_of_name
        from spiketrack.report.record_csv import write_measurements

        priced = (*energy_models(1), *(read_model(path) for path in models or ()))
        chosen = load_records() if name is None else (record_of_name(name),)
        found = _recount(chosen, networks, step) if is_recounted else []
        if measurements is not None:
            write_measurements(measurements, chosen)
    if as_json:
        show.print_json(_plain(chosen, priced, found))
    else:
        _show(chosen, priced, found, is_one=name is not None)
        if measurements is not None:
            show.say(f"Wrote {measurements}")
    if not all(one.is_same for one in found):
        raise typer.Exit(FAILED)


def _recount(
    chosen: "tuple[SiliconRecord, ...]", networks: Path | None, step: Any
) -> "list[Recount]":
    from spiketrack.pipeline.recount import recount

    found = []
    for record in chosen:
        step(f"Counting {record.name}")
        one = recount(record, networks)
        if one is not None:
            found.append(one)
    return found


def _plain(
    chosen: "tuple[SiliconRecord, ...]",
    priced: "tuple[EnergyModel, ...]",
    found: "list[Recount]",
) -> dict[str, Any]:
    from hardware.energy.records import energy_scores, error_bars

    scores = energy_scores(priced, chosen)
    return {
        "records": [asdict(record) for record in chosen],
        "scores": [asdict(one) for one in scores],
        "error_bars": [asdict(bar) for bar in error_bars(scores).values()],
        "recounted": [
            {
                "record": one.record.name,
                "same": one.is_same,
                "activity": asdict(one.activity),
                "layers": [asdict(layer) for layer in one.layers],
            }
            for one in found
        ],
    }


def _show(
    chosen: "tuple[SiliconRecord, ...]",
    priced: "tuple[EnergyModel, ...]",
    found: "list[Recount]",
    *,
    is_one: bool,
) -> None:
    from hardware.energy.records import energy_scores
    from spiketrack.report import record_tables as tables

    scores = energy_scores(priced, chosen)
    if is_one:
        show_tables(tables.record_tables(chosen[0], scores))
    else:
        show_tables([tables.record_table(chosen), *tables.bar_tables(scores)])
        show_tables([tables.power_table(chosen)])
    for one in found:
        if one.layers:
            show_tables([tables.layer_table(one.layers, f"Counted again: {one.record.name}")])
        activity = one.activity
        show.say(
            f"{one.record.title}: {activity.synops:,} SynOps, {activity.neuron_updates:,} updates, "
            f"{activity.spikes:,} spikes in {one.record.steps:,} steps: "
            + ("as in the record" if one.is_same else "DIFFERS from the record")
        )
        own = one.record.chip_counters
        if own is not None:
            show.say(
                f"The chip's own counters: {own.synops:,} SynOps "
                f"(ours {activity.synops / own.synops:.3f} of them), {own.neuron_updates:,} "
                f"updates (ours {activity.neuron_updates / own.neuron_updates:.3f})"
            )
