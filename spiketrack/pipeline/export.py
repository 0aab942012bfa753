"""Writes a network in a format of other tools: NIR for float graphs, netx for integer ones."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from conversion.from_nir import read_nir_with_notes
from conversion.netx import NetxOptions, write_netx
from conversion.to_nir import write_nir
from spiketrack.errors import Obstacle, ObstacleError
from spiketrack.files.places import make_folder
from spiketrack.files.suffixes import NIR_SUFFIX, suffix_of
from spiketrack.graph.model import Model, reading_facts
from spiketrack.pipeline.listener import silent
from spiketrack.pipeline.network.open import (
    ForeignOptions,
    describe,
    graph_of,
    load_network,
)
from spiketrack.pipeline.netx_part import netx_part
from spiketrack.pipeline.requests import ExportRequest

Progress = Callable[[str], None]
DEFAULT_EXPORT = ExportRequest()
_NETX_FIELDS = ("reset_interval", "reset_offset", "spike_exp", "input_message_bits")


def export_file(
    source: Path,
    output: Path,
    request: ExportRequest = DEFAULT_EXPORT,
    progress: Progress = silent,
) -> list[str]:
    """Writes `output`, whole or not at all; returns what a user must know about it.

    Args:
        source: .stk, .nir or .net.
        output: a name ending in .nir or .net.
        request: which part of the network, in which form.
        progress: is called with a line before each long step.

    Raises:
        ObstacleError: everything that the format cannot say.
        StoreError: a file cannot be read or written.
        GraphError: no such graph, or none between such ends.
        QuantisationError, OverflowBoundError: integers cannot stand for a NIR file.
    """
    if suffix_of(output) == NIR_SUFFIX:
        if request.ends is not None or request.lowering is not None:
            reason = "segments and lowering are for integer graphs, which NIR cannot hold"
            raise ObstacleError(f"'{output}'", (Obstacle(output.name, reason, "export to .net"),))
        return _to_nir(source, output, request, progress)
    model = load_network(source, request.foreign, progress)
    graph = graph_of(model, request.graph)
    with reading_facts(f"'{source}'"):
        told = describe(model)
    part, notes = netx_part(graph, request.ends, request.lowering)
    progress("Writing the netx file")
    make_folder(output.parent)
    write_netx(part, output, options=_netx_options(model, request.foreign))
    notes.append("netx has no scales, so the real values of the outputs are not in the file")
    return [*told, *notes]


def _to_nir(source: Path, output: Path, request: ExportRequest, progress: Progress) -> list[str]:
    if suffix_of(source) != NIR_SUFFIX:
        reason = "its integers with wrapping and shifting registers have no NIR form"
        rewrite = "export the float network, or to .net"
        raise ObstacleError(f"'{source}'", (Obstacle(source.name, reason, rewrite),))
    progress("Reading the NIR file")
    read = read_nir_with_notes(source, options=request.foreign.nir)
    progress("Writing the NIR file")
    make_folder(output.parent)
    write_nir(read.graph, output, dialect=request.dialect, dt=read.dt)
    return [f"Steps of dt = {read.dt:g} s", *(f"Note: {note}" for note in read.notes)]


def _netx_options(model: Model, options: ForeignOptions) -> NetxOptions:
    """What the reader of the file will need: the options of the model, if it came from netx."""
    if model.variant.get("source") != "netx":
        return options.netx
    with reading_facts("model from a netx file"):
        given: dict[str, Any] = {key: model.variant[key] for key in _NETX_FIELDS}
        # A file read with one reset and written for another would compute something else.
        return NetxOptions(**given)
