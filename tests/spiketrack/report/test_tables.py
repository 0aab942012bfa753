"""Tables: the same numbers in words, in the terminal and on the page."""

import pytest

from hardware.energy import audit
from hardware.energy.phases import main_phase
from spiketrack.cli.show_table import table_lines
from spiketrack.counts import profile_from
from spiketrack.report import audit_tables, count_tables, energy_tables, summary_tables
from spiketrack.report.stages import short_name, stage_of
from spiketrack.report.tables import Cell, TableData, columns
from spiketrack.report.units import count, digits, energy, exact, percent, times
from tests.hardware.energy.sample_profile import connection, sample_profile, small_profile


def plain_rows(table: TableData) -> list[dict[str, str]]:
    names = [column.title for column in table.columns]
    return [dict(zip(names, (cell.text for cell in row), strict=True)) for row in table.rows]


def test_numbers_keep_three_digits_and_a_unit_that_fits() -> None:
    assert count(1_192_330_997) == "1.19 G"
    assert count(512) == "512"
    assert count(999_999) == "1.00 M"
    assert energy(2_110_000_000) == "2.11 mJ"
    assert energy(23.6) == "23.6 pJ"
    assert digits(0.5) == "0.500"
    assert digits(0.0123) == "0.0123"
    assert digits(26000) == "26,000"
    assert digits(1_234_567_890_123) == "1.23e+12"
    assert count(2.5e15) == "2.50 P"
    assert energy(4e15) == "4 kJ"
    assert exact(0.23) == "0.23"
    assert exact(10_514_929) == "10,514,929"
    assert percent(0.254) == "25.4 %"
    assert times(3) == "3x"


@pytest.mark.parametrize(
    ("name", "stage"),
    [
        ("encoder.downsample1_1.encode_conv", "stage 1"),
        ("encoder.ConvBlock2_2.0.conv1", "stage 2"),
        ("encoder.block3.5.attn.q_conv.0", "stage 3"),
        ("encoder.downsample4.encode_conv", "stage 4"),
        ("encoder.mrm.3.mlp.fc1_conv", "retrieval"),
        ("temp.encoder.mrm.0.retriever.kTv", "retrieval"),
        ("decoder.conv1_ctr.0", "head"),
        ("image", "other"),
    ],
)
def test_every_layer_has_a_stage(name: str, stage: str) -> None:
    assert stage_of(name) == stage


def test_a_short_name_drops_what_every_path_shares() -> None:
    assert short_name("encoder.mrm.0.retriever.q_conv.0") == "mrm.0.q_conv"
    assert short_name("decoder.conv1_ctr.0") == "head.conv1_ctr"


def test_lavas_own_counters_are_shown_per_frame_of_their_phase() -> None:
    profile = {
        "phases": {"init": {"frames": 1, "layers": []}, "track": {"frames": 4, "layers": []}},
        "lava_events": {
            name: {"totals": {"syn_ops": 8, "dendrite_updates": 4, "spikes_in": 12, "axon_out": 0}}
            for name in ("init", "track")
        },
    }
    rows = plain_rows(count_tables.lava_table(profile_from(profile)))
    assert rows[0] == {
        "phase": "init", "syn_ops": "8", "dendrite_updates": "4", "spikes_in": "12",
        "axon_out": "–",
    }  # fmt: skip
    # 8 / 4, 4 / 4, 12 / 4.
    assert list(rows[1].values()) == ["track", "2", "1", "3", "–"]


def test_the_definitions_stand_side_by_side_per_frame() -> None:
    rows = plain_rows(
        count_tables.definition_table(main_phase(profile_from(small_profile(connection()))))
    )
    shown = {row["definition"]: (row["per frame"], row["ratio to graded"]) for row in rows}
    assert shown["graded SynOps"] == ("180", "1")
    assert shown["unary SynOps"] == ("450", "2.50")
    assert shown["rate x dense"] == ("500", "2.78")
    assert shown["dense MACs"] == ("1 k", "5.56")
    assert shown["Effective_ACs"] == ("–", "–")


def test_the_stages_add_up_to_all() -> None:
    rows = plain_rows(count_tables.stage_table(main_phase(profile_from(sample_profile()))))
    assert [row["stage"] for row in rows][-1] == "all"
    assert sum(int(row["connections"]) for row in rows[:-1]) == int(rows[-1]["connections"]) == 176
    assert rows[-1]["dense MACs"] == "3.52 G"
    assert rows[-1]["share"] == "100 %"


def test_neurons_do_not_grow_with_frames() -> None:
    rows = plain_rows(count_tables.other_table(main_phase(profile_from(sample_profile(frames=30)))))
    assert rows[0]["neurons"] == "262 k"
    assert rows[0]["updates"] == "262 k"


def test_the_layer_on_rgb_has_no_firing_rate() -> None:
    rows = plain_rows(count_tables.layer_table(main_phase(profile_from(sample_profile()))))
    assert (rows[0]["kind"], rows[0]["non-zero"], rows[0]["mean integer"]) == ("rgb_conv", "–", "–")
    assert rows[1]["non-zero"] == "25.8 %"


def test_every_model_names_node_precision_scope_and_events() -> None:
    for row in plain_rows(energy_tables.model_table(audit(profile_from(sample_profile())))):
        assert all(row[key] for key in ("scope", "technology", "precision", "events priced"))


def test_rivals_and_this_network_stand_at_equal_scope() -> None:
    rows = plain_rows(energy_tables.rival_table(audit(profile_from(small_profile(connection())))))
    shown = {
        row["network"]: (row["32-bit accumulators"], row["8-bit accumulators"]) for row in rows
    }
    assert shown["Quantised ANN, every MAC"] == ("300 pJ", "230 pJ")
    assert shown["this network: Exact counts, int8 weights, unrolled"] == ("45 pJ", "13.5 pJ")
    assert shown["this network: Exact counts, int8 weights, graded"] == ("54 pJ", "41.4 pJ")


def test_the_formula_is_held_against_the_same_work_without_the_gate() -> None:
    gate = {"name": "gate.mix", "kind": "gate_mix", "true_macs": 40}
    table = energy_tables.formula_table(audit(profile_from(small_profile(connection(), gate))))
    assert plain_rows(table)[-1]["energy"] == "405 pJ"
    assert "the channel gate, 184 pJ" in table.note


def test_prices_not_applied_are_listed_with_their_sources() -> None:
    rows = plain_rows(
        energy_tables.not_applied_table(audit(profile_from(small_profile(connection()))))
    )
    shown = {row["what"]: row for row in rows}
    assert shown["TrueNorth, synaptic event"]["value"] == "26"
    assert all(row["source"] for row in rows)


def test_a_silent_network_has_no_verdict() -> None:
    silent = connection(events=0, unary_spikes=0, synops={})
    rows = plain_rows(audit_tables.break_even_table(audit(profile_from(small_profile(silent)))))
    assert {row["verdict"] for row in rows} == {"none: the network is silent"}


def test_a_row_of_the_wrong_length_is_refused() -> None:
    with pytest.raises(ValueError, match="table 'a' has 2 columns, found a row of 1 cells"):
        TableData(title="a", columns=columns("x", "#y"), rows=((Cell("1"),),))


def test_names_are_never_read_as_markup_in_the_terminal() -> None:
    table = TableData(title="a", columns=columns("x"), rows=((Cell("[red]layer[/red]"),),))
    assert "[red]layer[/red]" in [line.plain for line in table_lines(table, 80)]


def test_the_terminal_shows_more_for_an_audit() -> None:
    profile = sample_profile()
    report = audit(profile_from(profile))
    assert len(summary_tables(profile_from(profile), report, False)) == 2
    audited = summary_tables(profile_from(profile), report, True)
    assert len(audited) == 7
    leads = [
        "Verdicts on: SpikeTrack: A Spike-driven Framework for Efficient Visual Tracking",
        "Layers to look at",
    ]
    assert [table.title for table in audited[:2]] == leads
