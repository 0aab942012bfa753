"""Finds the options about a NIR or netx file that change nothing of what is read from it.

Why by reading again: only the file shows it, and each reader has its own reasons (a file of ours
says its own step, a file with an input layer its own shape). An option that gives the same graph
with another value had no effect.
"""

from collections.abc import Callable, Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any

from conversion.from_nir import read_nir_with_notes
from conversion.netx import read_netx
from spiketrack.errors import SpiketrackError
from spiketrack.files.suffixes import NETX_SUFFIX, NIR_SUFFIX, suffix_of
from spiketrack.graph.store import content_sha256
from spiketrack.pipeline.network.open import ForeignOptions

OTHER_NIR: dict[str, Callable[[Any], Any]] = {
    "dt": lambda value: 2 * value,
    "cuba": lambda value: "new" if value == "old" else "old",
    "reset": lambda value: "subtract" if value == "zero" else "zero",
}
OTHER_NETX: dict[str, Callable[[Any], Any]] = {
    "reset_interval": lambda value: None,
    "spike_exp": lambda value: value - 1 if value else 1,
    "skip_layers": lambda value: value - 1 if value else 1,
    "input_shape": lambda value: None,
    "input_message_bits": lambda value: 0 if value else 8,
}
"""For each option that the files may make useless, another value than the one given."""


def unread_options(path: Path, options: ForeignOptions, names: Iterable[str]) -> list[str]:
    """Which of the named options change nothing of what is read from this file.

    A file that cannot be read makes no option useless: the command will say what is wrong with it.

    Args:
        path: .nir or .net; of any other file nothing is said.
        options: as given.
        names: fields of `NirOptions` or `NetxOptions`.
    """
    suffix = suffix_of(path)
    if suffix == NIR_SUFFIX:
        return _unread(lambda changed: _nir(path, changed), options.nir, OTHER_NIR, names)
    if suffix == NETX_SUFFIX:
        return _unread(lambda changed: _netx(path, changed), options.netx, OTHER_NETX, names)
    return []


def _unread(
    read: Callable[[Any], object],
    options: Any,
    others: dict[str, Callable[[Any], Any]],
    names: Iterable[str],
) -> list[str]:
    asked = [name for name in names if name in others]
    if not asked:
        return []
    as_given = _or_none(read, options)
    if as_given is None:
        return []
    changed = {name: others[name](getattr(options, name)) for name in asked}
    return [
        name
        for name, value in changed.items()
        if _or_none(read, replace(options, **{name: value})) == as_given
    ]


def _or_none(read: Callable[[Any], object], options: Any) -> object:
    try:
        return read(options)
    except SpiketrackError:
        return None


def _nir(path: Path, options: Any) -> object:
    read = read_nir_with_notes(path, options=options)
    # The step beside the hash: the same integers may stand for other times.
    return content_sha256({read.graph.name: read.graph}), read.dt


def _netx(path: Path, options: Any) -> object:
    graph = read_netx(path, options=options)
    return content_sha256({graph.name: graph})
