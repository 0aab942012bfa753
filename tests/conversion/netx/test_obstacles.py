"""What has no meaning in a `.net` file: refused with its path, and all of it at once."""

from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest

from conversion.netx import NetxOptions, read_netx
from spiketrack.errors import ObstacleError, StoreError
from tests.conversion.netx.net_files import cuba, layer, net_file, sdnn

W = np.full((2, 2), 2.0)
BIG = 1 << 31
INPUT = layer("input", shape=[1, 4, 4])


def dense(**fields: Any) -> dict[str, object]:
    return layer("dense", **({"weight": W, "shape": [2, 1, 1], "neuron": cuba()} | fields))


def conv(**fields: Any) -> dict[str, object]:
    made = {"weight": np.full((1, 1, 3, 3), 2.0), "shape": [1, 2, 2], "neuron": cuba()}
    return layer("conv", **(made | fields))


CASES: dict[str, tuple[tuple[dict[str, object], ...], str]] = {
    "an unknown layer": ((layer("concat"),), "type concat"),
    "an adaptive neuron": ((dense(neuron=cuba() | {"type": np.bytes_("ALIF")}),), "type ALIF"),
    "another activation": ((dense(neuron=sdnn() | {"activation": np.bytes_("abs")}),), "abs"),
    "a weight exponent": ((dense(neuron=cuba() | {"wgtExp": 2}),), "wgtExp.*ignores it"),
    "a refractory time": ((dense(neuron=cuba() | {"refDelay": 5}),), "refDelay.*ignores it"),
    "binary sigma-delta": ((dense(neuron=sdnn() | {"messageBits": 0}),), "ones binary"),
    "wide spikes": ((dense(neuron=cuba() | {"messageBits": 25}),), "spikes of 25 bits"),
    "graded CUBA": ((dense(neuron=cuba() | {"gradedSpike": True}),), "graded spikes"),
    "thresholds": ((dense(neuron=cuba() | {"vThMant": np.array([1, 2])}),), "2 numbers where one"),
    "decays": ((dense(neuron=cuba() | {"iDecay": np.arange(3)}),), "3 numbers for 2 channels"),
    "a decay too large": ((dense(neuron=cuba(u_decay=4097)),), "0..4096"),
    "odd large weights": ((dense(weight=[[129.0, 0], [0, 0]]),), "some of them odd"),
    "fractions": ((dense(weight=W / 4),), "no integers"),
    "NaN": ((dense(weight=W * np.nan),), "NaN or infinity"),
    "huge numbers": ((dense(weight=W * 1e12),), "beyond"),
    "no weights": ((dense(weight=np.zeros((2, 0))),), "no weights"),
    "rows": ((dense(shape=[3, 1, 1]),), "for 3 neurons"),
    "columns": ((layer("input", shape=[5]), dense()), "for 2 inputs behind"),
    "a grid": ((layer("input", shape=[2, 1, 2]), dense()), "flatten before it"),
    "a late delay": ((dense(delay=[63.0, 0]),), "clamp them to 62"),
    "a delay per synapse": ((dense(delay=np.ones((2, 2))),), "delays of shape"),
    "a recurrent delay": (
        (layer("dense_rec", weight=W, weight_rec=W, delay=[1.0, 2], shape=[2], neuron=cuba()),),
        "delays of a recurrent",
    ),
    "recurrent sigma-delta": (
        (layer("dense_rec", weight=W, weight_rec=W, shape=[2], neuron=sdnn()),),
        "without a CUBA neuron",
    ),
    "a recurrent oblong": (
        (layer("dense_rec", weight=W, weight_rec=np.ones((2, 3)), shape=[2], neuron=cuba()),),
        "a square matrix",
    ),
    "complex": ((dense(weight={"real": W, "imag": W}),), "complex weights"),
    "conv without input": ((conv(),), "input_shape"),
    "conv rank": ((INPUT, conv(weight=np.ones((1, 1, 3)))), "weights of shape"),
    "conv groups": ((INPUT, conv(groups=2)), "2 groups"),
    "conv shape": ((INPUT, conv(shape=[1, 9, 9])), "its input and kernel give"),
    "stride of three": ((INPUT, conv(stride=[1, 1, 1])), "3 numbers"),
    "pool weights": ((INPUT, layer("pool", weight=np.ones((2, 1, 2, 2)), neuron=cuba())), "pool"),
    "ragged pool": ((INPUT, layer("pool", weight=np.ones((1, 1, 3, 3)), neuron=cuba())), "cells"),
    "a shape of four": ((layer("input", shape=[1, 1, 1, 1], neuron=cuba()),), "all positive"),
    "a shapeless input": ((layer("input", neuron=cuba()),), "without a shape"),
    "a second input": ((dense(), INPUT), "behind other layers"),
    "a silent input": ((layer("input", shape=[2], neuron=cuba(threshold=1 << 17)),), "never fire"),
    "no weight": ((layer("input", shape=[2], weight=0.0, neuron=cuba()),), "times 0"),
    "shifted sigma-delta": ((layer("input", shape=[2], bias=1.0, neuron=sdnn()),), "shifted"),
    "biased sigma": ((dense(neuron=sdnn(output=True), bias=[2.0, 4]),), "sigma_output"),
    "a layer behind a readout": ((layer("dense", weight=W, shape=[2]), dense()), "never fires"),
    "unequal groups": ((dense(), layer("average", shape=[3, 1, 1])), "do not divide"),
    "an average of a grid": ((INPUT, layer("average", shape=[1, 1, 1])), "over a grid"),
    "a flatten of nothing": ((layer("flatten"),), "unknown shape"),
    "a large input": ((layer("input", shape=[1, 1 << 14, (1 << 14) + 1]), conv()),
                      "at most 67108864"),
    "a large shape": ((layer("input", shape=[BIG, BIG, BIG]), dense()), "layer/0/shape"),
    "large padding": ((INPUT, conv(padding=BIG)), "layer/1/padding.*with its padding"),
    "large padding in large strides": ((INPUT, conv(padding=BIG, stride=BIG)), "layer/1/padding"),
    "large neurons": ((layer("input", shape=[1, 1 << 13, 1 << 13]),
                       conv(weight=np.ones((2, 1, 1, 1)))), "'layer/1': 134217728 values"),
    "only an input": ((INPUT,), ""),
}  # fmt: skip


@pytest.mark.parametrize("case", [name for name in CASES if name != "only an input"])
def test_each_obstacle_is_named(case: str, tmp_path: Path) -> None:
    layers, message = CASES[case]
    with pytest.raises(ObstacleError, match=message):
        read_netx(net_file(tmp_path, *layers))


def test_a_readout_with_a_reset_is_refused(tmp_path: Path) -> None:
    path = net_file(tmp_path, layer("dense", weight=W, shape=[2]))
    with pytest.raises(ObstacleError, match="reset periodically"):
        read_netx(path, options=NetxOptions(reset_interval=5))


def test_nothing_left_to_run_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ObstacleError, match="nothing to run"):
        read_netx(net_file(tmp_path, dense()), options=NetxOptions(skip_layers=1))


def test_all_obstacles_of_a_file_are_listed_at_once(tmp_path: Path) -> None:
    path = net_file(
        tmp_path,
        dense(neuron=cuba() | {"type": np.bytes_("RF")}, weight=W / 4),
        dense(),
        layer("unpool"),
        dense(delay=[99.0, 0]),
    )
    with pytest.raises(ObstacleError) as caught:
        read_netx(path)
    found = [obstacle.node for obstacle in caught.value.obstacles]
    assert found == ["layer/0/neuron", "layer/0/weight", "layer/2", "layer/3/delay"]
    assert all(obstacle.rewrite for obstacle in caught.value.obstacles)


def test_a_layer_of_unknown_size_adds_no_obstacle_behind_a_flatten(tmp_path: Path) -> None:
    path = net_file(tmp_path, layer("input", shape=[BIG, 2, 2]), layer("flatten"), dense())
    with pytest.raises(ObstacleError) as caught:
        read_netx(path)
    assert [obstacle.node for obstacle in caught.value.obstacles] == ["layer/0/shape"]


def test_missing_fields_are_listed_beside_the_other_obstacles(tmp_path: Path) -> None:
    neuron = {name: value for name, value in cuba().items() if name not in ("vThMant", "iDecay")}
    bare = {name: value for name, value in dense().items() if name != "weight"}
    path = net_file(
        tmp_path,
        dense(neuron=neuron | {"wgtExp": 1}, weight=W / 4),
        bare,
        {"shape": [2, 1, 1]},
        dense(neuron={"type": np.bytes_("SDNN"), "messageBits": 0}),
        layer("concat"),
    )
    with pytest.raises(ObstacleError, match="vThMant': a missing field") as caught:
        read_netx(path)
    assert [obstacle.node for obstacle in caught.value.obstacles] == [
        "layer/0/neuron/vThMant",
        "layer/0/neuron/iDecay",
        "layer/0/neuron/wgtExp",
        "layer/0/weight",
        "layer/1/weight",
        "layer/2/type",
        "layer/3/neuron/vThMant",
        "layer/3/neuron/messageBits",
        "layer/4",
    ]


@pytest.mark.parametrize("number", [1 << 20, (1 << 20) + 3, 3 * (1 << 20) - 1, BIG, -BIG])
@pytest.mark.parametrize("field", ["layer/0/bias", "layer/0/neuron/vThMant"])
def test_a_sigma_delta_number_beyond_32_bits_is_refused_instead_of_wrapped(
    number: int, field: str, tmp_path: Path
) -> None:
    # Both are taken times 2**12. Why not the bias of `layer`: float32 rounds these numbers.
    biased = field == "layer/0/bias"
    made = dense(neuron=sdnn() if biased else sdnn(threshold=number))
    made |= {"bias": np.array([number if biased else 0, 0], np.int64)}
    with pytest.raises(ObstacleError, match="beyond 32 bits") as caught:
        read_netx(net_file(tmp_path, made))
    assert [obstacle.node for obstacle in caught.value.obstacles] == [field]


def test_a_cuba_number_beyond_32_bits_is_refused_instead_of_wrapped(tmp_path: Path) -> None:
    for made, field in (
        (dense(neuron=cuba(u_decay=BIG)), "neuron/iDecay"),
        (dense() | {"bias": np.array([0, BIG])}, "bias"),
        (layer("input", shape=[2], neuron=cuba()) | {"bias": BIG}, "bias"),
    ):
        with pytest.raises(ObstacleError, match="beyond 32 bits") as caught:
            read_netx(net_file(tmp_path, made))
        assert [obstacle.node for obstacle in caught.value.obstacles] == [f"layer/0/{field}"]


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        (lambda file: file.pop("layer"), "an entry"),
        (lambda file: file.move("layer/0", "layer/7"), "layers numbered from 0"),
        (lambda file: file.pop("layer/0"), "no layers"),
        (lambda file: file["layer/0"].__setitem__("bias", np.bytes_("x")), "numbers"),
        (lambda file: file["layer/0"].__setitem__("delay", h5py.SoftLink("/layer")), "a link"),
        (lambda file: file["layer/0"].__setitem__("bias", h5py.SoftLink("/nowhere")), "a link"),
    ],
)
def test_a_damaged_file_is_a_store_error(damage: Any, message: str, tmp_path: Path) -> None:
    path = net_file(tmp_path, dense())
    with h5py.File(path, "r+") as file:
        damage(file)
    with pytest.raises(StoreError, match=message):
        read_netx(path)


def test_a_type_that_is_no_text_is_a_store_error(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="one text"):
        read_netx(net_file(tmp_path, {"type": 3}))
