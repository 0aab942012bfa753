"""Tables of a mapping: a summary, its layers, and the boards that hold it."""

import csv
import io
from collections import Counter

from hardware.mapping import LayerRecord, MappingRecord
from hardware.mapping.demand import LIMIT_OF
from spiketrack.json_fields import Fields
from spiketrack.plain_text import plural, shown, spreadsheet_cell
from spiketrack.report.tables import Cell, TableData, columns, number_cell, text_cell
from spiketrack.report.units import count, digits, percent

_RESOURCES = {
    "neurons": "neurons",
    "synapse_bits": "weights",
    "state_bits": "state",
    "in_axons": "in-axons",
    "out_axons": "out-axons",
    "memory_bits": "memory",
}


REASONS = 6
"""How many reasons a table shows; it counts the others."""


def mapping_tables(record: MappingRecord) -> list[TableData]:
    """Makes the tables that a terminal shows."""
    return [
        summary_table(record),
        time_table(record),
        core_table(record),
        kind_table(record),
        board_table(record),
    ]


def summary_table(record: MappingRecord) -> TableData:
    """Shows chips, cores, traffic and times."""
    board, summary = record.fields("board"), record.fields("summary")
    traffic, timing = summary.inner("traffic"), summary.inner("timing")
    hops = traffic.number("traffic_hops")
    ratios = [
        _ratio(traffic.number(f"{other}_traffic_hops"), hops) for other in ("baseline", "random")
    ]
    rows = [
        ("board", f"{board.text('name')}, {plural(board.whole('chips'), 'chip')}"),
        ("cores used", f"{board.whole('cores_used'):,} of {board.whole('cores'):,}"),
        ("fewest cores without balancing", f"{summary.whole('fewest_cores'):,}"),
        ("chips filled", f"{board.whole('chips_filled'):,}"),
        *_together(summary),
        ("messages between cores a frame", count(traffic.number("messages"))),
        ("messages x hops a frame", count(hops)),
        ("the same in network order : at random", f"{ratios[0]} : {ratios[1]} times as many"),
        ("hops a message", digits(traffic.number("mean_hops"))),
        ("messages x chip borders a frame", count(traffic.number("chip_crossings"))),
        ("busiest link, messages a frame", count(traffic.number("peak_link"))),
        ("messages from the host : to the host", _host(traffic)),
        ("busiest core, SynOps a step", _peak(timing)),
        ("steps of a frame that comes alone", f"{timing.whole('depth'):,}"),
        ("activity", summary.text("activity")),
    ]
    return TableData(
        title=f"Graph '{record.graph}' on {record.fields('target').text('title')}",
        columns=columns("what", "value"),
        rows=tuple((text_cell(name), text_cell(value)) for name, value in rows),
        note="Nothing was measured on a chip. What these figures leave out is listed under "
        "not_in_it in mapping.json.",
    )


def time_table(record: MappingRecord) -> TableData:
    """Shows the times of a step and of a frame under every time table, beside measured steps."""
    timing = record.fields("summary").inner("timing")
    tables = timing.inners("estimates") if "estimates" in timing.members else ()
    rows = tuple(
        (
            text_cell(times.text("title")),
            text_cell(f"{digits(times.number('step_us'))} us"),
            text_cell(_milliseconds(times.number("alone_us"))),
            text_cell(_milliseconds(times.number("latency_us"))),
            text_cell(f"{digits(times.number('interval_us'))} us"),
            text_cell(_scores(times.inners("scores"))),
        )
        for times in tables
    )
    return TableData(
        title="Estimated times",
        columns=columns(
            "times of an operation", "#step", "#frame alone", "#frame in a full pipeline",
            "#a frame every", "predicted / measured step",
        ),
        rows=rows,
        note="These are estimates, not bounds: the time of an operation is published for "
        "another chip or another network. The last column compares each table with steps that "
        "were measured, on the cores that the chip's own compiler chose. A tracker's frames come "
        "alone, since the next crop needs the last box.",
    )  # fmt: skip


def core_table(record: MappingRecord) -> TableData:
    """Shows the mean and the peak use of a core, per resource."""
    per_core = record.fields("summary").inner("per_core")
    quantities = record.fields("target").inner("quantities")
    rows = []
    for name, title in _RESOURCES.items():
        used = per_core.inner(name)
        limit = used.number("limit")
        rows.append(
            (
                text_cell(title),
                number_cell(limit, count),
                text_cell(quantities.inner(LIMIT_OF[name]).text("unit")),
                number_cell(used.number("mean_share"), percent),
                number_cell(used.number("peak") / limit, percent),
            )
        )
    return TableData(
        title="Use of the cores that hold something",
        columns=columns("resource", "#limit of a core", "unit", "#mean", "#peak"),
        rows=tuple(rows),
    )


def kind_table(record: MappingRecord) -> TableData:
    """Shows how many layers run on stock processes, in microcode, on the host, not on this chip."""
    groups: dict[str, list[LayerRecord]] = {}
    for layer in record.layers:
        groups.setdefault(layer.runs_on, []).append(layer)
    rows = [
        (
            text_cell(where),
            number_cell(len(layers), count),
            number_cell(sum(layer.neurons for layer in layers), count),
            text_cell(_most_common(_reasons(layers))),
        )
        for where, layers in groups.items()
    ]
    return TableData(
        title="Where the layers run",
        columns=columns("runs on", "#layers", "#compartments", "because of"),
        rows=tuple(rows),
        note="A layer marked 'not on this chip' is counted as if the chip could compute it.",
    )


def board_table(record: MappingRecord) -> TableData:
    """Shows which boards hold the network."""
    rows = tuple(
        (
            text_cell(board.text("board")),
            number_cell(board.whole("chips"), count),
            text_cell("yes" if board.flag("holds_it") else "no"),
        )
        for board in record.fields("summary").inners("chips_per_board")
    )
    return TableData(title="Boards", columns=columns("board", "#chips", "holds it"), rows=rows)


def layer_table(record: MappingRecord) -> TableData:
    """Shows every layer: cores, use of each resource, copies of weights, where it runs."""
    titles = [f"#{title}" for title in _RESOURCES.values()]
    return TableData(
        title="Layers",
        columns=columns(
            "layer", "kind", "runs on", "#compartments", "parts C x H x W", "#cores", *titles,
            "#weights", "#of these copies", "#memory entries", "#of these copies", "#SynOps",
            "#messages",
        ),
        rows=tuple(_layer_row(layer) for layer in record.layers),
        note="A resource's column is the mean share of a core's limit that one tile fills.",
    )  # fmt: skip


def layer_csv(record: MappingRecord) -> str:
    """Writes the layers as CSV: numbers are not rounded, and no name is read as a formula."""
    head = [
        "layer", "kind", "runs_on", "channels", "rows", "columns", "steps", "compartments",
        "parts_channels", "parts_rows", "parts_columns", "cores", *_RESOURCES, "weights",
        "duplicated_weights", "contents", "duplicated_contents", "synops", "messages",
    ]  # fmt: skip
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow(head)
    for layer in record.layers:
        shares = [layer.utilisation.get(name, 0.0) for name in _RESOURCES]
        writer.writerow([
            *(spreadsheet_cell(shown(text)) for text in (layer.name, layer.kind, layer.runs_on)),
            *layer.shape, layer.n_steps,
            layer.neurons, *layer.parts, len(set(layer.cores)), *shares, layer.weights,
            layer.duplicated_weights, layer.contents, layer.duplicated_contents, layer.synops,
            layer.messages,
        ])  # fmt: skip
    return stream.getvalue()


def _layer_row(layer: LayerRecord) -> tuple[Cell, ...]:
    shares = [number_cell(layer.utilisation.get(name, 0.0), percent) for name in _RESOURCES]
    return (
        text_cell(layer.name),
        text_cell(layer.kind),
        text_cell(layer.runs_on),
        number_cell(layer.neurons, count),
        text_cell(" x ".join(str(part) for part in layer.parts)),
        number_cell(len(set(layer.cores)), count),
        *shares,
        number_cell(layer.weights, count),
        number_cell(layer.duplicated_weights, count),
        number_cell(layer.contents, count),
        number_cell(layer.duplicated_contents, count),
        number_cell(layer.synops, count),
        number_cell(layer.messages, count),
    )


def _most_common(reasons: list[str]) -> str:
    """Names the reasons that most layers have, and counts the others."""
    counted = Counter(reasons).most_common()
    shown_reasons = [f"{reason} ({layers})" for reason, layers in counted[:REASONS]]
    more = len(counted) - len(shown_reasons)
    return "; ".join([*shown_reasons, f"{more} others"] if more else shown_reasons)


def _reasons(layers: list[LayerRecord]) -> list[str]:
    return [reason for layer in layers for reason in layer.why.split("; ") if reason]


def _ratio(other: float, best: float) -> str:
    return digits(other / best) if best else "-"


def _host(traffic: Fields) -> str:
    ways = (traffic.number("messages_from_host"), traffic.number("messages_to_host"))
    return " : ".join(count(messages) for messages in ways)


def _together(summary: Fields) -> list[tuple[str, str]]:
    """Says what the graphs of a tracker need together, since they live on the chips at once."""
    if summary.members.get("together") is None:
        return []
    whole = summary.inner("together")
    names = " and ".join(sorted(whole.inner("fewest_cores").members))
    if whole.members.get("total") is None:
        return [(f"{names} together", "one of them does not fit")]
    where = "no board" if whole.members.get("board") is None else whole.text("board")
    cores, chips = plural(whole.whole("total"), "core"), plural(whole.whole("chips"), "chip")
    return [(f"{names} together, at least", f"{cores}, {chips}: {where}")]


def _scores(scores: tuple[Fields, ...]) -> str:
    return ", ".join(
        f"{score.text('record_title')} {digits(score.number('ratio'))}" for score in scores
    )


def _milliseconds(microseconds: float) -> str:
    return f"{digits(microseconds / 1000)} ms"


def _peak(timing: Fields) -> str:
    peak, mean = timing.number("peak_synops"), timing.number("mean_synops")
    return f"{count(peak)} (mean {count(mean)})"
