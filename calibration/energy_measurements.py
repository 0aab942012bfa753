"""Measurements of a chip in a CSV file: what was counted, for how many steps, and what was drawn.

One row is one measured run. The first line names the columns:

    name                a word for the row; may be left out
    a counter           as `spiketrack.counts` names it, e.g. synops.graded or neuron_updates
    steps               steps of the chip; may be left out
    dynamic_uj          energy less static energy, in pj, nj, uj, mj or j, as the name ends
    total_uj, static_uj instead of it: energy, and static energy, in the same units
    total_w, static_w, time_us   instead of both: powers, and time in ns, us, ms or s
    sd_uj               standard deviation of the dynamic energy; may be left out

The names of Lava's chip profiler are counters too: syn_ops (synops.graded), dendrite_updates
(neuron_updates), spikes_in (events), axon_out (memory.messages). Every counter must be a sum over
the whole run, as the energy is. Lines that begin with # are passed over.
"""

import csv
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from spiketrack.counts.counters import COUNTERS, Counter
from spiketrack.errors import MeasurementError
from spiketrack.json_fields import shortened

Float64 = NDArray[np.float64]

MAX_BYTES = 1 << 20
MAX_ROWS = 2000
STEPS = "steps"
PROFILER_NAMES: Mapping[str, Counter] = {
    "syn_ops": "synops.graded",
    "dendrite_updates": "neuron_updates",
    "spikes_in": "events",
    "axon_out": "memory.messages",
}
"""What the counters of Lava's chip profiler are called here."""
COUNTER_NAMES: Mapping[str, Counter] = {**{name: name for name in COUNTERS}, **PROFILER_NAMES}
_PJ = {"pj": 1.0, "nj": 1e3, "uj": 1e6, "mj": 1e9, "j": 1e12}
_SECONDS = {"ns": 1e-9, "us": 1e-6, "ms": 1e-3, "s": 1.0}
_ENERGIES = ("dynamic", "total", "static", "sd")
_ADVICE = "calibration/energy_measurements.py says which columns a file has."


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Measurements:
    """Measured runs.

    Attributes:
        source: where they come from, in words.
        names: a word for each run.
        columns: counters, and perhaps "steps", in the order of the file.
        counts: (runs, columns) how often each was counted.
        dynamic_pj: (runs,) energy less static energy.
        sd_pj: (runs,) its standard deviation; None where the file has none.
        static_w: mean static power; None where the file has none.
    """

    source: str
    names: tuple[str, ...]
    columns: tuple[str, ...]
    counts: Float64
    dynamic_pj: Float64
    sd_pj: Float64 | None
    static_w: float | None

    def only(self, columns: Sequence[str]) -> "Measurements":
        """Keeps some of the columns.

        Args:
            columns: names of counters, or "steps".

        Raises:
            MeasurementError: a column is not there.
        """
        places = []
        for name in columns:
            own = COUNTER_NAMES.get(name, name)
            if own not in self.columns:
                known = ", ".join(self.columns)
                raise MeasurementError(f"column '{name}' of {self.source}", f"one of {known}")
            places.append(self.columns.index(own))
        return Measurements(
            source=self.source,
            names=self.names,
            columns=tuple(self.columns[place] for place in places),
            counts=self.counts[:, places],
            dynamic_pj=self.dynamic_pj,
            sd_pj=self.sd_pj,
            static_w=self.static_w,
        )


def read_measurements(path: Path | str) -> Measurements:
    """Reads measured runs from a CSV file.

    Args:
        path: the file, as the docstring of this module describes it.

    Raises:
        MeasurementError: it cannot be read, or a column or a cell is missing, unknown or wrong; the
            message names it.
    """
    what = f"measurements '{Path(path).name}'"
    header, rows = _rows(what, path)
    table = {name: _numbers(what, name, header, rows) for name in header if name != "name"}
    columns = tuple(name for name in header if name in COUNTER_NAMES or name == STEPS)
    if not columns:
        raise MeasurementError(what, "at least one counter, or steps", "none", _ADVICE)
    own = tuple(COUNTER_NAMES.get(name, name) for name in columns)
    for name in own:
        if own.count(name) > 1:
            raise MeasurementError(what, f"one column for {name}", str(own.count(name)))
    dynamic_pj, static_w = _dynamic(what, table)
    for line, energy in enumerate(dynamic_pj):
        if energy <= 0:
            named = _name(header, rows[line], line)
            needed = "a dynamic energy above zero"
            raise MeasurementError(f"run '{named}' of {what}", needed, f"{energy:g} pJ")
    return Measurements(
        source=what,
        names=tuple(_name(header, row, line) for line, row in enumerate(rows)),
        columns=own,
        counts=np.column_stack([table[name] for name in columns]),
        dynamic_pj=dynamic_pj,
        sd_pj=_deviation(what, table),
        static_w=static_w,
    )


def _rows(what: str, path: Path | str) -> tuple[list[str], list[list[str]]]:
    try:
        with open(path, "rb") as file:
            content = file.read(MAX_BYTES + 1)
        text = content.decode("utf-8-sig")
    except OSError as error:
        found = error.strerror or type(error).__name__
        raise MeasurementError(what, "a readable file", found) from error
    except ValueError as error:
        raise MeasurementError(what, "text in UTF-8", str(error)) from error
    if len(content) > MAX_BYTES:
        raise MeasurementError(what, f"at most {MAX_BYTES:,} bytes", "more")
    lines = [line for line in text.splitlines() if line.strip() and not line.startswith("#")]
    try:
        header, *rows = csv.reader(lines, strict=True)
    except (csv.Error, ValueError) as error:
        raise MeasurementError(what, "a line of columns and lines of runs", str(error)) from error
    if len(rows) > MAX_ROWS:
        advice = "Average runs of the same work."
        raise MeasurementError(what, f"at most {MAX_ROWS:,} runs", f"{len(rows):,}", advice)
    header = [name.strip() for name in header]
    _require_header(what, header)
    for line, row in enumerate(rows):
        if len(row) != len(header):
            named = f"run {line + 1} of {what}"
            raise MeasurementError(named, f"{len(header)} cells", str(len(row)))
    return header, rows


def _require_header(what: str, header: list[str]) -> None:
    units = [f"{kind}_{unit}" for kind in _ENERGIES for unit in _PJ]
    known = {"name", STEPS, "total_w", "static_w", *units, *(f"time_{unit}" for unit in _SECONDS)}
    for name in header:
        if name not in known and name not in COUNTER_NAMES:
            needed = "a counter, steps, an energy, a power or a time"
            raise MeasurementError(f"column {shortened(name)} of {what}", needed, advice=_ADVICE)
        if header.count(name) > 1:
            raise MeasurementError(f"column '{name}' of {what}", "one", str(header.count(name)))


def _numbers(what: str, name: str, header: list[str], rows: list[list[str]]) -> Float64:
    place = header.index(name)
    values = np.zeros(len(rows))
    for line, row in enumerate(rows):
        try:
            value = float(row[place])
        except ValueError:
            value = math.nan
        if not (math.isfinite(value) and value >= 0):
            cell = f"column '{name}' of run '{_name(header, row, line)}' in {what}"
            raise MeasurementError(cell, "a number from 0", shortened(row[place]))
        values[line] = value
    return values


def _name(header: list[str], row: list[str], line: int) -> str:
    return row[header.index("name")].strip() if "name" in header else f"run {line + 1}"


def _energy(what: str, kind: str, table: Mapping[str, Float64]) -> Float64 | None:
    found = [unit for unit in _PJ if f"{kind}_{unit}" in table]
    if len(found) > 1:
        raise MeasurementError(f"{kind} energy in {what}", "one column", str(len(found)))
    return table[f"{kind}_{found[0]}"] * _PJ[found[0]] if found else None


def _dynamic(what: str, table: Mapping[str, Float64]) -> tuple[Float64, float | None]:
    """Dynamic energy in pJ, and mean static power in W where the file has it."""
    static_w = float(table["static_w"].mean()) if "static_w" in table else None
    dynamic, total, static = (_energy(what, kind, table) for kind in ("dynamic", "total", "static"))
    if dynamic is not None:
        return dynamic, static_w
    if total is not None and static is not None:
        return total - static, static_w
    times = [table[f"time_{unit}"] * _SECONDS[unit] for unit in _SECONDS if f"time_{unit}" in table]
    if "total_w" in table and "static_w" in table and len(times) == 1:
        return (table["total_w"] - table["static_w"]) * times[0] * _PJ["j"], static_w
    needed = "dynamic energy; or total and static energy; or total_w, static_w and one time"
    raise MeasurementError(what, needed, ", ".join(table), _ADVICE)


def _deviation(what: str, table: Mapping[str, Float64]) -> Float64 | None:
    sd_pj = _energy(what, "sd", table)
    if sd_pj is not None and not bool((sd_pj > 0).all()):
        raise MeasurementError(f"standard deviations of {what}", "numbers above 0", "0")
    return sd_pj
