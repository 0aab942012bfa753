"""PilotNet-LIF and NTIDIGITS against excerpts of lava-dl's traces: no Lava needed."""

import hashlib
import json
from pathlib import Path

import numpy as np
import pytest

from tests.ground_truths.traces import (
    Array,
    mismatches,
    ntidigits_outputs,
    one_step_late,
    pilotnet_trace,
    run_pilotnet,
)

GOLDEN = Path(__file__).parents[1] / "golden" / "netx"


def _digest(trace: Array) -> str:
    in_file_order = trace.transpose(3, 2, 1, 0)
    return hashlib.sha256(np.ascontiguousarray(in_file_order, "<i4").tobytes()).hexdigest()


@pytest.mark.slow
def test_every_trace_of_pilotnet_has_the_upstream_sha256() -> None:
    expected = json.loads((GOLDEN / "pilotnet_lif.json").read_text("utf-8"))
    run = run_pilotnet(GOLDEN / "pilotnet_lif.net", np.load(GOLDEN / "inputs_outputs.npz")["image"])
    found = {}
    for name in expected:
        layer, kind = (name[:-2], name[-2:]) if name[-2:] in ("-u", "-v") else (name, "")
        found[name] = _digest(pilotnet_trace(run, layer, kind))
    assert found == expected and len(found) == 1 + 3 * 8


@pytest.mark.slow
def test_all_726000_outputs_of_ntidigits_equal_the_excerpt() -> None:
    stored = np.load(GOLDEN / "inputs_outputs.npz")
    events, expected = (
        np.unpackbits(stored[name], axis=1)[:, :3000].astype(np.int64)
        for name in ("input", "output")
    )
    found = one_step_late(ntidigits_outputs(GOLDEN / "ntidigits.net", events))
    assert found.size == 726_000 and expected.sum() == 22_572
    assert mismatches(found, expected) == 0
