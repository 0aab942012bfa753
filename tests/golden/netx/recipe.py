"""How the excerpts in this folder were made: from the files in the wheel of lava-dl 0.6.0.

    python -m tests.golden.netx.recipe

The `.net` files are copies, value for value, without the `simulation` group and with gzip; the
PilotNet traces are too large, so their sha256 stands here.
"""

import hashlib
import importlib.metadata
import json
from pathlib import Path
from typing import Any

import h5py
import numpy as np

HERE = Path(__file__).parent
SOURCE = "tests/lava/lib/dl/netx/gts"
LAYERS = ("input", *(f"conv-{i}" for i in range(5)), *(f"fc-{i}" for i in range(3)))


def source(name: str) -> Path:
    """Path of a file in the installed wheel."""
    files = importlib.metadata.files("lava-dl") or []
    found = next(file for file in files if str(file) == f"{SOURCE}/{name}")
    return Path(str(found.locate()))


def copy_layers(name: str, target: Path) -> None:
    """Copies the group `layer`, compressed."""
    with h5py.File(source(name), "r") as old, h5py.File(target, "w") as new:

        def copy(path: str, item: object) -> None:
            if not isinstance(item, h5py.Dataset):
                return
            packed = {"compression": "gzip", "compression_opts": 9, "shuffle": True}
            options = packed if item.shape and item.size > 64 else {}
            new.create_dataset(f"layer/{path}", data=item[()], dtype=item.dtype, **options)

        old["layer"].visititems(copy)


def main() -> None:
    """Writes the four files."""
    copy_layers("ntidigits/ntidigits.net", HERE / "ntidigits.net")
    copy_layers("pilotnet_lif/network.net", HERE / "pilotnet_lif.net")
    bits = {
        name: np.packbits(np.load(source(f"ntidigits/{name}.npy")).astype(np.uint8), axis=1)
        for name in ("input", "output")
    }
    image = np.load(source("pilotnet_lif/image.npy")).astype(np.uint8)
    stored: dict[str, Any] = {"image": image, **bits}
    np.savez_compressed(HERE / "inputs_outputs.npz", **stored)
    hashes = {}
    for layer in LAYERS:
        for kind in ("", "-u", "-v") if layer != "input" else ("",):
            trace = np.load(source(f"pilotnet_lif/{layer}{kind}.npy"))
            hashes[f"{layer}{kind}"] = digest(trace)
    (HERE / "pilotnet_lif.json").write_text(json.dumps(hashes, indent=1) + "\n", "utf-8")


def digest(trace: "np.ndarray[tuple[int, ...], np.dtype[np.generic]]") -> str:
    """SHA-256 of a trace (W, H, C, T) or (N, T) as little-endian int32 in C order."""
    return hashlib.sha256(np.ascontiguousarray(trace, "<i4").tobytes()).hexdigest()


if __name__ == "__main__":
    main()
