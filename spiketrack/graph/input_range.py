"""Every engine checks here whether the integers that enter lie in the range an input promises."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from spiketrack.errors import OverflowBoundError
from spiketrack.graph.checks import Array
from spiketrack.graph.spike_nodes import SpikeInput

NO_OFFSET = np.zeros(1, np.int32)


def require_in_range(node: SpikeInput, x: NDArray[Any], offset_q: Array = NO_OFFSET) -> None:
    """Compares integers, in Python's own that cannot wrap, with the range an input promises.

    Args:
        node: the input.
        x: integers of any width and sign.
        offset_q: what is still to be subtracted from them.

    Raises:
        OverflowBoundError: an integer that no channel's offset brings into the range.
    """
    if not x.size:
        return
    # The loosest offset at each end: an integer is refused only if it fits no channel.
    low, high = int(x.min()) - int(offset_q.min()), int(x.max()) - int(offset_q.max())
    if low < node.low or high > node.high:
        needed = f"values in {node.low}..{node.high}"
        raise OverflowBoundError(f"input '{node.name}'", needed, f"{low}..{high}")
