"""Tables of the silicon records: what was measured, how price lists score, what is no work."""

from collections.abc import Iterable

from hardware.energy.records import (
    Activity,
    EnergyScore,
    ErrorBar,
    RecordLayer,
    SiliconRecord,
    error_bars,
)
from spiketrack.report.energy_tables import MARK_WORDS
from spiketrack.report.tables import Cell, TableData, columns, number_cell, text_cell
from spiketrack.report.units import digits, energy, exact, percent, times

_PJ_IN_UJ = 1e6
_KIND_WORDS = (
    "Kinds: network has known counts, and its scores belong to the error bars; bounded has bounds "
    "of counts; floor shows the cost of a step; power could not be counted."
)


def record_table(records: Iterable[SiliconRecord]) -> TableData:
    """Lists the records: what ran, on how much, for how long, and what it drew."""
    return TableData(
        title="Silicon records",
        columns=columns(
            "name", "kind", "chip", "#cores", "#steps", "#us a step", "#SynOps", "#updates",
            "#spikes", "#dynamic", "marks",
        ),
        rows=tuple(
            (
                text_cell(one.name),
                text_cell(one.kind),
                text_cell(one.chip),
                _figure(one, "cores"),
                number_cell(one.steps, exact),
                _figure(one, "step_us"),
                *(
                    _count(one.activity, one.activity_most, key)
                    for key in ("synops", "neuron_updates", "spikes")
                ),
                _energy(one, "dynamic_uj"),
                text_cell("".join(sorted({figure.mark for figure in one.measured.values()}))),
            )
            for one in records
        ),
        note=(
            f"Counts and energies are sums over the steps. {_KIND_WORDS} A name as an argument "
            f"shows the figures of one record with their sources. {MARK_WORDS}"
        ),
    )  # fmt: skip


def score_table(scores: Iterable[EnergyScore]) -> TableData:
    """Shows predicted over measured dynamic energy, a row for a record, a column for a model."""
    shown = tuple(scores)
    models = list(dict.fromkeys(score.model for score in shown))
    by_record: dict[str, dict[str, EnergyScore]] = {}
    for score in shown:
        by_record.setdefault(score.record, {})[score.model] = score
    return TableData(
        title="Predicted over measured dynamic energy",
        columns=columns("record", "kind", *models),
        rows=tuple(
            (
                text_cell(record),
                text_cell(next(iter(found.values())).kind),
                *(text_cell(_ratio(found[model])) for model in models),
            )
            for record, found in by_record.items()
        ),
        note=(
            "A ratio of 0.2 says that the chip drew five times what the price list predicts. A "
            "floor shows by how much prices of events miss a step in which next to nothing happens."
        ),
    )


def error_bar_table(bars: Iterable[ErrorBar]) -> TableData:
    """Shows the spread of the scores on records whose counts are known."""
    return TableData(
        title="Error bars: the spread of the scores on records whose counts are known",
        columns=columns(
            "model",
            "#records",
            "#lowest",
            "#highest",
            "#chips drew at least",
            "#at most",
        ),
        rows=tuple(
            (
                text_cell(bar.model),
                number_cell(len(bar.records), exact),
                number_cell(bar.low, times),
                number_cell(bar.high, times),
                number_cell(1 / bar.high, times),
                number_cell(1 / bar.low, times),
            )
            for bar in bars
        ),
        note="The last two columns are in multiples of what the price list predicts.",
    )


def power_table(records: Iterable[SiliconRecord]) -> TableData:
    """Shows what is no work on spikes: static power and its boundary, floors, x86 processors."""
    return TableData(
        title="What is not paid for by events",
        columns=columns(
            "record", "#static", "whose static power", "#x86 of dynamic", "#floor of a step",
            "#static in a step", "what dynamic power is",
        ),
        rows=tuple(
            (
                text_cell(one.name),
                _figure(one, "static_w", " W"),
                text_cell(one.boundary.static),
                _x86_share(one),
                _floor(one),
                _static_step(one),
                text_cell(one.boundary.dynamic),
            )
            for one in records
        ),
        note=(
            "Static power needs its boundary: that of a chip's own rails is a fifth to a quarter "
            "of a watt for Loihi 2, that of a box is about a watt for each chip. x86 is what the "
            "embedded processors drew of all dynamic power, where the record tells them apart."
        ),
    )  # fmt: skip


def record_tables(record: SiliconRecord, scores: Iterable[EnergyScore]) -> list[TableData]:
    """Makes the tables of one record: figures with sources, layers, runs, scores."""
    tables = [_figure_table(record)]
    if record.layers:
        tables.append(layer_table(record.layers, f"Layers of {record.name}", record.split_source))
    if record.runs:
        tables.append(_run_table(record))
    shown = tuple(scores)
    return [*tables, score_table(shown)] if shown else tables


def layer_table(layers: Iterable[RecordLayer], title: str, note: str = "") -> TableData:
    """Shows the layers of a record, with the cores that the chip's own compiler gave them."""
    return TableData(
        title=title,
        columns=columns("layer", "#cores", "#neurons", "#SynOps", "#spikes"),
        rows=tuple(
            (
                text_cell(layer.name),
                *(
                    number_cell(value, exact)
                    for value in (layer.cores, layer.neurons, layer.synops, layer.spikes)
                ),
            )
            for layer in layers
        ),
        note=note,
    )


def bar_tables(scores: Iterable[EnergyScore]) -> list[TableData]:
    """Makes the table of scores and that of the error bars."""
    shown = tuple(scores)
    return [score_table(shown), error_bar_table(error_bars(shown).values())]


def _figure_table(record: SiliconRecord) -> TableData:
    return TableData(
        title=f"{record.title} ({record.kind}), over {record.steps:,} steps",
        columns=columns("what", "#value", "unit", "mark", "source"),
        rows=tuple(
            (
                text_cell(name.rpartition(": ")[2]),
                number_cell(figure.value, exact),
                text_cell(figure.unit),
                text_cell(figure.mark),
                text_cell(figure.source),
            )
            for name, figure in record.constants().items()
        ),
        note=" ".join(
            (
                f"Static power: {record.boundary.static}. Dynamic power: "
                f"{record.boundary.dynamic}. x86: {record.boundary.x86}.",
                *record.caveats,
            )
        ),
    )


def _run_table(record: SiliconRecord) -> TableData:
    rows = []
    before = None
    for run in record.runs:
        slope = text_cell("")
        if before is not None:
            extra = (run.dynamic_uj - before.dynamic_uj) / (run.steps - before.steps)
            slope = number_cell(extra * _PJ_IN_UJ, energy)
        rows.append(
            (
                text_cell(run.label),
                number_cell(run.steps, exact),
                number_cell(run.dynamic_uj * _PJ_IN_UJ, energy),
                slope,
            )
        )
        before = run
    return TableData(
        title="The same work in other numbers of steps",
        columns=columns("run", "#steps", "#dynamic", "#a further step"),
        rows=tuple(rows),
    )


def _ratio(score: EnergyScore) -> str:
    if score.ratio == score.ratio_most:
        return times(score.ratio)
    return f"{times(score.ratio)} to {times(score.ratio_most)}"


def _figure(record: SiliconRecord, key: str, unit: str = "") -> Cell:
    if key not in record.measured:
        return text_cell("")
    write = digits if unit else exact
    return number_cell(record.measured[key].value, lambda value: f"{write(value)}{unit}")


def _energy(record: SiliconRecord, key: str) -> Cell:
    if key not in record.measured:
        return text_cell("")
    return number_cell(record.measured[key].value * _PJ_IN_UJ, energy)


def _count(least: Activity | None, most: Activity | None, key: str) -> Cell:
    if least is None:
        return text_cell("")
    value = int(getattr(least, key))
    highest = value if most is None else int(getattr(most, key))
    if highest == value:
        return number_cell(value, exact)
    return Cell(f"{value:,} to {highest:,}", float(value))


def _x86_share(record: SiliconRecord) -> Cell:
    if "x86_dynamic_w" not in record.measured:
        return text_cell("")
    x86, cores = record.measured["x86_dynamic_w"].value, record.measured["dynamic_w"].value
    return number_cell(x86 / (x86 + cores), percent)


def _floor(record: SiliconRecord) -> Cell:
    if "floor_low_uj" not in record.measured:
        return text_cell("")
    low, high = (record.measured[f"floor_{end}_uj"].value * _PJ_IN_UJ for end in ("low", "high"))
    return Cell(f"{energy(low)} to {energy(high)}", low)


def _static_step(record: SiliconRecord) -> Cell:
    if not {"static_w", "step_us"} <= record.measured.keys():
        return text_cell("")
    # A watt for a microsecond is a microjoule.
    step_uj = record.measured["static_w"].value * record.measured["step_us"].value
    return number_cell(step_uj * _PJ_IN_UJ, energy)
