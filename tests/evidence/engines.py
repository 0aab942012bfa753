"""Compares the fast engine with the reference bit for bit, and times both and the float engine.

    python -m tests.evidence.engines [VARIANT ...]

Random checkpoints at 24-bit streams; template and search branch of one frame of the synthetic
video, the search on the memories its integer template graph wrote. Every value of every node and
every membrane is compared, and again the outputs of a run that keeps nothing: keeping a value
stops the engine from fusing its node away.
"""

import argparse
import time
from collections.abc import Callable
from dataclasses import dataclass
from statistics import median

import numpy as np

from calibration.options import QuantiseOptions
from calibration.quantise import QuantisedGraph, quantise_model
from simulation.divergence import Divergence, first_divergence
from simulation.fast.engine import FastEngine
from simulation.floats.engine import run_float
from simulation.reference.engine import run_reference
from simulation.run import Run, take_inputs
from spiketrack.graph.checks import Array
from spiketrack.graph.spike_nodes import SpikeInput
from spiketrack.network import build_network, random_checkpoint
from spiketrack.pipeline import folded_graphs
from spiketrack.tracking import synthetic_frames
from spiketrack.tracking.crop import crop_around

VARIANTS = ("tiny128-t1", "tiny128-t3", "s256-t1")
FRAME_SIZE = (640, 480)
REPEATS = 10


@dataclass(frozen=True)
class Branch:
    """One integer graph, the float graph it stands for, and raw integers for its inputs."""

    model: QuantisedGraph
    raw: dict[str, Array]


@dataclass(frozen=True)
class Agreement:
    """Both engines' runs of one branch.

    Attributes:
        reference: with every value and membrane.
        fast: the same.
        divergence: the first difference between them, or between their outputs and those of a fast
            run that keeps nothing; None where there is none.
        reference_ms: wall time of the one reference run.
    """

    reference: Run
    fast: Run
    divergence: Divergence | None
    reference_ms: float

    @property
    def compared(self) -> int:
        """Numbers compared: values and membranes, then the outputs once more."""
        kept = (self.fast.values, self.fast.states, self.fast.outputs)
        return sum(array.size for arrays in kept for array in arrays.values())


def branches(variant: str) -> dict[str, Branch]:
    """Template and search of a random checkpoint; T templates from the first T frames."""
    network = build_network(variant)
    network.load_state_dict(random_checkpoint(variant, seed=0))
    models = quantise_model(folded_graphs(network), QuantiseOptions(stream_bits=24))
    facts = network.variant
    *first, (frame, _) = synthetic_frames(facts.n_templates + 1, FRAME_SIZE, seed=0)
    patches = [crop_around(image, box, 4.0, facts.crop_size)[0] for image, box in first]
    templates = np.stack(patches).transpose(0, 3, 1, 2)[:, None]
    search, _ = crop_around(frame, first[-1][1], 4.0, facts.crop_size)
    memories = FastEngine(models["template"].graph).run({"image": templates}).outputs
    return {
        "template": Branch(models["template"], {"image": templates}),
        "search": Branch(
            models["search"], {"image": search.transpose(2, 0, 1)[None, None], **memories}
        ),
    }


def compare(branch: Branch, engine: FastEngine) -> Agreement:
    """Runs reference and fast engine on the same integers."""
    graph = branch.model.graph
    start = time.perf_counter()
    reference = run_reference(graph, branch.raw)
    reference_ms = 1e3 * (time.perf_counter() - start)
    fast = engine.run(branch.raw, keep_all=True)
    divergence = first_divergence(reference, fast, graph)
    fused = divergence or first_divergence(reference, engine.run(branch.raw), graph)
    return Agreement(reference, fast, fused, reference_ms)


def milliseconds(run: Callable[[], object]) -> tuple[float, float]:
    """Best and median of `REPEATS` runs after one that warms up."""
    run()
    times = []
    for _ in range(REPEATS):
        start = time.perf_counter()
        run()
        times.append(1e3 * (time.perf_counter() - start))
    return min(times), median(times)


def float_inputs(branch: Branch) -> dict[str, Array]:
    """The real numbers that the raw integers stand for."""
    graph = branch.model.graph
    values = take_inputs(graph, branch.raw)
    scales = {node.name: node.scale for node in graph.inputs if isinstance(node, SpikeInput)}
    return {name: value * scales[name] for name, value in values.items()}


def line(variant: str, name: str, branch: Branch) -> str:
    """One graph in the table."""
    engine = FastEngine(branch.model.graph)
    found = compare(branch, engine)
    nodes, compared = len(found.reference.values), found.compared
    verdict, reference_ms = found.divergence or "none", found.reference_ms
    del found  # Why: every value of both runs; the timing below shall not swap.
    real = float_inputs(branch)
    fast_ms = milliseconds(lambda: engine.run(branch.raw))
    float_ms = milliseconds(lambda: run_float(branch.model.source, real, keep=False))
    cells = [f"{best:.1f} / {middle:.1f}" for best, middle in (fast_ms, float_ms)]
    return (
        f"{variant} {name} | {nodes} | {compared} | {verdict} | "
        f"{cells[0]} | {reference_ms:.0f} | {cells[1]}"
    )


def main() -> None:
    """Prints a table."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("variants", nargs="*", default=VARIANTS, metavar="VARIANT")
    print(
        "graph | nodes | numbers compared | first divergence | "
        "fast ms (best / median) | reference ms (one run) | float ms (best / median)"
    )
    for variant in parser.parse_args().variants:
        for name, branch in branches(variant).items():
            print(line(variant, name, branch), flush=True)


if __name__ == "__main__":
    main()
