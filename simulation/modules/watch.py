"""Sees every operation of a running module: which values it multiplies, and where in the module.

Below autograd and below every functional call, PyTorch has few operations that multiply:
convolutions, matrix products and pools. A dispatch mode sees them whatever the module wrote
(`nn.Conv2d`, `F.linear`, `einsum`, `@`). What lies between a neuron and its readers is followed: a
view or a scale of a sum of spikes is still that sum, and a pooled spike is no spike.
"""

import os
import sys
from collections import Counter as Tallied
from collections.abc import Callable, Iterator, Mapping, Sequence
from types import FrameType
from typing import Any

import torch
from torch import nn
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils.weak import WeakTensorKeyDictionary

from simulation.modules.fanout import Fanout, Geometry, conv_fanout, matrix_fanout
from simulation.modules.levels import SILENT, Levels
from simulation.modules.tally import PRODUCT, Tally
from spiketrack.counts.conventions import WEIGHT_BYTES_FLOAT

MOST_OPERANDS = 256
"""Operands of a sum that are counted apart; a longer sum is taken as a value of its own."""

OWN = "own"
ROOT = "module"
"""The name of the row of a module that is one operation itself."""

_TORCH = os.path.dirname(os.path.abspath(torch.__file__))
_SHAPING = frozenset({
    "view", "_unsafe_view", "reshape", "_reshape_alias", "permute", "transpose", "t", "slice",
    "select", "squeeze", "unsqueeze", "expand", "clone", "detach", "alias", "_to_copy", "flip",
    "unbind", "split", "split_with_sizes", "constant_pad_nd", "repeat",
})  # fmt: skip
"""Operations that move values and change none, but for zeros around them."""
_SCALING = frozenset({"mul", "div"})
_KEEPING = _SHAPING | _SCALING | {
    "max_pool2d_with_indices", "max_pool1d_with_indices", "max_pool3d_with_indices", "max_pool2d",
    "upsample_nearest1d", "upsample_nearest2d", "upsample_nearest3d", "cat", "stack", "index",
    "index_select", "gather", "add", "native_dropout",
}  # fmt: skip
"""Operations that pass spikes on: what they give was sent where what they read was."""
_ADDING = frozenset({"add", "add_"})
_POOLING = frozenset({
    "avg_pool1d", "avg_pool2d", "avg_pool3d", "_adaptive_avg_pool2d", "_adaptive_avg_pool3d",
    "mean", "sum", "upsample_bilinear2d", "upsample_linear1d", "upsample_trilinear3d",
    "upsample_bicubic2d",
})  # fmt: skip
"""Operations whose results are sums of spikes over a window: whole numbers, and yet no spikes."""
_UNSEEN = ("attention", "lstm", "gru", "rnn_tanh", "rnn_relu", "mkldnn_rnn", "quantized", "_fft")
"""Parts of the names of operations that multiply inside one call, where no operand is seen."""

_SENT = 2
_Key = tuple[object, ...]
_marks: Any = WeakTensorKeyDictionary
"""What is known of tensors while they live."""


class Watch(TorchDispatchMode):  # type: ignore[no-untyped-call, unused-ignore]
    """Collects tallies while a module runs.

    Args:
        module: what runs; its parameters and buffers are weights.
        levels: what is taken for spikes.

    Attributes:
        tallies: of every connection, in the order of their first calls.
        unseen: calls of operations that multiply or add up spikes and were not counted, by name and
            place.
        unsent: calls of connections that read spikes of no counted neuron, by the row's name.
        masks: elementwise products of two spike tensors, by place, as pairs of non-zero values.
        path: names of the modules that run, the innermost last.
        done: how many operations were counted so far.
        is_operation: whether the innermost module is one operation with weights of its own.
    """

    def __init__(self, module: nn.Module, levels: Levels) -> None:
        super().__init__()  # type: ignore[no-untyped-call, unused-ignore]
        self.levels = levels
        self.tallies: dict[_Key, Tally] = {}
        self.unseen: Tallied[str] = Tallied()
        self.unsent: Tallied[str] = Tallied()
        self.masks: Tallied[str] = Tallied()
        self.path: list[str] = []
        self.done = 0
        self.is_operation = False
        self._names: Tallied[str] = Tallied()
        self._weights: Any = _marks()
        self._inputs: Any = _marks()
        self._sums: Any = _marks()
        self._pooled: Any = _marks()
        self._sent: Any = _marks()
        self._fanouts: dict[_Key, tuple[torch.Tensor, Fanout]] = {}
        for tensor in (*module.parameters(), *module.buffers()):
            self._weights[tensor] = True

    def mark_input(self, tensor: torch.Tensor) -> None:
        """Says that a tensor is what the network is given."""
        self._inputs[tensor] = True
        self.mark_sent(tensor)

    def mark_sent(self, tensor: torch.Tensor) -> None:
        """Says that a tensor is what counted neurons, or the input, send."""
        self._sent[tensor] = True

    def __torch_dispatch__(
        self,
        func: Any,
        types: Sequence[type],
        args: Sequence[Any] = (),
        kwargs: Mapping[str, Any] | None = None,
    ) -> Any:
        """Lets an operation happen, then counts it and follows its values."""
        result = func(*args, **(kwargs or {}))
        name = func.overloadpacket.__name__
        given = tuple(_tensors((*args, *(kwargs or {}).values())))
        counted = _COUNTED.get(name)
        is_preparation = bool(given) and all(tensor in self._weights for tensor in given)
        if counted is not None and not is_preparation:
            counted(self, args, result)
        elif any(part in name for part in _UNSEEN):
            self.unseen[f"{name} in '{self._place()}'"] += 1
        if is_preparation:
            for tensor in _tensors((result,)):
                self._weights[tensor] = True
        else:
            self._follow(name, func, args, kwargs or {}, result, given)
        return result

    def is_sent(self, value: torch.Tensor) -> bool:
        """Whether a value is spikes that a counted neuron or the input sent."""
        return value in self._sent and self.is_spikes(value)

    def is_spikes(self, value: torch.Tensor) -> bool:
        """Whether a value is spikes, silent ones included, and no pooled ones."""
        return value not in self._pooled and self.levels.step_of(value) is not None

    def _follow(
        self, name: str, func: Any, args: Sequence[Any], kwargs: Mapping[str, Any], result: Any,
        given: tuple[torch.Tensor, ...],
    ) -> None:  # fmt: skip
        made = tuple(_tensors((result,)))
        if name in _KEEPING and any(tensor in self._sent for tensor in given):
            for tensor in made:
                self._sent[tensor] = True
        if name == "mul" and len(given) == 2:
            self._note_mask(*given)
        if name in _POOLING:
            if name not in _COUNTED and given and self.is_sent(given[0]):
                self.unseen[f"{name} in '{self._place()}'"] += 1
            for tensor in made:
                self._pooled[tensor] = True
            return
        moves = name in _SHAPING or (name in _SCALING and _is_scale(args))
        if moves and given:
            self._pass_on(func, args, kwargs, made)
        elif name in _ADDING and len(given) == 2 and len(made) == 1:
            self._note_sum(given, made[0])

    def _pass_on(
        self, func: Any, args: Sequence[Any], kwargs: Mapping[str, Any],
        made: tuple[torch.Tensor, ...],
    ) -> None:  # fmt: skip
        source = args[0]
        if not isinstance(source, torch.Tensor):
            return
        for marks in (self._inputs, self._pooled):
            if source in marks:
                for tensor in made:
                    marks[tensor] = True
        operands = self._sums.get(source)
        if operands is not None and len(made) == 1:
            # Outside the mode: what becomes of the operands is nothing that the module did.
            moved = tuple(func(operand, *args[1:], **kwargs) for operand in operands)
            self._sums[made[0]] = moved

    def _note_sum(self, given: tuple[torch.Tensor, ...], made: torch.Tensor) -> None:
        operands: list[torch.Tensor] = []
        for tensor in given:
            if tensor.shape != made.shape or tensor is made or tensor in self._weights:
                return
            step = None if tensor in self._pooled else self.levels.step_of(tensor)
            parts = self._sums.get(tensor)
            if parts is None and step is None:
                return
            operands += parts if parts is not None else [tensor]
        if len(operands) <= MOST_OPERANDS:
            self._sums[made] = tuple(operands)

    def _note_mask(self, one: torch.Tensor, other: torch.Tensor) -> None:
        if min(one.numel(), other.numel()) < 2 or not (self._fires(one) and self._fires(other)):
            return
        self.masks[self._place()] += int(((one != 0) & (other != 0)).sum())

    def _fires(self, value: torch.Tensor) -> bool:
        if value in self._weights or value in self._pooled:
            return False
        return self.levels.step_of(value) not in (None, SILENT)

    def _operands(self, value: torch.Tensor) -> tuple[torch.Tensor, ...]:
        operands: tuple[torch.Tensor, ...] | None = self._sums.get(value)
        return (value,) if operands is None else operands

    def _place(self) -> str:
        return self.path[-1] if self.path and self.path[-1] else "the module itself"

    def _tally(self, kind: str, function: str, weight_bytes: int, shapes: _Key = ()) -> Tally:
        """The tally of this connection, made at its first call.

        Why the place in the code: a loop over time calls the same line again, and the weights may
        be computed anew each time. A module that is one operation is one connection wherever it is
        called. Shapes part two products on one line.
        """
        self.done += 1
        path = self.path[-1] if self.path else ""
        what = OWN if self.is_operation else function
        key = (path, what) if what == OWN else (path, what, _site(), shapes)
        tally = self.tallies.get(key)
        if tally is None:
            tally = Tally(self._name(path, what), kind, weight_bytes, self.levels)
            self.tallies[key] = tally
        return tally

    def _name(self, path: str, what: str) -> str:
        """The module's path; of several operations in one module each with a name of its own."""
        base = (path or ROOT) if what == OWN else ".".join(filter(None, (path, what)))
        self._names[base] += 1
        count = self._names[base]
        return base if count == 1 else f"{base}_{count}"

    def _read(self, tally: Tally, value: torch.Tensor, fanout: Fanout) -> None:
        if value in self._inputs:
            tally.reads_input = True
        if value in self._pooled:
            tally.is_real = True
        for operand in self._operands(value):
            tally.add_values(operand, fanout)
            if operand not in self._sent and self._fires(operand):
                self.unsent[tally.name] += 1

    def convolution(self, args: Sequence[Any], result: torch.Tensor) -> None:
        """aten.convolution(input, weight, bias, stride, padding, dilation, transposed, ...)."""
        value, weight = args[0], args[1]
        stride, padding, dilation, transposed, output_padding, groups = args[3:9]
        geometry = Geometry(
            tuple(stride), tuple(padding), tuple(dilation), transposed, tuple(output_padding),
            groups,
        )  # fmt: skip
        if value.dim() == weight.dim() - 1:
            value, result = value[None], result[None]
        fanout = self._fanout_of(
            weight, (tuple(value.shape[1:]), geometry), lambda: conv_fanout(
                weight, value, result, geometry
            ),
        )  # fmt: skip
        tally = self._tally("conv", "conv", WEIGHT_BYTES_FLOAT)
        inside = int(fanout.all_weights.sum()) * len(value)
        dense = geometry.dense_macs(weight, value, result)
        tally.add_call(dense, inside, value.numel(), result.numel())
        self._read(tally, value, fanout)

    def matrix(self, args: Sequence[Any], result: torch.Tensor) -> None:
        """aten.mm(a, b), aten.addmm(bias, a, b), aten.mv, aten.addmv."""
        one, other = (part if part.dim() == 2 else part[:, None] for part in args[-2:])
        if other in self._weights or args[-1] in self._weights:
            self._dense(one, other, args[-1])
        elif one in self._weights or args[-2] in self._weights:
            self._dense(other.t(), one.t(), args[-2])
        else:
            self._product(one[None], other[None])

    def linear(self, args: Sequence[Any], result: torch.Tensor) -> None:
        """aten.linear(input, weight, bias), where it is not taken apart."""
        value, weight = args[0], args[1]
        if weight in self._weights:
            self._dense(value.reshape(-1, value.shape[-1]), weight.t(), weight, value)
        else:
            self._product(value.reshape(1, -1, value.shape[-1]), weight.t()[None])

    def batched(self, args: Sequence[Any], result: torch.Tensor) -> None:
        """aten.bmm(a, b), aten.baddbmm(bias, a, b): each sample has a matrix of its own."""
        one, other = args[-2:]
        if other in self._weights:
            tally = self._tally("conv", "linear", WEIGHT_BYTES_FLOAT)
            self._pairs(tally, one, other)
        else:
            self._product(one, other)

    def pool(self, args: Sequence[Any], result: torch.Tensor) -> None:
        """aten.avg_pool2d(input, kernel, stride, padding, ...): of spikes a synapse per cell."""
        value = args[0]
        if value.dim() != 4 or not self.is_spikes(value):
            return
        kernel = tuple(args[1]) * (2 // len(args[1]))
        stride = tuple(args[2]) * (2 // len(args[2])) if len(args) > 2 and args[2] else kernel
        padding = tuple(args[3]) * (2 // len(args[3])) if len(args) > 3 else (0, 0)
        channels = value.shape[1]
        weight = torch.ones((channels, 1, *kernel))
        geometry = Geometry(stride, padding, (1, 1), False, (0, 0), channels)
        fanout = conv_fanout(weight, value, result, geometry)
        tally = self._tally("pool", "pool", WEIGHT_BYTES_FLOAT)
        inside = int(fanout.all_weights.sum()) * len(value)
        tally.add_call(geometry.dense_macs(weight, value, result), inside,
                       value.numel(), result.numel())  # fmt: skip
        self._read(tally, value, fanout)

    def _dense(
        self, value: torch.Tensor, matrix: torch.Tensor, weight: torch.Tensor,
        whole: torch.Tensor | None = None,
    ) -> None:  # fmt: skip
        fanout = self._fanout_of(weight, ("matrix",), lambda: matrix_fanout(matrix))
        tally = self._tally("conv", "linear", WEIGHT_BYTES_FLOAT)
        macs = value.shape[0] * matrix.numel()
        tally.add_call(macs, macs, value.numel(), value.shape[0] * matrix.shape[1])
        self._read(tally, value if whole is None else whole, fanout)

    def _product(self, one: torch.Tensor, other: torch.Tensor) -> None:
        """Counts (B, N, K) @ (B, K, M): driven by the first operand that neurons send.

        Why not by values alone: the scores of an attention are small whole numbers too, and yet
        sums that nobody sends.
        """
        first, second = self._drives(one), self._drives(other)
        shapes = (tuple(one.shape[1:]), tuple(other.shape[1:]))
        tally = self._tally(PRODUCT, "matmul", 0, shapes)
        if second > first:
            one, other = other.transpose(1, 2), one.transpose(1, 2)
        if max(first, second) == _SENT:
            # A transposed operand is a view that nobody followed.
            self.mark_sent(one)
        self._pairs(tally, one, other)

    def _pairs(self, tally: Tally, one: torch.Tensor, other: torch.Tensor) -> None:
        """Counts what (B, N, K) meets in (B, K, M)."""
        met = (other != 0).sum(dim=2).to(torch.float64)[:, None]
        fanout = Fanout(met, torch.full_like(met, other.shape[2]))
        macs = one.numel() * other.shape[2]
        tally.add_call(macs, macs, one.numel(), one.shape[0] * one.shape[1] * other.shape[2])
        self._read(tally, one, fanout)

    def _drives(self, value: torch.Tensor) -> int:
        """How good a driver of a product a value is: sent spikes, other spikes, no spikes."""
        return _SENT if self.is_sent(value) else int(self.is_spikes(value))

    def _fanout_of(self, weight: torch.Tensor, key: _Key, make: Callable[[], Fanout]) -> Fanout:
        whole = (_identity(weight), weight._version, *key)
        kept = self._fanouts.get(whole)
        if kept is None:
            # Why the weight is kept too: another tensor may come to lie where a dead one was.
            kept = self._fanouts[whole] = (weight, make())
        return kept[1]


_COUNTED: Mapping[str, Callable[[Watch, Sequence[Any], Any], None]] = {
    "convolution": Watch.convolution,
    "_convolution": Watch.convolution,
    "mm": Watch.matrix,
    "addmm": Watch.matrix,
    "mv": Watch.matrix,
    "addmv": Watch.matrix,
    "linear": Watch.linear,
    "bmm": Watch.batched,
    "baddbmm": Watch.batched,
    "avg_pool2d": Watch.pool,
}


def _is_scale(args: Sequence[Any]) -> bool:
    """Whether a product or quotient is of a tensor and one number."""
    factor = args[1]
    return not isinstance(factor, torch.Tensor) or factor.numel() == 1


def _tensors(values: Sequence[Any]) -> Iterator[torch.Tensor]:
    for value in values:
        if isinstance(value, torch.Tensor):
            yield value
        elif isinstance(value, list | tuple):
            yield from _tensors(value)


def _identity(weight: torch.Tensor) -> _Key:
    """Where a weight lies and how it is laid out: a view of the same kind is the same weight."""
    return (weight.data_ptr(), tuple(weight.shape), weight.stride())


def _site() -> tuple[str, int]:
    """File and line of the module's own code that called this operation."""
    frame: FrameType | None = sys._getframe(1)
    while frame is not None:
        name = frame.f_code.co_filename
        if not name.startswith(_TORCH) and name != __file__:
            return name, frame.f_lineno
        frame = frame.f_back
    return "", 0
