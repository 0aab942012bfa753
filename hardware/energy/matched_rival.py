"""A network without spikes at the same bit widths, memory on both sides, and where the two meet.

Both networks have the same layers, int8 weights, inputs 0..D and 32-bit accumulators, and pay the
same 45 nm prices under the same memory model (no reuse: an operation reads a weight, and reads and
writes an accumulator of 4 bytes; a message is written once and read once). The rival does every MAC
inside the borders and sends every activation. The spiking network works and sends where a spike is.
Only what spikes drive is compared: RGB, gate, neurons, residual sums and rescaling are taken to be
alike on both sides, which favours the spiking network, whose neurons keep membranes besides.

The crossover is the rate at which both would cost the same if every rate grew by one factor: all
that is driven by spikes is proportional to it. Three forms of the spiking network stand there:
    unrolled, arithmetic   a unit of a spike adds a weight; no memory on either side
    unrolled, with memory  a unit of a spike reads its weight and its accumulator again
    graded, with memory    a spike multiplies a weight by its integer, as the rival does
"""

from dataclasses import dataclass

from hardware.energy.phases import spiking_layers
from spiketrack.constants import INT8_MAC_INT32, INT32_ADD, SRAM_32KB_READ
from spiketrack.counts.conventions import MESSAGE_BYTES, STATE_BYTES
from spiketrack.counts.profile import CountedLayer, CountedPhase

WEIGHT_BYTES = 1
"""An int8 weight on both sides, whatever was counted."""
_ACCESSES = {"memory_write": (0, 2), "memory_read": (0, 3)}
"""Weights and states that one operation moves; a memory is state. Any other layer: see below."""
_CONVOLUTION = (1, 2)


@dataclass(frozen=True, slots=True, kw_only=True)
class MatchedRival:
    """One form of the spiking network beside the rival, per frame.

    Attributes:
        form: what the spiking network does, and whether memory is priced.
        measure: what a rate is: unary or graded SynOps for each MAC.
        spiking_pj: what spikes drive in the spiking network.
        rival_pj: the same layers in the rival.
        rate: measured.
        crossover: rate at which both cost the same; None where nothing was driven.
    """

    form: str
    measure: str
    spiking_pj: float
    rival_pj: float
    rate: float
    crossover: float | None


def matched_rivals(phase: CountedPhase) -> tuple[MatchedRival, ...]:
    """Compares a phase with the network of the same widths that has no spikes.

    Args:
        phase: the counts.
    """
    layers = spiking_layers(phase)
    neurons = [layer.counters for layer in phase.layers if layer.kind == "neuron"]
    macs = sum(_macs(layer) for layer in layers)
    unary = sum(layer.counters.unary for layer in layers)
    graded = sum(layer.counters.graded for layer in layers)
    add, multiply = INT32_ADD.value, INT8_MAC_INT32.value
    rival = multiply * macs + _moved(
        sum(_macs(layer) * _bytes(layer) for layer in layers),
        sum(counters.neuron_updates for counters in neurons),
    )
    unrolled = add * unary + _moved(
        sum(layer.counters.unary * _bytes(layer) for layer in layers),
        sum(counters.unary_messages for counters in neurons),
    )
    by_events = multiply * graded + _moved(
        sum(layer.counters.graded * _bytes(layer) for layer in layers),
        sum(counters.messages for counters in neurons),
    )
    of_units, of_events = "unary SynOps per MAC", "graded SynOps per MAC"
    forms = (
        ("unrolled, arithmetic", of_units, add * unary, multiply * macs, unary),
        ("unrolled, with memory", of_units, unrolled, rival, unary),
        ("graded, with memory", of_events, by_events, rival, graded),
    )
    return tuple(
        MatchedRival(
            form=form,
            measure=measure,
            spiking_pj=spiking_pj / phase.frames,
            rival_pj=rival_pj / phase.frames,
            rate=synops / macs if macs else 0.0,
            crossover=synops / macs * rival_pj / spiking_pj if macs and spiking_pj else None,
        )
        for form, measure, spiking_pj, rival_pj, synops in forms
    )


def _macs(layer: CountedLayer) -> int:
    """MACs inside the borders; a profile from outside may count dense ones only."""
    return layer.counters.macs_inside_borders or layer.counters.dense_macs


def _bytes(layer: CountedLayer) -> int:
    """Bytes that one operation of a layer moves."""
    weights, states = _ACCESSES.get(layer.kind, _CONVOLUTION)
    return WEIGHT_BYTES * weights + STATE_BYTES * states


def _moved(operand_bytes: int, messages: int) -> float:
    """Energy of the bytes of operands, and of messages that are written once and read once."""
    return SRAM_32KB_READ.value * (operand_bytes + 2 * MESSAGE_BYTES * messages)
