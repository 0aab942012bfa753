"""Where layers would run, told by `inspect --lowering`, and the choice of processes on Lava."""

import json
from pathlib import Path

import pytest

from spiketrack.pipeline.lava.lowering import lowering_words, plan_stock_for, stock_facts
from tests.hardware.lava.stock_graphs import residual
from tests.small_networks import save_netx
from tests.spiketrack.cli.run import run
from tests.tiny_models import Tiny


@pytest.mark.slow
def test_inspect_lists_where_each_layer_of_a_tracker_would_run(t1: Tiny) -> None:
    told = run("inspect", t1.stk, "--lowering").out
    assert "Graph 'search' on Loihi 2, as far as is publicly known: 11 host, " in told
    (line,) = (one for one in told.splitlines() if one.startswith("decoder.conv5_ctr "))
    assert line.split() == ["decoder.conv5_ctr", "stock", "as", "it", "is", "-", "1", "1x", "Conv"]
    facts = json.loads(run("inspect", t1.stk, "--lowering", "--json").out)["lowering"]
    assert sum(facts["search"]["nodes"].values()) == len(t1.model.graphs["search"])
    rows = {layer["node"]: layer for layer in facts["search"]["layers"]}
    spike = rows["decoder.ctr4_spike"]
    # 8 channels of 8 x 8, four LIFs each.
    cells = t1.model.graphs["search"].shapes["decoder.ctr4_spike"][1] * 8 * 8
    assert [form["neurons"] for form in spike["forms"]] == [cells, 4 * cells, cells]
    assert [form["runs_on"] for form in spike["forms"]] == ["microcode", "stock", "microcode"]


def test_inspect_lists_the_layers_of_a_netx_file(tmp_path: Path) -> None:
    told = run("inspect", save_netx(tmp_path / "a.net"), "--lowering").out
    assert any(line.split()[1:3] == ["stock", "as"] for line in told.splitlines() if "LIF" in line)
    assert "SynOps: what the next layers count at most, as a multiple of that for graded" in told


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["inspect", "a.nir", "--lowering"], "--lowering is for .stk and .net files, not 'a.nir'"),
        (
            ["simulate", "a.nir", "--input", "a.npy", "-o", "a.npz", "--lowering", "stock"],
            "--lowering stock is for --backend lava or loihi2",
        ),
        (
            ["track", "a.stk", "v", "--box", "1,2,3,4", "--lowering", "stock"],
            "--lowering stock is for --backend lava or loihi2",
        ),
        (
            ["track", "a", "v", "--box", "1,2,3,4", "--float", "--backend", "lava", "--lowering"]
            + ["stock"],
            "--lowering stock is for --backend lava or loihi2",
        ),
    ],
)
def test_lowering_where_it_means_nothing_is_wrong_usage(arguments: list[str], message: str) -> None:
    done = run(*arguments)
    assert done.code == 2
    assert message in " ".join(done.err.replace("│", " ").split())


def test_what_ran_where_is_told_with_every_reason() -> None:
    facts = stock_facts(plan_stock_for(residual()), 12)
    assert facts["nodes"] == {"own": 4, "stock": 4}
    assert facts["stock_processes"] == {"Conv": 3, "4 LIFs": 1}
    assert sum(facts["own_because"].values()) == 4
    assert (facts["latency_steps"], facts["delays"], facts["processes"]) == (3, 1, 12)
    first, *reasons = lowering_words(facts)
    assert first == (
        "Nodes on stock processes: 4 (3 x Conv, 1 x 4 LIFs); done by ports: 0; on processes of "
        "ours: 4. Latency: 3 steps; values that wait: 1; processes: 12"
    )
    assert len(reasons) == len(facts["own_because"])
