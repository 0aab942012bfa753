"""Layer by layer: stock processes, microcode or host, and what each form of a layer costs."""

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from spiketrack.cli.show import say
from spiketrack.cli.show_table import show_tables
from spiketrack.files.suffixes import INTEGER_SUFFIXES, suffix_of
from spiketrack.tables import columns, words_table

if TYPE_CHECKING:
    from spiketrack.graph.graph import Graph
    from spiketrack.graph.spike_nodes import SpikeNode

Line = tuple[str, ...]
COLUMNS: Line = ("layer", "runs on", "form", "#neurons", "#steps", "#SynOps", "why")


def check_lowering_file(path: Path, *, lowering: bool) -> None:
    """Raises wrong usage if a file holds no integers, which is what would run on a chip."""
    if lowering and suffix_of(path) not in INTEGER_SUFFIXES:
        raise typer.BadParameter(f"--lowering is for .stk and .net files, not '{path}'")


def lowering_tables(graphs: Mapping[str, "Graph[SpikeNode]"]) -> dict[str, Any]:
    """Rows by graph, and how many nodes each place has, as one JSON value.

    Raises:
        OverflowBoundError: a value whose range nobody can bound.
    """
    from hardware.stock import count_by_place, lowering_table, table_as_json
    from simulation.bounds.ranges import value_ranges

    tables = {n: lowering_table(graph, value_ranges(graph).values) for n, graph in graphs.items()}
    return {
        name: {"nodes": count_by_place(rows), "layers": table_as_json(rows)}
        for name, rows in tables.items()
    }


def print_lowering(facts: Mapping[str, Any]) -> None:
    """Prints a line for each form of every layer."""
    for name, told in facts.items():
        counts = ", ".join(f"{count} {place}" for place, count in told["nodes"].items())
        title = f"Graph '{name}' on Loihi 2, as far as is publicly known: {counts}"
        rows = (
            _cells(layer, form, is_first=form is layer["forms"][0])
            for layer in told["layers"]
            for form in layer["forms"]
        )
        show_tables([words_table(title, columns(*COLUMNS), *rows)])
    if facts:
        say("SynOps: what the next layers count at most, as a multiple of that for graded spikes")


def _cells(layer: dict[str, Any], form: dict[str, Any], *, is_first: bool) -> Line:
    return (
        layer["node"] if is_first else "", form["runs_on"], form["name"],
        f"{form['neurons']:,}" if form["neurons"] else "-", str(form["steps"] or "-"),
        f"{form['syn_ops_factor']:.3g}x", layer["why"] if is_first else "",
    )  # fmt: skip
