"""A network of two layers, from its file to the page: every figure is worked out here by hand.

Three inputs, two neurons, one neuron; neurons fire when the sum of what arrived exceeds 1, and
start again at 0. The weights, a row for each neuron, and the spikes of five steps:

    dense 1:  2 2 0      step 0: input 0           -> neuron 0 fires (2 > 1)
              0 0 1      step 1: input 2           -> neuron 1 holds 1, which is not above 1
    dense 2:  2 1        step 2: inputs 1 and 2    -> neuron 0 fires (2), neuron 1 fires (1 + 1)

    spikes in           4, of 5 steps x 3 inputs  = 15 values
    spikes of layer 1   3, of 5 x 2               = 10 values; the last neuron gets 2, then 2 + 1,
    spikes of layer 2   2, of 5 x 1               =  5 values; and fires both times

    dense MACs          5 x (3 x 2) + 5 x (2 x 1)         = 30 + 10 = 40
    SynOps              4 x 1 (one weight of each column of dense 1 is not zero) + 3 x 1 = 4 + 3 = 7
    with all weights    4 x 2 + 3 x 1                     = 8 + 3 = 11
    rate x dense        4/15 x 30 + 3/10 x 10             = 8 + 3 = 11
    neuron updates      5 x 2 + 5 x 1                     = 15
    membrane additions  (5 - 1) x 2 + (5 - 1) x 1         = 12: the first step adds to nothing
    weights read        7, one byte each
    states              accumulators 7 reads, 7 writes; membranes 15 reads, 12 writes: 41 x 4 bytes
                        = 164 bytes
    messages            4 + 3 + 2 = 9, one byte each; 7 of them are read by a layer
"""

import html
import re
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from conversion.netx import write_netx
from hardware.energy import AuditReport, audit
from hardware.energy.phases import main_phase
from spiketrack.counts.profile import Profile
from spiketrack.graph import spike_nodes as s
from spiketrack.graph import structural_nodes as m
from spiketrack.graph.graph import Graph
from spiketrack.graph.spike_nodes import SpikeNode
from spiketrack.report import audit_tables, count_tables, energy_tables, read_profile
from spiketrack.report.tables import TableData
from tests.small_networks import dense, full, lif
from tests.spiketrack.cli.run import run
from tests.spiketrack.report.read_aloud import require_rows

STATES = 41 * 4
BYTES = 7 + STATES + 2 * 9  # a message is written once and read once
NONE = ("–", 0.0)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    place = tmp_path_factory.mktemp("two")
    one, zero = np.ones(1), np.zeros(1, np.int32)
    graph: Graph[SpikeNode] = Graph(
        "two",
        (
            s.SpikeInput(name="in", shape=(1, 3, 1, 1), signal="spikes", low=0, high=1, scale=1.0,
                         offset_q=zero),
            m.Delay(name="wire1", inputs=("in",), steps_q=full(1)),
            dense("dense1", "wire1", [[2, 2, 0], [0, 0, 1]]),
            lif("neurons1", "dense1", 1),
            m.Delay(name="wire2", inputs=("neurons1",), steps_q=full(1)),
            dense("dense2", "wire2", [[2, 1]]),
            lif("neurons2", "dense2", 1),
            s.SpikeOutput(name="out", inputs=("neurons2",), scale=one, bias=0 * one),
        ),
    )  # fmt: skip
    spikes = np.zeros((5, 1, 3, 1, 1), np.int32)
    spikes[0, 0, 0] = spikes[1, 0, 2] = spikes[2, 0, 1] = spikes[2, 0, 2] = 1
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(place)
        write_netx(graph, Path("two.net"))
        np.save("two.npy", spikes)
        assert run("profile", "two.net", "--input", "two.npy", "-o", "counted").code == 0
        yield place


@pytest.fixture(scope="module")
def counted(folder: Path) -> Profile:
    return read_profile(folder / "counted" / "profile.json")


@pytest.fixture(scope="module")
def report(counted: Profile) -> AuditReport:
    return audit(counted)


def figures(table: TableData) -> dict[str, list[float]]:
    """The numbers behind the cells of every row, by its first cell."""
    return {
        row[0].text: [cell.sort for cell in row[1:] if cell.sort is not None] for row in table.rows
    }


pytestmark = pytest.mark.slow


def test_what_every_definition_of_an_operation_counts(counted: Profile) -> None:
    found = figures(count_tables.definition_table(main_phase(counted)))
    assert {name: numbers[0] for name, numbers in found.items()} == {
        "graded SynOps": 7, "unary SynOps": 7, "graded, all weights": 11, "unary, all weights": 11,
        "rate x dense": 11, "Effective_ACs": 7, "Effective_MACs": 0, "dense MACs": 40,
    }  # fmt: skip
    ratios = {"dense MACs": 40 / 7, "rate x dense": 11 / 7, "graded SynOps": 1}
    for name, ratio in ratios.items():
        assert found[name][1] == pytest.approx(ratio)


def test_what_is_done_besides(counted: Profile) -> None:
    assert figures(count_tables.left_out_table(main_phase(counted))) == {
        "MACs on real values": [0], "neuron updates": [15], "membrane additions": [12],
        "rescale multiplications": [0], "host float operations": [0], "weight reads": [7],
        "weight bytes read": [7], "state reads": [22], "state writes": [19],
        "state bytes": [STATES], "messages": [9], "message bytes": [9],
    }  # fmt: skip


def test_each_layer_has_its_own_figures(counted: Profile) -> None:
    require_rows(
        count_tables.layer_table(main_phase(counted)),
        ("1.dense", "conv", ("5", 5), ("30", 30), ("26.7 %", 4 / 15), ("0.267", 4 / 15),
         ("4", 4), ("4", 4), ("8", 8)),
        ("2.dense", "conv", ("5", 5), ("10", 10), ("30 %", 3 / 10), ("0.300", 3 / 10),
         ("3", 3), ("3", 3), ("3", 3)),
    )  # fmt: skip
    require_rows(
        count_tables.other_table(main_phase(counted)),
        ("0.input", "input", NONE, NONE, NONE, NONE, ("4", 4)),
        ("1.lif", "neuron", ("2", 2), ("10", 5 * 2), ("8", 4 * 2), NONE, ("3", 3)),
        ("2.lif", "neuron", ("1", 1), ("5", 5), ("4", 4), NONE, ("2", 2)),
    )
    require_rows(
        count_tables.phase_table(counted),
        ("run", "every sample", ("1", 1), ("40", 40), ("7", 7), ("7", 7)),
    )


ENERGIES = {
    "horowitz45-fp32": (7 + 15 + 12) * 0.9,
    "horowitz45-int8": (7 + 15 + 12) * 0.1,
    "horowitz45-graded": 7 * 0.3 + (15 + 12) * 0.1,
    "horowitz45-int8-sram": (7 + 15 + 12) * 0.1 + BYTES * 2.5,
    "lemaire2022": (7 + 12) * 0.1 + BYTES * 5.0,
    "davies2018-unrolled": 7 * 23.6 + 15 * 81 + 7 * 1.7,
    "davies2018-graded": 7 * 23.6 + 15 * 81 + 7 * 1.7,
    "sanafe-graded": 7 * 24 + 15 * (51.2 + 21.6) + 9 * 69.3 + 7 * 111,
}
"""In pJ: additions at 0.9 pJ in fp32 and 0.1 pJ in int32, an int8 MAC at 0.3 pJ, and so on."""


def test_every_price_list_gives_its_sum(report: AuditReport) -> None:
    found = figures(energy_tables.model_table(report))
    for result in report.counted:
        assert found[f"{result.title} ({result.model})"] == [pytest.approx(ENERGIES[result.model])]
    budgets = figures(energy_tables.budget_table(report))
    for result in report.counted:
        assert budgets[result.title] == [pytest.approx(ENERGIES[result.model])]


def test_every_bill_adds_up_line_by_line(report: AuditReport) -> None:
    for result in report.counted:
        table = audit_tables.term_table(result)
        lines = [[cell.sort or 0.0 for cell in row] for row in table.rows]
        assert sum(line[4] for line in lines) == pytest.approx(ENERGIES[result.model])
        assert sum(line[5] for line in lines) == pytest.approx(1)
    bill = figures(audit_tables.term_table(report.result_of("horowitz45-int8-sram")))
    total = ENERGIES["horowitz45-int8-sram"]
    for name, counted, times, energy in (
        ("synaptic operation", 7, 1, 0.7), ("neuron update, 1 comparisons", 15, 1, 1.5),
        ("membrane addition", 12, 1, 1.2), ("weight bytes read", 7, 1, 17.5),
        ("state bytes read and written", 164, 1, 410.0),
        ("message bytes, one write and one read", 9, 2, 45.0),
    ):  # fmt: skip
        assert bill[name] == [counted, times, pytest.approx(energy), pytest.approx(energy / total)]


def test_the_formula_and_the_way_from_it_to_the_count(report: AuditReport) -> None:
    found = figures(energy_tables.formula_table(report))
    once = 11 * 0.9  # rate x dense
    exact = 7 * 0.9
    assert found["formula: D once, T where it runs"] == pytest.approx([once, once, 0, once / exact])
    assert found["formula: D once, T where it runs, a MAC counted as two FLOPs"] == pytest.approx(
        [2 * once, 2 * once, 0, 2 * once / exact]
    )
    assert found["exact unary SynOps and MACs on real values at the formula's prices"] == (
        pytest.approx([exact, exact, 0, 1])
    )
    require_rows(
        audit_tables.gap_table(report.gap_of("horowitz45-fp32"), "it"),
        ("formula, D once, T where it runs", "", ("9.90 pJ", 9.9), "the largest reading"),
        # 4 events meet a weight that is zero: (11 - 7) x 0.9
        ("zero weights", "− 3.60 pJ", ("6.30 pJ", 6.3), "A weight that is zero costs nothing."),
        ("neuron updates", "+ 13.5 pJ", ("19.8 pJ", 6.3 + 15 * 0.9),
         "The formula has no neurons in it."),
        ("membrane and rescale arithmetic", "+ 10.8 pJ", ("30.6 pJ", 19.8 + 12 * 0.9),
         "Residual sums, biases, pooling and requantisation."),
    )  # fmt: skip


def test_networks_without_spikes_on_the_same_macs(report: AuditReport) -> None:
    found = figures(energy_tables.rival_table(report))
    assert found["Quantised ANN, every MAC"] == pytest.approx([40 * 0.3, 40 * 0.23, 40])
    assert found["Quantised ANN that skips zeros"] == pytest.approx([7 * 0.3, 7 * 0.23, 7])
    assert found["Float ANN, every MAC"] == pytest.approx([40 * 4.6, 40 * 4.6, 40])
    own = "this network: Exact counts, int8 weights, unrolled"
    assert found[own] == pytest.approx([7 * 0.1, 7 * 0.03])


def test_the_rules_of_thumb(report: AuditReport) -> None:
    found = figures(audit_tables.break_even_table(report))
    assert found["Yan et al. 2026"] == pytest.approx([7 / 25])  # spikes of 15 + 10 inputs
    assert found["Davidson & Furber 2021"] == pytest.approx([11 / 8])  # 11 events at 6 + 2 synapses


def test_the_page_and_the_terminal_show_these_figures(folder: Path, report: AuditReport) -> None:
    done = run("audit", "counted", "-o", "audit")
    assert done.code == 0
    shown = {
        "1.dense  conv      5          30    26.7 %         0.267              4             4"
        "             8",
        "2.dense  conv      5          10      30 %         0.300              3             3"
        "             3",
        "formula off       1  1.dense (100 %)",  # 8 by the formula, 4 counted
    }
    assert shown <= set(done.out.splitlines())
    for energy in ("30.6 pJ", "3.40 pJ", "4.80 pJ", "476 pJ", "947 pJ", "1.39 nJ", "2.66 nJ",
                   "184 pJ"):  # fmt: skip
        assert energy in done.out
    page = (folder / "audit" / "report.html").read_text("utf-8")
    cards = re.findall(r'class="card"><strong>(.*?)</strong><span>(.*?)</span>', page)
    assert [(value, html.unescape(label)) for value, label in cards] == [
        ("7", "SynOps per sample"),
        ("0.275", "mean integer, 0 to 1"),  # 11 / 40
        ("9.90 pJ", "the paper's formula"),
        ("0.700 pJ", "exact count, int8 weights"),
        ("12 pJ", "quantised ANN, same MACs"),
        ("1.39 nJ", "at Loihi 1 prices"),
    ]
    text = html.unescape(page)
    assert "A sample does 7 graded SynOps, 17.5 % of the 40 dense MACs" in text  # 7 / 40
    assert "with D once, the formula is 57.1 % too high" in text  # 11 / 7 - 1
    assert "costs 17.1x less than the dense rival" in text  # 12 / 0.7
    assert report.mean_integer == pytest.approx(11 / 40)
