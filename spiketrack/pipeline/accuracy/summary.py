"""What the scenes of one network say together: a row of figures for every form.

Every scene counts alike in the scores. Spikes, SynOps and energies are sums over all crops, divided
by what they are given for: values, or search crops, each of which is one tracked frame.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from spiketrack.pipeline.accuracy.forms import FLOAT

Json = dict[str, Any]
PER_FRAME = "search/"
"""How the names of layers begin that run in every tracked frame."""


Spikes = Mapping[str, Mapping[str, Mapping[str, int]]]
"""Tallies of every layer, by form and layer."""


def summarise(scenes: Sequence[Mapping[str, Any]], spikes: Spikes) -> Json:
    """Figures of every form, by its name.

    Args:
        scenes: entries of one network, at least one.
        spikes: tallies summed over all of them.
    """
    forms = {
        name: _form([scene["forms"][name] for scene in scenes], layers)
        for name, layers in spikes.items()
    }
    for found in forms.values():
        found["auc_minus_float_points"] = 100 * (found["auc"] - forms[FLOAT]["auc"])
    return forms


def added(before: Spikes, more: Spikes) -> Json:
    """Tallies of further crops added to those before, of which there may be none."""
    return {
        form: {
            layer: _summed([before.get(form, {}).get(layer, {}), sums])
            for layer, sums in layers.items()
        }
        for form, layers in more.items()
    }


def _form(
    entries: Sequence[Mapping[str, Any]], layers: Mapping[str, Mapping[str, int]]
) -> Json:
    every = _summed(sums for layer, sums in layers.items() if layer.startswith(PER_FRAME))
    crops = sum(entry["crops"] for entry in entries)
    energies = entries[0]["energy_pj"]
    return {
        "auc": _mean(entry["auc"] for entry in entries),
        "precision": _mean(entry["precision"] for entry in entries),
        "mean_iou": _mean(entry["mean_iou"] for entry in entries),
        "held": _mean(entry["held"] / entry["frames"] for entry in entries),
        **_shares(every),
        "crops": crops,
        "synops_per_frame": sum(entry["synops"] for entry in entries) / crops,
        "energy_pj_per_frame": {
            model: sum(entry["energy_pj"][model] for entry in entries) / crops for model in energies
        },
        "layers": {layer: _shares(sums) for layer, sums in layers.items()},
        "silenced": [
            layer for layer, sums in layers.items() if sums["float_spikes"] and not sums["spikes"]
        ],
        "engines": entries[0].get("engines", {}),
    }


def _summed(parts: Iterable[Mapping[str, int]]) -> dict[str, int]:
    total: dict[str, int] = {}
    for part in parts:
        for key, value in part.items():
            total[key] = total.get(key, 0) + value
    return total


def _shares(sums: Mapping[str, int]) -> Json:
    """Shares of equal spikes, and mean integers; nothing active is wholly equal."""
    return {
        "equal_spikes": sums["equal"] / sums["values"],
        "equal_active": sums["active_equal"] / sums["active"] if sums["active"] else 1.0,
        "mean_integer": sums["spikes"] / sums["values"],
        "float_mean_integer": sums["float_spikes"] / sums["values"],
    }


def _mean(values: Iterable[float]) -> float:
    listed = list(values)
    return sum(listed) / len(listed)
