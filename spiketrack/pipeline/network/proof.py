"""Says which widths of a foreign graph are proved, and what rounding cost on given spikes."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

from calibration.certificate import bounds_of, summarise
from calibration.compare import (
    compare_forced,
    silence_alarms,
    silenced_layers,
    summarise_errors,
)
from calibration.quantise import QuantisedGraph
from calibration.safe_inputs import safe_inputs
from calibration.severity import severe_findings, ways_out
from simulation.fast.engine import FastEngine
from spiketrack.errors import OverflowBoundError
from spiketrack.graph.graph import Graph
from spiketrack.graph.model import Model
from spiketrack.graph.retime import retime
from spiketrack.graph.spike_nodes import SpikeNode
from spiketrack.pipeline.network.spike_input import read_spikes

PLANNED_STEPS = 256
"""Steps that a graph which may run for any number of them is proved for."""


def prove(graph: Graph[SpikeNode], n_steps: int = PLANNED_STEPS) -> dict[str, Any]:
    """The report of an integer graph that was not quantised here: certificate and what saves it."""
    planned = retime(graph, n_steps)
    bounds = bounds_of(planned)
    report: dict[str, Any] = {
        "certificate": {**summarise(bounds), "bounds": [asdict(bound) for bound in bounds]},
        "certified_steps": n_steps,
    }
    if not all(bound.proved for bound in bounds):
        report["saved_by_either"] = asdict(safe_inputs(planned))
    return report


def rounding_on(quantised: QuantisedGraph, spikes: Path, dt: float) -> dict[str, Any]:
    """Three JSON values: "forced" layer errors, "peaks" beside the certificate, and "alarms".

    An alarm names a layer that fires in the float network and never in integers.

    Raises:
        StoreError: the spikes cannot be read or do not fit.
        OverflowBoundError: a value leaves its width on them.
    """
    inputs, _ = read_spikes(spikes, quantised.graph, dt=dt)
    timed = quantised.retimed(len(next(iter(inputs.values()))))
    run = FastEngine(timed.graph).run(inputs, keep_all=True)
    name = quantised.graph.name
    # After the run, which stops at an overflow with a better message.
    rows = compare_forced(timed, inputs)
    return {
        "forced": {name: summarise_errors(rows)},
        "peaks": {name: summarise(bounds_of(timed.graph, run))},
        "alarms": silence_alarms(name, silenced_layers([rows])),
    }


def warnings_of(model: Model) -> list[str]:
    """Writes a sentence for everything that a model's own report calls severe, graph by graph."""
    reports = [model.report[name] for name in model.graphs if name in model.report]
    return [finding for report in reports for finding in severe_findings(report)]


@contextmanager
def naming_width(model: Model) -> Iterator[None]:
    """Lets an overflow while running say which width would do, if the model's report knows it.

    Raises:
        OverflowBoundError: as it came, with advice.
    """
    try:
        yield
    except OverflowBoundError as error:
        ways = [way for name in model.graphs for way in ways_out(model.report.get(name, {}))]
        if ways and not error.advice:
            error = replace(error, advice=f"No value can overflow {' or '.join(ways)}")
        # The same error with advice: a second traceback would only repeat it.
        raise error from None


def unproved_of(report: dict[str, Any]) -> list[str]:
    """Names what is left to checks at run time by a graph's report, as "part of 'node'"."""
    unproved = report.get("certificate", {}).get("unproved", [])
    return [f"{bound['part']} of '{bound['node']}'" for bound in unproved]
