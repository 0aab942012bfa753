"""The endings of file names: every format this project reads or writes has its suffix here.

Suffixes are compared in lower case (`suffix_of`); only checkpoints, whose names PyTorch's users
spell, are compared as they are.
"""

from pathlib import Path

MODEL_SUFFIX = ".stk"
"""A converted model: integer graphs (`spiketrack.graph.store`)."""
NIR_SUFFIX = ".nir"
"""A float network in the Neuromorphic Intermediate Representation."""
NETX_SUFFIX = ".net"
"""An integer network of lava-dl's netx."""
FOREIGN_SUFFIXES = (NIR_SUFFIX, NETX_SUFFIX)
"""Networks that other tools write."""
NETWORK_SUFFIXES = (MODEL_SUFFIX, *FOREIGN_SUFFIXES)
"""Files that hold graphs."""
INTEGER_SUFFIXES = (MODEL_SUFFIX, NETX_SUFFIX)
"""Files that hold integer graphs, which can be compared with a chip as they are."""

TORCH_SUFFIXES = (".pth", ".pt", ".pth.tar", ".tar")
SAFETENSORS_SUFFIX = ".safetensors"
CHECKPOINT_SUFFIXES = (*TORCH_SUFFIXES, SAFETENSORS_SUFFIX)
"""Weights of the tracker's network."""

NPY_SUFFIX, NPZ_SUFFIX, HDF5_SUFFIX = ".npy", ".npz", ".h5"
NUMPY_SUFFIXES = (NPY_SUFFIX, NPZ_SUFFIX)
NIR_DATA_SUFFIXES = (HDF5_SUFFIX, ".hdf5", NIR_SUFFIX)
"""Recordings as NIRData, which live in HDF5 files."""
SPIKE_SUFFIXES = (*NUMPY_SUFFIXES, *NIR_DATA_SUFFIXES)
"""Input of a network."""
OUTPUT_SUFFIXES = (NPZ_SUFFIX, NPY_SUFFIX, HDF5_SUFFIX)
"""Output of a network."""

VIDEO_SUFFIX = ".mp4"
"""The one video format that is written."""


def suffix_of(path: Path | str) -> str:
    """The last suffix of a name, in lower case and with its dot; "" where there is none."""
    return Path(path).suffix.lower()
