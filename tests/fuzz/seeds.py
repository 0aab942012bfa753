"""Small valid files of every kind, made when they are needed; nothing is stored."""

import importlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import h5py
import nir
import numpy as np

from conversion.to_nir import write_nir
from spiketrack.files.hdf5 import Limits
from spiketrack.graph.checks import Array
from spiketrack.graph.store import load_model, save_model
from tests.conversion.nir_graphs import all_node_types, stateful, stateless
from tests.fuzz.text_seeds import MAKERS, READERS
from tests.spiketrack.graph.spike_samples import sample_model

KINDS = ("nir", "netx", "model", "checkpoint", "data", *MAKERS)
_VARIANT = "tiny128-t1"
_TEXT = h5py.string_dtype()
_RUNGS = 60
Read = Callable[[Path, Limits | None], object]


@dataclass(frozen=True, slots=True)
class Seed:
    """One valid file."""

    name: str
    data: bytes

    @property
    def suffix(self) -> str:
        """What the reader goes by, with every dot."""
        return "." + self.name.split(".", 1)[1]


def optional(module: str) -> Any:
    """A module of the project that may not exist, or None."""
    try:
        return importlib.import_module(module)
    except ModuleNotFoundError as error:
        if error.name is None or not module.startswith(error.name):
            raise
        return None


def reader(kind: str) -> Read | None:
    """The function that opens files of this kind, or None where it is not built."""
    if kind == "nir":
        from_nir = importlib.import_module("conversion.from_nir")
        return lambda path, limits: from_nir.read_nir(path, limits=limits)
    if kind in READERS:
        return lambda path, _: READERS[kind](path)
    if kind == "model":
        return lambda path, limits: load_model(path, limits=limits)
    if kind == "checkpoint":
        network = importlib.import_module("spiketrack.network")
        return lambda path, _: network.load_checkpoint(path)
    if kind == "netx" and (netx := optional("conversion.netx")):
        return lambda path, limits: netx.read_netx(path, limits=limits)
    if kind == "data" and (data := optional("conversion.nir_data")):
        return lambda path, limits: data.read_nir_data(path, dt=1e-3, limits=limits)
    return None


def make_seeds(kind: str, folder: Path) -> list[Seed]:
    """All seeds of one kind; files are written below `folder`."""
    folder.mkdir(parents=True, exist_ok=True)
    makers = {
        "nir": _nir, "netx": _netx, "model": _model, "checkpoint": _checkpoint, "data": _data,
        **MAKERS,
    }  # fmt: skip
    makers[kind](folder)
    return [Seed(path.name, path.read_bytes()) for path in sorted(folder.iterdir())]


def _nir(folder: Path) -> None:
    for dialect in ("portable", "compact"):
        for graph in (all_node_types(), stateless(), stateful()):
            write_nir(graph, folder / f"{graph.name}_{dialect}.nir", dialect=dialect)
    _write_ladder(folder / "ladder.nir")
    for name, nodes in _foreign_chains().items():
        edges = list(zip(nodes, list(nodes)[1:], strict=False))
        edges += [("spike", "rec"), ("rec", "spike")] if "rec" in nodes else []
        edges = [edge for edge in edges if edge != ("rec", "output") or "rec" not in nodes]
        edges += [("spike", "output")] if "rec" in nodes else []
        nir.write(folder / f"{name}.nir", nir.NIRGraph(nodes=nodes, edges=edges, type_check=False))


def _write_ladder(path: Path) -> None:
    """Flattens that feed a chain of Delays at every rung: what is wanted stands at its far end."""
    nodes: dict[str, Any] = {"input": nir.Input(np.array([2])), "output": nir.Output(np.array([2]))}
    edges = [(f"delay{_RUNGS - 1}", "output")]
    for i in range(_RUNGS):
        nodes[f"flat{i}"] = nir.Flatten({"input": np.array([2])}, 0, -1)
        nodes[f"delay{i}"] = nir.Delay(np.full(1, 0.001))
        edges += [("input", f"flat{i}"), (f"flat{i}", f"delay{i}")]
        edges += [(f"delay{i - 1}", f"delay{i}")] if i else []
    nir.write(path, nir.NIRGraph(nodes=nodes, edges=edges, type_check=False))


def _foreign_chains() -> dict[str, dict[str, Any]]:
    """Graphs as other tools write them: chains of nodes, one with a recurrent pair."""
    rng = np.random.default_rng(0)
    ones, image = np.ones(3), np.array([2, 6, 6])
    lif = {"tau": ones * 0.02, "r": ones, "v_leak": ones * 0, "v_threshold": ones}
    cuba = {**lif, "tau": None, "tau_mem": ones * 0.02, "tau_syn": ones * 0.01}
    cuba.pop("tau")
    conv = nir.Conv2d(
        (6, 6), rng.standard_normal((3, 2, 3, 3)), (1, 1), (1, 1), (1, 1), 1, np.zeros(3)
    )
    full = np.ones((3, 6, 6))
    pool = nir.SumPool2d(np.array([2, 2]), np.array([2, 2]), np.array([0, 0]))
    mean = nir.AvgPool2d(np.array([2, 2]), np.array([2, 2]), np.array([0, 0]))
    flat = nir.Flatten({"input": np.array([3, 3, 3])}, 0, -1)
    dense = nir.Affine(rng.standard_normal((3, 27)), np.zeros(3))
    small = nir.Affine(rng.standard_normal((3, 4)), np.zeros(3))
    start, end = nir.Input(np.array([4])), nir.Output(np.array([3]))
    seen = nir.Input(image)
    return {
        "conv": {
            "input": seen, "conv": conv, "if": nir.IF(full, full), "pool": pool, "flat": flat,
            "dense": dense, "spike": nir.LIF(**lif), "output": end,
        },
        "dense": {"input": start, "dense": small, "spike": nir.CubaLIF(**cuba), "output": end},
        "integrators": {
            "input": start, "dense": small, "delay": nir.Delay(ones * 0.001),
            "li": nir.LI(ones, ones, ones * 0), "i": nir.I(ones), "scale": nir.Scale(ones * 2),
            "level": nir.Threshold(ones), "output": end,
        },
        "recurrent": {
            "input": start, "dense": small, "spike": nir.CubaLIF(**cuba),
            "rec": nir.Linear(rng.standard_normal((3, 3))), "output": end,
        },
        "plain": {
            "input": seen, "conv": conv, "pool": mean, "half": nir.Scale(np.full((3, 3, 3), 0.5)),
            "output": nir.Output(np.array([3, 3, 3])),
        },
    }  # fmt: skip


def _netx(folder: Path) -> None:
    rng = np.random.default_rng(0)
    neuron = {
        "type": "LOIHI", "iDecay": 4096, "vDecay": 1024, "vThMant": 25, "refDelay": 1,
        "wgtExp": 0, "scaleRho": 1.0, "tauRho": 0.5, "theta": 1600,
    }  # fmt: skip

    def even(*shape: int) -> Array:
        return (2 * rng.integers(-127, 128, shape)).astype(np.float32)

    one = np.ones(2, np.int64)
    conv: dict[str, Any] = {
        "type": np.array([b"conv"], "S10"), "shape": [4, 3, 3], "inChannels": 2, "outChannels": 4,
        "kernelSize": one * 3, "stride": one * 2, "padding": one, "dilation": one, "groups": 1,
        "weight": even(4, 2, 3, 3), "bias": even(4), "neuron": neuron,
    }  # fmt: skip
    first = {"type": np.array([b"input"], "S10"), "shape": [2, 6, 6], "neuron": neuron}
    first |= {"weight": np.float32(40), "bias": np.float32(36)}
    flat = {"type": np.array([b"flatten"], "S10"), "shape": [1, 1, 36]}
    dense = {
        "type": np.array([b"dense"], "S10"), "shape": [5, 1, 1], "inFeatures": 36,
        "outFeatures": 5, "weight": even(5, 36), "bias": even(5), "neuron": neuron,
        "delay": np.arange(5),
    }  # fmt: skip
    loop = {
        "type": np.array([b"dense_rec"], "S10"), "shape": [3, 1, 1], "inFeatures": 5,
        "outFeatures": 3, "weight": even(3, 5), "weight_rec": even(3, 3),
        "neuron": {**neuron, "type": "CUBA", "gradedSpike": False},
    }  # fmt: skip
    graded = {"type": "SDNN", "vThMant": 64, "sigma_output": False, "gradedSpike": True}
    last = {**dense, "shape": [3, 1, 1], "inFeatures": 5, "outFeatures": 3, "weight": even(3, 5)}
    last |= {"bias": even(3), "delay": np.arange(3), "neuron": {**neuron, **graded}}
    _write_netx(folder / "spiking.net", [first, conv, flat, dense, loop])
    _write_netx(folder / "graded.net", [first, conv, flat, dense, last])
    _write_netx(folder / "chain.net", [{**first, "shape": [36]}, dense])


def _write_netx(path: Path, layers: list[dict[str, Any]]) -> None:
    with h5py.File(path, "w") as file:
        for i, layer in enumerate(layers):
            _fill(file.create_group(f"layer/{i}"), layer)
        _fill(file.create_group("simulation"), {"Ts": 1, "tSample": 16})


def _fill(group: h5py.Group, values: dict[str, Any]) -> None:
    for name, value in values.items():
        if isinstance(value, dict):
            _fill(group.create_group(name), value)
        else:
            group[name] = value


def _model(folder: Path) -> None:
    save_model(folder / "sample.stk", sample_model())


def _checkpoint(folder: Path) -> None:
    network = importlib.import_module("spiketrack.network")
    state = network.random_checkpoint(_VARIANT, 0)
    for suffix in (".safetensors", ".pth.tar"):
        network.save_checkpoint(state, folder / f"{_VARIANT}{suffix}")


def _data(folder: Path) -> None:
    spikes = np.zeros((1, 5, 4))
    spikes[0, 1, 2] = spikes[0, 4, 0] = 1
    series = nir.TimeGriddedData(spikes, 1e-3)
    events = nir.EventData(np.array([[0, 2]]), np.array([[0.001, 0.004]]), 4, 0.005)
    for name, data in (("gridded", series), ("events", events)):
        nodes = {"input": nir.NIRNodeData({"output": data})}
        nir.write_data(folder / f"{name}.nir", nir.NIRGraphData(nodes))
