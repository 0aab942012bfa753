"""Tables of a fit of prices to measurements: prices with intervals, and runs with predictions."""

from calibration.energy_fit import EnergyFit
from spiketrack.report.tables import TableData, columns, number_cell, text_cell
from spiketrack.report.units import digits, energy, exact, percent, times


def fit_tables(fitted: EnergyFit) -> list[TableData]:
    """Makes the tables of prices and of runs.

    Args:
        fitted: the fit.
    """
    return [_price_table(fitted), _run_table(fitted)]


def _price_table(fitted: EnergyFit) -> TableData:
    static_w = fitted.measurements.static_w
    static = "" if static_w is None else f" Static power, which is apart: {digits(static_w)} W."
    return TableData(
        title=f"Prices that fit {fitted.measurements.source}",
        columns=columns("column", "#price of one", "#low", "#high"),
        rows=tuple(
            (
                text_cell(one.column),
                number_cell(one.price_pj, energy),
                number_cell(one.low_pj, energy),
                number_cell(one.high_pj, energy),
            )
            for one in fitted.prices
        ),
        note=(
            f"All prices lie in their intervals together with {100 * fitted.level:g} %, if errors "
            f"are as large as they look. The fit itself errs by {percent(fitted.residual)}.{static}"
        ),
    )


def _run_table(fitted: EnergyFit) -> TableData:
    runs = fitted.measurements
    low, high = float(fitted.predicted.min()), float(fitted.predicted.max())
    return TableData(
        title="Every run, predicted by a fit to all others",
        columns=columns("run", "#measured", "#predicted / measured"),
        rows=tuple(
            (text_cell(name), number_cell(measured, energy), number_cell(ratio, times))
            for name, measured, ratio in zip(
                runs.names, runs.dynamic_pj.tolist(), fitted.predicted.tolist(), strict=True
            )
        ),
        note=f"{exact(len(runs.names))} runs, at {times(low)} to {times(high)}.",
    )
