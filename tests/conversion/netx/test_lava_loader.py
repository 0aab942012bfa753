"""What is written here loads in lava-dl's own loader and runs there as here."""

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from conversion.netx import write_netx
from simulation.reference.engine import run_reference
from tests.conversion.netx.netx_graphs import chain

STEPS, LIMIT_S = 30, 1800
SCRIPT = Path(__file__).with_name("run_in_lava.py")


@pytest.mark.slow
@pytest.mark.lava_environment("lava-dl")
def test_conv_flatten_dense_delays_and_recurrence_run_equal_in_lava(tmp_path: Path) -> None:
    graph = chain(3, STEPS)
    raw = np.random.default_rng(3).integers(0, 10, (STEPS, 2, 6, 5)) < 3
    ours = run_reference(graph, {"0.input": raw[:, None].astype(np.int64)}).outputs["output"]
    write_netx(graph, tmp_path / "chain.net")
    np.save(tmp_path / "in.npy", raw.astype(np.int64))
    # Why a process with a limit: an exception inside Lava's processes hangs the run for ever.
    subprocess.run(
        [sys.executable, SCRIPT, "chain.net", "in.npy", "out.npy"],
        cwd=tmp_path, timeout=LIMIT_S, check=True, capture_output=True,
        env=os.environ | {"OMP_NUM_THREADS": "1"},
    )  # fmt: skip
    theirs = np.load(tmp_path / "out.npy")
    assert theirs.shape == (6, STEPS) and theirs.sum() > 20
    assert np.array_equal(theirs, ours[:, 0, :, 0, 0].T)
