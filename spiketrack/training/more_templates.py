"""From one template to several: where the second stage of training starts.

Official checkpoints of T = 1 and T = 3 share their names; those of T = 3 have a responder more for
each further step. The official code starts these at random. Here a further step starts as a copy of
the first one, tables and responders alike, so that the second stage begins with what the first one
knows.
"""

import re
from collections.abc import Mapping

from torch import Tensor

from spiketrack.network import Variant, state_shapes

STEP = re.compile(r"(seg_responder_[dp]w|retriever\.t_pos_embeds|attn\.t_pos_embeds)\.\d+")
"""The parts of which every step has one of its own."""


def more_templates(state: Mapping[str, Tensor], variant: Variant) -> dict[str, Tensor]:
    """A state dict for `variant`, each further step a copy of the first where it is new.

    Args:
        state: of the same sizes, of any number of templates; what it has of later steps is kept if
            it remembers as many.
        variant: of the wanted number of templates.
    """
    shapes = state_shapes(variant)
    if shapes.keys() == state.keys():
        return dict(state)
    return {key: state[STEP.sub(r"\1.0", key)].clone() for key in shapes}
