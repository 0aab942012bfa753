"""The whole way with nothing but the package: a synthetic video, and weights that it carries."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from simulation.tracking_engines import IntegerEngine, NetworkEngine
from spiketrack.files.atomic import write_text
from spiketrack.files.places import make_folder
from spiketrack.graph.store import save_model
from spiketrack.network import (
    load_checkpoint,
    random_checkpoint,
    save_checkpoint,
    trained_checkpoint,
    trained_variants,
)
from spiketrack.pipeline.convert import ConversionRules, convert_network
from spiketrack.pipeline.sources import describe_target
from spiketrack.pipeline.tracker.demo_network import write_network, write_spikes
from spiketrack.pipeline.tracker.profile import ProfileJob, profile_video
from spiketrack.pipeline.tracker.rounding import Calibration
from spiketrack.tracking import Box, iou, make_synthetic_video, open_source

FRAMES = 12
CALIBRATION_FRAMES = 2
SIZE = (320, 240)
DEMO_VARIANT = "mini64-t1"


def run_demo(
    out_dir: Path,
    *,
    variant: str = DEMO_VARIANT,
    seed: int = 0,
    progress: Callable[[str], None] = lambda text: None,
) -> dict[str, Any]:
    """Makes a video and a checkpoint, converts, tracks with counting; returns the profile.

    The weights are the trained ones of this package where the variant has some, else random. The
    profile says under "truth" how well the boxes fit the video's true ones, and how well the first
    box does if it never moves.

    It leaves what the commands of README take: `demo.mp4` and its first box in `demo.box`, the
    checkpoint, its model and NIR files, and `net.nir` with `spikes.npy`, which is no tracker.

    Args:
        out_dir: folder for video, checkpoint, NIR files and model; made if it is not there.
        variant: which network.
        seed: of the video, and of weights where they are random.
        progress: called with a line before each step.

    Raises:
        CheckpointError, StoreError, VideoError: the folder cannot be written.
    """
    make_folder(out_dir)
    progress("Making a synthetic video and a checkpoint")
    video = make_synthetic_video(out_dir / "demo.mp4", FRAMES + 1, SIZE, seed)
    checkpoint = out_dir / f"{variant}.safetensors"
    # Loaded and saved again, so that the demo leaves a file that its user may change.
    if variant in trained_variants():
        save_checkpoint(load_checkpoint(trained_checkpoint(variant)), checkpoint)
    else:
        save_checkpoint(random_checkpoint(variant, seed), checkpoint, random_seed=seed)
    write_text(out_dir / "demo.box", f"{video.first_box}\n")
    write_network(out_dir / "net.nir", seed)
    write_spikes(out_dir / "spikes.npy", seed)
    network = load_checkpoint(checkpoint, variant)
    source = open_source(str(video.path))
    conversion = convert_network(
        network,
        out_dir,
        ConversionRules(
            dialect="portable",
            calibration=Calibration(source, video.first_box, CALIBRATION_FRAMES),
        ),
        progress,
    )
    model_file = out_dir / f"{variant}.stk"
    save_model(model_file, conversion.model)
    progress("Tracking on the integer engine, counting every event")
    facts, provenance = describe_target(conversion.model, model_file, source, seed=seed)
    profile = profile_video(
        ProfileJob(
            engine=IntegerEngine(conversion.model), source=source, box=video.first_box,
            frames=FRAMES, model=facts, beside=NetworkEngine(network), provenance=provenance,
        )
    )  # fmt: skip
    return profile | {"truth": _against_truth(profile["boxes"], video.boxes.tolist())}


def _against_truth(boxes: list[list[float]], true: list[list[float]]) -> dict[str, Any]:
    """Mean IoU of the boxes found, from frame 1 on, and of the true box of frame 0 at rest."""
    first, *truth = (Box(*box) for box in true[: len(boxes) + 1])
    overlaps = [iou(Box(*box), there) for box, there in zip(boxes, truth, strict=True)]
    at_rest = [iou(first, there) for there in truth]
    return {
        "frames": len(truth),
        "mean_iou": sum(overlaps) / len(overlaps),
        "mean_iou_of_a_box_at_rest": sum(at_rest) / len(at_rest),
    }
