"""Measures the lossless conversion of every official variant on dyadic weights.

    python -m tests.evidence.lossless [VARIANT ...] [--json PATH]

For each variant: the network's graphs go through portable NIR files (which stock `nir.read` must
accept with its defaults) and back; the float graphs and the integer graphs at 48-bit streams are
compared with the network spike for spike; the stream width that exactness needs is reported, and
what the chip's 24 bits cost. Each variant runs in a process of its own, so that its peak memory is
its own.
"""

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, ParamSpec, TypeVar

import nir
import numpy as np

from calibration.quantise import QuantisedGraph, quantise_model
from conversion.from_network import float_graphs
from conversion.from_nir import read_nir
from conversion.to_nir import write_nir
from simulation.fast.engine import FastEngine
from simulation.floats.engine import run_float
from spiketrack.network.variants import VARIANTS
from tests.evidence.dyadic_models import (
    INPUT_SCALE,
    Array,
    Difference,
    Graphs,
    Recording,
    SpikeWatch,
    fold,
    lossless_options,
    network,
    raw_inputs,
    record,
    weights,
)

OFFICIAL = [name for name in VARIANTS if not name.startswith("tiny")]
EXACT_BITS, CHIP_BITS = 48, 24
BRANCHES = ("template", "search")
P = ParamSpec("P")
T = TypeVar("T")


class Clock:
    """Seconds and the process's peak memory per step."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}
        self.peak_mib: dict[str, int] = {}

    def time(self, step: str, work: Callable[P, T], *given: P.args, **named: P.kwargs) -> T:
        """Runs one step."""
        start = time.perf_counter()
        result = work(*given, **named)
        self.seconds[step] = round(time.perf_counter() - start, 2)
        self.peak_mib[step] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss >> 10
        return result


def measure(variant: str) -> dict[str, Any]:
    """All figures of one variant."""
    clock = Clock()
    state = weights(variant)
    net = network(variant, state)
    truth = clock.time("network", record, net, *raw_inputs(variant))
    folded = fold(clock.time("graphs", float_graphs, state, VARIANTS[variant]))
    graphs, sizes = through_nir(folded, clock)
    row: dict[str, Any] = {"variant": variant, "nir_bytes": sizes}
    row["neuron_layers"] = len(truth.spikes)
    row["float"] = clock.time("float", float_against_network, graphs, variant, truth)
    for bits in (EXACT_BITS, CHIP_BITS):
        options = lossless_options(bits)
        models = clock.time(f"quantise_{bits}", quantise_model, graphs, options)
        found = clock.time(f"integer_{bits}", integer_against_network, models, variant, truth)
        row[f"integer_{bits}"] = {**found, **certified(models)}
    return {**row, "seconds": clock.seconds, "peak_mib": clock.peak_mib}


def through_nir(folded: Graphs, clock: Clock) -> tuple[Graphs, dict[str, int]]:
    """Graphs read back from portable files, and the files' sizes; stock NIR must read them."""
    graphs, sizes = {}, {}
    with tempfile.TemporaryDirectory() as folder:
        for name, graph in folded.items():
            path = Path(folder, f"{name}.nir")
            clock.time(f"write_{name}", write_nir, graph, path, dialect="portable")
            graphs[name] = clock.time(f"read_{name}", read_nir, path)
            if not clock.time(f"stock_{name}", nir.read, path).nodes:
                raise ValueError(f"stock nir.read found no nodes in {name}.nir")
            sizes[name] = path.stat().st_size
    return graphs, sizes


def float_against_network(graphs: Graphs, variant: str, truth: Recording) -> dict[str, Any]:
    """Both float graphs, the search graph on the memories its template graph wrote."""
    z, x = raw_inputs(variant)
    watches = {name: SpikeWatch(graphs[name], truth.spikes) for name in BRANCHES}
    memories = run_float(
        graphs["template"], {"image": z * INPUT_SCALE}, keep=False, observer=watches["template"]
    ).outputs
    inputs = {"image": x * INPUT_SCALE, **memories}
    outputs = run_float(graphs["search"], inputs, keep=False, observer=watches["search"]).outputs
    return verdict(watches, truth, memories, outputs["features"])


def integer_against_network(
    models: Mapping[str, QuantisedGraph], variant: str, truth: Recording
) -> dict[str, Any]:
    """Both integer graphs in the fast engine."""
    z, x = raw_inputs(variant)
    watches = {name: SpikeWatch(models[name].graph, truth.spikes) for name in BRANCHES}
    template = FastEngine(models["template"].graph).run({"image": z}, observer=watches["template"])
    engine = FastEngine(models["search"].graph)
    search = engine.run({"image": x, **template.outputs}, observer=watches["search"])
    unit = VARIANTS[variant].max_spike ** 2
    memories = {name: memory / unit for name, memory in template.outputs.items()}
    output: Any = models["search"].graph["features"]
    features = search.outputs["features"] * output.scale[:, None, None]
    return verdict(watches, truth, memories, features)


def verdict(
    watches: Mapping[str, SpikeWatch],
    truth: Recording,
    memories: Mapping[str, Array],
    features: Array,
) -> dict[str, Any]:
    """Differing spikes, and whether memories and features are equal."""
    differences = [watches[name].difference() for name in BRANCHES]
    layers = [layer for difference in differences for layer in difference.layers]
    both = Difference(
        tuple(layers), sum(d.differing for d in differences), sum(d.total for d in differences)
    )
    wrong = [name for name, memory in truth.memories.items() if (memories[name] != memory).any()]
    return {
        "spikes": both.total,
        "differing": both.differing,
        "share": both.share,
        "layers": len(layers),
        "first": layers[0] if layers else None,
        "memories_equal": not wrong,
        "features_equal": bool((np.asarray(features) == truth.features).all()),
    }


def certified(models: Mapping[str, QuantisedGraph]) -> dict[str, Any]:
    """What the certificate proved, and the stream width that would round nothing."""
    bounds = [bound for model in models.values() for bound in model.certificate]
    rows = [row["bits_for_exactness"] for model in models.values() for row in model.streams]
    widest = {
        part: max(bound.needed_bits for bound in bounds if bound.part == part)
        for part in dict.fromkeys(bound.part for bound in bounds)
    }
    return {
        "certificate": {
            "bounds": len(bounds),
            "holds": all(bound.needed_bits <= bound.bits for bound in bounds),
            "widest_bits": widest,
        },
        "stream_bits_for_exactness": None if None in rows else max(int(str(b)) for b in rows),
        "channels_with_rounded_weights": sum(len(m.inexact_weights) for m in models.values()),
    }


HEAD = (
    "variant | layers | spikes | float differs | exact width | 48 bit differs | 24 bit differs "
    "(share, layers, first) | accumulator | NIR MB | peak MiB | seconds"
)


def line(row: Mapping[str, Any]) -> str:
    """One variant in the table."""
    exact, chip = row[f"integer_{EXACT_BITS}"], row[f"integer_{CHIP_BITS}"]
    sizes = " + ".join(f"{size / 1e6:.1f}" for size in row["nir_bytes"].values())
    cells = [
        row["variant"],
        row["neuron_layers"],
        row["float"]["spikes"],
        _differs(row["float"]),
        exact["stream_bits_for_exactness"] or "none",
        _differs(exact),
        f"{chip['differing']} ({chip['share']:.3%}, {chip['layers']}, {chip['first'] or '-'})",
        chip["certificate"]["widest_bits"]["accumulator"],
        sizes,
        max(row["peak_mib"].values()),
        round(sum(row["seconds"].values())),
    ]
    return " | ".join(str(cell) for cell in cells)


def _differs(found: Mapping[str, Any]) -> str:
    rest = "" if found["memories_equal"] and found["features_equal"] else ", memories or features"
    return f"{found['differing']} ({found['share']:.3%}{rest})"


def main() -> None:
    """See the module's text."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("variants", nargs="*", default=OFFICIAL, metavar="VARIANT")
    parser.add_argument("--json", type=Path, help="write all figures there")
    parser.add_argument("--one", action="store_true", help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.one:
        print(json.dumps(measure(given.variants[0])))
        return
    rows = []
    print(HEAD)
    for variant in given.variants:
        command = [sys.executable, "-m", "tests.evidence.lossless", variant, "--one"]
        done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
        rows.append(json.loads(done.stdout.splitlines()[-1]))
        print(line(rows[-1]), flush=True)
        if given.json:
            given.json.write_text(json.dumps(rows, indent=1) + "\n", "utf-8")


if __name__ == "__main__":
    main()
