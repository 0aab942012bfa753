"""Compiles process graphs and notes for which processes Lava searches for a model.

Prints those processes, what the search finds where no model is given, and the sizes of the graphs.
"""

import json
from typing import Any

from hardware.lava.assemble.compile import compile_processes, run_config
from hardware.lava.assemble.graph import ProcessGraph, build
from hardware.lava.assemble.stock_net import build_mixed
from hardware.lava.assemble.tracker_graph import build_tracker
from hardware.lava.detail import DETAILS
from hardware.stock.plan_stock import plan_stock
from simulation.bounds.ranges import value_ranges
from tests.hardware.lava.lava_cases import SHAPES, every_kind
from tests.hardware.lava.lava_graphs import narrow_graph
from tests.hardware.lava.program_refusals import reader, writer
from tests.hardware.lava.stock_graphs import residual


def main() -> object:
    """Our processes at every detail, ours beside stock ones, and two branches at once."""
    from lava.magma.compiler.compiler_graphs import ProcGroupDiGraphs

    searched: list[str] = []
    find = ProcGroupDiGraphs._find_proc_models

    def note(proc: Any) -> Any:
        searched.append(type(proc).__name__)
        return find(proc)

    ProcGroupDiGraphs._find_proc_models = staticmethod(note)
    kinds, _ = every_kind(SHAPES[1], seed=1)
    processes = {detail: compiled(build(kinds, detail=detail)) for detail in DETAILS}
    stock = residual()
    for detail in DETAILS:
        compiled(build_mixed(plan_stock(stock, value_ranges(stock).values), detail=detail))
    compiled(build_tracker(writer(24), reader()))
    bare = build(narrow_graph())
    return {
        "searched": searched,
        "processes": processes,
        "found_without_models": [model.__name__ for model in find(bare.root)],
    }


def compiled(net: ProcessGraph) -> int:
    """Compiles a graph for the CPU; returns its number of processes."""
    compile_processes(net, run_config(net, "cpu"))
    return len(net.models)


if __name__ == "__main__":
    print(json.dumps(main()))
