"""Events of a Lava run, in the field names of the chip's own profiler.

- `syn_ops`: synaptic operations. Connections (convolution, k^T v, q M, recurrent weights) count
  non-zero weights met by non-zero messages inside the borders: `synops.graded` of
  `spiketrack.counts.conventions`. A convolution that reads an image or a stream counts in the same
  way; the simulator has that figure as `effective_macs`.
- `dendrite_updates`: neurons updated, T*C*H*W per frame: the simulator's `neuron_updates`.
- `spikes_in`: non-zero messages that arrive at a connection: `events`.
- `axon_out`: non-zero spikes a neuron layer sends, each once however many receive it; an image
  sends every pixel: `messages`.

A sum of spikes is one message here, made by the InPort of a process that adds; to the simulator
each addend arrives at the connection behind it. A stream that a connection reads without a neuron
between counts in `spikes_in` only; to the simulator it sends messages. A tracker has neither.

Recurrent weights count in the row of their layer, the simulator's `<layer>#recurrent`.
"""

from dataclasses import dataclass

FIELDS = ("syn_ops", "dendrite_updates", "spikes_in", "axon_out")


@dataclass(frozen=True, slots=True)
class Events:
    """Events of one process, or their sum over frames."""

    syn_ops: int = 0
    dendrite_updates: int = 0
    spikes_in: int = 0
    axon_out: int = 0

    def __add__(self, other: "Events") -> "Events":
        return Events(*(getattr(self, key) + getattr(other, key) for key in FIELDS))

    def __sub__(self, other: "Events") -> "Events":
        return Events(*(getattr(self, key) - getattr(other, key) for key in FIELDS))


NONE = Events()
