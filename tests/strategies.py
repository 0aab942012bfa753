"""Random small integer graphs with inputs, as a plain seeded generator and for hypothesis."""

import numpy as np
from hypothesis import strategies as st

from simulation.random_graphs import Case, grow

__all__ = ["Case", "random_spike_graph", "spike_graphs"]


def random_spike_graph(rng: np.random.Generator, *, batch: int = 1, n_steps: int = 14) -> Case:
    """A random valid integer graph and inputs for it, (T, batch, C, H, W) per input node.

    Args:
        rng: the only source of randomness.
        batch: B of the inputs.
        n_steps: how many growing steps are tried.
    """
    return grow(rng, batch=batch, n_moves=n_steps)


def spike_graphs(*, max_batch: int = 2) -> st.SearchStrategy[Case]:
    """Random graphs with inputs, drawn by seed and size."""
    return st.builds(
        lambda seed, batch, n: random_spike_graph(
            np.random.default_rng(seed), batch=batch, n_steps=n
        ),
        st.integers(0, 2**32 - 1),
        st.integers(1, max_batch),
        st.integers(1, 20),
    )
