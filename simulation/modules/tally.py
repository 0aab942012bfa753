"""Adds up what one connection of a module reads, call by call, and makes its row at the end.

Whether a connection reads spikes is known only when all its calls are over: a silent call fits any
step, and a finer step may come later. So sums are kept apart by step.
"""

from dataclasses import dataclass, field, replace

import torch

from simulation.counting.meters import Synops
from simulation.counting.rows import with_synops, with_traffic
from simulation.modules.fanout import Fanout
from simulation.modules.levels import SILENT, Levels
from spiketrack.counts.event_counts import LayerCounts

PRODUCT = "product"
_SAME_STEP = 1e-3


@dataclass
class _Sums:
    """Sums of magnitudes in units of one step."""

    unary_spikes: float = 0
    unary: float = 0
    unary_all_weights: float = 0
    peak: float = 0


@dataclass
class Tally:
    """One connection: a convolution, a matrix, a pool, or a product of two activations.

    Attributes:
        name: of its row.
        kind: "conv", "pool" or "product".
        weight_bytes: of a weight that is fetched, 0 where the partner is no weight.
        levels: what is taken for spikes.
        reads_input: it reads the network's input itself.
    """

    name: str
    kind: str
    weight_bytes: int
    levels: Levels
    reads_input: bool = False
    dense_macs: int = 0
    macs_inside_borders: int = 0
    inputs: int = 0
    outputs: int = 0
    events: int = 0
    graded: int = 0
    all_weights: int = 0
    is_real: bool = False
    _by_step: dict[float, _Sums] = field(default_factory=dict)

    def add_call(self, dense: int, inside: int, inputs: int, outputs: int) -> None:
        """Takes the sizes of one call."""
        self.dense_macs += dense
        self.macs_inside_borders += inside
        self.inputs += inputs
        self.outputs += outputs

    def add_values(self, values: torch.Tensor, fanout: Fanout) -> None:
        """Takes one operand of one call.

        Args:
            values: what is read, of a shape that the fan-out broadcasts against.
            fanout: weights that each value meets.
        """
        sizes = values.detach().to("cpu", torch.float64).abs()
        hits = (sizes != 0).to(torch.float64)
        self.events += int(hits.sum())
        self.graded += int((hits * fanout.non_zero).sum())
        self.all_weights += int((hits * fanout.all_weights).sum())
        step = self.levels.step_of(values)
        if step is None:
            self.is_real = True
        elif step != SILENT:
            whole = (sizes / step).round()
            sums = self._by_step.setdefault(step, _Sums())
            sums.unary_spikes += float(whole.sum())
            sums.unary += float((whole * fanout.non_zero).sum())
            sums.unary_all_weights += float((whole * fanout.all_weights).sum())
            sums.peak = max(sums.peak, float(whole.max()))

    def row(self) -> LayerCounts:
        """The connection's counts."""
        fixed = LayerCounts(
            name=self.name,
            kind=self.kind,
            dense_macs=self.dense_macs,
            macs_inside_borders=self.macs_inside_borders,
            inputs=self.inputs,
            outputs=self.outputs,
        )
        total = self._in_one_step()
        if total is not None:
            counted = with_synops(fixed, *total, self.weight_bytes)
            if self.kind != PRODUCT:
                return counted
            reads = counted.state_reads + counted.graded
            return replace(counted, weight_reads=0, state_reads=reads)
        if self.kind == PRODUCT:
            # Conventions, "effective_acs, effective_macs": a product of real values is every pair.
            macs = self.dense_macs
            every = replace(fixed, kind="dense_product", effective_macs=macs, true_macs=macs)
            return with_traffic(every, weights=0, weight_bytes=0, reads=2 * macs, writes=macs)
        # Conventions, "true_macs": a picture is dense inside the borders, other values send nothing
        # where they are zero.
        macs = self.macs_inside_borders if self.reads_input else self.graded
        kind = "rgb_conv" if self.reads_input else "dense_conv"
        side = "input" if self.reads_input else "inside"
        real = replace(fixed, kind=kind, side=side, effective_macs=self.graded, true_macs=macs)
        return with_traffic(
            real, weights=macs, weight_bytes=self.weight_bytes, reads=macs, writes=macs
        )

    def _in_one_step(self) -> tuple[Synops, int] | None:
        """The sums in units of the finest step, and the largest spike; None of real values."""
        if self.is_real:
            return None
        finest = min(self._by_step, default=1.0)
        whole = _Sums()
        for step, sums in self._by_step.items():
            ratio = round(step / finest)
            if abs(step / finest - ratio) > _SAME_STEP * ratio:
                return None
            whole.unary_spikes += ratio * sums.unary_spikes
            whole.unary += ratio * sums.unary
            whole.unary_all_weights += ratio * sums.unary_all_weights
            whole.peak = max(whole.peak, ratio * sums.peak)
        if whole.peak > self.levels.max_spike:
            return None
        synops = Synops(
            events=self.events,
            unary_spikes=int(whole.unary_spikes),
            graded=self.graded,
            unary=int(whole.unary),
            all_weights=self.all_weights,
            unary_all_weights=int(whole.unary_all_weights),
        )
        return synops, int(whole.peak)
