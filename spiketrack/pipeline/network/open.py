"""Networks that are no tracker: from a NIR or netx file, or from a converted model."""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from calibration.options import QuantiseOptions
from calibration.quantise import QuantisedGraph, quantise_graph, quantise_network
from conversion.from_nir import NirImport, read_nir_with_notes
from conversion.netx import NetxOptions, read_netx
from conversion.nir_options import NirOptions
from spiketrack.errors import GraphError, StoreError
from spiketrack.files.suffixes import FOREIGN_SUFFIXES, MODEL_SUFFIX, NETX_SUFFIX, suffix_of
from spiketrack.graph import spike_nodes as s
from spiketrack.graph.float_nodes import FloatInput, FloatNode
from spiketrack.graph.graph import Graph
from spiketrack.graph.kinds import FloatCuba, is_graded
from spiketrack.graph.model import Json, Model
from spiketrack.graph.spike_nodes import SpikeNode
from spiketrack.graph.store import load_model
from spiketrack.pipeline.network.proof import prove, rounding_on
from spiketrack.provenance import collect, sha256_file

GENERIC = "generic"
Progress = Callable[[str], None]


@dataclass(frozen=True)
class ForeignOptions:
    """What a NIR or netx file does not say itself.

    Attributes:
        nir: dt and reset for a NIR file.
        netx: steps, periodic reset and input for a netx file.
        quantise: integer widths for a NIR file; a netx file has integers already.
    """

    nir: NirOptions = field(default_factory=NirOptions)
    netx: NetxOptions = field(default_factory=NetxOptions)
    quantise: QuantiseOptions = field(default_factory=QuantiseOptions)


def is_generic(model: Model) -> bool:
    """Whether a model is any network, and not a tracker with its template and search graph."""
    return model.variant.get("kind") == GENERIC


def refuse_generic(model: Model, path: Path) -> None:
    """Refuses a network that cannot follow anything.

    Raises:
        StoreError: says what to run instead.
    """
    if is_generic(model):
        found = f"a network from a {model.variant.get('source')} file"
        advice = f"Run it with: spiketrack simulate {path} --input spikes.npy -o out.npz"
        raise StoreError(f"'{path}'", "a converted tracker", found, advice)


def load_network(
    path: Path, options: ForeignOptions, progress: Progress = lambda text: None
) -> Model:
    """A model from a .stk file, or converted in memory from a .nir or .net file.

    Raises:
        StoreError: unreadable, or of another kind.
        ObstacleError: a foreign file with nodes that have no meaning here.
        QuantisationError, OverflowBoundError: integers cannot stand for it.
    """
    suffix = suffix_of(path)
    if suffix == MODEL_SUFFIX:
        progress("Reading the model")
        return load_model(path)
    if suffix in FOREIGN_SUFFIXES:
        return convert_foreign(path, options, progress)
    advice = "Convert a checkpoint first: spiketrack convert FILE -o model.stk"
    raise StoreError(f"'{path}'", "a model (.stk), NIR (.nir) or netx (.net) file",
                     f"'{path.name}'", advice)  # fmt: skip


def graph_of(model: Model, name: str | None) -> Graph[SpikeNode]:
    """One graph of a model: the named one, or the only one.

    Raises:
        GraphError: no such graph, or several and no name.
    """
    names = ", ".join(f"'{name}'" for name in model.graphs)
    if name is None and len(model.graphs) == 1:
        return next(iter(model.graphs.values()))
    if name is None:
        raise GraphError("model", "one graph to run", names, "Choose with --graph NAME")
    if name not in model.graphs:
        raise GraphError(f"graph '{name}'", f"one of {names}", "no such graph")
    return model.graphs[name]


def convert_foreign(
    path: Path,
    options: ForeignOptions,
    progress: Progress = lambda text: None,
    *,
    calibration: Path | None = None,
) -> Model:
    """A model with one graph from a NIR file (quantised) or a netx file (integers already).

    Args:
        path: .nir or .net.
        options: what the file does not say itself.
        progress: called with a line before each long step.
        calibration: spikes for a NIR file, to compare every layer with the float network on.

    Raises:
        StoreError: unreadable, or one half of a tracker.
        ObstacleError: nodes that have no meaning here, all of them.
        QuantisationError, OverflowBoundError: integers cannot stand for it.
    """
    if suffix_of(path) == NETX_SUFFIX:
        progress("Reading the netx file")
        graph = read_netx(path, options=options.netx)
        progress("Proving what can be proved")
        return _model(path, graph, _netx_facts(options.netx), {graph.name: prove(graph)})
    progress("Reading the NIR file")
    read = read_nir_with_notes(path, options=options.nir)
    progress("Quantising, proving what can be proved")
    quantised = quantise_foreign(path, read.graph, options.quantise)
    name = quantised.graph.name
    report: Json = {name: quantised.report(), "notes": list(read.notes)}
    if calibration is not None:
        progress("Comparing with the float network, layer by layer")
        report |= rounding_on(quantised, calibration, read.dt)
    return _model(path, quantised.graph, _nir_facts(options, read), report)


def quantise_foreign(
    path: Path, source: Graph[FloatNode], options: QuantiseOptions
) -> QuantisedGraph:
    """Integers for the graph of a NIR file.

    Raises:
        StoreError: the search half of a tracker, which needs the memories of the other half.
        ObstacleError, QuantisationError, OverflowBoundError: integers cannot stand for it.
    """
    signals = {node.signal for node in source.inputs if isinstance(node, FloatInput)}
    # The half alone would ask its user for memories that only the other half makes.
    if "memory" in signals:
        needed, found = "a whole network", "the search half of a tracker"
        raise StoreError(f"'{path}'", needed, found, "Convert the tracker's checkpoint")
    if "image" in signals and options.values is None:
        return quantise_graph(source, options, memory_high=0)
    return quantise_network(source, options)


def _model(path: Path, graph: Graph[SpikeNode], facts: Json, report: Json) -> Model:
    variant: Json = {"name": path.stem, "kind": GENERIC, **facts, **_spike_facts(graph)}
    return Model({graph.name: graph}, variant, collect(source=sha256_file(path)), report)


def _nir_facts(options: ForeignOptions, read: NirImport) -> Json:
    widths = options.quantise
    return {
        "source": "nir",
        "dt": read.dt,
        "reset": "as in the file" if read.is_own else options.nir.reset,
        **({"cuba": current} if (current := _current_of(read.graph)) else {}),
        "weight_bits": widths.weight_bits,
        "stream_bits": widths.stream_bits,
        "rescale": "power_of_two" if widths.power_of_two else "mantissa_16_bit",
    }


def _current_of(graph: Graph[FloatNode]) -> str:
    """Which current the membranes of CUBA neurons read; '' where there are none, or of both."""
    cuba = (node for node in graph if isinstance(node, FloatCuba))
    # Without a current that lasts, old and new are the same.
    currents = {node.current for node in cuba if node.u_keep.any()}
    return currents.pop() if len(currents) == 1 else ""


def _netx_facts(options: NetxOptions) -> Json:
    return {
        "source": "netx",
        "weight_bits": 8,
        "reset": "zero",
        "reset_interval": options.reset_interval,
        "reset_offset": options.reset_offset,
        "spike_exp": options.spike_exp,
        "input_message_bits": options.input_message_bits,
    }


def _spike_facts(graph: Graph[SpikeNode]) -> Json:
    """D of the whole network, and whether spikes carry more than a small integer."""
    levels = [node.max_spike for node in graph if isinstance(node, s.SpikeNILIF)]
    return {"max_spike": max(levels, default=1), "graded": any(map(is_graded, graph))}


def describe(model: Model) -> list[str]:
    """What was chosen where a foreign file says nothing, one line each, for people."""
    facts = model.variant
    if facts.get("source") == "nir":
        cuba = f"cuba '{facts['cuba']}', " if facts.get("cuba") else ""
        chosen = (
            f"Read as NIR: steps of dt = {facts['dt']:g} s, reset '{facts['reset']}', {cuba}"
            f"{facts['weight_bits']}-bit weights, {facts['stream_bits']}-bit registers"
        )
        return [chosen, *(f"Note: {note}" for note in model.report.get("notes", []))]
    if facts.get("source") == "netx":
        chosen = "Read as netx: integers as in the file, reset 'zero', state never cleared"
        if facts["reset_interval"]:
            chosen = chosen.replace("never cleared", f"cleared every {facts['reset_interval']} ")
            chosen += f"steps, layer by layer, from step {facts['reset_offset']}"
        if facts["graded"]:
            chosen += f", {facts['spike_exp']} fraction bits in graded spikes"
        return [chosen]
    return []
