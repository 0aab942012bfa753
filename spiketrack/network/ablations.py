"""The ablation networks of the SpikeTrack paper, as changes of a variant's fields.

Neither these networks nor their options are in the official code, which holds the whole network
only; the paper names them in its ablation table. What each one changes is therefore assumed here,
and every entry says what was assumed. All keep the names and shapes of the official tensors, and
read only some of them, so that each can start from the weights of the whole network.

The paper's one-stream network is not among them: there, template and search crop attend to each
other in every block of one backbone, which is another network than two graphs and a memory.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

KEY = "spiketrack.ablation"
"""Of the dictionary that torch.save writes, beside 'net'; of the metadata of safetensors."""

SEPARATOR = "+"
"""Stands between the name of a variant and that of its ablation."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ablation:
    """What one ablation changes.

    Attributes:
        changes: values of fields of `Variant`.
        meaning: what the network does, and what of it is assumed.
        needs_steps: whether a network of one template is left as it was.
    """

    changes: Mapping[str, Any] = field(default_factory=lambda: MappingProxyType({}))
    meaning: str
    needs_steps: bool = False


ABLATIONS: Mapping[str, Ablation] = MappingProxyType(
    {
        "cross-attention": Ablation(
            changes={"loops": 0},
            meaning=(
                "The memory is asked once and the query is not refined. Assumed: the attention "
                "stays in linear order, q (k^T v), and the gate over the templates stays."
            ),
        ),
        "modulation": Ablation(
            changes={"loops": 0, "per_channel": True},
            meaning=(
                "Each channel of the search map is multiplied by numbers that the template gives "
                "for that channel alone: attention with one head per channel, asked once. Assumed: "
                "the number is the sum over positions of key times value."
            ),
        ),
        "mean-fusion": Ablation(
            changes={"mean_fusion": True},
            meaning=(
                "The answers of the templates are averaged in place of the gate. Assumed: the "
                "neuron after the gate stays."
            ),
            needs_steps=True,
        ),
        "fixed-decay": Ablation(
            changes={"learnable_decay": False},
            meaning=(
                "Every decay keeps the value with which the official code starts it, 0.25. "
                "Assumed: that value."
            ),
            needs_steps=True,
        ),
        "loops-2": Ablation(
            changes={"loops": 2},
            meaning="The query is refined twice, with the same weights.",
        ),
    }
)
"""The ablations by name."""


def find_ablation(name: str) -> Ablation:
    """Finds an ablation.

    Args:
        name: of the ablation.

    Raises:
        ValueError: none has that name.
    """
    if name not in ABLATIONS:
        raise ValueError(f"unknown ablation {name!r}; known are {', '.join(ABLATIONS)}")
    return ABLATIONS[name]
