"""One case: a mutated file, given by kind, seed and number alone, and what reading it led to."""

import time
import traceback
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import h5py
import numpy as np
from numpy.random import Generator

from spiketrack.errors import SpiketrackError
from spiketrack.files.hdf5 import Limits
from spiketrack.files.seal import BLOCK_BYTES, seal_block
from spiketrack.graph.graph import Graph
from spiketrack.graph.model import Model
from spiketrack.graph.store import FORMAT, FORMAT_VERSION
from tests.fuzz.byte_mutations import mutate_bytes
from tests.fuzz.hdf5_mutations import mutate_hdf5
from tests.fuzz.json_mutations import mutate_json
from tests.fuzz.seeds import KINDS, Read, Seed, make_seeds
from tests.fuzz.text_seeds import HEADER_KIND, JSON_KINDS, split_header, with_header

LIMITS = Limits(dataset_bytes=1 << 26, total_bytes=1 << 28)
"""What every sixteenth case grants a file; the others get the reader's own limits."""
LONGEST_MESSAGE = 1_000_000
_STRUCTURED_SHARE = 0.6
HDF5_KINDS = frozenset({"nir", "netx", "model", "data"})


@dataclass(frozen=True, slots=True)
class Case:
    """A mutated file.

    Attributes:
        path: where it lies.
        story: seed and mutations, in words.
        limits: what it is read with; None for the reader's own.
        original: whether its bytes are still those of the seed.
    """

    path: Path
    story: str
    limits: Limits | None
    original: bool


def make_case(kind: str, seed: int, index: int, folder: Path) -> Case:
    """Writes the file of one case; the same numbers give the same file.

    Args:
        kind: one of `KINDS`.
        seed: of the whole campaign.
        index: of the case.
        folder: where the file goes; one of the same suffix is overwritten.
    """
    rng = np.random.default_rng([seed, KINDS.index(kind), index])
    chosen = seeds_of(kind)
    source = chosen[int(rng.integers(len(chosen)))]
    path = folder / f"case{source.suffix}"
    data, story = source.data, ""
    has_structure = kind in HDF5_KINDS | JSON_KINDS | {HEADER_KIND}
    structured = has_structure and rng.random() < _STRUCTURED_SHARE
    if structured and kind in HDF5_KINDS:
        data, story = _restructured(rng, source, path)
    elif structured and kind == HEADER_KIND:
        header, numbers = split_header(data)
        data, story = with_header(_other_json(rng, header), numbers), "header"
    elif structured:
        data, story = _other_json(rng, data), "json"
    if not structured or rng.random() < 0.1:
        data, done = mutate_bytes(rng, data)
        story = f"{story}+{done}" if story else done
    path.write_bytes(data)
    limits = LIMITS if index % 16 == 0 else None
    return Case(path, f"{source.name}: {story}", limits, data == source.data)


def judge(case: Case, read: Read) -> tuple[str, str]:
    """The outcome of reading: "read", the type of a typed error, or "BAD ..."; and details."""
    try:
        found = read(case.path, case.limits)
    except SpiketrackError as error:
        return _judge_error(error)
    except Exception as error:
        return f"BAD {type(error).__name__}", traceback.format_exc()
    if isinstance(found, Graph):
        return "read", ""
    if isinstance(found, Model):
        sealed = all(isinstance(graph, Graph) for graph in found.graphs.values())
        return ("read", "") if sealed else ("BAD model", "a graph that is none")
    return "read", type(found).__name__


def _judge_error(error: SpiketrackError) -> tuple[str, str]:
    text = str(error)
    if isinstance(error.__cause__, MemoryError):
        return "BAD memory", f"asked for more than there is: {text[:300]}"
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        return "BAD message", f"cannot be printed: {text[:300]!r}"
    if len(text) > LONGEST_MESSAGE:
        return "BAD message", f"{len(text)} characters: {text[:300]!r}"
    return type(error).__name__, text[:300]


@cache
def seeds_of(kind: str) -> list[Seed]:
    """The valid files of one kind, made once per process."""
    with TemporaryDirectory() as folder:
        return make_seeds(kind, Path(folder))


def _other_json(rng: Generator, data: bytes) -> bytes:
    return mutate_json(rng, data.decode()).encode("utf-8", "surrogatepass")


def _restructured(rng: Generator, source: Seed, path: Path) -> tuple[bytes, str]:
    """The seed after changes made through HDF5; a sealed file is sealed again."""
    path.write_bytes(source.data)
    with h5py.File(path, "r+") as file:
        story = mutate_hdf5(file, rng)
    data = path.read_bytes()
    if source.data.startswith(FORMAT.encode()):
        data = seal_block(FORMAT, FORMAT_VERSION, data[BLOCK_BYTES:]) + data[BLOCK_BYTES:]
    return data, story


def timed(case: Case, read: Read) -> tuple[str, str, float]:
    """As `judge`, with the seconds of CPU time it took."""
    start = time.process_time()
    outcome, details = judge(case, read)
    return outcome, details, time.process_time() - start
