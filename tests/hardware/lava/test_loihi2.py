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
    # Probes for two steps, set before the graph is compiled; a reading that is lacking is left out.
    assert told["asked"] == ["Loihi2HwCfg", ["execution_time", 2], ["energy", 2], "activity"]
    assert told["readings"] == {
        "power": 1.5, "static_power": 1.25, "energy": 0.5, "execution_time": [0.25, 0.75]
    }  # fmt: skip


def test_an_extension_without_a_profiler_runs_and_cannot_be_measured() -> None:
    told = run_program("program_loihi2.py", "without")
    assert told["runs"] == ""
    assert "probes of 'loihi2': needed Intel's closed extension with" in told["measured"]
