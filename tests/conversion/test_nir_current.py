"""CubaLIF of a NIR file: a membrane reads the new current or the old one, in every engine alike."""

from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from calibration.options import QuantiseOptions
from calibration.quantise import quantise_network
from conversion.from_nir import read_nir, read_nir_with_notes
from conversion.netx import NetxOptions, write_neurons
from conversion.nir_options import NirCurrent, NirOptions
from conversion.nir_origin import ORIGINS, current_of
from conversion.to_nir import write_nir
from hardware.stock.by_kind import needs_microcode
from hardware.stock.limits import lif_reasons
from simulation.bounds.widths import StrictWidths
from simulation.fast.engine import FastEngine
from simulation.floats.engine import run_float
from simulation.reference.engine import run_reference
from simulation.reference.neurons import fire_cuba
from spiketrack.errors import GraphError
from spiketrack.graph import float_nodes as f
from spiketrack.graph import spike_nodes as s
from spiketrack.graph.records import SPIKE_TYPES, from_record, to_record
from spiketrack.graph.retime import retime
from tests.conversion.raw_nir import write_nodes

Array = np.ndarray[Any, Any]
N, STEPS = 3, 12
CURRENTS: tuple[NirCurrent, NirCurrent] = ("new", "old")
W_IN = np.array([[1.0, 0.5, -0.5], [0.5, 1.0, 0.0], [0.0, -1.0, 2.0]])
W_REC = np.array([[0.0, -0.5, 0.5], [1.0, 0.0, 0.0], [-1.0, 0.5, 0.0]])
BIAS = np.array([0.25, 0.0, 0.5])


def network(path: Path, *, recurrent: bool, bias: Array, kind: str = "CubaLIF") -> Path:
    """Affine -> CubaLIF, its spikes back through a Linear; tau = 2 or 4 steps of dt = 1."""
    neuron: dict[str, Any] = {
        "type": kind, "tau_mem": np.full(N, 2.0), "tau_syn": np.full(N, 4.0), "r": np.full(N, 2.0),
        "v_leak": np.full(N, 0.5), "w_in": np.full(N, 4.0),
    }  # fmt: skip
    if kind == "CubaLIF":
        neuron |= {"v_threshold": np.full(N, 1.5), "v_reset": np.zeros(N)}
    nodes = {
        "i": {"type": "Input", "shape": np.array([N])},
        "w": {"type": "Affine", "weight": W_IN, "bias": bias},
        "n": neuron,
        "o": {"type": "Output", "shape": np.array([N])},
    }
    edges = [("i", "w"), ("w", "n"), ("n", "o")]
    if recurrent:
        nodes["r"] = {"type": "Linear", "weight": W_REC}
        edges += [("n", "r"), ("r", "n")]
    write_nodes(path, nodes, edges)
    return path


def euler(x: Array, *, current: NirCurrent, recurrent: bool, bias: Array) -> tuple[Array, Array]:
    """Spikes and membranes by the equations of NIR in steps of 1, written out here."""
    i, v, fired = np.zeros(N), np.zeros(N), np.zeros(N)
    spikes, membranes = [], []
    for row in x:
        given = W_IN @ row + bias + (W_REC @ fired if recurrent else 0.0)
        new = i + (-i + 4.0 * given) / 4.0
        v = v + (0.5 - v + 2.0 * (new if current == "new" else i)) / 2.0
        i, fired = new, (v > 1.5).astype(float)
        membranes.append(v)
        spikes.append(fired)
        v = np.where(fired > 0, 0.0, v)
    return np.array(spikes), np.array(membranes)


def values(x: Array) -> Array:
    return x.reshape(len(x), 1, N, 1, 1)


@pytest.mark.parametrize("recurrent", [False, True])
@pytest.mark.parametrize("bias", [np.zeros(N), BIAS], ids=["no bias", "bias"])
def test_either_current_is_the_equation_of_nir_in_the_float_engine(
    tmp_path: Path, recurrent: bool, bias: Array
) -> None:
    path = network(tmp_path / "n.nir", recurrent=recurrent, bias=bias)
    x = (np.random.default_rng(0).random((STEPS, N)) < 0.5).astype(float)
    seen = []
    for current in CURRENTS:
        options = NirOptions(dt=1.0, cuba=current, n_steps=STEPS)
        graph = read_nir(path, options=options)
        got = run_float(graph, {"i": values(x)}, dtype=torch.float64).outputs["o"]
        right, _ = euler(x, current=current, recurrent=recurrent, bias=bias)
        assert np.array_equal(got.reshape(STEPS, N), right)
        seen.append(right)
    assert (seen[0] != seen[1]).any()


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 2**32 - 1), st.booleans(), st.booleans())
def test_the_integer_graph_of_an_old_current_fires_as_the_float_graph(
    tmp_path_factory: pytest.TempPathFactory, seed: int, recurrent: bool, has_bias: bool
) -> None:
    rng = np.random.default_rng(seed)
    bias = BIAS if has_bias else np.zeros(N)
    path = network(tmp_path_factory.mktemp("n") / "n.nir", recurrent=recurrent, bias=bias)
    graph = read_nir(path, options=NirOptions(dt=1.0, cuba="old"))
    integer = retime(quantise_network(graph, QuantiseOptions(n_steps=STEPS)).graph, STEPS)
    x = (rng.random((STEPS, N)) < 0.5).astype(np.int64)
    reference = run_reference(integer, {"i": values(x)})
    fast = FastEngine(integer).run({"i": values(x)})
    assert np.array_equal(fast.outputs["o"], reference.outputs["o"])
    # Every parameter is a binary fraction, so that nothing of it is rounded; decays are 1/2, 3/4.
    right, membranes = euler(x, current="old", recurrent=recurrent, bias=bias)
    near = np.abs(membranes - 1.5) < 0.05
    assert (near | (reference.outputs["o"].reshape(STEPS, N) == right)).all()


def test_an_old_current_is_the_new_one_a_step_late() -> None:
    def neuron(current: NirCurrent, delay: int) -> Array:
        one = np.ones((1, 1, 1), np.int32)
        node = s.SpikeCubaLIF(
            name="n", inputs=("x",), u_decay_q=1024 * one, v_decay_q=512 * one, threshold_q=6 * one,
            bias_mant_q=40 * one, recurrent_q=np.zeros((0, 0), np.int8), current=current,
        )  # fmt: skip
        x = np.random.default_rng(3).integers(-3, 9, (40, 1, 5, 1, 1))
        late = np.concatenate([np.zeros_like(x[:delay]), x[: 40 - delay]])
        return fire_cuba(node, late, StrictWidths()).spikes

    old = neuron("old", 0)
    assert 0 < old.mean() < 1
    assert np.array_equal(old, neuron("new", 1))
    assert not np.array_equal(old, neuron("new", 0))


def test_stock_processes_and_netx_have_the_new_current_only() -> None:
    one = np.ones((1, 1, 1), np.int32)
    node = s.SpikeCubaLIF(
        name="n", inputs=("x",), u_decay_q=one, v_decay_q=one, threshold_q=one,
        bias_mant_q=0 * one, recurrent_q=np.zeros((0, 0), np.int8), current="old",
    )  # fmt: skip
    told = ("a membrane that reads the current of the step before", "read with --cuba new")
    assert list(lif_reasons(node)) == [told]
    assert list(write_neurons.lif_reasons(node, NetxOptions(), 0)) == [told]
    assert needs_microcode(node, 1)


def test_a_readout_reads_the_old_current_as_well(tmp_path: Path) -> None:
    path = network(tmp_path / "n.nir", recurrent=False, bias=BIAS, kind="CubaLI")
    graph = read_nir(path, options=NirOptions(dt=1.0, cuba="old", n_steps=3))
    x = np.eye(N)
    got = run_float(graph, {"i": values(x)}, dtype=torch.float64).outputs["o"].reshape(3, N)
    # i[0] = W x + b; v[0] = 0.25, of the leak alone; v[1] = v[0] / 2 + 0.25 + i[0].
    assert np.array_equal(got[0], np.full(N, 0.25))
    assert np.array_equal(got[1], 0.375 + W_IN[:, 0] + BIAS)


@pytest.mark.parametrize("origin", ORIGINS, ids=lambda one: one.name)
def test_the_metadata_of_a_file_tells_its_origin(origin: Any) -> None:
    current, told = current_of(NirOptions(), ["exporter", f"{origin.words[0].upper()} 1.0"])
    assert current == origin.current
    assert told.startswith(f"cuba = {current}: v reads the current")
    assert f"as {origin.name} does, which the file's metadata names" in told


def test_without_an_origin_or_with_two_of_either_kind_the_choice_says_what_it_leaves_open() -> None:
    for texts in ([], ["norse and snntorch"]):
        current, told = current_of(NirOptions(), texts)
        assert current == "new"
        assert "does not say who wrote it" in told
        assert "forward Euler and Norse read the step before's (cuba = old)" in told
    assert current_of(NirOptions(cuba="old"), ["snntorch"]) == (
        "old", "cuba = old: v reads the current that the step before left, as asked for"
    )  # fmt: skip


def test_the_choice_is_noted_where_it_matters_only(tmp_path: Path) -> None:
    path = network(tmp_path / "n.nir", recurrent=False, bias=BIAS)
    assert any(note.startswith("cuba = new") for note in read_nir_with_notes(path).notes)
    nodes = {
        "i": {"type": "Input", "shape": np.array([1])},
        "n": {"type": "IF", "r": np.ones(1), "v_threshold": np.ones(1)},
    }
    write_nodes(tmp_path / "if.nir", nodes, [("i", "n")])
    assert not any("cuba" in note for note in read_nir_with_notes(tmp_path / "if.nir").notes)


def test_a_current_survives_files_and_old_records_mean_the_new_one(tmp_path: Path) -> None:
    path = network(tmp_path / "n.nir", recurrent=True, bias=np.zeros(N))
    graph = read_nir(path, options=NirOptions(dt=1.0, cuba="old"))
    write_nir(graph, tmp_path / "own.nir", dialect="portable", dt=1.0)
    own = read_nir_with_notes(tmp_path / "own.nir", options=NirOptions(cuba="new"))
    assert "cuba = new is not used: the file says it of every neuron" in own.notes
    node = own.graph["n"]
    assert isinstance(node, f.FloatCubaLIF)
    assert node.current == "old"
    integer = quantise_network(graph).graph["n"]
    arrays = {
        name: getattr(integer, name)
        for name in ("u_decay_q", "v_decay_q", "threshold_q", "bias_mant_q", "recurrent_q")
    }
    record = to_record(integer)
    assert from_record(SPIKE_TYPES, record, arrays).current == "old"  # type: ignore[union-attr]
    del record["current"]
    assert from_record(SPIKE_TYPES, record, arrays).current == "new"  # type: ignore[union-attr]


METADATA: dict[str, Any] = {
    "a list of texts": np.array([b"a", b"b"], dtype=object),
    "bytes": np.bytes_(b"torch"),
    "bytes of no encoding": np.bytes_(b"\xff\xfe"),
    "numbers": np.arange(3),
    "nothing": h5py.Empty("f"),
    "a dictionary": {"inner": "text"},
    "an opaque value": np.void(b"\x00\x01"),
}


@pytest.mark.parametrize("name", METADATA)
def test_metadata_of_any_kind_keep_no_file_from_being_read(tmp_path: Path, name: str) -> None:
    found = METADATA[name]
    value = np.array(found.tolist(), h5py.string_dtype()) if name == "a list of texts" else found
    nodes: dict[str, Any] = {
        "i": {"type": "Input", "shape": np.array([1])},
        "n": {
            "type": "CubaLIF", **{k: np.ones(1) for k in ("tau_syn", "tau_mem", "r")},
            "v_leak": np.zeros(1), "v_threshold": np.ones(1), "metadata": {"own": value},
        },
    }  # fmt: skip
    path = write_nodes(
        tmp_path / "n.nir", nodes, [("i", "n")], {"about": value, "framework": "norse 1.1"}
    )
    assert any(note.startswith("cuba = old") for note in read_nir_with_notes(path).notes)


def test_another_current_is_refused() -> None:
    with pytest.raises(ValueError, match="cuba must be 'new' or 'old', not 'both'"):
        NirOptions(cuba="both")  # type: ignore[arg-type]
    one = np.ones((1, 1, 1))
    with pytest.raises(GraphError, match="node 'n', current: needed 'new' or 'old', found both"):
        f.FloatCubaLI(
            name="n", inputs=("x",), u_keep=one, u_gain=one, v_keep=one, v_gain=one, v_drive=one,
            current="both",  # type: ignore[arg-type]
        )  # fmt: skip
