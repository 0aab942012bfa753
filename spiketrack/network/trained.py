"""The checkpoints this package carries: trained here, from generated scenes alone.

Beside each `<variant>.safetensors` lie its model card (`.md`), its record (`.json`: recipe, hash of
the data, scores on held-out scenes) and the curves of its training (`.png`).
"""

from pathlib import Path

from spiketrack.errors import CheckpointError

_FOLDER = Path(__file__).parent / "checkpoints"


def trained_variants() -> tuple[str, ...]:
    """Names of the variants with a checkpoint in this package."""
    return tuple(sorted(path.stem for path in _FOLDER.glob("*.safetensors")))


def trained_checkpoint(variant: str) -> Path:
    """The checkpoint of a variant in this package.

    Raises:
        CheckpointError: there is none.
    """
    if variant not in trained_variants():
        raise CheckpointError(
            f"trained weights of {variant}",
            f"one of {', '.join(trained_variants())}",
            "none in this package",
            "Train some with spiketrack train, or take random ones: spiketrack random-checkpoint.",
        )
    return _FOLDER / f"{variant}.safetensors"
