"""Checkpoints in and out: official `.pth.tar` files, and `.safetensors`.

Reading never executes anything from the file. Names and shapes are checked against the variant
before any number is read; numbers are checked to be finite.
"""

import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Protocol, cast

import torch
from safetensors import SafetensorError, safe_open
from safetensors.numpy import save_file
from torch import Tensor

from spiketrack.errors import CheckpointError
from spiketrack.files.atomic import part_of
from spiketrack.files.suffixes import CHECKPOINT_SUFFIXES, SAFETENSORS_SUFFIX, TORCH_SUFFIXES
from spiketrack.network.ablations import ABLATIONS
from spiketrack.network.ablations import KEY as ABLATION_KEY
from spiketrack.network.archive import TorchArchive
from spiketrack.network.network import SpikeTrackNetwork, build_network, state_shapes
from spiketrack.network.random_mark import KEY, mark_text, seed_in
from spiketrack.network.variants import VARIANTS, Variant, ablated, find_variant

N_LISTED = 5
"""How many names of a kind a message lists before it only counts."""

Shapes = Mapping[str, tuple[int, ...]]


class _Source(Protocol):
    """A file whose shapes are known and whose tensors are read one by one."""

    shapes: dict[str, tuple[int, ...]]
    mark: object
    ablation: object

    def read(self, key: str) -> Tensor: ...

    def close(self) -> None: ...


class _SafetensorsFile:
    """The same for `.safetensors`."""

    def __init__(self, path: Path) -> None:
        self._path = path
        try:
            self._file = cast(Any, safe_open(path, framework="pt"))
            self.shapes = {
                key: tuple(self._file.get_slice(key).get_shape()) for key in self._file.keys()
            }
            metadata = self._file.metadata() or {}
            self.mark: object = metadata.get(KEY)
            self.ablation: object = metadata.get(ABLATION_KEY)
        except (SafetensorError, OSError) as error:
            raise self._error(str(error)) from error

    def read(self, key: str) -> Tensor:
        try:
            tensor: Tensor = self._file.get_tensor(key)
        except (SafetensorError, TypeError, AttributeError, KeyError, RuntimeError) as error:
            raise self._error(f"tensor '{key}': {error}") from error
        return tensor

    def close(self) -> None:
        self._file = None

    def _error(self, found: str) -> CheckpointError:
        return CheckpointError(
            what=str(self._path), needed="a readable safetensors file", found=found
        )


def load_checkpoint(
    path: str | os.PathLike[str], variant: str | Variant | None = None
) -> SpikeTrackNetwork:
    """A network with the weights of `path`, in eval mode.

    Args:
        path: an official `.pth.tar` (any `torch.save` file with a state dict under 'net'), or
            `.safetensors`.
        variant: name or `Variant`; None finds it from the shapes. The ablation that the file names
            is applied to it, unless it is that ablation; an ablation may be given for a file that
            names none, since it reads the same tensors.

    Raises:
        CheckpointError: not a checkpoint, unsafe, damaged, of another variant or ablation, or with
            NaN or Inf.
        ValueError: no variant has that name.
    """
    file = Path(path)
    source: _Source = (
        _SafetensorsFile(file) if file.suffix == SAFETENSORS_SUFFIX else TorchArchive(file)
    )
    try:
        chosen = infer_variant(source.shapes, file) if variant is None else find_variant(variant)
        chosen = _as_named(chosen, source.ablation, file)
        _check_shapes(source.shapes, chosen, file)
        network = build_network(chosen)
        needed = network.state_dict()
        state = {key: _checked(source.read(key), key, needed[key], file) for key in needed}
    finally:
        source.close()
    network.load_state_dict(state)
    network.mark = source.mark
    return network


def _as_named(variant: Variant, ablation: object, file: Path) -> Variant:
    """Applies the ablation that a file names; a file's word may be anything."""
    if ablation is None or ablation == variant.ablation:
        return variant
    needed = "no ablation, or one that is known and fits"
    if not isinstance(ablation, str) or ablation not in ABLATIONS:
        raise CheckpointError(str(file), needed, f"{str(ablation)[:80]!r}")
    try:
        return ablated(variant, ablation)
    except ValueError as error:
        raise CheckpointError(str(file), needed, f"{ablation}: {error}") from error


def save_checkpoint(
    network_or_state: SpikeTrackNetwork | Mapping[str, Tensor],
    path: str | os.PathLike[str],
    *,
    random_seed: int | None = None,
    ablation: str = "",
) -> None:
    """Writes `.pth`, `.pt` or `.pth.tar` ({'net': state dict}), or `.safetensors`, by suffix.

    The file appears complete or not at all.

    Args:
        network_or_state: what to write. A network that was loaded from random weights keeps their
            mark; one that was trained since does not.
        path: the file.
        random_seed: the seed the weights were drawn with, if they are random: the file is marked.
        ablation: name of the ablation that a state dict is of; a network knows its own.

    Raises:
        CheckpointError: the file cannot be written.
        ValueError: another suffix.
    """
    file = Path(path)
    given = network_or_state
    state = given.state_dict() if isinstance(given, SpikeTrackNetwork) else dict(given)
    if random_seed is None and isinstance(given, SpikeTrackNetwork):
        random_seed = seed_in(given.mark, state)
    marks = {} if random_seed is None else {KEY: mark_text(state, random_seed)}
    name = given.variant.ablation if isinstance(given, SpikeTrackNetwork) else ablation
    marks |= {ABLATION_KEY: name} if name else {}
    if file.suffix == SAFETENSORS_SUFFIX:
        arrays = {key: value.detach().cpu().contiguous().numpy() for key, value in state.items()}
        _write(file, lambda temporary: save_file(arrays, temporary, marks or None))
    elif file.name.endswith(TORCH_SUFFIXES):
        _write(file, lambda temporary: torch.save({"net": state, **marks}, temporary))
    else:
        raise ValueError(
            f"checkpoints end in {', '.join(CHECKPOINT_SUFFIXES)}, found {file.name!r}"
        )


def _write(file: Path, write: Callable[[Path], None]) -> None:
    """Writes a file whole or not at all, by a library that wants its path."""
    try:
        with part_of(file, error=CheckpointError) as part:
            write(part)
    except (RuntimeError, SafetensorError) as error:
        raise CheckpointError(
            f"file '{file}'", "a place that can be written", str(error)
        ) from error


def infer_variant(shapes: Shapes, file: Path) -> Variant:
    """The known variant whose widths, grid, head and number of templates these shapes show.

    Raises:
        CheckpointError: none is like that.
    """
    for variant in VARIANTS.values():
        telling = {
            key: shape
            for key, shape in state_shapes(variant).items()
            if key.endswith(("encode_conv.weight", "s_pos_embed", "conv1_ctr.0.weight"))
            or "mrm.0.retriever.seg_responder_dw" in key
        }
        later = f"encoder.mrm.0.retriever.seg_responder_dw.{variant.n_templates}.0.weight"
        if later not in shapes and all(shapes.get(k) == s for k, s in telling.items()):
            return variant
    raise CheckpointError(
        what=str(file),
        needed=f"the weights of one of {', '.join(VARIANTS)}",
        found=f"{len(shapes)} tensors that fit none",
        advice="Name the variant to see what differs.",
    )


def _check_shapes(shapes: Shapes, variant: Variant, file: Path) -> None:
    """Every key and shape must be the variant's, and none besides."""
    needed = state_shapes(variant)
    misshapen = [
        f"{key} {shapes[key]} instead of {shape}"
        for key, shape in needed.items()
        if key in shapes and shapes[key] != shape
    ]
    problems = [
        _listing("missing", [key for key in needed if key not in shapes]),
        _listing("unexpected", [key for key in shapes if key not in needed]),
        _listing("misshapen", misshapen),
    ]
    if any(problems):
        raise CheckpointError(
            what=str(file),
            needed=f"the {len(needed)} tensors of {variant.name}",
            found="; ".join(problem for problem in problems if problem),
        )


def _listing(kind: str, names: list[str]) -> str:
    if not names:
        return ""
    more = f", and {len(names) - N_LISTED} more" if len(names) > N_LISTED else ""
    return f"{len(names)} {kind}: {', '.join(name[:120] for name in names[:N_LISTED])}{more}"


def _checked(tensor: Tensor, key: str, like: Tensor, file: Path) -> Tensor:
    """The tensor as the network's type, if its numbers are of the needed kind and finite there.

    Why there: a float64 of 1e300 is finite, and infinity as a weight of float32.
    """
    if tensor.is_floating_point() != like.is_floating_point():
        raise CheckpointError(
            what=str(file), needed=f"{like.dtype} in tensor '{key}'", found=str(tensor.dtype)
        )
    try:
        tensor = tensor.to(like.dtype)
    except RuntimeError as error:
        needed = f"numbers in tensor '{key}' that become {like.dtype}"
        raise CheckpointError(str(file), needed, f"{tensor.dtype}: {error}") from error
    bad = int((~torch.isfinite(tensor)).sum())
    if bad:
        raise CheckpointError(
            what=str(file),
            needed="finite weights",
            found=f"{bad} NaN or Inf of {tensor.numel()} in tensor '{key}'",
        )
    return tensor
