"""The table of energy models. A new model is one small file and one line here.

`docs/extending.md` names what else knows the prices or the models by name.
"""

from collections.abc import Sequence
from dataclasses import replace

from hardware.energy.davies2018 import davies_models
from hardware.energy.horowitz import horowitz_models
from hardware.energy.lemaire2022 import lemaire_model
from hardware.energy.model import EnergyModel, Term
from hardware.energy.sanafe import sanafe_model
from spiketrack.errors import ReportError

AS_IF_INT8 = "as if weights were int8"
"""How a figure for integer weights is marked where the counted network has float ones."""


def energy_models(max_spike: int, as_if_int8: bool = False) -> tuple[EnergyModel, ...]:
    """Makes every price list, in the order in which reports show them.

    Args:
        max_spike: D, the largest integer spike of the network.
        as_if_int8: the counted network has float weights; models of integer weights say so, and
            price each weight read as one byte.

    Raises:
        ValueError: `max_spike` is below 1.
    """
    if max_spike < 1:
        raise ValueError(f"max_spike must be at least 1, found {max_spike}")
    models = (
        *horowitz_models(max_spike),
        lemaire_model(),
        *davies_models(max_spike),
        sanafe_model(),
    )
    return tuple(_as_if_int8(model) for model in models) if as_if_int8 else models


def require_own_names(models: Sequence[EnergyModel]) -> None:
    """Checks that no two price lists have the same name, which reports look them up by.

    Args:
        models: those of the project and those of a user.

    Raises:
        ReportError: two have; the message names both titles.
    """
    first: dict[str, EnergyModel] = {}
    for model in models:
        if model.name in first:
            raise ReportError(
                f"price list '{model.name}'",
                needed="a name that no other price list has",
                found=f"'{first[model.name].title}' and '{model.title}'",
                advice="Change the entry `name` of your file.",
            )
        first[model.name] = model


def _as_if_int8(model: EnergyModel) -> EnergyModel:
    if "fp32" in model.precision:
        return model
    return replace(
        model,
        title=f"{model.title} ({AS_IF_INT8})",
        precision=f"{model.precision}, {AS_IF_INT8}",
        uncertainty=f"{model.uncertainty} The counted weights are float: priced {AS_IF_INT8}.",
        terms=tuple(_one_byte_a_weight(term) for term in model.terms),
    )


def _one_byte_a_weight(term: Term) -> Term:
    if term.counter != "memory.weight_bytes_read":
        return term
    return replace(term, label="weight reads, one byte each", counter="memory.weight_reads")
