"""OpenCV is quiet inside the block and as before after it."""

import pytest

from spiketrack.tracking import opencv_log
from spiketrack.tracking.opencv_log import quiet_opencv


def test_the_log_level_is_restored_also_after_an_error() -> None:
    before = opencv_log._logging.getLogLevel()
    with pytest.raises(KeyError), quiet_opencv():
        inside = opencv_log._logging.getLogLevel()
        raise KeyError
    assert (inside, opencv_log._logging.getLogLevel()) == (0, before)
