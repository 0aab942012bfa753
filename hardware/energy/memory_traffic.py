"""Memory traffic in a price list that charges every byte the same, whatever it holds."""

from hardware.energy.model import Term
from spiketrack.constants import Constant


def memory_terms(cost: Constant, low: Constant, high: Constant) -> tuple[Term, ...]:
    """Makes the terms for the bytes of weights, state and messages.

    Args:
        cost: price of a byte (pJ/B) in a buffer of the assumed size.
        low: the same in the smallest buffer of the range.
        high: the same in the largest one.
    """
    return (
        Term(
            label="weight bytes read",
            counter="memory.weight_bytes_read",
            group="memory",
            cost=cost,
            low=low,
            high=high,
        ),
        Term(
            label="state bytes read and written",
            counter="memory.state_bytes",
            group="memory",
            cost=cost,
            low=low,
            high=high,
        ),
        Term(
            label="message bytes, one write and one read",
            counter="memory.message_bytes",
            group="messages",
            cost=cost,
            times=2,
            low=low,
            high=high,
        ),
    )
