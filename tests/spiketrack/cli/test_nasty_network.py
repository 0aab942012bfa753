"""A network whose names attack terminals, charts, pages and spreadsheets, through every command."""

import csv
import json
import unicodedata
from pathlib import Path

import h5py
import nir
import numpy as np
import pytest

from spiketrack.errors import GraphError
from spiketrack.graph import spike_nodes as s
from spiketrack.graph.graph import Graph
from spiketrack.graph.model import Model
from spiketrack.graph.store import load_model, save_model
from tests.small_networks import integrator
from tests.spiketrack.cli.run import Done, refused, run

FORMULA, ESCAPE, TURNED, FORGED = (
    r"a$\frac{$", "\x1b[2J\x1b]0;owned\x07", "left\u202eright", "=1+1\nspiketrack: all is well",
)  # fmt: skip
OUTPUT = "file"


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    shape = np.array([3])
    names = ("input", FORMULA, ESCAPE, TURNED, FORGED, OUTPUT)
    ends = nir.Input({"input": shape}), nir.Output({"output": shape})
    nodes = (ends[0], _affine(), _if(), _affine(), _if(), ends[1])
    graph = nir.NIRGraph(
        dict(zip(names, nodes, strict=True)), list(zip(names[:-1], names[1:], strict=True))
    )
    nir.write(Path("net.nir"), graph)
    np.save("s.npy", np.ones((4, 3), np.uint8))


def _affine() -> nir.Affine:
    return nir.Affine(weight=np.eye(3), bias=np.zeros(3))


def _if() -> nir.IF:
    """Fires in every step of 0.1 ms that brings a spike: 1e4 x 1e-4 is over its threshold."""
    return nir.IF(r=np.full(3, 1e4), v_threshold=np.full(3, 0.5), v_reset=np.zeros(3))


def plain(text: str) -> bool:
    """Whether a text can be shown: nothing in it but visible characters, and our own line ends."""
    return not {unicodedata.category(one) for one in text.replace("\n", "")} & {
        "Cc", "Cf", "Cs", "Zl", "Zp",
    }  # fmt: skip


def told(*arguments: object, code: int = 0) -> Done:
    done = run(*arguments)
    assert done.code == code, done
    assert plain(done.out + done.err), done
    assert "unexpected" not in done.err
    assert not any(line.startswith("spiketrack: all") for line in done.out.splitlines())
    return done


@pytest.mark.slow
def test_nasty_names_go_through_every_command() -> None:
    shown = told("inspect", "net.nir", "--nodes").out
    assert r"\x1b[2J\x1b]0;owned\x07: " in shown and r"left\u202eright" in shown
    assert FORMULA in shown and r"=1+1\nspiketrack: all is well" in shown
    told("check", "net.nir")
    told("check", "net.nir", "--target", "loihi2")
    told("convert", "net.nir", "-o", "net.stk", "--calibration", "s.npy")
    told("inspect", "net.stk", "--nodes", "--lowering")
    simulate = ("simulate", "net.stk", "--input", "s.npy", "-o")
    told(*simulate, "o.npz", "--keep-all", "--counts", "c.json")
    with np.load("o.npz") as arrays:
        assert {OUTPUT, f"real/{OUTPUT}", f"keep/{ESCAPE}"} <= set(arrays.files)
    told(*simulate, "o.npy")
    told(*simulate, "o.h5")
    told("profile", "net.stk", "--input", "s.npy", "-o", "p")
    told("map", "net.stk", "--profile", "p", "-o", "m", "--moves", "0")
    told("audit", "p", "--mapping", "m", "-o", "a")
    told("export", "net.nir", "-o", "out.nir")
    told("export", "net.stk", "-o", "out.net", code=1)
    for page in ("p/report.html", "a/report.html"):
        text = Path(page).read_text("utf-8")
        assert plain(text) and r"left\u202eright" in text
    with open("m/layers.csv", encoding="utf-8", newline="") as file:
        cells = [row[0] for row in csv.reader(file)]
    assert not any(cell.startswith(("=", "+", "-", "@", "\t", "\r")) for cell in cells)
    assert all(map(plain, cells)) and any(r"\x1b" in cell for cell in cells)


@pytest.mark.parametrize(
    ("name", "message"),
    [("\udcff", "needed a name in UTF-8 without NUL"), ("a/b", "needed a name without '/'"),
     ("a\0b", "needed a name in UTF-8 without NUL")],
)  # fmt: skip
def test_a_name_that_no_file_can_hold_is_refused(name: str, message: str) -> None:
    with pytest.raises(GraphError, match=message):
        s.SpikeOutput(name=name, inputs=("x",), scale=np.ones(1), bias=np.zeros(1))
    with pytest.raises(GraphError, match="needed a name in UTF-8 without NUL"):
        Graph("net\udc80", integrator().nodes)


def test_a_name_in_another_encoding_is_refused_where_it_is_read() -> None:
    with h5py.File("net.nir", "a") as file:
        file.move("node/nodes/input", b"node/nodes/\xff\xfe")
    for command in ("inspect", "check"):
        done = run(command, "net.nir")
        assert done.code == 1 and "unexpected" not in done.err and plain(done.out + done.err)


def odd_facts(model: Model, **changed: object) -> None:
    parts = {"variant": model.variant, "provenance": model.provenance, "report": model.report}
    save_model("odd.stk", Model(model.graphs, **{**parts, **changed}))  # type: ignore[arg-type]


@pytest.mark.parametrize("value", [None, 10**30, "x", [], {}, {"a": 1}])
def test_facts_of_a_model_may_be_anything(value: object) -> None:
    told("convert", "net.nir", "-o", "net.stk")
    model = load_model("net.stk")
    odd_facts(model, report={**model.report, "nir": value})
    assert "needed the facts that spiketrack writes into a model" in run("inspect", "odd.stk").err
    odd_facts(model, provenance={"sha256": value})
    assert "unexpected" not in run("inspect", "odd.stk").err
    for key in ("reset", "dt", "weight_bits", "stream_bits"):
        odd_facts(model, variant={**model.variant, key: value})
        assert "unexpected" not in run("export", "odd.stk", "-o", "o.net").err


def test_a_model_of_a_netx_file_without_reset_is_refused_by_export() -> None:
    graph = integrator()
    save_model("odd.stk", Model({graph.name: graph}, {"kind": "generic", "source": "netx"}))
    assert "needed the facts that spiketrack writes" in refused(
        run("export", "odd.stk", "-o", "o.net")
    )
    assert not Path("o.net").exists()


def test_an_integer_of_two_thousand_digits_is_refused_in_a_profile() -> None:
    Path("p.json").write_text(json.dumps({"phases": {}})[:-1] + f', "x": {"9" * 2000}}}')
    assert "an integer of 2000 digits" in refused(run("audit", "p.json", "-o", "a"))
    Path("p.json").write_text('{"phases": {"run": {"frames": 1, "layers": []}}, "x": "\\ud800"}')
    assert "half of a surrogate pair" in refused(run("audit", "p.json", "-o", "a"))


@pytest.mark.parametrize("kind", [">i4", ">f8", "?", "<u8", "f2"])
def test_spikes_of_any_number_type_are_read(kind: str) -> None:
    np.save("s.npy", np.ones((4, 3), kind))
    told("simulate", "net.nir", "--input", "s.npy", "-o", "o.npz")
    with np.load("o.npz") as arrays:
        assert arrays[OUTPUT].sum() == 3 * 4
