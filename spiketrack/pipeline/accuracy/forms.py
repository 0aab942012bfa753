"""The forms of a network that are compared: as floats, and as integers of some widths."""

import re
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from calibration.options import QuantiseOptions
from simulation.tracking_engines import IntegerEngine, NetworkEngine
from spiketrack.graph.graph import Graph
from spiketrack.graph.model import Model
from spiketrack.network import SpikeTrackNetwork
from spiketrack.pipeline.convert import ConversionRules, convert_network, folded_graphs
from spiketrack.pipeline.fit_crops import Rounding
from spiketrack.tracking import Engine

FLOAT = "float"
_INTEGER = re.compile(r"int([2-8])(-fitted)?")
_MIXED = re.compile(r"mixed([0-9]{1,2}(?:\.[0-9]{1,3})?)")


@dataclass(frozen=True, slots=True)
class Precision:
    """What a form computes with.

    Attributes:
        name: "float", or "int" and the bits of a weight, and "-fitted" where they are.
        weight_bits: bits of an integer weight; 0 for floats.
        rounding: how weights became integers.
        mixed: points of the budget of mixed widths; None for the same bits everywhere.
    """

    name: str
    weight_bits: int = 0
    rounding: Rounding = "nearest"
    mixed: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Form:
    """One form of a network.

    Attributes:
        precision: what it computes with.
        engine: follows a target with it.
        graphs: "template" and "search", of floats or of integers.
        model: the converted model; None for floats.
    """

    precision: Precision
    engine: Engine
    graphs: Mapping[str, Graph[Any]]
    model: Model | None = None

    @property
    def name(self) -> str:
        """What tables call it."""
        return self.precision.name


def parse_precisions(text: str) -> tuple[Precision, ...]:
    """Reads a list such as "float,int8,int4"; the floats come first, asked for or not.

    Raises:
        ValueError: a name that is none, or one twice.
    """
    names = [name.strip() for name in text.split(",")]
    for name in names:
        if name != FLOAT and not _INTEGER.fullmatch(name) and not _MIXED.fullmatch(name):
            raise ValueError(
                f"'{name}' is neither {FLOAT} nor int2 to int8, with or without -fitted, nor mixed "
                "and a number of points"
            )
        if names.count(name) > 1:
            raise ValueError(f"'{name}' is named twice")
    wanted = (FLOAT, *(name for name in names if name != FLOAT))
    return tuple(map(_precision, wanted))


def _precision(name: str) -> Precision:
    mixed = _MIXED.fullmatch(name)
    if mixed is not None:
        return Precision(name, 8, "fitted", float(mixed[1]))
    found = _INTEGER.fullmatch(name)
    if found is None:
        return Precision(name)
    return Precision(name, int(found[1]), "fitted" if found[2] else "nearest")


def make_form(network: SpikeTrackNetwork, precision: Precision) -> Form:
    """A network in one form.

    Raises:
        QuantisationError, OverflowBoundError: integers of this width cannot stand for it.
    """
    if not precision.weight_bits:
        graphs = folded_graphs(network)
        return Form(precision=precision, engine=NetworkEngine(network), graphs=graphs)
    options = QuantiseOptions(weight_bits=precision.weight_bits)
    rules = ConversionRules(options=options, rounding=precision.rounding, mixed=precision.mixed)
    with tempfile.TemporaryDirectory() as folder:
        model = convert_network(network, Path(folder), rules).model
    return Form(precision=precision, engine=IntegerEngine(model), graphs=model.graphs, model=model)
