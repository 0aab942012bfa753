"""The published prices once more, typed anew from their sources, so that none changes unseen.

Where each was typed from:
    Horowitz, Lemaire, Davies, keras-spiking, TrueNorth and the break-even rules
              the project's sheet of facts on energy, which was read from the sources named there
    SANA-FE   the same sheet; the costs of hops and of a step from SANA-FE's arch/loihi.yaml
    derived   worked out here, as the expression says
A price list that changes on purpose changes here as well, with its source.
"""

import math

import pytest

from spiketrack import constants
from spiketrack.constants import DEFAULT_MAX_SPIKE, Constant

ALL = {name: one for name, one in vars(constants).items() if isinstance(one, Constant)}
IN_64_BIT = 8
"""Bytes; Horowitz gives the cost of reading 64 bits."""

RECORD: dict[str, tuple[float, str, str]] = {
    # Horowitz 2014, 45 nm, 0.9 V: pJ of one operation.
    "FP32_ADD": (0.9, "pJ", "H"),
    "FP32_MULTIPLY": (3.7, "pJ", "H"),
    "FP32_MAC": (0.9 + 3.7, "pJ", "D"),
    "INT32_ADD": (0.1, "pJ", "H"),
    "INT32_MULTIPLY": (3.1, "pJ", "H"),
    "INT8_ADD": (0.03, "pJ", "H"),
    "INT8_MULTIPLY": (0.2, "pJ", "H"),
    "INT8_MAC": (0.03 + 0.2, "pJ", "D"),
    "INT8_MAC_INT32": (0.2 + 0.1, "pJ", "D"),
    "SRAM_8KB_READ": (10 / IN_64_BIT, "pJ/B", "D"),
    "SRAM_32KB_READ": (20 / IN_64_BIT, "pJ/B", "D"),
    "SRAM_1MB_READ": (100 / IN_64_BIT, "pJ/B", "D"),
    "DRAM_READ_LOW": (1300 / IN_64_BIT, "pJ/B", "D"),
    "DRAM_READ_HIGH": (2600 / IN_64_BIT, "pJ/B", "D"),
    # Lemaire et al. 2022: int32, and a byte from a buffer of 8 KB, 32 KB, 1 MB.
    "LEMAIRE_ADD": (0.1, "pJ", "H"),
    "LEMAIRE_MULTIPLY": (3.1, "pJ", "H"),
    "LEMAIRE_8KB": (2.5, "pJ/B", "M"),
    "LEMAIRE_32KB": (5.0, "pJ/B", "M"),
    "LEMAIRE_1MB": (25.0, "pJ/B", "M"),
    # Davies et al. 2018, table of energies before silicon.
    "LOIHI1_SYNOP": (23.6, "pJ", "H"),
    "LOIHI1_NEURON_ACTIVE": (81.0, "pJ", "H"),
    "LOIHI1_NEURON_INACTIVE": (52.0, "pJ", "H"),
    "LOIHI1_SPIKE_IN_TILE": (1.7, "pJ", "H"),
    "LOIHI1_HOP_EAST_WEST": (3.0, "pJ", "H"),
    "LOIHI1_HOP_NORTH_SOUTH": (4.0, "pJ", "H"),
    "LOIHI1_BARRIER_MIN": (113.0, "ns", "H"),
    "LOIHI1_BARRIER_MAX": (465.0, "ns", "H"),
    "LOIHI1_STATIC": (104.0, "mW", "M"),  # 3.34 W over 32 chips
    # SANA-FE, fitted to Loihi 1 on silicon.
    "SANAFE_SYNOP_DENSE": (35.5, "pJ", "H"),
    "SANAFE_SYNOP_SPARSE": (33.6, "pJ", "M"),
    "SANAFE_SYNOP_CONV": (24.0, "pJ", "M"),
    "SANAFE_NEURON_ACCESS": (51.2, "pJ", "H"),
    "SANAFE_NEURON_UPDATE": (21.6, "pJ", "H"),
    "SANAFE_SPIKE_OUT": (69.3, "pJ", "H"),
    "SANAFE_AXON_OUT": (111.0, "pJ", "M"),
    "SANAFE_HOP_EAST_WEST": (3.0, "pJ", "H"),
    "SANAFE_HOP_NORTH_SOUTH": (4.2, "pJ", "H"),
    "SANAFE_SYNC_MIN": (0.6, "us", "M"),
    "SANAFE_SYNC_MAX": (1.8, "us", "M"),
    # keras-spiking (SpiNNaker's in nJ: 13.3 and 26), TrueNorth, Yan et al.
    "KERAS_LOIHI_SYNOP": (27.1, "pJ", "H"),
    "KERAS_LOIHI_NEURON": (81.0, "pJ", "H"),
    "KERAS_SPINNAKER_SYNOP": (13.3 * 1000, "pJ", "H"),
    "KERAS_SPINNAKER_NEURON": (26 * 1000, "pJ", "H"),
    "TRUENORTH_EVENT": (26.0, "pJ", "M"),
    "NOC_BIT_HOP": (3.0, "pJ/bit/hop", "H"),
    # Break-even: 5.7 %, 1.72, 0.15 to 1.38, 10 to 15 %.
    "YAN_RATE": (5.7 / 100, "spikes per neuron per binary step", "H"),
    "DAVIDSON_FURBER": (1.72, "spikes per synapse per inference", "M"),
    "DAMPFHOFFER_LOW": (0.15, "spikes per synapse per inference", "M"),
    "DAMPFHOFFER_HIGH": (1.38, "spikes per synapse per inference", "M"),
    "SHEN_RATE_LOW": (10 / 100, "spikes per neuron per binary step", "M"),
    "SHEN_RATE_HIGH": (15 / 100, "spikes per neuron per binary step", "M"),
}
"""Name: value, unit, mark."""


def test_no_constant_lacks_a_second_record() -> None:
    assert set(ALL) == set(RECORD)


@pytest.mark.parametrize("name", RECORD)
def test_every_constant_stands_as_its_source_has_it(name: str) -> None:
    value, unit, mark = RECORD[name]
    one = ALL[name]
    assert math.isclose(one.value, value, rel_tol=1e-12)
    assert (one.unit, one.mark) == (unit, mark)


def test_leakage_of_a_chip_is_that_of_the_measured_board() -> None:
    assert ALL["LOIHI1_STATIC"].value == pytest.approx(3.34e3 / 32, abs=0.5)


def test_an_integer_spike_goes_up_to_four() -> None:
    assert DEFAULT_MAX_SPIKE == 4
