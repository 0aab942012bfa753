"""Published prices, records and thresholds, each with its unit, source and mark; and the default D.

A `source` is a doi or a title with its table, or `derived: how`, or `assumed: why`. A `mark` says
how well the number is known, and travels with it into every report:

    H   read in a primary source, or measured
    M   read in one careful secondary source
    D   derived by calculation from others
    A   assumed, for the reason its source gives
    U   unmarked, in a file that a user wrote

An audit prints every one of them: what it used, and apart from that what it did not apply.
"""

import math
from dataclasses import dataclass

MARKS = {
    "H": "read in a primary source, or measured",
    "M": "read in one careful secondary source",
    "D": "derived by calculation",
    "A": "assumed",
    "U": "unmarked: whoever wrote the file vouches for it",
}
"""What a mark means, for people."""


@dataclass(frozen=True, slots=True)
class Constant:
    """A number taken from somewhere.

    Attributes:
        value: the number, finite.
        unit: its unit, e.g. "pJ" or "pJ/B".
        source: where it was read, or "derived: ..." or "assumed: ...".
        mark: a key of `MARKS`: how well the number is known.
    """

    value: float
    unit: str
    source: str
    mark: str

    def __post_init__(self) -> None:
        if not math.isfinite(self.value):
            raise ValueError(f"a constant must be finite, found {self.value}")
        if not self.unit or not self.source:
            raise ValueError("a constant needs a unit and a source")
        if self.mark not in MARKS:
            raise ValueError(
                f"the mark of a constant is one of {', '.join(MARKS)}, not {self.mark!r}"
            )
        if self.source.startswith("assumed:") != (self.mark == "A"):
            raise ValueError(f"mark {self.mark} does not fit the source {self.source!r}")


# --- Horowitz 2014: arithmetic and memory at 45 nm, 0.9 V -----------------------------------------
_HOROWITZ = (
    "Horowitz 2014, Computing's energy problem, doi:10.1109/ISSCC.2014.6757323, energy table at "
    "45 nm"
)

FP32_ADD = Constant(0.9, "pJ", _HOROWITZ, "H")
FP32_MULTIPLY = Constant(3.7, "pJ", _HOROWITZ, "H")
FP32_MAC = Constant(4.6, "pJ", f"derived: 0.9 + 3.7; {_HOROWITZ}", "D")
INT32_ADD = Constant(0.1, "pJ", _HOROWITZ, "H")
INT32_MULTIPLY = Constant(3.1, "pJ", _HOROWITZ, "H")
INT8_ADD = Constant(0.03, "pJ", _HOROWITZ, "H")
INT8_MULTIPLY = Constant(0.2, "pJ", _HOROWITZ, "H")
INT8_MAC = Constant(0.23, "pJ", f"derived: 0.03 + 0.2; {_HOROWITZ}", "D")
INT8_MAC_INT32 = Constant(
    0.3,
    "pJ",
    f"derived: 0.2 + 0.1, an int8 product into a 32-bit accumulator; {_HOROWITZ}",
    "D",
)
SRAM_8KB_READ = Constant(1.25, "pJ/B", f"derived: 10 pJ per 64 bit, 8 KB; {_HOROWITZ}", "D")
SRAM_32KB_READ = Constant(2.5, "pJ/B", f"derived: 20 pJ per 64 bit, 32 KB; {_HOROWITZ}", "D")
SRAM_1MB_READ = Constant(12.5, "pJ/B", f"derived: 100 pJ per 64 bit, 1 MB; {_HOROWITZ}", "D")
DRAM_READ_LOW = Constant(162.5, "pJ/B", f"derived: 1300 pJ per 64 bit; {_HOROWITZ}", "D")
DRAM_READ_HIGH = Constant(325.0, "pJ/B", f"derived: 2600 pJ per 64 bit; {_HOROWITZ}", "D")

# --- Lemaire 2022: 45 nm with memory, cost per byte linear in buffer size -------------------------
_LEMAIRE = (
    "Lemaire et al. 2022, An Analytical Estimation of Spiking Neural Networks Energy Efficiency, "
    "arXiv:2210.13107"
)

_LEMAIRE_MEMORY = f"read from another tool that applies the model, not from the paper; {_LEMAIRE}"

LEMAIRE_ADD = Constant(0.1, "pJ", f"{_LEMAIRE}, int32 addition", "H")
LEMAIRE_MULTIPLY = Constant(3.1, "pJ", f"{_LEMAIRE}, int32 multiplication", "H")
LEMAIRE_8KB = Constant(2.5, "pJ/B", f"8 KB buffer, {_LEMAIRE_MEMORY}", "M")
LEMAIRE_32KB = Constant(5.0, "pJ/B", f"32 KB buffer, {_LEMAIRE_MEMORY}", "M")
LEMAIRE_1MB = Constant(25.0, "pJ/B", f"1 MB buffer, {_LEMAIRE_MEMORY}", "M")

# --- Loihi 1, Davies 2018: pre-silicon, 14 nm, 0.75 V ---------------------------------------------
_DAVIES = (
    "Davies et al. 2018, Loihi, doi:10.1109/MM.2018.112130359, table of pre-silicon energy and "
    "time, 14 nm, 0.75 V"
)

LOIHI1_SYNOP = Constant(23.6, "pJ", f"{_DAVIES}: synaptic operation, minimum", "H")
LOIHI1_NEURON_ACTIVE = Constant(81.0, "pJ", f"{_DAVIES}: neuron update, active", "H")
LOIHI1_NEURON_INACTIVE = Constant(52.0, "pJ", f"{_DAVIES}: neuron update, inactive", "H")
LOIHI1_SPIKE_IN_TILE = Constant(1.7, "pJ", f"{_DAVIES}: spike within a tile", "H")
LOIHI1_HOP_EAST_WEST = Constant(3.0, "pJ", f"{_DAVIES}: spike, one hop east or west", "H")
LOIHI1_HOP_NORTH_SOUTH = Constant(4.0, "pJ", f"{_DAVIES}: spike, one hop north or south", "H")
LOIHI1_BARRIER_MIN = Constant(113.0, "ns", f"{_DAVIES}: barrier synchronisation, lowest", "H")
LOIHI1_BARRIER_MAX = Constant(465.0, "ns", f"{_DAVIES}: barrier synchronisation, highest", "H")
LOIHI1_STATIC = Constant(
    104.0,
    "mW",
    "leakage measured on silicon, 3.34 W over 32 chips: Frady et al. 2020, Neuromorphic "
    "nearest-neighbor search using Intel's Pohoiki Springs, doi:10.1145/3381755.3398695",
    "M",
)

# --- Loihi 1, fitted on silicon by SANA-FE --------------------------------------------------------
_SANAFE = (
    "Boyle et al., SANA-FE: Simulating Advanced Neuromorphic Architectures for Fast Exploration, "
    "Loihi 1 fit"
)

SANAFE_SYNOP_DENSE = Constant(35.5, "pJ", f"{_SANAFE}: synapse, dense", "H")
SANAFE_SYNOP_SPARSE = Constant(33.6, "pJ", f"{_SANAFE}: synapse, sparse", "M")
SANAFE_SYNOP_CONV = Constant(24.0, "pJ", f"{_SANAFE}: synapse, convolution", "M")
SANAFE_NEURON_ACCESS = Constant(51.2, "pJ", f"{_SANAFE}: neuron access", "H")
SANAFE_NEURON_UPDATE = Constant(21.6, "pJ", f"{_SANAFE}: neuron update", "H")
SANAFE_SPIKE_OUT = Constant(69.3, "pJ", f"{_SANAFE}: spike out", "H")
SANAFE_AXON_OUT = Constant(111.0, "pJ", f"{_SANAFE}: axon-out message", "M")
SANAFE_HOP_EAST_WEST = Constant(3.0, "pJ", f"{_SANAFE}: hop east or west", "H")
SANAFE_HOP_NORTH_SOUTH = Constant(4.2, "pJ", f"{_SANAFE}: hop north or south", "H")
SANAFE_SYNC_MIN = Constant(0.6, "us", f"{_SANAFE}: synchronisation, lowest", "M")
SANAFE_SYNC_MAX = Constant(1.8, "us", f"{_SANAFE}: synchronisation, highest", "M")

# --- Other published prices -----------------------------------------------------------------------
_KERAS_SPIKING = "keras-spiking 0.3 documentation, ModelEnergy"

KERAS_LOIHI_SYNOP = Constant(27.1, "pJ", f"{_KERAS_SPIKING}: loihi, synaptic operation", "H")
KERAS_LOIHI_NEURON = Constant(81.0, "pJ", f"{_KERAS_SPIKING}: loihi, neuron update", "H")
KERAS_SPINNAKER_SYNOP = Constant(
    13300.0, "pJ", f"{_KERAS_SPIKING}: spinnaker, synaptic operation", "H"
)
KERAS_SPINNAKER_NEURON = Constant(26000.0, "pJ", f"{_KERAS_SPIKING}: spinnaker, neuron update", "H")
TRUENORTH_EVENT = Constant(
    26.0,
    "pJ",
    "Merolla et al. 2014, doi:10.1126/science.1254642: synaptic event",
    "M",
)
NOC_BIT_HOP = Constant(
    3.0,
    "pJ/bit/hop",
    "Yan et al., Reconsidering the energy efficiency of spiking neural networks, arXiv:2409.08290",
    "H",
)

# --- Break-even rules: below these a spiking network is said to win -------------------------------
_YAN = (
    "Yan et al., Reconsidering the energy efficiency of spiking neural networks, arXiv:2409.08290, "
    "abstract of version 4 (May 2026), windows of 5 steps; versions 1 to 3 had 6.4 % for 5 to 10"
)
_DAVIDSON = (
    "Davidson & Furber 2021, Comparison of Artificial and Spiking Neural Networks on Digital "
    "Hardware, doi:10.3389/fnins.2021.651141"
)
_DAMPFHOFFER = (
    "Dampfhoffer et al. 2022, Are SNNs Really More Energy-Efficient Than ANNs?, "
    "doi:10.1109/TETCI.2022.3214509"
)
_SHEN = (
    "as quoted by others, not read in the paper: Shen et al. 2024, Are Conventional SNNs Really "
    "Efficient?, arXiv:2311.10802"
)

YAN_RATE = Constant(0.057, "spikes per neuron per binary step", _YAN, "H")
DAVIDSON_FURBER = Constant(1.72, "spikes per synapse per inference", _DAVIDSON, "M")
DAMPFHOFFER_LOW = Constant(0.15, "spikes per synapse per inference", _DAMPFHOFFER, "M")
DAMPFHOFFER_HIGH = Constant(1.38, "spikes per synapse per inference", _DAMPFHOFFER, "M")
SHEN_RATE_LOW = Constant(0.10, "spikes per neuron per binary step", _SHEN, "M")
SHEN_RATE_HIGH = Constant(0.15, "spikes per neuron per binary step", _SHEN, "M")

# --- The model ------------------------------------------------------------------------------------
DEFAULT_MAX_SPIKE = 4
"""D: the largest integer an NI-LIF neuron emits in one step."""
