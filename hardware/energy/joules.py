"""Joules and their parts: the one place where an energy changes its unit.

Every energy in this project is in picojoules (pJ), and a name that ends in another unit says so.
What comes from a paper in millijoules is brought here, so that no factor is typed twice.
"""

from typing import Literal, get_args

EnergyUnit = Literal["pJ", "nJ", "uJ", "mJ", "J"]
UNITS: tuple[EnergyUnit, ...] = get_args(EnergyUnit)
_IN_PJ: dict[EnergyUnit, float] = {"pJ": 1.0, "nJ": 1e3, "uJ": 1e6, "mJ": 1e9, "J": 1e12}


def to_pj(value: float, unit: EnergyUnit) -> float:
    """Brings an energy to picojoules: `to_pj(2.9, "mJ")` is 2.9e9.

    Args:
        value: the energy.
        unit: its unit.

    Raises:
        ValueError: the unit is none of `UNITS`.
    """
    if unit not in _IN_PJ:
        raise ValueError(f"an energy is in one of {', '.join(UNITS)}, not in {unit!r}")
    return value * _IN_PJ[unit]


def from_pj(value_pj: float, unit: EnergyUnit) -> float:
    """Brings picojoules to another unit: `from_pj(2.9e9, "mJ")` is 2.9.

    Args:
        value_pj: the energy in picojoules.
        unit: the unit that is wanted.

    Raises:
        ValueError: the unit is none of `UNITS`.
    """
    return value_pj / to_pj(1.0, unit)
