"""The tables of constants and facts: every column holds what its title says."""

from hardware.energy import audit
from hardware.energy.records import load_records
from spiketrack.counts import profile_from
from spiketrack.report import energy_tables
from spiketrack.report.constant_list import constant_tables, listed_constants
from tests.spiketrack.report.hand_profile import hand_profile
from tests.spiketrack.report.read_aloud import heads

COLUMNS = ["#value", "unit", "mark", "source"]
HOROWITZ = "Horowitz 2014, Computing's energy problem, doi:10.1109/ISSCC.2014.6757323"


def test_used_and_unused_prices_have_value_unit_mark_and_source() -> None:
    report = audit(profile_from(hand_profile()))
    used, unused = energy_tables.constant_table(report), energy_tables.not_applied_table(report)
    for table in (used, unused):
        assert heads(table) == ["what", *COLUMNS]
    shown = {line[0].text: [cell.text for cell in line[1:]] for line in used.rows}
    assert shown["formula: E_AC"][:3] == ["0.9", "pJ", "H"]
    assert shown["formula: E_AC"][3].startswith(HOROWITZ)
    assert shown["formula: E_MAC"][:3] == ["4.6", "pJ", "D"]
    assert shown["break-even: Yan"][:3] == ["0.057", "spikes per neuron per binary step", "H"]
    assert shown["davies2018-graded: neuron update, active (low)"][:3] == ["52", "pJ", "H"]
    # 16 steps of 2,269,710.4 SynOps; 1.093544 mJ.
    pilotnet = "PilotNet SNN on Loihi 2"
    assert shown[f"{pilotnet}: synops"][:3] == ["36,315,366", "over 16 steps", "D"]
    assert shown[f"{pilotnet}: dynamic_uj"][:3] == ["1,093.544", "uJ", "H"]
    others = {line[0].text: [cell.text for cell in line[1:]] for line in unused.rows}
    assert others["keras-spiking, SpiNNaker neuron update"][:3] == ["26,000", "pJ", "H"]
    assert others["Loihi 1, barrier, highest"][:3] == ["465", "ns", "H"]
    assert unused.note.startswith("Reference points only: no figure of this report contains them.")


def test_the_list_of_all_constants_has_the_same_columns_in_every_group() -> None:
    tables = {table.title: table for table in constant_tables()}
    assert list(tables) == [
        "Prices and thresholds", "Assumed activity", "Target loihi1",
        "Target loihi1, times 'loihi1'", "Target loihi1, times 'sanafe'", "Target loihi2",
        "Target loihi2, times 'loihi2'", "Target loihi2, times 'davies2018'",
        *(f"Record {record.name}" for record in load_records()), "Claims",
        "Claims of e_spikeformer", "Claims of fwformer", "Claims of meta_spikeformer",
        "Claims of qkformer", "Claims of sdtrack", "Claims of spike_driven_transformer",
        "Claims of spikeyolo", "Claims of spikformer", "Claims of spikingformer", "Claims of syops",
    ]  # fmt: skip
    rows: dict[tuple[str, str], list[str]] = {}
    for title, table in tables.items():
        assert heads(table) == ["name", *COLUMNS]
        rows |= {(title, line[0].text): [cell.text for cell in line[1:]] for line in table.rows}
    assert rows["Prices and thresholds", "LOIHI1_SYNOP"][:3] == ["23.6", "pJ", "H"]
    assert rows["Assumed activity", "messages"][:3] == ["0.25", "messages per neuron and step", "A"]
    assert rows["Assumed activity", "binary spikes"][0] == "0.35"
    assert rows["Target loihi2", "memory_per_core"][:3] == ["1,572,864", "bit", "M"]
    assert rows["Target loihi2, times 'loihi2'", "synop_ns"][:3] == ["0.66", "ns", "M"]
    assert rows["Record ntidigits", "step_us"][:3] == ["17.625", "us", "H"]
    assert rows["Record ntidigits", "synops"][:3] == ["10,514,929", "over 3000 steps", "D"]
    assert rows["Claims", "b384"][:3] == ["27.3", "mJ per frame", "M"]
    assert rows["Claims of syops", "resnet18"][:3] == ["8.372", "mJ per input", "H"]


def test_a_row_of_the_list_is_the_same_as_json() -> None:
    row = next(one for one in listed_constants() if one.name == "LOIHI1_STATIC").to_dict()
    source = row.pop("source")
    assert row == {
        "group": "prices and thresholds", "name": "LOIHI1_STATIC", "value": 104.0, "unit": "mW",
        "mark": "M",
    }  # fmt: skip
    assert "3.34 W over 32 chips" in str(source)


def test_nested_facts_are_named_by_their_way() -> None:
    facts = {"video": {"name": "a.mp4", "box": [1, 2, 3, 4]}, "frames": 2}
    table = energy_tables.facts_table("Facts", facts)
    assert [[cell.text for cell in line] for line in table.rows] == [
        ["video.name", "a.mp4"], ["video.box", "1, 2, 3, 4"], ["frames", "2"],
    ]  # fmt: skip
