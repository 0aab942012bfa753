"""Tables of claims: what each check says, which papers are there, and one paper as it was read."""

from collections.abc import Iterable, Sequence

from hardware.energy import AuditReport, CheckedClaim, ClaimFile
from hardware.energy.claims import OUTCOMES, SEED, Claim, Outcome, shipped_file
from spiketrack.plain_text import plural
from spiketrack.report.tables import TableData, columns, number_cell, text_cell
from spiketrack.report.units import exact, percent

MARK_NOTE = (
    "Marks: H primary source, M one secondary source, D derived, A assumed, U unmarked. A sum "
    "holds within what the rounding of the printed numbers allows, at 45 nm prices. Nothing was "
    "measured."
)

_OUTCOME_WORDS: dict[Outcome, tuple[str, str]] = {
    "holds": ("holds", "hold"),
    "holds only if": ("holds under a condition", "hold under a condition"),
    "does not follow": ("does not follow", "do not follow"),
    "cannot be decided": ("cannot be decided", "cannot be decided"),
}
"""Each outcome of one check, and of several."""


def verdict_table(checked: Sequence[CheckedClaim], title: str = "Verdicts on claims") -> TableData:
    """Shows every verdict of every claim; a claim without one is named all the same.

    Args:
        checked: the claims.
        title: what stands above the table.
    """
    rows = []
    for one in checked:
        claim = one.claim
        about = (text_cell(claim.subject), text_cell(_energy(claim)),
                 text_cell(claim.mark_of("energy_mj")))  # fmt: skip
        rows += [
            (*about, text_cell(verdict.check), text_cell(verdict.sentence))
            for verdict in one.verdicts
        ]
        if not one.verdicts:
            nothing = "cannot be decided: the row names neither an energy nor a ratio."
            rows.append((*about, text_cell("-"), text_cell(nothing)))
    return TableData(
        title=title,
        columns=columns("claim", "claimed", "mark", "check", "verdict"),
        rows=tuple(rows),
        note=MARK_NOTE,
    )


def verdict_tables(checked: Sequence[CheckedClaim], titles: dict[str, str]) -> list[TableData]:
    """One table for each paper.

    Args:
        checked: claims of any papers.
        titles: title of each paper, by its key.
    """
    papers = dict.fromkeys(one.paper for one in checked)
    return [
        verdict_table(
            [one for one in checked if one.paper == paper],
            f"Verdicts on: {titles.get(paper, paper)}",
        )
        for paper in papers
    ]


def outcome_words(checked: Iterable[CheckedClaim]) -> str:
    """Counts the outcomes: "32 checks: 12 hold, 9 hold under a condition ..."."""
    outcomes = [verdict.outcome for one in checked for verdict in one.verdicts]
    parts = (plural(outcomes.count(outcome), *_OUTCOME_WORDS[outcome]) for outcome in OUTCOMES)
    return f"{plural(len(outcomes), 'check')}: {', '.join(parts)}"


def paper_table(papers: Sequence[ClaimFile]) -> TableData:
    """Lists papers with how many claims each has.

    Args:
        papers: the files.
    """
    return TableData(
        title="Published claims that come with the project",
        columns=columns("name", "#claims", "paper", "source"),
        rows=tuple(
            (
                text_cell(papers.name),
                number_cell(len(papers.claims), exact),
                text_cell(papers.title),
                text_cell(papers.source),
            )
            for papers in papers
        ),
    )


def row_table(papers: ClaimFile) -> TableData:
    """Shows the claims of one paper as they were read, without any verdict.

    Args:
        papers: its file.
    """
    return TableData(
        title=f"{papers.title} ({papers.source})",
        columns=columns(
            "id", "claim", "claimed", "T", "D", "#GSOP", "#dense, G", "mark", "source", "doubt"
        ),
        rows=tuple(
            (
                text_cell(claim.id),
                text_cell(claim.subject),
                text_cell(_energy(claim)),
                text_cell(claim.steps or "-"),
                text_cell(claim.max_spike or "-"),
                text_cell(claim.synops_g or "-"),
                text_cell(claim.dense_g or "-"),
                text_cell(claim.mark),
                text_cell(claim.source),
                text_cell(claim.note),
            )
            for claim in papers.claims
        ),
    )


def _energy(claim: Claim) -> str:
    if claim.energy is not None:
        return f"{claim.energy} mJ"
    if claim.times_less is not None:
        return f"1/{claim.times_less}"
    return "-"


def layer_alarm_tables(audit: AuditReport) -> list[TableData]:
    """Shows the layers to look at, one row for each kind; nothing if there are none.

    Args:
        audit: the audit.
    """
    kinds = dict.fromkeys(alarm.kind for alarm in audit.layer_alarms)
    rows = []
    for kind in kinds:
        # Why this order: the largest first, whatever its sign.
        alarms = sorted(
            (alarm for alarm in audit.layer_alarms if alarm.kind == kind),
            key=lambda alarm: -abs(alarm.share or 0.0),
        )
        named = ", ".join(_alarm_words(alarm.layer, alarm.share) for alarm in alarms[:3])
        more = f" and {len(alarms) - 3} more" if len(alarms) > 3 else ""
        rows.append((text_cell(kind), number_cell(len(alarms), exact), text_cell(named + more)))
    if not rows:
        return []
    note = (
        "Dead and silent layers send no spike at all. Saturated: the share of values that must be "
        "at D. Formula off: rate x dense operations against the exact count; borders, zero weights "
        "and spikes that meet more or less often than their mean says make the difference."
    )
    titles = columns("alarm", "#layers", "the largest of them")
    return [TableData(title="Layers to look at", columns=titles, rows=tuple(rows), note=note)]


def lead_tables(audit: AuditReport) -> list[TableData]:
    """What an audit leads with: the verdicts on claims, and the layers to look at.

    Args:
        audit: the audit.
    """
    titles = {papers.name: papers.title for papers in (shipped_file(SEED), *audit.claim_files)}
    return [*verdict_tables(audit.verdicts, titles), *layer_alarm_tables(audit)]


def _alarm_words(layer: str, share: float | None) -> str:
    return layer if share is None else f"{layer} ({percent(share)})"
