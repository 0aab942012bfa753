"""Identifies models, checkpoints, profiles and mappings by hash, and says which of them match."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from hardware.mapping import MappingRecord
from spiketrack.counts.profile import Profile
from spiketrack.graph.model import Model
from spiketrack.graph.store import content_sha256
from spiketrack.network import SpikeTrackNetwork
from spiketrack.pairs import (
    MODEL_KEYS,
    PROFILE_KEYS,
    WEIGHT_KEYS,
    Side,
    check_pair,
    hashes_in,
    sha256_json,
)
from spiketrack.provenance import sha256_arrays, sha256_file

Warn = Callable[[str], None]


def silent(text: str) -> None:
    """Takes a warning and drops it."""


def model_hashes(model: Model, path: Path) -> dict[str, str]:
    """A model's file, its graphs, and the weights it was converted from where it says so."""
    weights = hashes_in(model.provenance).get("weights")
    made_from = {} if weights is None else {"weights": weights}
    # Two hashes: a model that was converted again has another file and the same graphs.
    return {"model": sha256_file(path), "model_content": content_sha256(model.graphs), **made_from}


def network_hashes(network: SpikeTrackNetwork, path: Path) -> dict[str, str]:
    """A checkpoint's file and its weights, which are the same in either file format."""
    return {"checkpoint": sha256_file(path), "weights": weights_sha256(network)}


def weights_sha256(network: SpikeTrackNetwork) -> str:
    """One SHA-256 of all tensors of a network, as a converted model records it."""
    return sha256_arrays({key: value.numpy() for key, value in network.state_dict().items()})


@dataclass(frozen=True)
class CountedProfile:
    """Counts, and where they are kept.

    Attributes:
        content: the counts of every layer.
        path: the profile.json they were read from; None if they were made in memory.
    """

    content: Profile
    path: Path | None = None

    @property
    def name(self) -> str:
        """What messages call it."""
        return "the profile" if self.path is None else f"profile '{self.path}'"

    @property
    def hashes(self) -> dict[str, str]:
        """The hashes of what it was counted on."""
        return hashes_in(self.content.facts("provenance"))


def profile_hashes(counted: CountedProfile) -> dict[str, str]:
    """A profile's counts, and its file if there is one."""
    profile, path = counted.content.document, counted.path
    file = {} if path is None else {"profile": sha256_file(path)}
    return {"profile_content": sha256_json(profile["phases"]), **file}


def require_profile_of(
    path: Path,
    hashes: Mapping[str, str],
    counted: CountedProfile,
    warn: Warn,
) -> None:
    """Refuses a profile that was counted on another model.

    Args:
        path: of the model.
        hashes: the model's, from `model_hashes`.
        counted: the profile.
        warn: is called if the profile says nothing that can be compared.

    Raises:
        PairError: names both files and how to make the right profile.
    """
    made, source = Side(counted.name, counted.hashes), Side(f"model '{path}'", hashes)
    advice = f"Profile this model: spiketrack profile {path} ... -o DIR"
    _tell(check_pair(made, source, MODEL_KEYS, advice), warn)


def require_mapping_of(
    record: MappingRecord,
    mapping_path: Path,
    counted: CountedProfile,
    warn: Warn,
) -> None:
    """Refuses a mapping that was made with other counts, or of another model than was counted.

    Raises:
        PairError: names both files and how to make the right mapping.
    """
    mapped = hashes_in(record.provenance)
    made = Side(f"mapping '{mapping_path}'", mapped)
    advice = f"Map again: spiketrack map MODEL --profile {counted.path or 'DIR'} -o DIR"
    counts = Side(counted.name, profile_hashes(counted))
    _tell(check_pair(made, counts, PROFILE_KEYS, advice), warn)
    model = Side(counted.name, counted.hashes)
    _tell(check_pair(made, model, MODEL_KEYS, advice), warn)


def require_weights_of(
    loaded: Model | SpikeTrackNetwork,
    path: Path,
    beside: SpikeTrackNetwork,
    beside_path: Path,
    warn: Warn,
) -> None:
    """Refuses a checkpoint of other weights than those the model was converted from.

    Raises:
        PairError: names both files and how to make the right model.
    """
    advice = f"Convert that checkpoint: spiketrack convert {beside_path} -o model.stk"
    if isinstance(loaded, Model):
        source = Side(f"model '{path}'", hashes_in(loaded.provenance))
    else:
        source = Side(f"checkpoint '{path}'", {"weights": weights_sha256(loaded)})
        advice = f"Give the same checkpoint: --beside {path}"
    other = Side(f"checkpoint '{beside_path}'", {"weights": weights_sha256(beside)})
    _tell(check_pair(source, other, WEIGHT_KEYS, advice), warn)


def _tell(warning: str | None, warn: Warn) -> None:
    if warning is not None:
        warn(warning)
