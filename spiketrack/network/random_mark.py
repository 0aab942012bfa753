"""The mark of random weights in a checkpoint: the seed, and the hash of the weights it is of.

Why the hash: weights that were trained since are no longer random, whoever copied the mark along.
"""

import re
from collections.abc import Mapping

from torch import Tensor

from spiketrack.provenance import sha256_arrays

KEY = "spiketrack.random_weights"
"""Of the dictionary that torch.save writes, beside 'net'; of the metadata of safetensors."""
_MARK = re.compile(r"seed (\d{1,40}) sha256 ([0-9a-f]{64})")


def mark_text(state: Mapping[str, Tensor], seed: int) -> str:
    """The mark of these weights.

    Raises:
        ValueError: a seed that no mark can hold.
    """
    text = f"seed {seed} sha256 {_sha256(state)}"
    if _MARK.fullmatch(text) is None:
        raise ValueError(f"needed a seed of 1 to 40 digits, found {seed}")
    return text


def seed_in(mark: object, state: Mapping[str, Tensor]) -> int | None:
    """The seed of a mark that is of these weights; None for any other value, which may be foreign.

    Args:
        mark: what a file holds under `KEY`.
        state: the weights read from the file.
    """
    match = _MARK.fullmatch(mark) if isinstance(mark, str) else None
    if match is None or match[2] != _sha256(state):
        return None
    return int(match[1])


def _sha256(state: Mapping[str, Tensor]) -> str:
    return sha256_arrays({key: value.detach().cpu().numpy() for key, value in state.items()})
