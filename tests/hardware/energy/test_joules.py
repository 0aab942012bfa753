"""Units of energy: pJ, nJ, uJ, mJ and J cannot be mixed up."""

import pytest

from hardware.energy.joules import UNITS, EnergyUnit, from_pj, to_pj


@pytest.mark.parametrize(
    ("unit", "in_pj"), [("pJ", 1.0), ("nJ", 1e3), ("uJ", 1e6), ("mJ", 1e9), ("J", 1e12)]
)
def test_every_unit_is_its_power_of_ten_and_back(unit: EnergyUnit, in_pj: float) -> None:
    assert to_pj(2.5, unit) == 2.5 * in_pj
    assert from_pj(2.5 * in_pj, unit) == pytest.approx(2.5)


def test_a_unit_that_is_none_is_refused() -> None:
    assert UNITS == ("pJ", "nJ", "uJ", "mJ", "J")
    with pytest.raises(ValueError, match="an energy is in one of pJ, nJ, uJ, mJ, J, not in 'kJ'"):
        to_pj(1.0, "kJ")  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="not in 'MJ'"):
        from_pj(1.0, "MJ")  # type: ignore[arg-type]
