"""What is said of a chip before a run on it."""

import pytest

from spiketrack.cli.commands_report import tell_if_unmeasured


def test_a_source_of_unknown_length_is_not_measured_and_that_is_said(
    capsys: pytest.CaptureFixture[str],
) -> None:
    tell_if_unmeasured("loihi2", None)
    told = capsys.readouterr()
    assert told.err == (
        "spiketrack: nothing is measured on the chip: VIDEO has no known length; give --frames\n"
    )
    for backend, frames in (("loihi2", 3), ("lava", None), ("fast", None)):
        tell_if_unmeasured(backend, frames)
    assert told.out == "" and capsys.readouterr() == ("", "")
