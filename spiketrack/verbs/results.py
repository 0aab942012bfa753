"""What the verbs return: typed results that a notebook shows as tables and `to_dict` makes JSON.

Each result has `to_dict()`, the value that the command prints with --json; those that a command
writes into files have `save`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hardware.energy import AuditReport, audit
from hardware.mapping import Layout, MappingRecord
from spiketrack.counts.event_counts import EventCounts
from spiketrack.counts.profile import Profile
from spiketrack.graph.model import Model
from spiketrack.notebook import html_of
from spiketrack.pipeline.file_conversion import save_converted
from spiketrack.pipeline.identity import CountedProfile
from spiketrack.pipeline.loaded import Loaded
from spiketrack.pipeline.mapping import write_mapping
from spiketrack.pipeline.network.run_file import OpenedRun
from spiketrack.pipeline.network.simulate import Simulation
from spiketrack.pipeline.network.simulated_files import (
    check_writable,
    summary,
    write_counts,
    write_outputs,
)
from spiketrack.pipeline.tracker.track import write_boxes
from spiketrack.plain_text import plural
from spiketrack.provenance import random_words
from spiketrack.report import summary_tables, write_audit_report, write_profile_report
from spiketrack.report.audit_json import audit_document
from spiketrack.report.mapping_report import write_mapping_report
from spiketrack.report.mapping_tables import mapping_tables
from spiketrack.verbs.convert_tables import convert_tables
from spiketrack.verbs.run_tables import counts_table, outputs_table
from spiketrack.verbs.track_tables import boxes_table

Array = NDArray[Any]


@dataclass(frozen=True, eq=False)
class Converted:
    """An integer model and the file it was made from.

    Attributes:
        model: integer graphs with provenance and report.
        source: the file of the trained network.
    """

    model: Model
    source: Path

    @property
    def loaded(self) -> Loaded:
        """The model as the other verbs take it."""
        return Loaded(self.source, self.model)

    def save(self, path: str | Path) -> Path:
        """Writes the model, whole or not at all; returns its path.

        Args:
            path: a name ending in .stk.

        Raises:
            StoreError: the name does not end in .stk, or the disk refuses.
        """
        return save_converted(self.model, Path(path))

    def to_dict(self) -> dict[str, Any]:
        """Facts about the network, and the report of its conversion."""
        return {"variant": self.model.variant, "report": self.model.report}

    def _repr_html_(self) -> str:
        bits = self.model.variant.get("weight_bits")
        title = f"{self.model.variant.get('name')}: integer model, {bits}-bit weights"
        alarms = (f"Alarm: {alarm}" for alarm in self.model.alarms)
        lines = filter(None, (random_words(self.model.provenance), *alarms))
        return html_of(title, convert_tables(self.model), lines)


@dataclass(frozen=True, eq=False)
class Simulated:
    """What a network made of its spikes.

    Attributes:
        opened: the network, its graph and the inputs.
        run: outputs, kept values, counts and times.
        provenance: hashes, versions, and the command line if there was one.
    """

    opened: OpenedRun
    run: Simulation
    provenance: dict[str, Any]

    @property
    def outputs(self) -> Mapping[str, Array]:
        """Integers by output name, (T, B, C, H, W)."""
        return self.run.outputs

    @property
    def reals(self) -> Mapping[str, Array]:
        """The same as real numbers."""
        return self.run.reals

    @property
    def kept(self) -> Mapping[str, Array]:
        """The values that were asked for, by node name, (T, B, C, H, W)."""
        return self.run.kept

    @property
    def counts(self) -> EventCounts:
        """Events of every layer in the phase "run"; a frame is one sample."""
        return self.run.counts

    def save(self, path: str | Path) -> Path:
        """Writes the outputs as .npz, .npy (one output) or NIRData (.h5); returns the path.

        Args:
            path: the suffix of the name decides which of them.

        Raises:
            StoreError: several outputs for a .npy file, or the disk refuses.
        """
        check_writable(Path(path), self.opened)
        write_outputs(Path(path), self.opened, self.run)
        return Path(path)

    def save_counts(self, path: str | Path) -> Path:
        """Writes all counts, layer by layer, as JSON; returns the path.

        Args:
            path: the file to write.

        Raises:
            StoreError: the disk refuses.
        """
        write_counts(Path(path), self.opened, self.run, self.provenance)
        return Path(path)

    def to_dict(self) -> dict[str, Any]:
        """What ran and what came out, without arrays and layers."""
        phase = self.counts.phases["run"]
        totals = {"frames": phase.frames, "totals": phase.totals()}
        return {**summary(self.opened, self.run, self.provenance), "counts": totals}

    def _repr_html_(self) -> str:
        title = (
            f"{plural(self.run.n_samples, 'sample')} of "
            f"{plural(self.opened.n_steps, 'step')} on '{self.run.backend}'"
        )
        alarms = (f"Alarm: {alarm}" for alarm in self.run.alarms)
        lines = filter(None, (random_words(self.provenance), *self.opened.notes, *alarms))
        return html_of(title, (counts_table(self.run), outputs_table(self.run)), lines)


@dataclass(frozen=True, eq=False)
class Tracked:
    """Where a target is in every frame.

    Attributes:
        document: what `track --json` prints.
    """

    document: dict[str, Any]

    @property
    def boxes(self) -> NDArray[np.float64]:
        """(N, 4): left, top, width and height in pixels, a row for each frame after the first."""
        rows = [row["box"] for row in self.document["frames"]]
        return np.array(rows, np.float64).reshape(-1, 4)

    @property
    def confidences(self) -> NDArray[np.float64]:
        """(N,): the maximum of the score map times the window, from 0 to 1."""
        return np.array([row["confidence"] for row in self.document["frames"]], np.float64)

    def save(self, path: str | Path) -> Path:
        """Writes the boxes as JSON; returns the path.

        Args:
            path: the file to write.

        Raises:
            StoreError: the disk refuses.
        """
        write_boxes(Path(path), self.document)
        return Path(path)

    def to_dict(self) -> dict[str, Any]:
        """Engine, source, first box, and a row for every frame."""
        return self.document

    def _repr_html_(self) -> str:
        lines = filter(None, (random_words(self.document), *self.document["notes"]))
        title = f"Target followed over {plural(len(self.document['frames']), 'frame')}"
        return html_of(title, (boxes_table(self.document),), lines)


@dataclass(frozen=True, eq=False)
class Profiled:
    """What a network did, counted layer by layer.

    Attributes:
        counted: counters of every layer and phase, and facts about the model.
        path: the profile.json, if it was read from one.
    """

    counted: Profile
    path: Path | None = None

    @property
    def kept(self) -> CountedProfile:
        """The counts and their file, as the mapper and the audit compare them."""
        return CountedProfile(self.counted, self.path)

    @property
    def document(self) -> Mapping[str, Any]:
        """The contents of profile.json."""
        return self.counted.document

    @property
    def alarms(self) -> tuple[str, ...]:
        """What was found strange while counting, one sentence each."""
        return self.counted.alarms

    def save(self, folder: str | Path) -> Path:
        """Writes profile.json, charts and report.html; returns the path of the page.

        Args:
            folder: it is made if it is not there.

        Raises:
            ReportError: there is nothing to report on, or a file cannot be written.
        """
        return write_profile_report(self.counted, Path(folder))

    def to_dict(self) -> dict[str, Any]:
        """The contents of profile.json."""
        return dict(self.document)

    def _repr_html_(self) -> str:
        audited = audit(self.counted)
        tables = summary_tables(self.counted, audited, with_audit=False)
        alarms = (f"Alarm: {alarm}" for alarm in audited.alarms)
        lines = filter(None, (random_words(self.counted.facts("provenance")), *alarms))
        return html_of("Counted events, and what they cost at published prices", tables, lines)


@dataclass(frozen=True, eq=False)
class Mapped:
    """A network on the cores of a board.

    Attributes:
        layout: tiles, cores and routes as arrays.
        record: the contents of mapping.json.
    """

    layout: Layout
    record: MappingRecord

    def save(self, folder: str | Path) -> list[Path]:
        """Writes pictures, layers.csv and mapping.json; returns the paths, mapping.json last.

        Args:
            folder: it is made if it is not there.

        Raises:
            ReportError, StoreError: a file cannot be written.
        """
        written = write_mapping_report(self.layout, self.record, Path(folder))
        return [*written, write_mapping(self.record, Path(folder))]

    def to_dict(self) -> dict[str, Any]:
        """Graph, target, board, the summary and where it came from."""
        return {
            "graph": self.record.graph,
            "target": self.record.target["name"],
            "board": self.record.board,
            "summary": self.record.summary,
            "provenance": self.record.provenance,
        }

    def _repr_html_(self) -> str:
        title = f"Graph '{self.record.graph}' on {self.record.target['name']}"
        lines = filter(None, (random_words(self.record.provenance),))
        return html_of(title, mapping_tables(self.record), lines)


@dataclass(frozen=True, eq=False)
class Audited:
    """The paper's energy formula beside exact counts, priced.

    Attributes:
        report: every figure with its model, scope and sources.
        profiled: what was counted.
        mapping: what the counts were placed by; None where they have no places.
    """

    report: AuditReport
    profiled: Profiled
    mapping: MappingRecord | None = None

    def save(self, folder: str | Path) -> Path:
        """Writes profile.json, audit.json, charts and report.html; returns the path of the page.

        Args:
            folder: it is made if it is not there.

        Raises:
            ReportError: a file cannot be written.
        """
        return write_audit_report(self.profiled.counted, self.report, Path(folder), self.mapping)

    def to_dict(self) -> dict[str, Any]:
        """The contents of audit.json."""
        return audit_document(self.profiled.counted, self.report)

    def _repr_html_(self) -> str:
        tables = summary_tables(self.profiled.counted, self.report, with_audit=True)
        alarms = (f"Alarm: {alarm}" for alarm in self.report.alarms)
        return html_of("Energy audit", tables, (*self.report.banners, *alarms))
