"""Firing maps: what the file holds is what the engine fired, and nothing else is shown."""

import base64
from typing import Any

import numpy as np
import pytest

from simulation.reference.engine import run_reference
from simulation.tracking_engines import IntegerEngine
from spiketrack.counts.firing import checked_firing, firing_json
from spiketrack.errors import ReportError
from spiketrack.graph.kinds import NILIF
from tests.tiny_models import Tiny

PNG = b"\x89PNG\r\n\x1a\n"
MAPS = {"a": np.array([[0.0, 0.12345], [4.0, 1.0]]), "b": np.array([[2.0]])}


def document(**changes: Any) -> dict[str, Any]:
    return {"firing_maps": {**firing_json(7, PNG, MAPS), **changes}}


def test_maps_are_kept_with_three_digits() -> None:
    checked = checked_firing(document())
    assert checked is not None and checked["frame"] == 7
    assert base64.b64decode(checked["patch"]) == PNG
    assert checked["layers"] == [
        {"name": "a", "mean": [[0.0, 0.123], [4.0, 1.0]]}, {"name": "b", "mean": [[2.0]]},
    ]  # fmt: skip
    assert checked_firing({}) is None


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"layers": []}, "needed 1 to 2000 layers"),
        ({"layers": 3}, "needed 1 to 2000 layers"),
        ({"frame": -1}, "a whole number from 0"),
        ({"frame": True}, "a whole number from 0"),
        ({"patch": "no base64!"}, "a PNG in base64"),
        ({"patch": base64.b64encode(b"<svg>").decode()}, "found no PNG"),
        ({"patch": "A" * (1 << 23)}, "no text, or too long a one"),
        ({"layers": [{"name": 3, "mean": [[1]]}]}, "a name and rows"),
        ({"layers": [{"name": "a", "mean": [[1], [1, 2]]}]}, "rows of mean spikes"),
        ({"layers": [{"name": "a", "mean": [[256.0]]}]}, "a mean that is no spike"),
        ({"layers": [{"name": "a", "mean": [[float("nan")]]}]}, "a mean that is no spike"),
        ({"layers": [{"name": "a", "mean": [["x"]]}]}, "rows of mean spikes"),
        ({"layers": [{"name": "a", "mean": [[0.0] * 257]}]}, "more than 256 rows"),
        ({"layers": [{"name": "a", "mean": [3]}]}, "rows of mean spikes"),
    ],
)
def test_what_is_no_map_is_refused(changes: dict[str, Any], words: str) -> None:
    with pytest.raises(ReportError) as refusal:
        checked_firing(document(**changes))
    assert words in str(refusal.value) and "firing_maps" in str(refusal.value)


@pytest.mark.slow
def test_neurons_of_the_gate_have_no_map(t3: Tiny) -> None:
    engine = IntegerEngine(t3.model)
    crops = np.random.default_rng(1).integers(0, 256, (4, 128, 128, 3), np.uint8)
    maps = engine.firing(crops[0], engine.encode_templates(crops[1:]))
    shapes = t3.model.graphs["search"].shapes
    strangers = [name for name in shapes if shapes[name][2] != shapes[name][3]]
    assert strangers and not maps.keys() & set(strangers)
    assert all(mean.shape[0] == mean.shape[1] for mean in maps.values())


@pytest.mark.slow
def test_a_map_is_the_mean_of_the_reference_s_spikes(t1: Tiny) -> None:
    engine = IntegerEngine(t1.model)
    draw = np.random.default_rng(0)
    template, patch = draw.integers(0, 256, (2, 128, 128, 3), np.uint8)
    memories = engine.encode_templates(template[None])
    maps = engine.firing(patch, memories)
    graph = t1.model.graphs["search"]
    run = run_reference(graph, {"image": patch.transpose(2, 0, 1)[None, None], **memories})
    shapes = {node.name: graph.shapes[node.name] for node in graph if isinstance(node, NILIF)}
    assert list(maps) == [name for name, shape in shapes.items() if shape[2] == shape[3]]
    for name, mean in maps.items():
        spikes = run.values[name]
        steps, _, channels = spikes.shape[:3]
        assert np.allclose(mean, spikes.sum(axis=(0, 1, 2)) / (steps * channels), atol=1e-12)
    assert any(mean.max() > 0 for mean in maps.values())
