"""Maps every variant on both chips at every board size: what fits, on how much, and what it costs.

    python -m tests.evidence.mapping [--quick] [VARIANT ...]

Search graphs of random checkpoints in integers, messages at the assumed rate. The first table asks
how many chips a network fills, alone and together with its template graph, and which resource
binds; where a board is too small it says by how much. The second table tells every placement.
Ratios are messages x hops against those of the placement that was found; seconds are those of one
processor core, for cutting and placing. --quick leaves out the b variants and Loihi 1.
"""

import argparse
import resource
import time
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial

from calibration.options import QuantiseOptions
from calibration.quantise import quantise_model
from hardware.mapping import Cut, Layout, MapOptions, cut_graph, lay_out
from hardware.mapping.demand import LIMIT_OF, RESOURCES
from hardware.mapping.fit import binding_layer, binding_resource, rewrites
from hardware.mapping.record import stored_of
from hardware.target import Board, Target, array_of_chips, load_target
from spiketrack.graph.graph import Graph
from spiketrack.graph.spike_nodes import SpikeNode
from spiketrack.network import build_network, random_checkpoint
from spiketrack.network.variants import VARIANTS
from spiketrack.pipeline import folded_graphs

TARGETS = ("loihi1", "loihi2")
CHIPS = (1, 8, 16, 32, 1152)
QUICK = ("tiny128-t1", "tiny128-t3", "s256-t1", "s256-t3")
NEEDS = "variant | chip | cores at least | chips | with template | fullest resource | where most"
PLACED = (
    "variant | chip | board | cores | mean use of a core, % ("
    + ", ".join(RESOURCES)
    + ") | weights stored (times) | peak SynOps (mean) | layer order | random | hops a message"
    " | host messages | step us | frame ms in a full pipeline | frame ms alone | CPU s"
)


@dataclass(frozen=True)
class Case:
    """One variant on one chip.

    Attributes:
        variant: of the tracker.
        target: chip.
        search: its search graph on as few cores as can be.
        template: the same of its template graph.
        seconds: processor time of cutting the search graph.
    """

    variant: str
    target: Target
    search: Cut
    template: Cut
    seconds: float

    @property
    def cores(self) -> int:
        """Fewest cores of the search graph."""
        return self.search.cores.count

    def board(self, chips: int) -> Board:
        """A board of so many chips; a known one if there is one."""
        known = (board for board in self.target.boards if board.chips == chips)
        return next(known, array_of_chips(chips))

    def chips(self, cores: int) -> int:
        """Chips that so many cores fill, of the smallest board that holds them."""
        boards = [self.board(chips) for chips in CHIPS]
        held = [board for board in boards if self.target.cores_on(board) >= cores]
        per_chip = self.target.per_chip(held[0]) if held else self.target["cores_per_chip"]
        return -(-cores // per_chip)


def graphs_of(variant: str) -> dict[str, Graph[SpikeNode]]:
    """Template and search graph of a random checkpoint, at 24-bit streams."""
    network = build_network(variant)
    network.load_state_dict(random_checkpoint(variant, seed=0))
    models = quantise_model(folded_graphs(network), QuantiseOptions(stream_bits=24))
    return {name: model.graph for name, model in models.items()}


def case_of(variant: str, graphs: dict[str, Graph[SpikeNode]], name: str) -> Case:
    """Cuts both graphs for one chip; cutting does not depend on the board."""
    target = load_target(name)
    start = time.process_time()
    search = cut_graph(graphs["search"], target)
    seconds = time.process_time() - start
    return Case(variant, target, search, cut_graph(graphs["template"], target), seconds)


def needs(case: Case) -> str:
    """A row of the first table."""
    binding = binding_resource(case.target, case.search.cores)
    layer, share = binding_layer(case.search.network, case.search.tiled.demands, binding)
    both = case.cores + case.template.cores.count
    return (
        f"{case.variant} | {case.target.name} | {case.cores:,} | {case.chips(case.cores):,} | "
        f"{case.chips(both):,} | {binding} | {layer} ({share:.1%})"
    )


def misfits(case: Case) -> Iterator[str]:
    """Boards that are too small, each with what is missing; and what would help beyond 1152."""
    for chips in CHIPS:
        room = case.target.cores_on(case.board(chips))
        if case.cores > room:
            yield f"  board of {chips}: no, {case.cores - room:,} cores too few"
    if case.cores > case.target.cores_on(case.board(CHIPS[-1])):
        binding = binding_resource(case.target, case.search.cores)
        yield f"  {case.chips(case.cores):,} chips would hold it; {rewrites(case.target, binding)}"


def placements(case: Case) -> Iterator[str]:
    """Rows of the second table: every board size that holds the network."""
    for chips in CHIPS:
        if case.cores <= case.target.cores_on(case.board(chips)):
            start = time.process_time()
            layout = lay_out(case.search, MapOptions(board=case.board(chips)))
            yield placed(case, layout, case.seconds + time.process_time() - start)


def placed(case: Case, layout: Layout, seconds: float) -> str:
    """One row of the second table."""
    shares = [
        f"{100 * layout.cores.used[name].mean() / layout.target[LIMIT_OF[name]]:.0f}"
        for name in RESOURCES
    ]
    of_layer = partial(stored_of, layout.network, layout=layout)
    stored = [of_layer(population) for population in layout.network.on_chip]
    weights = sum(one.weights for one in stored)
    times = weights / sum(one.distinct_weights for one in stored)
    timing, placement, traffic = layout.timing, layout.placement, layout.traffic
    best = placement.traffic_hops
    cells = (
        case.variant, case.target.name, str(layout.board.chips), f"{layout.cores.count:,}",
        ", ".join(shares), f"{weights / 1e6:.1f} M ({times:.1f})",
        f"{timing.peak_synops:,.0f} ({timing.mean_synops:,.0f})",
        f"{placement.baseline / best:.1f}", f"{placement.random / best:.1f}",
        f"{layout.routes.mean_hops:.2f}", f"{traffic.from_host + traffic.to_host:,.0f}",
        f"{timing.own.step_us:.0f}", f"{timing.own.latency_us / 1000:.1f}",
        f"{timing.own.alone_us / 1000:.1f}", f"{seconds:.1f}",
    )  # fmt: skip
    return " | ".join(cells)


def main() -> None:
    """Prints both tables; placements come last because they take the time."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("variants", nargs="*", metavar="VARIANT")
    parser.add_argument("--quick", action="store_true")
    asked = parser.parse_args()
    variants = asked.variants or (QUICK if asked.quick else tuple(VARIANTS))
    targets = TARGETS[1:] if asked.quick else TARGETS
    cases = []
    print(NEEDS)
    for variant in variants:
        graphs = graphs_of(variant)
        for name in targets:
            cases.append(case_of(variant, graphs, name))
            print("\n".join([needs(cases[-1]), *misfits(cases[-1])]), flush=True)
    print(f"\n{PLACED}")
    for case in sorted(cases, key=lambda one: one.cores):
        for row in placements(case):
            print(row, flush=True)
    peak_mib = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"\nPeak memory {peak_mib:,.0f} MiB")


if __name__ == "__main__":
    main()
