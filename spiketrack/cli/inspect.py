"""Says what a file holds: a model, a NIR or netx file, or a checkpoint; its suffix decides."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

from spiketrack.cli.inspect_lowering import lowering_tables, print_lowering
from spiketrack.cli.show import notices, print_json, print_report, say
from spiketrack.cli.show_run import network_report
from spiketrack.cli.show_table import show_tables
from spiketrack.files.suffixes import MODEL_SUFFIX, NETX_SUFFIX, NIR_SUFFIX
from spiketrack.plain_text import plural
from spiketrack.provenance import RANDOM_KEY, random_words
from spiketrack.tables import TableData, columns, words_table

if TYPE_CHECKING:
    from spiketrack.graph.model import Model

_SIZES = (
    "widths", "n_templates", "crop_size", "grid", "source", "dt", "reset", "cuba",
    "reset_interval", "reset_offset", "spike_exp", "max_spike", "weight_bits", "stream_bits",
    "rescale",
)  # fmt: skip


def inspect_file(path: Path, *, nodes: bool, lowering: bool = False) -> dict[str, Any]:
    """What a file holds, as one JSON value; with `lowering` also where each layer would run.

    Raises:
        StoreError: not a readable model, NIR or netx file.
        ObstacleError: a foreign file with nodes that have no meaning here.
        CheckpointError: any other name, and not a readable checkpoint.
    """
    from conversion.from_nir import read_nir_with_notes
    from conversion.netx import read_netx
    from spiketrack.graph.store import load_model

    graphs: dict[str, Any] = {}
    if path.suffix == MODEL_SUFFIX:
        model = load_model(path)
        graphs = dict(model.graphs)
        facts = _model_facts(model)
    elif path.suffix == NIR_SUFFIX:
        read = read_nir_with_notes(path)
        graphs = {read.graph.name: read.graph}
        facts = {"kind": "NIR file", "notes": list(read.notes)}
    elif path.suffix == NETX_SUFFIX:
        graph = read_netx(path)
        graphs = {graph.name: graph}
        facts = {"kind": "netx file"}
    else:
        facts = _checkpoint_facts(path)
    facts["graphs"] = {name: _graph_facts(graph, nodes) for name, graph in graphs.items()}
    if lowering:
        facts["lowering"] = lowering_tables(graphs)
    return facts


def print_facts(path: Path, facts: dict[str, Any], *, as_json: bool) -> None:
    """Prints what `inspect_file` found."""
    notices((random_words(facts.get("provenance")),), (), as_json=as_json)
    if as_json:
        print_json(facts)
        return
    from spiketrack.graph.model import reading_facts

    variant = facts.get("variant", {})
    name = f", {variant['name']}" if "name" in variant else ""
    say(f"{path}: {facts['kind']}{name}")
    with reading_facts(f"'{path}'"):
        _print_own_facts(facts, is_generic=variant.get("kind") == "generic")
    for graph in facts["graphs"].values():
        for line in graph.get("dump", []):
            say(line)
    print_lowering(facts.get("lowering", {}))


def _print_own_facts(facts: dict[str, Any], *, is_generic: bool) -> None:
    """What the file says of itself."""
    show_tables([_facts_table(facts)])
    for note in facts.get("notes", []):
        say(f"Note: {note}")
    report = facts.get("report", {})
    if report:
        (network_report if is_generic else print_report)(report, list(facts["graphs"]))


def _model_facts(model: "Model") -> dict[str, Any]:
    return {
        "kind": _kind(model.variant),
        "variant": model.variant,
        "provenance": model.provenance,
        "report": _brief(model.report),
    }


def _kind(variant: dict[str, Any]) -> str:
    is_generic = variant.get("kind") == "generic"
    return f"network from a {variant.get('source')} file" if is_generic else "converted model"


def _checkpoint_facts(path: Path) -> dict[str, Any]:
    from dataclasses import asdict

    from spiketrack.network import load_checkpoint

    network = load_checkpoint(path)
    count = sum(parameter.numel() for parameter in network.parameters())
    variant = {**asdict(network.variant), "grid": network.variant.grid}
    facts = {"kind": "checkpoint", "variant": variant, "parameters": count}
    mark = network.random_weights()
    return facts if mark is None else {**facts, "provenance": {RANDOM_KEY: mark}}


def _graph_facts(graph: Any, nodes: bool) -> dict[str, Any]:
    from spiketrack.graph.signals import neuron_layers
    from spiketrack.graph.text import dump

    kinds: dict[str, int] = {}
    for node in graph:
        kinds[type(node).__name__] = kinds.get(type(node).__name__, 0) + 1
    facts: dict[str, Any] = {
        "nodes": len(graph),
        "neuron_layers": len(neuron_layers(graph)),
        "kinds": dict(sorted(kinds.items())),
    }
    return {**facts, "dump": dump(graph).splitlines()} if nodes else facts


def _facts_table(facts: dict[str, Any]) -> TableData:
    rows: list[tuple[str, str]] = []
    variant = facts.get("variant", {})
    for key in _SIZES:
        if variant.get(key) is not None:
            rows.append((key.replace("_", " "), _plain(variant[key])))
    if "parameters" in facts:
        rows.append(("parameters", f"{facts['parameters']:,}"))
    for key, value in facts.get("provenance", {}).get("sha256", {}).items():
        rows.append((f"sha256 of {key}", value[:16]))
    for key, graph in facts["graphs"].items():
        layers = plural(graph["neuron_layers"], "neuron layer")
        rows.append((f"graph '{key}'", f"{plural(graph['nodes'], 'node')}, {layers}"))
    return words_table("", columns("what", "value"), *rows)


def _plain(value: Any) -> str:
    return " ".join(map(str, value)) if isinstance(value, list | tuple) else str(value)


def _brief(report: dict[str, Any]) -> dict[str, Any]:
    """A model's report without its rows for every node."""
    brief: dict[str, Any] = {}
    for name, part in report.items():
        if name == "forced":
            brief[name] = {
                branch: {key: value for key, value in summary.items() if key != "layers"}
                for branch, summary in part.items()
            }
        elif isinstance(part, dict) and "certificate" in part:
            # A bound for every node would bury the few that matter.
            certificate = {k: v for k, v in part["certificate"].items() if k != "bounds"}
            brief[name] = {**part, "certificate": certificate}
        else:
            brief[name] = part
    return brief
