"""Finds in a NIR file's metadata who wrote it, and so which current its CubaLIF means.

NIR states CubaLIF as two differential equations. Its own forward Euler takes both steps at once, so
that the membrane reads the current that the step before left ("old"). Most frameworks that export
the type compute the current first, and the membrane then reads the current of the same step
("new"), as Loihi does. A file says neither. Sources: the update functions of the frameworks.
"""

from collections.abc import Iterable
from typing import NamedTuple

from conversion.nir_options import NirCurrent, NirOptions


class Origin(NamedTuple):
    """A framework: what its name looks like in metadata, and what its neurons read."""

    name: str
    words: tuple[str, ...]
    current: NirCurrent


ORIGINS = (
    Origin("Norse", ("norse",), "old"),
    Origin("snnTorch", ("snntorch",), "new"),
    Origin("lava-dl", ("lava-dl", "lava_dl", "lava.lib.dl"), "new"),
    Origin("Rockpool", ("rockpool",), "new"),
    Origin("Sinabs", ("sinabs",), "new"),
    Origin("SpikingJelly", ("spikingjelly",), "new"),
)
"""Norse: dv is computed from state.i before the input jumps in. snnTorch: Synaptic adds the new syn
to mem. lava-dl: the voltage integrates the current just computed. Rockpool: isyn is updated, then
added to vmem. Sinabs: i_syn likewise. SpikingJelly: CUBALIFNode charges current, then voltage.
Nengo and SpiNNaker2 read such files and are not known to write the type."""
UNKNOWN: NirCurrent = "new"
_READS = {"new": "the current of the same step", "old": "the current that the step before left"}


def current_of(options: NirOptions, texts: Iterable[str]) -> tuple[NirCurrent, str]:
    """Which current a membrane reads, and one sentence that says so and why.

    Args:
        options: `cuba` decides if it is given.
        texts: names and texts of the file's metadata.
    """
    if options.cuba is not None:
        return options.cuba, f"cuba = {options.cuba}: v reads {_READS[options.cuba]}, as asked for"
    written = " ".join(texts).lower()
    named = [origin for origin in ORIGINS if any(word in written for word in origin.words)]
    if len({origin.current for origin in named}) == 1:
        (origin, *_), current = named, named[0].current
        why = f"as {origin.name} does, which the file's metadata names"
        return current, f"cuba = {current}: v reads {_READS[current]}, {why}"
    other = "NIR's own forward Euler and Norse read the step before's (cuba = old)"
    return UNKNOWN, (
        f"cuba = {UNKNOWN}: v reads {_READS[UNKNOWN]}, as snnTorch, lava-dl, Rockpool and Sinabs "
        f"do; the file does not say who wrote it, and {other}"
    )
