"""Numbers as people read them: three significant digits and a unit prefix that fits."""

_PREFIXES = ((1e18, "E"), (1e15, "P"), (1e12, "T"), (1e9, "G"), (1e6, "M"), (1e3, "k"))
_ENERGY = ((1e18, "MJ"), (1e15, "kJ"), (1e12, "J"), (1e9, "mJ"), (1e6, "µJ"), (1e3, "nJ"))


def count(value: float) -> str:
    """Writes a count with a prefix: 1192330997 -> "1.19 G"; below a thousand it stays as it is."""
    for factor, prefix in _PREFIXES:
        if abs(value) >= factor * 0.9995:
            return f"{digits(value / factor)} {prefix}"
    return digits(value)


def energy(value_pj: float) -> str:
    """Writes an energy given in pJ with the unit that fits: 1073097897.3 -> "1.07 mJ"."""
    for factor, unit in _ENERGY:
        if abs(value_pj) >= factor * 0.9995:
            return f"{digits(value_pj / factor)} {unit}"
    return f"{digits(value_pj)} pJ"


def digits(value: float) -> str:
    """Writes three significant digits, everyday sizes without exponent, integers without point.

    A number of nine digits or more has an exponent: nobody counts thirteen digits.
    """
    if value == int(value) and abs(value) < 1000:
        return str(int(value))
    if abs(value) >= 99_999_999.5:
        return f"{value:.3g}"
    # Limits lie half a last digit below the power of ten, so that rounding never adds a digit.
    if abs(value) >= 99.95:
        return f"{value:,.0f}"
    if abs(value) >= 9.995:
        return f"{value:.1f}"
    if abs(value) >= 0.9995:
        return f"{value:.2f}"
    return f"{value:.3f}" if abs(value) >= 0.09995 else f"{value:.3g}"


def exact(value: float) -> str:
    """Writes a published number as it was published: 0.23 -> "0.23", 26000 -> "26,000"."""
    return f"{value:,.0f}" if float(value).is_integer() else f"{value:,.7g}"


def percent(share: float) -> str:
    """Writes a share as a percentage: 0.254 -> "25.4 %"."""
    return f"{digits(100 * share)} %"


def times(ratio: float) -> str:
    """Writes a ratio: 3.7 -> "3.70x"."""
    return f"{digits(ratio)}x"
