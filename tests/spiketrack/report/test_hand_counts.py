"""Every number of the tables of counts, worked out by hand from `hand_profile`."""

from typing import Any

from spiketrack.counts import CountedPhase, profile_from
from spiketrack.counts.profile import PhaseName
from spiketrack.report import count_tables
from tests.spiketrack.report.hand_profile import (
    CONV,
    GATE,
    HEAD,
    NEURON,
    READ,
    RGB,
    hand_profile,
    hand_run,
)
from tests.spiketrack.report.read_aloud import heads, require_rows

M, K = 1e6, 1e3
NONE = ("–", 0.0)


def phase(name: PhaseName = "track", profile: dict[str, Any] | None = None) -> CountedPhase:
    found = profile_from(profile or hand_profile()).phase(name)
    assert found is not None
    return found


def test_every_definition_of_a_synaptic_operation_has_its_own_number() -> None:
    table = count_tables.definition_table(phase())
    assert table.title == "Synaptic operations per tracked frame, by definition"
    assert heads(table) == ["definition", "#per frame", "#ratio to graded", "what is counted"]
    graded = 1.8 + 1.1 + 0.15
    require_rows(
        table,
        ("graded SynOps", ("3.05 M", graded * M), ("1", 1.0),
         "one per event and non-zero weight, borders exact; what graded chips do"),
        ("unary SynOps", ("6.94 M", (4.5 + 2.2 + 0.24) * M), ("2.28", 6.94 / 3.05),
         "s per event and non-zero weight, borders exact; spikes unrolled to binary"),
        ("graded, all weights", ("3.36 M", (2.0 + 1.2 + 0.16) * M), ("1.10", 3.36 / 3.05),
         "as graded, zero weights counted too"),
        ("unary, all weights", ("7.35 M", (4.8 + 2.3 + 0.25) * M), ("2.41", 7.35 / 3.05),
         "as unary, zero weights counted too"),
        ("rate x dense", ("7.70 M", (10 * 0.5 + 3 * 0.8 + 1 * 0.3) * M), ("2.52", 7.7 / 3.05),
         "mean integer x dense MACs: the papers' formula"),
        ("Effective_ACs", ("70 k", 70 * K), ("0.023", 0.07 / 3.05),
         "NeuroBench: additions that happen, binary activations"),
        ("Effective_MACs", ("4.85 M", (1.8 + 1.8 + 1.1 + 0.15) * M), ("1.59", 4.85 / 3.05),
         "NeuroBench: multiply-accumulates that happen, other activations"),
        ("dense MACs", ("16 M", (2 + 10 + 3 + 1) * M), ("5.25", 16 / 3.05),
         "every multiply-accumulate of the same network without spikes"),
    )  # fmt: skip


def test_every_work_beside_synaptic_operations_has_its_own_number() -> None:
    table = count_tables.left_out_table(phase())
    assert table.title == "Work besides synaptic operations, per tracked frame"
    assert heads(table) == ["what", "#per frame", "meaning"]
    require_rows(
        table,
        ("MACs on real values", ("1.90 M", (1.8 + 0.1) * M),
         "RGB, borders exact; of pools and other values those that are not zero; the gate's mix"),
        ("neuron updates", ("15 k", 15 * K), "one per neuron and step, each D comparisons"),
        ("membrane additions", ("13 k", (12 + 1) * K),
         "residuals, biases, tables, pooling, gate's softmax"),
        ("rescale multiplications", ("14 k", 14 * K), "accumulator to stream, decay, upsampling"),
        ("host float operations", ("3 k", 3 * K), "sigmoids of score and size, Hann window"),
        ("weight reads", ("3.75 M", (1.8 + 1.8 + 0.15) * M), "weights fetched for events"),
        ("weight bytes read", ("3.80 M", (1.8 + 1.8 + 0.2) * M), "the same in bytes"),
        ("state reads", ("1.51 M", (400 + 15 + 1100) * K), "membranes and streams fetched"),
        ("state writes", ("315 k", (300 + 15) * K), "membranes and streams stored"),
        ("state bytes", ("7.32 M", (5.0 + 0.12 + 2.2) * M), "both in bytes"),
        ("messages", ("40 k", (30 + 10) * K), "spikes sent, each once, and pixels"),
        ("message bytes", ("45 k", (30 + 15) * K), "the same in bytes"),
    )  # fmt: skip


def test_every_stage_has_its_own_numbers_and_the_last_row_has_all() -> None:
    table = count_tables.stage_table(phase())
    assert heads(table) == [
        "stage", "#connections", "#dense MACs", "#graded SynOps", "#unary SynOps", "#share",
        "#mean integer", "#neuron updates",
    ]  # fmt: skip
    assert table.total_rows == 1
    require_rows(
        table,
        ("stage 1", ("1", 1), ("2 M", 2 * M), NONE, NONE, ("0 %", 0.0), ("0", 0.0), NONE),
        ("stage 3", ("1", 1), ("10 M", 10 * M), ("1.80 M", 1.8 * M), ("4.50 M", 4.5 * M),
         ("59.0 %", 1.8 / 3.05), ("0.500", 25 / 50), ("15 k", 15 * K)),
        ("retrieval", ("1", 1), ("3 M", 3 * M), ("1.10 M", 1.1 * M), ("2.20 M", 2.2 * M),
         ("36.1 %", 1.1 / 3.05), ("0.800", 12 / 15), NONE),
        ("head", ("1", 1), ("1 M", 1 * M), ("150 k", 150 * K), ("240 k", 240 * K),
         ("4.92 %", 0.15 / 3.05), ("0.300", 1.5 / 5), NONE),
        # The mean over inputs that carry spikes: neither pixels nor MACs weigh.
        ("all", ("4", 4), ("16 M", 16 * M), ("3.05 M", 3.05 * M), ("6.94 M", 6.94 * M),
         ("100 %", 1.0), ("0.550", 38.5 / 70), ("15 k", 15 * K)),
    )  # fmt: skip


def test_every_connection_has_its_own_numbers_down_to_the_last() -> None:
    table = count_tables.layer_table(phase())
    assert table.title == "Connections, per frame of the track phase"
    assert heads(table) == [
        "layer", "kind", "#steps", "#dense MACs", "#non-zero", "#mean integer", "#graded SynOps",
        "#unary SynOps", "#rate x dense",
    ]  # fmt: skip
    require_rows(
        table,
        (RGB, "rgb_conv", ("1", 1), ("2 M", 2 * M), NONE, NONE, NONE, NONE, NONE),
        (CONV, "conv", ("1", 1), ("10 M", 10 * M), ("20 %", 10 / 50), ("0.500", 25 / 50),
         ("1.80 M", 1.8 * M), ("4.50 M", 4.5 * M), ("5 M", 5 * M)),
        (READ, "memory_read", ("3", 3), ("3 M", 3 * M), ("40 %", 6 / 15), ("0.800", 12 / 15),
         ("1.10 M", 1.1 * M), ("2.20 M", 2.2 * M), ("2.40 M", 2.4 * M)),
        (HEAD, "conv", ("1", 1), ("1 M", 1 * M), ("20 %", 1 / 5), ("0.300", 1.5 / 5),
         ("150 k", 150 * K), ("240 k", 240 * K), ("300 k", 300 * K)),
    )  # fmt: skip


def test_neurons_and_the_gate_have_their_own_numbers() -> None:
    table = count_tables.other_table(phase())
    assert table.title == "Neurons and stream arithmetic, per frame of the track phase"
    assert heads(table) == [
        "layer", "kind", "#neurons", "#updates", "#additions", "#multiplications", "#spikes sent",
    ]  # fmt: skip
    require_rows(
        table,
        (NEURON, "neuron", ("15 k", 15 * K), ("15 k", 15 * K), ("12 k", 12 * K), ("14 k", 14 * K),
         ("10 k", 10 * K)),
        (GATE, "gate_mix", NONE, NONE, ("1 k", 1 * K), NONE, NONE),
    )  # fmt: skip


def test_the_template_branch_has_tables_of_its_own() -> None:
    require_rows(
        count_tables.layer_table(phase("init")),
        (f"temp.{CONV}", "conv", ("3", 3), ("30 M", 30 * M), ("40 %", 60 / 150),
         ("0.800", 120 / 150), ("9 M", 9 * M), ("18 M", 18 * M), ("24 M", 24 * M)),
        ("temp.encoder.mrm.0.retriever.kTv", "memory_write", ("3", 3), ("6 M", 6 * M),
         ("50 %", 30 / 60), ("0.750", 45 / 60), ("2 M", 2 * M), ("3 M", 3 * M),
         ("4.50 M", 4.5 * M)),
    )  # fmt: skip
    require_rows(
        count_tables.other_table(phase("init")),
        (f"temp.{NEURON}", "neuron", ("30 k", 30 * K), ("90 k", 90 * K), ("80 k", 80 * K),
         ("85 k", 85 * K), ("60 k", 60 * K)),
    )  # fmt: skip


def test_each_phase_is_shown_per_frame_of_its_own() -> None:
    table = count_tables.phase_table(profile_from(hand_profile()))
    assert heads(table) == [
        "phase", "when", "#frames counted", "#dense MACs", "#graded SynOps", "#unary SynOps",
    ]  # fmt: skip
    require_rows(
        table,
        ("init", "template set, once a video", ("1", 1), ("36 M", 36 * M), ("11 M", 11 * M),
         ("21 M", 21 * M)),
        ("track", "every frame", ("2", 2), ("16 M", 16 * M), ("3.05 M", 3.05 * M),
         ("6.94 M", 6.94 * M)),
    )  # fmt: skip


def test_a_network_that_is_no_tracker_is_counted_per_sample() -> None:
    table = count_tables.layer_table(phase("run", hand_run()))
    assert table.title == "Connections, per sample"
    assert [line[0].text for line in table.rows] == [CONV, HEAD]
    require_rows(
        count_tables.phase_table(profile_from(hand_run())),
        ("run", "every sample", ("1", 1), ("11 M", 11 * M), ("1.95 M", 1.95 * M),
         ("4.74 M", 4.74 * M)),
    )  # fmt: skip


def test_what_is_not_counted_is_listed_by_name() -> None:
    table = count_tables.omission_table(profile_from(hand_profile()))
    require_rows(table, ("address computation",), ("barriers",))
