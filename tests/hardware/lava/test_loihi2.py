"""The path to Loihi 2, up to where the closed extension would begin."""

import pytest

from tests.hardware.lava.programs import needs_lava, run_program

pytestmark = [pytest.mark.slow, needs_lava]


def test_the_chips_configuration_is_used_when_its_extension_is_there() -> None:
    told = run_program("program_loihi2.py")
    assert "backend 'loihi2': needed Intel's closed extension lava-loihi" in told["refused"]
    assert "use --backend lava" in told["refused"]
    assert (told["config"], told["tag"]) == ("Loihi2HwCfg", "fixed_pt")
    assert told["equal"]
