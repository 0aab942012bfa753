"""The table of energy models. A new model is one small file and one line here."""

from hardware.energy.davies2018 import davies_models
from hardware.energy.horowitz import horowitz_models
from hardware.energy.lemaire2022 import lemaire_model
from hardware.energy.model import EnergyModel
from hardware.energy.sanafe import sanafe_model


def energy_models(max_spike: int) -> tuple[EnergyModel, ...]:
    """Every model, in the order reports show them.

    Args:
        max_spike: D, the largest integer spike of the network.

    Raises:
        ValueError: `max_spike` is below 1.
    """
    if max_spike < 1:
        raise ValueError(f"max_spike must be at least 1, found {max_spike}")
    return (
        *horowitz_models(max_spike),
        lemaire_model(),
        *davies_models(max_spike),
        sanafe_model(),
    )
