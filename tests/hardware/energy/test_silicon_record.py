"""The measurements on silicon once more, typed anew, and the step times worked out by hand.

Typed from the project's sheet of the field: PilotNet SNN (74 cores: input 13, conv 25/13/3/3/2, fc
12/1/1/1; 152.85 us a step; a step of 2,269,710 SynOps, 158,509 updates and 34,607 spikes) and
NTIDIGITS (6 cores a copy, 1/2/2/1; 17.625 us; 10,514,929 SynOps and 67,107 spikes over 3,000 steps,
by layer 291,941 / 4,165,651 / 6,057,337 and 1,184, then 17,138 / 26,213 / 22,572). The counts by
layer of PilotNet stand on no sheet: they are ours (`python -m tests.evidence.records`), held by
their sums and by the shapes of the network.
"""

from pathlib import Path

import pytest

from hardware.energy import records
from hardware.energy.records import SiliconRecord, load_records, step_time_us
from hardware.target import load_target
from spiketrack.errors import ReportError


def record(name: str) -> SiliconRecord:
    return next(one for one in load_records() if one.name == name)


def test_there_are_two_records() -> None:
    assert [one.name for one in load_records()] == ["ntidigits", "pilotnet-snn"]


def test_pilotnet_on_loihi_2() -> None:
    one = record("pilotnet-snn")
    assert (one.chip, one.chips, one.steps) == ("loihi2", 1, 16)
    assert {key: (got.value, got.unit, got.mark) for key, got in one.measured.items()} == {
        "cores": (74, "cores", "H"),
        "step_us": (152.85, "us", "H"),
    }
    cores = [layer.cores for layer in one.layers]
    assert cores == [13, 25, 13, 3, 3, 2, 12, 1, 1, 1]
    assert sum(cores) == 74
    # Maps of 200 x 66 RGB pixels through convolutions of 24, 36, 48, 64, 64 channels; then
    # 100, 50, 10 and 1 neurons.
    assert [layer.neurons for layer in one.layers] == [
        200 * 66 * 3, 99 * 32 * 24, 49 * 15 * 36, 24 * 7 * 48, 22 * 4 * 64, 20 * 2 * 64,
        100, 50, 10, 1,
    ]  # fmt: skip
    assert sum(layer.neurons for layer in one.layers) == 158_509
    assert one.synops == pytest.approx(16 * 2_269_710, abs=16)
    assert sum(layer.spikes for layer in one.layers) == pytest.approx(16 * 34_607, abs=16)


def test_the_layers_of_pilotnet_as_they_were_counted() -> None:
    layers = record("pilotnet-snn").layers
    assert [layer.synops for layer in layers] == [
        0, 0, 25_677_960, 7_234_080, 2_313_586, 1_022_240, 62_221, 4_781, 480, 18,
    ]  # fmt: skip
    assert [layer.spikes for layer in layers] == [
        0, 430_848, 99_960, 13_440, 6_930, 2_340, 124, 55, 18, 0,
    ]  # fmt: skip


def test_ntidigits_on_loihi_1() -> None:
    one = record("ntidigits")
    assert (one.chip, one.chips, one.steps) == ("loihi1", 32, 3000)
    assert {key: (got.value, got.unit, got.mark) for key, got in one.measured.items()} == {
        "cores": (6, "cores", "H"),
        "step_us": (17.625, "us", "H"),
    }
    assert [layer.cores for layer in one.layers] == [1, 2, 2, 1]
    assert [layer.neurons for layer in one.layers] == [64, 256, 256, 242]
    assert [layer.synops for layer in one.layers] == [0, 291_941, 4_165_651, 6_057_337]
    assert one.synops == 10_514_929
    assert [layer.spikes for layer in one.layers] == [1_184, 17_138, 26_213, 22_572]
    assert sum(layer.spikes for layer in one.layers) == 67_107


def test_the_steps_that_each_time_table_predicts() -> None:
    pilotnet, ntidigits = record("pilotnet-snn"), record("ntidigits")
    own, davies = load_target("loihi2").times
    # conv-2 is the busiest: 7,234,080 SynOps over 16 steps and 3 cores, 8,064 neurons over 3.
    # (conv-1 has more of both, and 13 cores: 123,452 SynOps a core and step beside 150,710.)
    synops, neurons = 7_234_080 / 16 / 3, 8_064 / 3
    assert step_time_us(pilotnet, own) == pytest.approx((synops * 0.66 + neurons * 4 + 1164) / 1000)
    assert step_time_us(pilotnet, davies) == pytest.approx(
        (synops * 3.5 + neurons * 8.4 + 113) / 1000
    )
    # 32 chips wait for each other. dense-2 on its one core is the busiest.
    before, fitted = load_target("loihi1").times
    synops = 6_057_337 / 3000
    assert step_time_us(ntidigits, before) == pytest.approx((synops * 3.5 + 242 * 8.4 + 465) / 1000)
    assert step_time_us(ntidigits, fitted) == pytest.approx((synops * 4.0 + 242 * 9.7 + 299) / 1000)


@pytest.mark.parametrize(
    ("before", "after", "message"),
    [
        ("steps = 3000", "", "'ntidigits.toml' 'steps': needed a whole number from 0, found None"),
        ("steps = 3000", "steps = 0", "'steps': needed at least 1, found 0"),
        ("synops = 4165651", "synops = -1", "'layers' 2 'synops': needed a whole number from 0"),
        ("cores = 1", "cores = 0", "'layers' 0 'cores': needed at least 1, found 0"),
        ('mark = "D"', 'mark = "X"', "'counts' 'mark': needed one of .*, found 'X'"),
        ('unit = "us"', "unit = 3", "'measured' 'step_us' 'unit': needed text, found 3"),
        ("[counts]", "[counts", "silicon record 'ntidigits.toml': needed TOML"),
    ],
)
def test_a_record_with_a_wrong_value_is_refused_with_its_key(
    tmp_path: Path, before: str, after: str, message: str
) -> None:
    (folder,) = records.__path__
    text = Path(folder, "ntidigits.toml").read_text(encoding="utf-8")
    assert before in text
    (tmp_path / "ntidigits.toml").write_text(text.replace(before, after, 1), encoding="utf-8")
    with pytest.raises(ReportError, match=message):
        load_records(tmp_path)
