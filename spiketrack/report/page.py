"""The page: one self-contained HTML file that opens offline, on a phone and on paper.

Everything from a profile is text and escaped; a content security policy lets the page load nothing
and run only its own script, which sorts and filters tables and shows the numbers behind a chart.
"""

import base64
import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import jinja2
from markupsafe import Markup

from hardware.energy import AuditReport
from hardware.energy.gap import GapChain
from hardware.energy.phases import MAIN_PHASES, main_phase
from spiketrack.counts.firing import checked_firing
from spiketrack.counts.profile import PhaseName, Profile
from spiketrack.plain_text import plural, shown
from spiketrack.report import audit_tables as audits
from spiketrack.report import count_tables as counts
from spiketrack.report import energy_tables as energies
from spiketrack.report.canvas import Chart
from spiketrack.report.claim_tables import lead_tables, outcome_words
from spiketrack.report.figures import GAP_MODEL
from spiketrack.report.read import lava_totals
from spiketrack.report.summary import headlines, sentences
from spiketrack.report.tables import TableData

_FOLDER = Path(__file__).parent
_LONG = 20
_SHORT = 14


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """One section of the page: a heading, words, and then charts and tables in this order."""

    anchor: str
    title: str
    intro: str = ""
    charts: tuple[Chart, ...] = ()
    tables: tuple[TableData, ...] = ()


def render_page(
    profile: Profile, audit: AuditReport, charts: Sequence[Chart], with_audit: bool
) -> str:
    """Writes the whole page as HTML.

    Args:
        profile: a checked profile.
        audit: the audit of that profile.
        charts: charts to embed.
        with_audit: add the gap, the claims, the rules and every model's bill.
    """
    by_name = {chart.name: chart for chart in charts}
    sections = [*_count_sections(profile, by_name), _energy_section(audit, by_name)]
    if with_audit:
        sections.append(_audit_section(audit, by_name))
    sections += [_layer_section(profile, by_name), _source_section(profile, audit, with_audit)]
    lead = _lead_section(audit) if with_audit else None
    return render_sections(
        title=f"{audit.variant}: {'energy audit' if with_audit else 'profile'}",
        variant=audit.variant,
        banners=audit.banners,
        kind="energy audit" if with_audit else "profile",
        per=(
            f"All figures per {MAIN_PHASES[audit.phase]}, mean of "
            f"{plural(audit.frames, MAIN_PHASES[audit.phase].removeprefix('tracked '))}."
        ),
        headlines=headlines(profile, audit),
        sentences=sentences(profile, audit),
        alarms=audit.alarms,
        lead=lead,
        firing=checked_firing(profile.document),
        sections=sections,
    )


def render_sections(**content: object) -> str:
    """Writes a page of sections, with the style and the script of every page.

    Args:
        content: what page.html.j2 names: title, variant, kind, banners, alarms, lead, headlines,
            per, sentences and sections; firing too where there are firing maps.
    """
    script = (_FOLDER / "page.js").read_text(encoding="utf-8")
    # The policy of the page allows the one script with this hash and no other.
    digest = base64.b64encode(hashlib.sha256(script.encode("utf-8")).digest()).decode("ascii")
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(_FOLDER),
        autoescape=True,
        # A misspelt name in the template is an error and not an empty place.
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=_visible,
    )
    return environment.get_template("page.html.j2").render(
        {"firing": None, **content},
        style=(_FOLDER / "page.css").read_text(encoding="utf-8"),
        script=script,
        script_digest=digest,
        long=_LONG,
        data_uri=_data_uri,
        column_classes=column_classes,
        percent=lambda share: f"{100 * share:.3f}%",
    )


def _lead_section(audit: AuditReport) -> Section | None:
    """What a reader of an audit came for: verdicts on claims, and layers to look at."""
    tables = tuple(lead_tables(audit))
    if not tables:
        return None
    words = f" {outcome_words(audit.verdicts)}." if audit.verdicts else ""
    return Section(
        anchor="verdicts",
        title="Verdicts",
        intro=f"What follows from the published claims and from the counts of this page.{words}",
        tables=tables,
    )


def _count_sections(profile: Profile, charts: Mapping[str, Chart]) -> list[Section]:
    track = main_phase(profile)
    return [
        Section(
            anchor="counts",
            title="What was counted",
            intro=(
                "A synaptic operation has no single definition. These are the usual ones, side "
                "by side, on the same spikes; the page uses graded and unary with non-zero "
                "weights and says which."
            ),
            charts=_pick(charts, "synops_by_stage"),
            tables=(
                counts.definition_table(track),
                counts.left_out_table(track),
                *((counts.stage_table(track),) if track.name == "track" else ()),
                counts.phase_table(profile),
                *((counts.lava_table(profile),) if lava_totals(profile) else ()),
                *((counts.omission_table(profile),) if profile.listed_not_counted else ()),
            ),
        )
    ]


def _energy_section(audit: AuditReport, charts: Mapping[str, Chart]) -> Section:
    return Section(
        anchor="energy",
        title="What it would cost",
        intro=(
            "Each model is a price list applied to the same counts. Node, precision and scope "
            "differ from model to model, which is why the same frame spans orders of magnitude."
        ),
        charts=_pick(charts, "energy_by_model", "formula_against_counted"),
        tables=(
            energies.model_table(audit),
            energies.formula_table(audit),
            energies.rival_table(audit),
            energies.matched_table(audit),
            energies.budget_table(audit),
        ),
    )


def _audit_section(audit: AuditReport, charts: Mapping[str, Chart]) -> Section:
    titles = {result.model: result.title for result in audit.counted}
    gaps = [
        audits.gap_table(chain, f"{titles[chain.model]} ({chain.model})")
        for chain in _ordered(audit)
    ]
    claims = (audits.claim_table(audit),) if audit.claims else ()
    missing = "" if audit.verdicts else f" No published energy is known for this {_thing(audit)}."
    return Section(
        anchor="audit",
        title="Audit",
        intro=(
            f"Which assumption explains how much of the difference between the formula and the "
            f"count. The chain starts at the largest reading of the formula and corrects one "
            f"thing at a time.{missing}"
        ),
        charts=_pick(charts, "gap", "cores_synops"),
        tables=(
            gaps[0],
            *claims,
            *((energies.placed_table(audit, audit.placed),) if audit.placed else ()),
            audits.break_even_table(audit),
            audits.error_bar_table(audit),
            audits.silicon_table(audit),
            *gaps[1:],
            *(audits.term_table(result) for result in audit.counted),
        ),
    )


def _thing(audit: AuditReport) -> str:
    return "network" if audit.phase == "run" else "variant"


def _ordered(audit: AuditReport) -> list[GapChain]:
    """Sorts the chains so that the one that is drawn comes first."""
    return sorted(audit.gaps, key=lambda chain: chain.model != GAP_MODEL)


def _layer_section(profile: Profile, charts: Mapping[str, Chart]) -> Section:
    names: tuple[PhaseName, ...] = ("track", "init", "update", "run")
    phases = [phase for phase in map(profile.phase, names) if phase]
    return Section(
        anchor="layers",
        title="Layer by layer",
        charts=_pick(charts, "synops_per_layer", "firing_rate_per_layer"),
        tables=tuple(
            table(phase) for phase in phases for table in (counts.layer_table, counts.other_table)
        ),
    )


def _source_section(profile: Profile, audit: AuditReport, with_audit: bool) -> Section:
    chip = ("What Loihi 2's probes measured", "loihi2")
    named = (("Model", "model"), ("Speed", "speed"), chip, ("Provenance", "provenance"))
    shown = ((title, profile.facts(key)) for title, key in named)
    facts = [energies.facts_table(title, part) for title, part in shown if part]
    not_applied = (energies.not_applied_table(audit),) if with_audit else ()
    return Section(
        anchor="sources",
        title="Sources and provenance",
        intro=(
            "Every constant used, where it comes from, what is assumed; and what this run was "
            "made from."
        ),
        tables=(*facts, energies.constant_table(audit), *not_applied),
    )


def _pick(charts: Mapping[str, Chart], *names: str) -> tuple[Chart, ...]:
    return tuple(charts[name] for name in names if name in charts)


def _visible(value: object) -> object:
    """Makes text visible as `shown` does, before it is escaped; our own markup stays as it is.

    Why here: every value that the template writes comes through, so none can be forgotten.
    """
    return shown(value) if isinstance(value, str) and not isinstance(value, Markup) else value


def column_classes(table: TableData) -> list[str]:
    """Says how each column is set: "n" numbers, "w" short words that stay on a line, "" text."""
    return [
        "n" if column.numeric else
        # One long cell would push all other columns off a narrow screen.
        "w" if all(len(row[i].text) <= _SHORT for row in table.rows) else ""
        for i, column in enumerate(table.columns)
    ]  # fmt: skip


def _data_uri(chart: Chart) -> str:
    return "data:image/png;base64," + base64.b64encode(chart.png).decode("ascii")
