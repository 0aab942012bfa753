"""From the file of a trained network to an integer model, whatever kind of file it is."""

import tempfile
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import Any

from spiketrack.errors import StoreError
from spiketrack.files.places import make_folder
from spiketrack.files.suffixes import FOREIGN_SUFFIXES, MODEL_SUFFIX, suffix_of
from spiketrack.graph.model import Model
from spiketrack.graph.store import save_model
from spiketrack.network import load_checkpoint
from spiketrack.pipeline.convert import ConversionRules, convert_network
from spiketrack.pipeline.listener import NOBODY, Listener
from spiketrack.pipeline.network.open import convert_foreign
from spiketrack.pipeline.requests import ConvertRequest
from spiketrack.pipeline.sources import open_target
from spiketrack.pipeline.tracker.rounding import Calibration

DEFAULT_CONVERT = ConvertRequest()


def convert_file(
    source: Path, request: ConvertRequest = DEFAULT_CONVERT, listener: Listener = NOBODY
) -> Model:
    """Makes an integer model of a checkpoint, a NIR file or a netx file.

    Args:
        source: .pth.tar, .pth, .pt or .safetensors of a tracker; .nir or .net of any network.
        request: widths, what the file does not say itself, and what to measure.
        listener: hears of the steps, and of how the frames of a video were taken.

    Raises:
        CheckpointError, StoreError: the file cannot be read, or is a converted model already.
        ObstacleError: nodes that have no meaning here, all of them.
        QuantisationError, OverflowBoundError: integers cannot stand for the network.
        VideoError, BoxError: the frames to measure on cannot be read.
    """
    suffix = suffix_of(source)
    if suffix in FOREIGN_SUFFIXES:
        return convert_foreign(source, request.foreign, listener.step, calibration=request.spikes)
    return _tracker(source, request, listener)


def save_converted(model: Model, output: Path) -> Path:
    """Writes a model and makes its folder; returns its path.

    Raises:
        StoreError: the name does not end in .stk, or the disk refuses.
    """
    if suffix_of(output) != MODEL_SUFFIX:
        raise StoreError(f"'{output}'", f"a name ending in {MODEL_SUFFIX}", f"'{output.name}'")
    make_folder(output.parent)
    save_model(output, model)
    return output


def _tracker(source: Path, request: ConvertRequest, listener: Listener) -> Model:
    """The model of a SpikeTrack checkpoint."""
    frames = request.measured_on
    calibration = None
    if frames is not None:
        calibration = Calibration(*open_target(frames.target), frames.frames)
    listener.step("Reading the checkpoint")
    network = load_checkpoint(source, request.variant)
    rules = ConversionRules(
        options=request.widths,
        dialect="compact" if request.nir_dir is None else "portable",
        calibration=calibration,
        rounding=request.rounding,
        mixed=request.mixed,
    )
    with _nir_folder(request.nir_dir) as folder:
        model = convert_network(network, Path(folder), rules, listener.step).model
    for note in model.report.get("end_to_end", {}).get("notes", ()):
        listener.warn(note)
    return model


def _nir_folder(nir_dir: Path | None) -> AbstractContextManager[Any]:
    """The folder for NIR files: one to keep, or one that goes with the block."""
    return tempfile.TemporaryDirectory() if nir_dir is None else nullcontext(make_folder(nir_dir))
