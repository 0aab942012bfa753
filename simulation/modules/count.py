"""Runs a PyTorch module and counts it: `count_module`."""

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from typing import Any

import torch
from torch import nn

from simulation.modules.levels import Levels
from simulation.modules.neurons import NeuronTally, find_output, is_known_neuron
from simulation.modules.tally import Tally
from simulation.modules.watch import ROOT, Watch
from spiketrack.counts.event_counts import LayerCounts, PhaseCounts
from spiketrack.errors import ModuleError
from spiketrack.plain_text import plural

PHASE = "run"
INPUT_ROW = "input"
OPERATIONS: tuple[type[nn.Module], ...] = (
    nn.Conv1d, nn.Conv2d, nn.Conv3d, nn.ConvTranspose1d, nn.ConvTranspose2d, nn.ConvTranspose3d,
    nn.Linear, nn.AvgPool1d, nn.AvgPool2d, nn.AvgPool3d,
)  # fmt: skip
"""Modules that are one operation: their row bears the module's own name."""
_RESETS = ("reset", "reset_states", "reset_mem", "reset_hidden")
"""How SpikingJelly's, sinabs's and snnTorch's stateful modules start afresh."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ModuleRun:
    """How a module is run.

    Attributes:
        steps: calls of the module for one sample; None calls it once.
        time_first: the first axis of the input is time and the second the batch. With `steps` the
            module is given one step a call, without it all of them in one call.
        levels: what is taken for spikes.
        neurons: classes of modules that are neurons, beside those that are known or found.
        reset: whether stateful modules start afresh.
    """

    steps: int | None = None
    time_first: bool = False
    levels: Levels = field(default_factory=Levels)
    neurons: tuple[type[nn.Module], ...] = ()
    reset: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class CountedModule:
    """What was counted.

    Attributes:
        counts: of one phase, "run"; a frame is a sample of the batch.
        max_spike: the largest spike that any connection read, at least 1.
        steps: T.
        left_out: a sentence for each kind of work that was seen and not counted.
    """

    counts: PhaseCounts
    max_spike: int
    steps: int
    left_out: tuple[str, ...]


DEFAULT_RUN = ModuleRun()


def count_module(
    module: nn.Module, inputs: torch.Tensor | Sequence[torch.Tensor], how: ModuleRun = DEFAULT_RUN
) -> CountedModule:
    """Runs a module in evaluation mode without gradients and counts its operations.

    A convolution or linear layer that reads spikes counts SynOps; one that reads other values
    counts MACs; a product of two activations counts pairs of non-zero values along the contraction,
    driven by the first operand that neurons send, or else that spikes. The conventions are
    those of `spiketrack.counts.conventions`.

    Args:
        module: any module that runs eagerly on the CPU; its parts keep their mode.
        inputs: the input, (B, ...) or (T, B, ...), or the inputs of a module that takes several.
        how: calls, steps, and what is taken for spikes.

    Returns:
        The counts, and what was left out.

    Raises:
        ModuleError: no eager module on the CPU, an input that does not fit, or nothing to count.
    """
    given = (inputs,) if isinstance(inputs, torch.Tensor) else tuple(inputs)
    samples, steps = _sizes(given, how)
    _check(module)
    watch = Watch(module, how.levels)
    seen = _Seen(watch, how.neurons)
    with ExitStack() as stack:
        stack.enter_context(_in_evaluation(module))
        if how.reset:
            reset_states(module)
        seen.hook(module, stack)
        for call in _calls(given, how):
            for tensor in call:
                seen.take_input(tensor)
            with watch:
                module(*call)
    if not watch.tallies:
        what = f"module '{type(module).__name__}'"
        raise ModuleError(what, "a convolution, a matrix product or a pool that runs", "none")
    rows = seen.rows(samples, steps)
    peak = max((row.max_spike for row in rows), default=1)
    return CountedModule(
        counts=PhaseCounts(PHASE, samples, rows),
        max_spike=max(1, peak),
        steps=steps,
        left_out=seen.left_out(),
    )


def reset_states(module: nn.Module) -> None:
    """Starts every part afresh that says how.

    Args:
        module: the whole module.
    """
    for part in module.modules():
        for name in _RESETS:
            reset = getattr(part, name, None)
            if callable(reset):
                reset()
                break


def _sizes(given: tuple[torch.Tensor, ...], how: ModuleRun) -> tuple[int, int]:
    """Samples and steps."""
    axis = 1 if how.time_first else 0
    if not given or any(tensor.dim() <= axis for tensor in given):
        axes = "(T, B, ...)" if how.time_first else "(B, ...)"
        found = ", ".join(str(tuple(tensor.shape)) for tensor in given) or "none"
        raise ModuleError("input of the module", f"tensors {axes}", found)
    if how.steps is not None and how.steps < 1:
        raise ModuleError("steps", "1 or more", str(how.steps))
    first = given[0].shape[0]
    if how.time_first and how.steps not in (None, first):
        needed = f"{how.steps} steps along its first axis"
        raise ModuleError("input of the module", needed, str(first))
    steps = first if how.time_first else how.steps or 1
    return given[0].shape[axis], steps


def _check(module: nn.Module) -> None:
    if isinstance(module, torch.jit.ScriptModule):
        raise ModuleError("the module", "one that runs eagerly", "a scripted one")
    compiled = [name for name, part in module.named_modules() if hasattr(part, "_orig_mod")]
    if compiled:
        found = f"'{compiled[0]}' made by torch.compile"
        raise ModuleError("the module", "one that runs eagerly", found)
    strangers = {t.device.type for t in (*module.parameters(), *module.buffers())} - {"cpu"}
    if strangers:
        advice = "Count a copy of it: module.cpu()."
        raise ModuleError("the module", "parameters on the CPU", strangers.pop(), advice=advice)


def _calls(given: tuple[torch.Tensor, ...], how: ModuleRun) -> Iterator[tuple[torch.Tensor, ...]]:
    if how.steps is None:
        yield given
        return
    for step in range(how.steps):
        yield tuple(tensor[step] for tensor in given) if how.time_first else given


class _Seen:
    """Hooks of a run, and the rows that they and the watch make."""

    def __init__(self, watch: Watch, neurons: tuple[type[nn.Module], ...]) -> None:
        self.watch = watch
        self.neurons = neurons
        self.tallies: dict[str, NeuronTally] = {}
        self.order: list[NeuronTally | Tally] = []
        self.input = NeuronTally(INPUT_ROW, is_known=True, levels=watch.levels)
        self._counted = 0
        self._open: list[tuple[int, int, bool]] = []
        self._made = 0

    def take_input(self, tensor: torch.Tensor) -> None:
        """Takes what the network is given in one call."""
        self.watch.mark_input(tensor)
        self.input.add(tensor)

    def hook(self, module: nn.Module, stack: ExitStack) -> None:
        """Follows every part of a module while `stack` is open."""
        for name, part in module.named_modules():
            before = part.register_forward_pre_hook(self._before(name))
            after = part.register_forward_hook(self._after(name))
            stack.callback(before.remove)
            stack.callback(after.remove)

    def _before(self, name: str) -> Any:
        def enter(part: nn.Module, args: tuple[Any, ...]) -> None:
            self._open.append((self.watch.done, self._made, self.watch.is_operation))
            self.watch.path.append(name)
            self.watch.is_operation = isinstance(part, OPERATIONS)

        return enter

    def _after(self, name: str) -> Any:
        def leave(part: nn.Module, args: tuple[Any, ...], result: Any) -> None:
            done, made, self.watch.is_operation = self._open.pop()
            self.watch.path.pop()
            self._take_connections()
            known = is_known_neuron(part, self.neurons)
            # Why the innermost: a block of a neuron and a pool gives spikes, and is no neuron.
            if known or (self.watch.done == done and self._made == made):
                self._take_neuron(name, args, result, known=known)

        return leave

    def _take_connections(self) -> None:
        tallies = tuple(self.watch.tallies.values())
        self.order += tallies[self._counted :]
        self._counted = len(tallies)

    def _take_neuron(self, name: str, args: tuple[Any, ...], result: Any, *, known: bool) -> None:
        output = find_output(result, self.watch.levels)
        if output is None:
            return
        read = args[0] if args and isinstance(args[0], torch.Tensor) else None
        if not known and (read is None or self._passes_on(read, output)):
            return
        self._made += 1
        tally = self.tallies.get(name)
        if tally is None:
            tally = NeuronTally(name or ROOT, is_known=known, levels=self.watch.levels)
            self.tallies[name] = tally
            self.order.append(tally)
        tally.add(output)
        self.watch.mark_sent(output)

    def _passes_on(self, read: torch.Tensor, output: torch.Tensor) -> bool:
        """Whether a module that multiplies nothing is no neuron: spikes, or the same values, go in.

        Why not by values alone: a current of one half and one looks like spikes of two levels.
        """
        return self.watch.is_sent(read) or (
            read.shape == output.shape and bool(torch.equal(read, output))
        )

    def rows(self, samples: int, steps: int) -> tuple[LayerCounts, ...]:
        """All rows in the order of their first calls."""
        self._take_connections()
        rows = [self.input.input_row()]
        for tally in self.order:
            if isinstance(tally, Tally):
                rows.append(tally.row())
            elif tally.is_known or tally.fired:
                rows.append(tally.row(samples * steps))
        return tuple(replace(row, n_steps=steps) for row in rows)

    def left_out(self) -> tuple[str, ...]:
        """A sentence for each kind of work that was seen and not counted."""
        watch = self.watch
        sentences = [
            "additions and multiplications inside neurons, batch norms, biases and other "
            "elementwise arithmetic of the module",
            *(
                f"operation {name}: {plural(calls, 'call')}, whose work is not counted"
                for name, calls in watch.unseen.items()
            ),
            *(
                f"elementwise products of two spike tensors in '{place}': {pairs:,} pairs of "
                f"non-zero values, a gate and no synaptic operation"
                for place, pairs in watch.masks.items()
            ),
        ]
        if watch.unsent:
            names = ", ".join(f"'{name}'" for name in watch.unsent)
            sentences.append(
                f"neurons that are no module of their own: the spikes that {names} read are "
                f"counted where they arrive; their updates and messages are not"
            )
        return tuple(sentences)


@contextmanager
def _in_evaluation(module: nn.Module) -> Iterator[None]:
    """Without gradients, every part in evaluation mode and afterwards in the mode it had."""
    modes = [(part, part.training) for part in module.modules()]
    module.eval()
    try:
        with torch.no_grad():
            yield
    finally:
        for part, mode in modes:
            part.training = mode
