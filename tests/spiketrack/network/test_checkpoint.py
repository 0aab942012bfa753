"""Checkpoints: round trips, and what is said about files that do not fit."""

import re
from pathlib import Path

import pytest
import torch
from safetensors.numpy import save_file
from safetensors.torch import save_file as save_torch_file

from spiketrack.errors import CheckpointError
from spiketrack.network import build_network, load_checkpoint, save_checkpoint
from tests.spiketrack.network.checkpoint_files import NAME, saved, state

KEY = "encoder.block3.0.conv.pwconv1.0.weight"


@pytest.mark.parametrize("file", ["a.pth.tar", "a.pth", "a.safetensors"])
def test_what_is_saved_is_what_is_loaded(tmp_path: Path, file: str) -> None:
    network = build_network(NAME)
    network.load_state_dict(state())
    save_checkpoint(network, tmp_path / file)
    loaded = load_checkpoint(tmp_path / file)
    assert loaded.variant.name == NAME and not loaded.training
    expected = state()
    assert all(torch.equal(value, expected[key]) for key, value in loaded.state_dict().items())
    assert [path.name for path in tmp_path.iterdir()] == [file]


def test_torch_reads_what_is_saved(tmp_path: Path) -> None:
    save_checkpoint(state(), tmp_path / "a.pth")
    read = torch.load(tmp_path / "a.pth", weights_only=True)
    assert torch.equal(read["net"][KEY], state()[KEY])


@pytest.mark.parametrize("name", ["s256-t3", "b256-t1", "tiny128-t3"])
def test_the_variant_is_found_from_the_shapes(name: str) -> None:
    from spiketrack.network.checkpoint import infer_variant
    from spiketrack.network.network import state_shapes
    from spiketrack.network.variants import VARIANTS

    assert infer_variant(state_shapes(VARIANTS[name]), Path("x")).name == name


def test_half_precision_weights_are_widened(tmp_path: Path) -> None:
    halves = {k: v.bfloat16() if v.is_floating_point() else v for k, v in state().items()}
    loaded = load_checkpoint(saved(tmp_path, {"net": halves}))
    assert torch.equal(loaded.state_dict()[KEY], halves[KEY].float())


FLOATS = [
    torch.float16, torch.bfloat16, torch.float64, torch.float8_e4m3fn, torch.float8_e5m2,
]  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize("file", ["c.pth", "c.safetensors"])
@pytest.mark.parametrize("dtype", FLOATS, ids=str)
def test_weights_of_every_float_type_are_read(
    tmp_path: Path, file: str, dtype: torch.dtype
) -> None:
    cast = {k: v.to(dtype) if v.is_floating_point() else v for k, v in state().items()}
    if file == "c.pth":
        torch.save({"net": cast}, tmp_path / file)
    else:
        save_torch_file(cast, tmp_path / file)
    loaded = load_checkpoint(tmp_path / file).state_dict()
    assert all(torch.equal(value, cast[key].to(value.dtype)) for key, value in loaded.items())


def test_a_weight_that_is_too_large_for_the_network_is_refused(tmp_path: Path) -> None:
    content = state()
    content[KEY] = content[KEY].double()
    content[KEY].view(-1)[7] = 1e300
    with pytest.raises(CheckpointError, match=f"finite weights, found 1 NaN or Inf .* '{KEY}'"):
        load_checkpoint(saved(tmp_path, {"net": content}))


def test_parameters_views_and_metadata_are_read(tmp_path: Path) -> None:
    content = state()
    content[KEY] = torch.nn.Parameter(content[KEY].transpose(0, 1).contiguous().transpose(0, 1))
    network = build_network(NAME)
    network.load_state_dict(content)
    loaded = load_checkpoint(saved(tmp_path, {"net": network.state_dict(), "epoch": 300}))
    assert torch.equal(loaded.state_dict()[KEY], state()[KEY])


def test_missing_unexpected_and_misshapen_tensors_are_listed(tmp_path: Path) -> None:
    content = state()
    for layer in range(1, 5):
        del content[f"decoder.ctr{layer}_spike.decay"], content[f"decoder.size{layer}_spike.decay"]
    content["encoder.extra"] = torch.zeros(1)
    content["decoder.spike.decay"] = torch.zeros(2)
    with pytest.raises(CheckpointError) as caught:
        load_checkpoint(saved(tmp_path, {"net": content}))
    text = str(caught.value)
    assert "needed the 1215 tensors of tiny128-t1, found 8 missing: " in text
    assert re.search(r"8 missing: (decoder\.\w+\.decay, ){4}decoder\.\w+\.decay, and 3 more", text)
    assert "1 unexpected: encoder.extra" in text
    assert "1 misshapen: decoder.spike.decay (2,) instead of (3,)" in text


def test_the_wrong_variant_is_refused(tmp_path: Path) -> None:
    path = saved(tmp_path, {"net": state()})
    with pytest.raises(CheckpointError, match="the 1359 tensors of s256-t3, found 144 missing"):
        load_checkpoint(path, "s256-t3")
    with pytest.raises(ValueError, match="unknown variant 's257'"):
        load_checkpoint(path, "s257")


def test_weights_of_no_variant_are_refused(tmp_path: Path) -> None:
    with pytest.raises(CheckpointError, match="found 1 tensors that fit none"):
        load_checkpoint(saved(tmp_path, {"net": {"a": torch.zeros(1)}}))


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_weights_that_are_no_numbers_are_refused_by_name(tmp_path: Path, value: float) -> None:
    content = state()
    content[KEY].view(-1)[7] = value
    with pytest.raises(CheckpointError, match=rf"found 1 NaN or Inf of 18432 in tensor '{KEY}'"):
        load_checkpoint(saved(tmp_path, {"net": content}))


def test_integers_in_place_of_weights_are_refused(tmp_path: Path) -> None:
    content = state()
    content[KEY] = content[KEY].to(torch.int32)
    with pytest.raises(CheckpointError, match=f"needed torch.float32 in tensor '{KEY}', found"):
        load_checkpoint(saved(tmp_path, {"net": content}))


def test_a_broken_safetensors_file_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.safetensors"
    path.write_bytes(b"\x10\0\0\0\0\0\0\0 not a header at all")
    with pytest.raises(CheckpointError, match="needed a readable safetensors file"):
        load_checkpoint(path)
    with pytest.raises(CheckpointError, match="needed a readable safetensors file"):
        load_checkpoint(tmp_path / "absent.safetensors")


def test_a_cut_safetensors_file_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.safetensors"
    save_file({key: value.numpy() for key, value in state().items()}, path)
    path.write_bytes(path.read_bytes()[:-1000])
    with pytest.raises(CheckpointError, match="needed a readable safetensors file"):
        load_checkpoint(path)


def test_numbers_of_another_kind_are_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    content = {k: v.to(torch.complex64) if k == KEY else v for k, v in state().items()}
    with pytest.raises(CheckpointError, match=f"float32 in tensor '{KEY}', found torch.complex64"):
        load_checkpoint(saved(tmp_path, {"net": content}))

    def refuse(*_: object) -> None:
        raise NotImplementedError("copy of a type of the future")

    save_checkpoint(state(), tmp_path / "a.safetensors")
    monkeypatch.setattr(torch.Tensor, "to", refuse)
    with pytest.raises(CheckpointError, match="torch.float32, found torch.float32: copy of a type"):
        load_checkpoint(tmp_path / "a.safetensors", NAME)


def test_another_suffix_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"checkpoints end in \.pth, .*, found 'a\.onnx'"):
        save_checkpoint(state(), tmp_path / "a.onnx")
    assert not list(tmp_path.iterdir())


def test_a_place_that_cannot_be_written_is_refused(tmp_path: Path) -> None:
    with pytest.raises(CheckpointError, match="needed a place that can be written, found"):
        save_checkpoint(state(), tmp_path / "absent" / "a.pth")


def test_a_failing_write_leaves_the_old_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "a.pth"
    path.write_text("old")

    def half_written(content: object, temporary: Path) -> None:
        temporary.write_text("half")
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(torch, "save", half_written)
    with pytest.raises(CheckpointError, match="No space left on device"):
        save_checkpoint(state(), path)
    assert path.read_text() == "old" and [p.name for p in tmp_path.iterdir()] == ["a.pth"]
