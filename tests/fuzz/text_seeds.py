"""Valid documents of the commands: profile, mapping, claims, price list ...; images, headers."""

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from calibration.energy_measurements import read_measurements
from hardware.energy import energy_models, read_model, write_model
from hardware.energy.claims import TEMPLATE, check_claims, read_claim_file, shipped_file
from hardware.energy.records import load_records
from hardware.mapping import MapOptions, map_graph, read_mapping, record_of, to_text
from hardware.target import FOLDER, load_target
from spiketrack.constants import Constant
from spiketrack.network import load_checkpoint, random_checkpoint, save_checkpoint
from spiketrack.pipeline.tracker.partial import read_partial, write_partial
from spiketrack.report.read import read_profile
from spiketrack.report.record_csv import write_measurements
from spiketrack.tracking import open_source
from tests.hardware.energy.sample_profile import connection, small_profile
from tests.hardware.mapping.chip_graphs import small_target, two_layers
from tests.spiketrack.pipeline.tracker.test_partial import sample

JSON_KINDS = frozenset({"profile", "partial", "mapping"})
HEADER_KIND = "header"
_LENGTH_BYTES = 8
"""Of the number before the header of a safetensors file, which counts its bytes."""


def profiles(folder: Path) -> None:
    """A profile of two layers."""
    document = small_profile(connection(), connection("b", events=3))
    (folder / "a.json").write_text(json.dumps(document))


def partials(folder: Path) -> None:
    """An unfinished profile."""
    write_partial(folder / "a.json", sample())


def mappings(folder: Path) -> None:
    """A mapping of two layers."""
    layout = map_graph(two_layers(), small_target(), MapOptions(moves=50))
    (folder / "a.json").write_text(to_text(record_of(layout, {})))


def targets(folder: Path) -> None:
    """The chips that are known."""
    for path in sorted(FOLDER.glob("*.toml")):
        (folder / path.name).write_bytes(path.read_bytes())


def claims(folder: Path) -> None:
    """The template, and the smallest of the shipped papers."""
    (folder / "template.toml").write_bytes(TEMPLATE.read_bytes())
    (folder / "a.toml").write_text(shipped_file("syops").text, "utf-8")


def price_lists(folder: Path) -> None:
    """Price lists with every entry that one can have."""
    for model in energy_models(4):
        write_model(model, folder / f"{model.name}.toml")
    price = Constant(30_000.0, "pJ", "assumed: an example", "A")
    write_model(replace(energy_models(4)[0], per_step=price), folder / "step.toml")


def measurements(folder: Path) -> None:
    """Measured runs: those of the silicon records, and one by powers and profiler's names."""
    write_measurements(folder / "records.csv", load_records())
    rows = "name,syn_ops,dendrite_updates,steps,total_w,static_w,time_ms\na,10,20,3,0.5,0.25,1\n"
    (folder / "chip.csv").write_text(f"# a chip\n{rows}b,30,20,4,0.6,0.25,2\n")


def headers(folder: Path) -> None:
    """A checkpoint of a real network, and one that is hardly more than its header."""
    save_checkpoint(random_checkpoint("tiny128-t1", 0), folder / "tiny128-t1.safetensors")
    header = {"a": {"dtype": "BF16", "shape": [2, 3], "data_offsets": [0, 12]},
              "b": {"dtype": "F32", "shape": [0], "data_offsets": [12, 12]}}  # fmt: skip
    content = with_header(json.dumps(header).encode(), bytes(12))
    (folder / "a.safetensors").write_bytes(content)


def split_header(data: bytes) -> tuple[bytes, bytes]:
    """Header and numbers of a safetensors file."""
    end = _LENGTH_BYTES + int.from_bytes(data[:_LENGTH_BYTES], "little")
    return data[_LENGTH_BYTES:end], data[end:]


def with_header(header: bytes, numbers: bytes) -> bytes:
    """A safetensors file of a header and numbers."""
    return len(header).to_bytes(_LENGTH_BYTES, "little") + header + numbers


def images(folder: Path) -> None:
    """A frame in every format that is listed and can be written here."""
    frame = np.random.default_rng(0).integers(0, 256, (24, 32, 3), np.uint8)
    for suffix in (".png", ".jpg", ".bmp"):
        cv2.imwrite(str(folder / f"a{suffix}"), frame)


def _frames_beside(path: Path) -> object:
    """The first frame of a folder that holds this one image."""
    folder = path.with_name(f"{path.name}.frames")
    folder.mkdir(exist_ok=True)
    for old in folder.iterdir():
        old.unlink()
    (folder / f"000{path.suffix}").write_bytes(path.read_bytes())
    return next(iter(open_source(str(folder))))


MAKERS: dict[str, Callable[[Path], None]] = {
    "profile": profiles, "partial": partials, "mapping": mappings, "target": targets,
    HEADER_KIND: headers, "image": images, "claims": claims, "price list": price_lists,
    "measurements": measurements,
}  # fmt: skip
READERS: dict[str, Callable[[Path], Any]] = {
    "profile": read_profile, "partial": read_partial, "mapping": read_mapping,
    "target": lambda path: load_target(str(path)), HEADER_KIND: load_checkpoint,
    "image": _frames_beside, "claims": lambda path: check_claims(read_claim_file(path)),
    "price list": read_model, "measurements": read_measurements,
}  # fmt: skip
