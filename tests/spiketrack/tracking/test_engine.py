"""Maps are checked where they enter the tracker."""

import numpy as np
import pytest

from spiketrack.tracking.engine import Maps

_SCORE = np.zeros((4, 4), np.float32)
_PAIR = np.zeros((2, 4, 4), np.float32)


def test_maps_of_another_grid_are_refused() -> None:
    with pytest.raises(ValueError, match=r"size_map: needed float32 \(2, 4, 4\)"):
        Maps(_SCORE, np.zeros((2, 3, 3), np.float32), _PAIR)


def test_maps_of_another_type_are_refused() -> None:
    with pytest.raises(ValueError, match="offset_map: needed float32 .* found float64"):
        Maps(_SCORE, _PAIR, _PAIR.astype(np.float64))


def test_maps_that_are_not_square_are_refused() -> None:
    with pytest.raises(ValueError, match=r"score_map: needed float32 \(5, 5\)"):
        Maps(np.zeros((4, 5), np.float32), _PAIR, _PAIR)


def test_maps_with_nan_are_refused() -> None:
    with pytest.raises(ValueError, match="score_map: needed finite values"):
        Maps(np.full((4, 4), np.nan, np.float32), _PAIR, _PAIR)
