"""Fits prices of events, and of a step, to measured energies of one's own chip.

    energy of a run = sum over columns of (count x price) + error,   every price >= 0

Non-negative least squares, weighted so that errors count relative to the measured energy, or to its
standard deviation where the file has one. Static energy is no part of it: it is taken off before.

    intervals   all prices lie in their intervals together with the probability `level`. The width
                comes from a studentised residual bootstrap of the unbounded fit: the quantile of
                the largest deviation of any price, in units of its standard error.
    score       every run is predicted by a fit to all others.

Refused is what the data cannot determine: fewer runs than prices and two more, a column of zeros,
two definitions of a synaptic operation at once, and columns that rise and fall together so that
their prices cannot be told apart. A price whose interval reaches down to 0 is kept and named.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from calibration.energy_measurements import STEPS, Float64, Measurements
from hardware.energy.model import EnergyModel, Group, Term
from spiketrack.constants import Constant
from spiketrack.counts.counters import Counter
from spiketrack.errors import MeasurementError
from spiketrack.plain_text import plural

MIN_SPARE_RUNS = 2
LEAST_SINGULAR = 1e-3
"""Smallest singular value of the columns at length 1, over the largest, that can be told from 0."""
SHARE_NAMED = 0.1
"""A column is named with others if its share in the direction that is not determined is larger."""
DRAWS, CHUNK = 2000, 200

GROUPS: Mapping[Counter, Group] = {
    "synops.graded": "synapse",
    "synops.unary": "synapse",
    "synops.all_weights": "synapse",
    "synops.unary_all_weights": "synapse",
    "true_macs": "rgb",
    "neuron_updates": "neuron",
    "membrane_adds": "arithmetic",
    "rescale_multiplies": "arithmetic",
    "host_flops": "host",
    "memory.weight_reads": "memory",
    "memory.weight_bytes_read": "memory",
    "memory.state_reads": "memory",
    "memory.state_writes": "memory",
    "memory.state_bytes": "memory",
    "memory.messages": "messages",
    "memory.unary_messages": "messages",
    "memory.message_bytes": "messages",
    "events": "messages",
    "unary_spikes": "messages",
}
"""Counters that a chip can be charged for, and the part of a report that each belongs to."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FittedPrice:
    """What the measurements say about one column, in pJ for one count.

    Attributes:
        column: a counter, or "steps".
        price_pj: the fitted price.
        low_pj: lower end of its interval.
        high_pj: upper end.
    """

    column: str
    price_pj: float
    low_pj: float
    high_pj: float

    @property
    def reaches_zero(self) -> bool:
        """Whether the measurements allow that this costs nothing."""
        return self.low_pj <= 0


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class EnergyFit:
    """Prices, how sure they are, and how well they predict.

    Attributes:
        measurements: what was fitted.
        prices: one for each column.
        level: probability that all intervals hold together.
        predicted: (runs,) predicted over measured energy of each run, by a fit to all others.
        residual: root mean square of the relative errors of the fit itself.
    """

    measurements: Measurements
    prices: tuple[FittedPrice, ...]
    level: float
    predicted: Float64
    residual: float

    def model(self, name: str, title: str) -> EnergyModel:
        """Makes a price list of the fit, with the intervals as its range.

        Args:
            name: short key of the price list.
            title: its name for people.
        """
        events = [one.column for one in self.prices if one.column.startswith("synops.")]
        low, high = float(self.predicted.min()), float(self.predicted.max())
        runs = plural(len(self.predicted), "run")
        return EnergyModel(
            name=name,
            title=title,
            technology="as measured",
            precision="as measured",
            scope="chip dynamic",
            events=events[0] if events else "none",
            terms=tuple(self._term(one) for one in self.prices if one.column != STEPS),
            omits=("static power",),
            uncertainty=(
                f"Fitted to {runs}; a fit to all others predicts a run at {low:.3g} to "
                f"{high:.3g} of what was measured. The range holds with {100 * self.level:g} % "
                f"for all prices together."
            ),
            per_step=next(
                (self._constant(one.price_pj) for one in self.prices if one.column == STEPS), None
            ),
            static_power=self._static(),
        )

    def _term(self, fitted: FittedPrice) -> Term:
        counter = _counter(fitted.column)
        return Term(
            label=fitted.column.replace(".", " ").replace("_", " "),
            counter=counter,
            group=GROUPS[counter],
            cost=self._constant(fitted.price_pj, counter),
            low=self._constant(fitted.low_pj, counter),
            high=self._constant(fitted.high_pj, counter),
        )

    def _constant(self, value_pj: float, counter: str = "") -> Constant:
        unit = "pJ/B" if counter.endswith(("_bytes", "_bytes_read")) else "pJ"
        source = f"derived: fitted to {self.measurements.source}"
        return Constant(value_pj, unit, source, "D")

    def _static(self) -> Constant | None:
        static_w = self.measurements.static_w
        if static_w is None:
            return None
        source = f"derived: mean of {self.measurements.source}"
        return Constant(static_w, "W", source, "D")


def fit_energy(measurements: Measurements, *, level: float = 0.95, seed: int = 0) -> EnergyFit:
    """Fits a price to every column.

    Args:
        measurements: measured runs.
        level: probability that all prices lie in their intervals, between 0.5 and 1.
        seed: of the bootstrap.

    Raises:
        MeasurementError: the measurements do not determine the prices; the message names columns.
        ValueError: `level` is not between 0.5 and 1.
    """
    if not 0.5 <= level < 1:
        raise ValueError(f"level must be from 0.5 to below 1, found {level}")
    _require_columns(measurements)
    spread = measurements.dynamic_pj if measurements.sd_pj is None else measurements.sd_pj
    design = measurements.counts / spread[:, None]
    energy = measurements.dynamic_pj / spread
    lengths = np.linalg.norm(design, axis=0)
    design /= lengths
    _require_determined(measurements, design)
    fitted = _non_negative(design, energy)
    half_widths, centres = _intervals(design, energy, level, np.random.default_rng(seed))
    low = np.minimum(np.maximum(centres - half_widths, 0.0), fitted)
    high = np.maximum(np.maximum(centres + half_widths, 0.0), fitted)
    relative = (design @ fitted) / energy - 1
    return EnergyFit(
        measurements=measurements,
        prices=tuple(
            FittedPrice(column=name, price_pj=price, low_pj=least, high_pj=most)
            for name, price, least, most in zip(
                measurements.columns,
                (fitted / lengths).tolist(),
                (low / lengths).tolist(),
                (high / lengths).tolist(),
                strict=True,
            )
        ),
        level=level,
        predicted=_leave_one_out(design, energy),
        residual=float(np.sqrt(np.mean(relative**2))),
    )


def _counter(column: str) -> Counter:
    for counter in GROUPS:
        if counter == column:
            return counter
    raise MeasurementError(f"column '{column}'", f"one of {', '.join(GROUPS)}, or {STEPS}")


def _require_columns(measurements: Measurements) -> None:
    source, columns = measurements.source, measurements.columns
    for name in columns:
        if name != STEPS:
            _counter(name)
    synops = [name for name in columns if name.startswith("synops.")]
    if len(synops) > 1:
        raise MeasurementError(
            source,
            needed="one definition of a synaptic operation",
            found=", ".join(synops),
            advice="They count the same operations: choose one with --columns.",
        )
    n_runs, n_prices = measurements.counts.shape
    if n_runs < n_prices + MIN_SPARE_RUNS:
        raise MeasurementError(
            source,
            needed=f"at least {n_prices + MIN_SPARE_RUNS} runs for {plural(n_prices, 'price')}",
            found=str(n_runs),
            advice="Measure more runs of other work, or fit fewer columns with --columns.",
        )
    for name, column in zip(columns, measurements.counts.T, strict=True):
        if not column.any():
            raise MeasurementError(
                f"column '{name}' of {source}", "a run in which it was counted", "zeros alone"
            )


def _require_determined(measurements: Measurements, design: Float64) -> None:
    """Checks that no column is a mixture of others, as far as measurements can tell."""
    _, singular, directions = np.linalg.svd(design, full_matrices=False)
    if singular[-1] >= LEAST_SINGULAR * singular[0]:
        return
    share = np.abs(directions[-1])
    named = [
        name
        for name, part in zip(measurements.columns, share, strict=True)
        if part > SHARE_NAMED * share.max()
    ]
    raise MeasurementError(
        f"columns {', '.join(named)} of {measurements.source}",
        needed="runs in which they do not rise and fall together",
        found="one that is a mixture of the others",
        advice="Measure runs that change one of them alone, or leave one out with --columns.",
    )


def _non_negative(design: Float64, energy: Float64) -> Float64:
    # Why here: it takes half a second to import, and nothing else of the project needs it.
    from scipy.optimize import nnls

    solution: Float64 = nnls(design, energy)[0]
    return solution


def _leave_one_out(design: Float64, energy: Float64) -> Float64:
    predicted = np.zeros(len(energy))
    kept = np.ones(len(energy), bool)
    for run, row in enumerate(design):
        kept[run] = False
        predicted[run] = row @ _non_negative(design[kept], energy[kept]) / energy[run]
        kept[run] = True
    return predicted


def _intervals(
    design: Float64, energy: Float64, level: float, random: np.random.Generator
) -> tuple[Float64, Float64]:
    """Half widths of intervals that hold together, and their centres, of the unbounded fit."""
    n_runs, n_prices = design.shape
    solver = np.linalg.pinv(design)
    centres = solver @ energy
    leverage = np.einsum("ij,ji->i", design, solver)
    residuals = energy - design @ centres
    spread = np.sqrt(np.diag(solver @ solver.T))
    deviation = np.sqrt(residuals @ residuals / (n_runs - n_prices))
    # A residual is smaller than the error behind it, by how much the fit leans on its run.
    errors = residuals / np.sqrt(np.maximum(1 - leverage, 1e-6))
    errors -= errors.mean()
    largest = np.concatenate(
        [
            _largest_deviations(design, solver, spread, random.choice(errors, (n_runs, CHUNK)))
            for _ in range(DRAWS // CHUNK)
        ]
    )
    return np.quantile(largest, level) * deviation * spread, centres


def _largest_deviations(
    design: Float64, solver: Float64, spread: Float64, errors: Float64
) -> Float64:
    """The largest deviation of any price, in standard errors, for each column of drawn errors."""
    n_runs, n_prices = design.shape
    moved = solver @ errors
    left = errors - design @ moved
    deviation = np.sqrt((left**2).sum(axis=0) / (n_runs - n_prices))
    scale = np.where(deviation > 0, deviation, 1.0) * spread[:, None]
    largest: Float64 = np.abs(moved / scale).max(axis=0)
    return largest
