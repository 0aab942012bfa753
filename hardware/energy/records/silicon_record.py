"""One measurement on a chip: the published figures, and the load that ran, layer by layer."""

from dataclasses import dataclass
from typing import Literal, get_args

from spiketrack.constants import Constant
from spiketrack.counts.counters import Counters

Kind = Literal["network", "bounded", "floor", "power"]
"""What a record is good for:

    network   its counts are known, so that its scores belong to the error bar of a price list
    bounded   its counts are known to lie between two bounds, and so do the scores
    floor     it shows what a step costs in which next to nothing happens
    power     nothing could be counted; it shows the shares of static power and embedded processors
"""
KINDS: tuple[Kind, ...] = get_args(Kind)


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordLayer:
    """A layer of the measured network, on cores of its own.

    Attributes:
        name: what the record calls it.
        node: name of its neuron node in our integer graph.
        cores: how many cores the chip's own compiler gave it.
        neurons: how many neurons it updates in every step.
        synops: synaptic operations of non-zero weights that arrive in it, over all steps.
        spikes: spikes that it sends, over all steps.
        relay: its neurons only hand on what comes in, and are not updated.
    """

    name: str
    node: str
    cores: int
    neurons: int
    synops: int
    spikes: int
    relay: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Activity:
    """What happened, over all steps of a record.

    Attributes:
        synops: synaptic operations of non-zero weights.
        neuron_updates: updates of neurons, whether they had input or not.
        spikes: spikes sent, those of the input included.
        source: who counted it, and how.
        mark: how well it is known.
    """

    synops: int
    neuron_updates: int
    spikes: int
    source: str
    mark: str

    def counters(self) -> Counters:
        """Returns the counts as price lists read them: binary spikes, a message each."""
        return Counters(
            graded=self.synops,
            unary=self.synops,
            neuron_updates=self.neuron_updates,
            events=self.spikes,
            unary_spikes=self.spikes,
            messages=self.spikes,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class ChipCounters:
    """What the chip itself counted, over all steps of a record.

    Attributes:
        synops: synaptic operations.
        neuron_updates: updates, by whatever rule the chip counts them.
        source: where it was read, and how closely.
        mark: how well it is known.
    """

    synops: int
    neuron_updates: int
    source: str
    mark: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Boundary:
    """What the measured power belongs to: figures of different boundaries must not be mixed.

    Attributes:
        static: whose static power it is, in words.
        dynamic: whose dynamic power.
        x86: whether that of the embedded processors is told apart.
    """

    static: str
    dynamic: str
    x86: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordRun:
    """The same work in another number of steps: its dynamic energy in microjoules."""

    label: str
    steps: int
    dynamic_uj: float


@dataclass(frozen=True, slots=True, kw_only=True)
class PublicNetwork:
    """The file that the counts were made from.

    Attributes:
        file: its place among the networks of lava-dl's netx tests.
        sha256: of its bytes.
    """

    file: str
    sha256: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SiliconRecord:
    """One measurement of a network on a chip.

    Attributes:
        name: short key.
        title: name for people.
        kind: what the record is good for.
        chip: name of the target it ran on.
        chips: how many chips shared its barrier.
        steps: how many steps counts and energies are summed over.
        measured: published figures, by name: `dynamic_uj` and `total_uj` over all steps, `step_us`
            of one step, powers that end in `_w`, `cores`.
        boundary: what the measured power belongs to.
        counts_source: how the counts were made; "" if the layers are not known.
        split_source: where the cores per layer were read; "" if the layers are not known.
        layers: in network order; none if they are not known.
        activity: what happened, or the least that happened; None if nothing could be counted.
        activity_most: the most that can have happened, where only bounds are known.
        chip_counters: what the chip itself counted; None if that was not published.
        runs: the same work in other numbers of steps.
        network: the public file that our counts come from.
        caveats: what a reader of the figures must know, as sentences.
    """

    name: str
    title: str
    kind: Kind
    chip: str
    chips: int
    steps: int
    measured: dict[str, Constant]
    boundary: Boundary
    counts_source: str
    split_source: str
    layers: tuple[RecordLayer, ...]
    activity: Activity | None
    activity_most: Activity | None
    chip_counters: ChipCounters | None
    runs: tuple[RecordRun, ...]
    network: PublicNetwork | None
    caveats: tuple[str, ...]

    @property
    def synops(self) -> int:
        """Synaptic operations of all layers over all steps."""
        return sum(layer.synops for layer in self.layers)

    def constants(self) -> dict[str, Constant]:
        """Returns every published figure, and what was counted, by the name that a report shows."""
        figures = {f"{self.title}: {key}": figure for key, figure in self.measured.items()}
        for words, activity in (("", self.activity), (", at most", self.activity_most)):
            if activity is None:
                continue
            for key in ("synops", "neuron_updates", "spikes"):
                value = getattr(activity, key)
                figure = Constant(value, f"over {self.steps} steps", activity.source, activity.mark)
                figures[f"{self.title}: {key}{words}"] = figure
        own = self.chip_counters
        if own is not None:
            for key, value in (("synops", own.synops), ("neuron_updates", own.neuron_updates)):
                figures[f"{self.title}: {key}, by the chip"] = Constant(
                    value, f"over {self.steps} steps", own.source, own.mark
                )
        return figures


def activity_of(layers: tuple[RecordLayer, ...], steps: int, source: str, mark: str) -> Activity:
    """Adds up what happened in all layers over all steps.

    Args:
        layers: of the measured network.
        steps: that their counts are summed over.
        source: who counted them.
        mark: how well they are known.
    """
    return Activity(
        synops=sum(layer.synops for layer in layers),
        neuron_updates=steps * sum(layer.neurons for layer in layers if not layer.relay),
        spikes=sum(layer.spikes for layer in layers),
        source=source,
        mark=mark,
    )
