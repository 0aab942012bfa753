"""Scores price lists against silicon: predicted over measured dynamic energy, record by record.

    ratio = sum over terms of (count of the record x price) / measured dynamic energy

A ratio of 0.2 says that the chip drew five times what the price list predicts. Where only bounds of
the counts are known, the ratio has bounds as well. The scores of a price list on all records whose
counts are known span its error bar. Records of a floor have none: next to nothing happened in them,
so that they show what no price of an event covers.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from hardware.energy.model import EnergyModel, apply
from hardware.energy.records.read_records import load_records
from hardware.energy.records.silicon_record import Kind, SiliconRecord
from spiketrack.constants import Constant

_PJ_IN_UJ = 1e-6


@dataclass(frozen=True, slots=True, kw_only=True)
class EnergyScore:
    """One price list on one record; energies are in microjoules over all steps of the record.

    Attributes:
        model: name of the price list.
        record: name of the record.
        record_title: its name for people.
        kind: what the record is good for.
        predicted_uj: at its counts, or at the least of them.
        predicted_most_uj: at the most of them; as `predicted_uj` where the counts are known.
        measured_uj: the dynamic energy that was measured.
        ratio: predicted over measured; the lower bound where only bounds of the counts are known.
        ratio_most: the upper bound; as `ratio` where the counts are known.
    """

    model: str
    record: str
    record_title: str
    kind: Kind
    predicted_uj: float
    predicted_most_uj: float
    measured_uj: float
    ratio: float
    ratio_most: float


@dataclass(frozen=True, slots=True, kw_only=True)
class ErrorBar:
    """The spread of a price list's scores on the records whose counts are known.

    Attributes:
        model: name of the price list.
        low: the lowest predicted over measured.
        high: the highest.
        records: names of the records for people, in the order of the scores.
    """

    model: str
    low: float
    high: float
    records: tuple[str, ...]

    def measured_pj(self, predicted_pj: float) -> tuple[float, float]:
        """Says what chips drew where this price list predicted so much: least and most.

        Args:
            predicted_pj: an energy under the same price list.
        """
        return predicted_pj / self.high, predicted_pj / self.low


def energy_scores(
    models: Iterable[EnergyModel], records: Iterable[SiliconRecord] | None = None
) -> tuple[EnergyScore, ...]:
    """Scores every price list without memory against every record with counts and an energy.

    Args:
        models: price lists for binary spikes (D = 1). Those with memory are left out, since no
            record holds bytes that they could price.
        records: which; None for all that come with the program.
    """
    chosen = load_records() if records is None else tuple(records)
    return tuple(
        _score(model, record)
        for model in models
        if model.scope != "with memory"
        for record in chosen
        if record.activity is not None and "dynamic_uj" in record.measured
    )


def _score(model: EnergyModel, record: SiliconRecord) -> EnergyScore:
    least, most = record.activity, record.activity_most or record.activity
    if least is None or most is None:
        raise ValueError(f"record '{record.name}' has no counts to price")
    predicted_uj, predicted_most_uj = (
        apply(model, activity.counters()).total_pj * _PJ_IN_UJ for activity in (least, most)
    )
    measured_uj = record.measured["dynamic_uj"].value
    return EnergyScore(
        model=model.name,
        record=record.name,
        record_title=record.title,
        kind=record.kind,
        predicted_uj=predicted_uj,
        predicted_most_uj=predicted_most_uj,
        measured_uj=measured_uj,
        ratio=predicted_uj / measured_uj,
        ratio_most=predicted_most_uj / measured_uj,
    )


def error_bars(scores: Iterable[EnergyScore]) -> dict[str, ErrorBar]:
    """Returns the error bar of each price list that has scores above zero.

    Args:
        scores: of any price lists and records; those that only bound, and floors, are passed over.
    """
    by_model: dict[str, list[EnergyScore]] = {}
    for score in scores:
        if score.kind == "network" and score.ratio > 0:
            by_model.setdefault(score.model, []).append(score)
    return {
        model: ErrorBar(
            model=model,
            low=min(score.ratio for score in found),
            high=max(score.ratio for score in found),
            records=tuple(score.record_title for score in found),
        )
        for model, found in by_model.items()
    }


def scored_constants() -> dict[str, Constant]:
    """Returns what the error bars are made of: measured energies, counts, and how many steps."""
    return {
        name: figure
        for record in load_records()
        if record.kind == "network"
        for name, figure in record.constants().items()
        if name.rpartition(": ")[2] in ("dynamic_uj", "synops", "neuron_updates", "spikes")
    }
