"""Charts of energy: every model on one axis, formula against counted, the gap in steps."""

from dataclasses import asdict, dataclass
from typing import get_args

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from hardware.energy import AuditReport
from hardware.energy.gap import GapChain
from hardware.energy.model import Scope
from hardware.energy.phases import MAIN_PHASES
from spiketrack.report.canvas import (
    FAINT,
    GRID,
    INK,
    STAGE_COLOURS,
    Chart,
    RowNote,
    draw_rows,
    label,
)
from spiketrack.report.stages import STAGES, stage_of
from spiketrack.report.units import energy

_MJ = 1e9
_FORMULA, _COUNTED, _RIVAL, _CLAIM = "#b0413e", "#0b6e99", "#c58b1b", "#6b4c9a"
_GRADED = "#7fb6cf"
_RIVALS = "rivals and this one, multiply/accumulate only"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Mark:
    """One figure of the chart of all models, with its range; energies in mJ."""

    group: str
    label: str
    value: float
    low: float
    high: float


def energy_by_model(audit: AuditReport) -> Chart:
    """Draws all figures for one frame on one logarithmic axis, grouped by kind."""
    marks = _marks(audit)
    colours = {"formula": _FORMULA, "claim": _CLAIM, _RIVALS: _RIVAL}
    rows = _rows_with_headings(marks)
    notes = [RowNote(mark.label, _range(mark), row) for mark, row in zip(marks, rows, strict=True)]

    def paint(_: Figure, axes: Axes) -> None:
        for mark, row in zip(marks, rows, strict=True):
            colour = colours.get(mark.group, _COUNTED)
            axes.plot([mark.low, mark.high], [row, row], color=colour, linewidth=5, alpha=0.25)
            axes.plot([mark.value], [row], "o", color=colour, markersize=7)
            label(axes, f"  {energy(mark.value * _MJ)}", mark.high, row)
        axes.set_xscale("log")
        # Room on the right for the number behind the last bar.
        axes.set_xlim(min(mark.low for mark in marks) / 1.6, max(mark.high for mark in marks) * 3)
        # Upside down: the first row of the list stands at the top.
        axes.set_ylim(rows[-1] + 0.7, -0.7)
        _name_rows(axes, marks, rows)
        axes.xaxis.set_major_formatter(lambda value, _: f"{value:g}")
        axes.set_xlabel(f"energy per {MAIN_PHASES[audit.phase]} (mJ, logarithmic)")
        axes.grid(axis="x")

    png, spots = draw_rows(9, 0.27 * rows[-1] + 1.1, paint, notes)
    return Chart(
        name="energy_by_model",
        title="One frame, every price list",
        caption=(
            "The same counts under every model; bars show a model's published range. Only "
            "figures of one group and one scope may be set against each other. Static power is "
            "in none of them."
        ),
        alt=f"Energy per {MAIN_PHASES[audit.phase]}: "
        + "; ".join(f"{mark.label} {energy(mark.value * _MJ)}" for mark in marks),
        png=png,
        spots=spots,
        data={
            "unit": f"mJ per {audit.phase} frame",
            "points": [asdict(mark) for mark in marks],
        },
    )


def formula_against_counted(audit: AuditReport) -> Chart:
    """Draws by stage the formula (D once) beside the exact counts at prices of the same table."""
    stages = [
        stage for stage in STAGES if any(stage_of(layer.name) == stage for layer in audit.layers)
    ]
    formula = _per_stage(audit, stages, "formula")
    counted = _per_stage(audit, stages, "horowitz45-fp32")
    notes = [
        RowNote(stage, f"formula {formula[row]:.6g} mJ, counted {counted[row]:.6g} mJ", row)
        for row, stage in enumerate(stages)
    ]

    def paint(_: Figure, axes: Axes) -> None:
        for row, stage in enumerate(stages):
            axes.barh(row - 0.19, formula[row], height=0.36, color=FAINT)
            axes.barh(row + 0.19, counted[row], height=0.36, color=STAGE_COLOURS[stage])
            label(axes, f"formula {energy(formula[row] * _MJ)}", formula[row], row - 0.19, 8)
            label(axes, f"counted {energy(counted[row] * _MJ)}", counted[row], row + 0.19, 8)
        axes.set_yticks(range(len(stages)), stages)
        axes.set_ylim(len(stages) - 0.45, -0.55)
        axes.set_xlim(0, max([*formula, *counted, 1e-12]) * 1.25)
        axes.set_xlabel("energy per tracked frame (mJ), fp32 prices at 45 nm, compute only")
        axes.grid(axis="x")

    png, spots = draw_rows(9, 0.62 * len(stages) + 0.8, paint, notes)
    return Chart(
        name="formula_against_counted",
        title="Formula against counted, by stage",
        caption=(
            "Grey shows the formula with D counted once, colour exact unary SynOps, RGB MACs, "
            "neuron updates and other arithmetic at prices of the same table."
        ),
        alt="; ".join(
            f"{stage}: formula {energy(first * _MJ)}, counted {energy(second * _MJ)}"
            for stage, first, second in zip(stages, formula, counted, strict=True)
        ),
        png=png,
        spots=spots,
        data={
            "unit": "mJ per track frame",
            "stages": stages,
            "formula_single_d": formula,
            "counted_fp32": counted,
        },
    )


def gap_figure(chain: GapChain, title: str) -> Chart:
    """Draws the chain of corrections as a waterfall from the formula to the counted energy."""
    # Thinner bars than that cannot be seen in the picture.
    visible_pj = 0.002 * max(chain.start_pj, chain.end_pj)
    steps = [step for step in chain.steps if abs(step.delta_pj) > visible_pj]
    highest_pj = max(chain.start_pj, *(step.after_pj for step in chain.steps))
    labels = [f"formula, {chain.start}", *(step.name for step in steps), "counted"]
    totals = [chain.start_pj, *(step.after_pj for step in steps), chain.end_pj]
    notes = [
        RowNote(name, f"{total / _MJ:.6g} mJ after this line", row)
        for row, (name, total) in enumerate(zip(labels, totals, strict=True))
    ]

    def paint(_: Figure, axes: Axes) -> None:
        axes.barh(0, chain.start_pj / _MJ, color=_FORMULA, height=0.62)
        for row, step in enumerate(steps, start=1):
            left = min(step.after_pj, step.after_pj - step.delta_pj) / _MJ
            colour = _GRADED if step.delta_pj < 0 else _RIVAL
            axes.barh(row, abs(step.delta_pj) / _MJ, left=left, color=colour, height=0.62)
            axes.plot([step.after_pj / _MJ] * 2, [row - 0.31, row + 1.31], color=INK, linewidth=0.7)
        axes.barh(len(steps) + 1, chain.end_pj / _MJ, color=_COUNTED, height=0.62)
        _waterfall_labels(axes, chain, [(step.delta_pj, step.after_pj) for step in steps])
        axes.set_yticks(range(len(labels)), labels)
        axes.set_ylim(len(labels) - 0.4, -0.6)
        # Never an axis of length 0, on which nothing can be drawn.
        axes.set_xlim(0, highest_pj / _MJ * 1.18 + 1e-12)
        axes.set_xlabel("energy per frame (mJ)")
        axes.grid(axis="x")

    png, spots = draw_rows(9, 0.4 * len(labels) + 0.8, paint, notes)
    return Chart(
        name="gap",
        title=f"From the formula to: {title}",
        caption=(
            "Each line corrects one thing; corrections below 0.2 % are left out of the picture, "
            "not of the table."
        ),
        alt="Waterfall: " + "; ".join(f"{s.name} {_signed(s.delta_pj)}" for s in steps),
        png=png,
        spots=spots,
        data={
            "unit": "mJ per frame",
            "model": chain.model,
            "start": chain.start_pj / _MJ,
            "steps": [
                {"name": s.name, "delta": s.delta_pj / _MJ, "after": s.after_pj / _MJ}
                for s in chain.steps
            ],
            "end": chain.end_pj / _MJ,
        },
    )


def _marks(audit: AuditReport) -> list[_Mark]:
    marks: list[_Mark] = [
        _exact("formula", reading.title, reading.total_pj)
        for reading in audit.readings
        # With one template T is 1, and the readings of T are the same.
        if audit.n_templates > 1 or not reading.name.startswith("global")
    ]
    marks += [
        _exact("claim", check.claim.subject, check.claimed_mj * _MJ) for check in audit.claims
    ]
    for scope in get_args(Scope):
        marks += [
            _Mark(
                group=f"counted, {scope}",
                label=result.title,
                value=result.total_pj / _MJ,
                low=result.low_pj / _MJ,
                high=result.high_pj / _MJ,
            )
            for result in audit.counted
            if result.scope == scope
        ]
    marks += [_with_low(rival.title, rival.total_pj, rival.low_pj) for rival in audit.rivals]
    marks += [
        _with_low(
            f"this one: {result.title}",
            result.multiply_accumulate_pj,
            result.low_multiply_accumulate_pj,
        )
        for result in audit.counted
        if result.scope == "compute only"
    ]
    # A logarithmic axis has no zero; with nothing counted one mark at its foot keeps it drawable.
    return [mark for mark in marks if mark.low > 0] or [_exact("counted", "nothing counted", 1.0)]


def _range(mark: _Mark) -> str:
    value = f"{mark.value:.6g} mJ"
    return value if mark.low == mark.high else f"{value}, from {mark.low:.6g} to {mark.high:.6g} mJ"


def _with_low(name: str, value_pj: float, low_pj: float) -> _Mark:
    """Makes a mark at equal scope, whose high end is the figure itself."""
    value = value_pj / _MJ
    return _Mark(group=_RIVALS, label=name, value=value, low=low_pj / _MJ, high=value)


def _exact(group: str, name: str, value_pj: float) -> _Mark:
    value = value_pj / _MJ
    return _Mark(group=group, label=name, value=value, low=value, high=value)


def _signed(value_pj: float) -> str:
    return f"{'+' if value_pj > 0 else '−'} {energy(abs(value_pj))}"


def _rows_with_headings(marks: list[_Mark]) -> list[int]:
    """Gives each mark a row and leaves one row free above every group for its heading."""
    rows: list[int] = []
    for index, mark in enumerate(marks):
        first = index == 0 or marks[index - 1].group != mark.group
        rows.append((rows[-1] if rows else -1) + (2 if first else 1))
    return rows


def _name_rows(axes: Axes, marks: list[_Mark], rows: list[int]) -> None:
    """Writes names at the rows and, in bold above the first mark of each group, the group."""
    groups = [mark.group for mark in marks]
    starts = [i for i, group in enumerate(groups) if i == 0 or groups[i - 1] != group]
    names = [*(mark.label for mark in marks), *(groups[i] for i in starts)]
    axes.set_yticks([*rows, *(rows[i] - 1 for i in starts)], names)
    axes.tick_params(axis="y", length=0)
    for text in axes.get_yticklabels()[len(rows) :]:
        text.set_fontweight("bold")
    for i in starts[1:]:
        axes.axhline(rows[i] - 1.5, color=GRID, linewidth=1)


def _per_stage(audit: AuditReport, stages: list[str], which: str) -> list[float]:
    return [
        sum(
            layer.formula_pj["single-d"] if which == "formula" else layer.counted_pj[which]
            for layer in audit.layers
            if stage_of(layer.name) == stage
        )
        / _MJ
        for stage in stages
    ]


def _waterfall_labels(axes: Axes, chain: GapChain, steps: list[tuple[float, float]]) -> None:
    label(axes, energy(chain.start_pj), chain.start_pj / _MJ, 0)
    for row, (delta, after) in enumerate(steps, start=1):
        label(axes, _signed(delta), max(after, after - delta) / _MJ, row)
    label(axes, energy(chain.end_pj), chain.end_pj / _MJ, len(steps) + 1)
