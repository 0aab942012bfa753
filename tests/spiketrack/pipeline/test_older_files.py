"""Files that an earlier version wrote still open, are taken for what they are, and are worked on.

The files and how they were made: `tests/golden/README.md`.
"""

import gzip
from pathlib import Path

import pytest

from hardware.energy import audit
from hardware.mapping import read_mapping
from spiketrack.graph.store import load_model
from spiketrack.pipeline.identity import CountedProfile
from spiketrack.pipeline.listener import Listener
from spiketrack.pipeline.mapping import MapRequest, map_model, read_mapping_of
from spiketrack.report import read_profile
from spiketrack.report.files import json_bytes

FILES = Path(__file__).resolve().parents[2] / "golden" / "older_files"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The files, unpacked."""
    for path in FILES.iterdir():
        packed = path.suffix == ".gz"
        content = gzip.decompress(path.read_bytes()) if packed else path.read_bytes()
        (tmp_path / (path.stem if packed else path.name)).write_bytes(content)
    return tmp_path


def refused(text: str) -> None:
    """In place of a warning: files of that version say all that can be compared."""
    raise AssertionError(text)


def test_a_model_opens_and_is_mapped_as_it_was(folder: Path) -> None:
    model = folder / "net.stk"
    assert [graph.name for graph in load_model(model).graphs.values()] == ["nir"]
    path = folder / "net_profile.json"
    counted = CountedProfile(read_profile(path), path)
    made = map_model(model, MapRequest(), counted, Listener(warn=refused)).record
    before = read_mapping(folder / "net_mapping.json")
    assert [layer.synops for layer in made.layers] == [layer.synops for layer in before.layers]
    assert [layer.messages for layer in made.layers] == [layer.messages for layer in before.layers]
    assert made.summary["traffic"]["messages"] == before.summary["traffic"]["messages"]


@pytest.mark.parametrize(("name", "frames"), [("net", 3), ("tracker", 12)])
def test_a_profile_and_its_mapping_open_and_are_audited(
    folder: Path, name: str, frames: int
) -> None:
    path = folder / f"{name}_profile.json"
    profile = read_profile(path)
    # The mapping says by hash which counts it was made with: those that were read.
    mapping = read_mapping_of(
        folder / f"{name}_mapping.json", CountedProfile(profile, path), refused
    )
    report = audit(profile, mapping)
    assert report.frames == frames and not report.as_if_int8
    assert report.placed is not None and len(report.placed.energies) == 2
    assert all(result.total_pj > 0 for result in report.counted)
    assert json_bytes(profile.document) == path.read_bytes()
