"""Checkpoint, NIR files, float graphs, integer graphs, model: each step with its report."""

from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from calibration.options import QuantiseOptions
from calibration.quantise import QuantisedGraph, quantise_model
from conversion.from_network import float_graphs
from conversion.from_nir import read_nir
from conversion.nir_document import Dialect
from conversion.passes import fold_batchnorm, fold_scales
from conversion.to_nir import write_nir
from spiketrack.graph.float_nodes import FloatNode
from spiketrack.graph.graph import Graph
from spiketrack.graph.model import Model
from spiketrack.network import SpikeTrackNetwork, Variant
from spiketrack.pipeline.fit_crops import Rounding, draw_fit_crops, fit_facts
from spiketrack.pipeline.identity import weights_sha256
from spiketrack.pipeline.listener import silent
from spiketrack.pipeline.mix import mix
from spiketrack.pipeline.tracker.rounding import Calibration, Compared, rounding_report
from spiketrack.provenance import collect, sha256_file

Progress = Callable[[str], None]


@dataclass(frozen=True)
class Conversion:
    """A converted model and the float graphs it was made from.

    Attributes:
        model: integer graphs with provenance and report, ready for the store.
        graphs: the float graphs as read back from the NIR files.
        quantised: both branches with certificate and streams.
    """

    model: Model
    graphs: dict[str, Graph[FloatNode]]
    quantised: dict[str, QuantisedGraph]


def folded_graphs(network: SpikeTrackNetwork) -> dict[str, Graph[FloatNode]]:
    """Both float graphs of a network with BatchNorm and scales folded.

    Args:
        network: a network in eval mode.
    """
    weights = {key: value.numpy() for key, value in network.state_dict().items()}
    graphs = float_graphs(weights, network.variant)
    return {name: fold_scales(fold_batchnorm(graph)) for name, graph in graphs.items()}


@dataclass(frozen=True, slots=True, kw_only=True)
class ConversionRules:
    """How a tracker's network becomes integers.

    Attributes:
        options: integer widths and rules.
        dialect: "compact", or "portable" for NIR files that stock readers accept.
        calibration: frames to measure on; without them no error report is made.
        rounding: "nearest", or "fitted" to generated crops.
        mixed: points of mean IoU on generated crops that narrower weights may cost; every layer
            then gets as few bits as that allows, fitted. None leaves all layers alike.
    """

    options: QuantiseOptions = field(default_factory=QuantiseOptions)
    dialect: Dialect = "compact"
    calibration: Calibration | None = None
    rounding: Rounding = "nearest"
    mixed: float | None = None

    @property
    def is_fitted(self) -> bool:
        """Whether weights are fitted to crops."""
        return self.rounding == "fitted" or self.mixed is not None


DEFAULT_RULES = ConversionRules()


def convert_network(
    network: SpikeTrackNetwork,
    nir_dir: Path,
    rules: ConversionRules = DEFAULT_RULES,
    progress: Progress = silent,
) -> Conversion:
    """Converts a network to integers; the graphs used are those read back from the NIR files.

    Args:
        network: a network in eval mode.
        nir_dir: existing folder for `template.nir` and `search.nir`.
        rules: widths, the dialect of the files, and what to measure.
        progress: is called with a line before each long step.

    Raises:
        QuantisationError: the widths leave no room.
        OverflowBoundError: no overflow certificate can be given.
        StoreError: a NIR file cannot be written.
    """
    progress("Network to float graphs")
    folded = folded_graphs(network)
    graphs: dict[str, Graph[FloatNode]] = {}
    hashes: dict[str, str] = {}
    for name, graph in folded.items():
        progress(f"Float graph to {name}.nir and back")
        path = nir_dir / f"{name}.nir"
        write_nir(graph, path, dialect=rules.dialect)
        # What is quantised is what other tools would read, so that the files are proved with it.
        graphs[name] = read_nir(path)
        hashes[name] = sha256_file(path)
    crops = []
    options, chosen = rules.options, {}
    if rules.is_fitted:
        progress("Drawing crops to fit the weights to")
        crops = draw_fit_crops(network.variant)
    if rules.mixed is not None:
        progress("Choosing the bits of every layer")
        options, found = mix(graphs, options, network.variant, crops, rules.mixed)
        chosen["mixed"] = found
    progress("Quantising, proving that nothing overflows")
    quantised = quantise_model(graphs, options, crops)
    report: dict[str, Any] = {name: graph.report() for name, graph in quantised.items()}
    if crops:
        report["fitted_to"] = fit_facts(crops)
    report |= chosen
    if rules.calibration is not None:
        compared = Compared(network.variant, graphs, quantised, rules.calibration)
        report.update(rounding_report(compared, progress))
    provenance = collect(
        random_weights=network.random_weights(),
        weights=weights_sha256(network),
        template_nir=hashes["template"],
        search_nir=hashes["search"],
    )
    fields = {
        **_variant_fields(network.variant),
        "weight_bits": rules.options.weight_bits,
        "stream_bits": rules.options.stream_bits,
        # A model of before the option keeps its bytes.
        **({"rounding": "fitted"} if rules.is_fitted else {}),
        "rescale": "power_of_two" if rules.options.power_of_two else "mantissa_16_bit",
    }
    model = Model({name: q.graph for name, q in quantised.items()}, fields, provenance, report)
    return Conversion(model, graphs, quantised)


def _variant_fields(variant: Variant) -> dict[str, Any]:
    fields = asdict(variant)
    # JSON has no tuples, and a stored model must equal one in memory.
    fields["widths"] = list(variant.widths)
    fields["grid"] = variant.grid
    return fields
