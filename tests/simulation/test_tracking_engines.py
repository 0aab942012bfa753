"""Three engines behind one door: the same target, the same boxes, and counts of what they did."""

import numpy as np
import pytest

from simulation.counting.counter import EventCounter
from simulation.tracking_engines import (
    FloatGraphEngine,
    IntegerEngine,
    NetworkEngine,
    maps_from_logits,
)
from spiketrack.network import load_checkpoint
from spiketrack.pipeline import folded_graphs
from spiketrack.tracking import Engine, UpdatePolicy, open_source, track_video
from tests.tiny_models import Tiny

EAGER = UpdatePolicy(interval=2, threshold=0.0)


def boxes(engine: Engine, tiny: Tiny, frames: int = 3) -> list[tuple[float, ...]]:
    source = open_source(tiny.video)
    results = track_video(source, tiny.box, engine, frames, policy=EAGER)
    return [tuple(result.box) for result in results]


@pytest.mark.slow
@pytest.mark.parametrize("name", ["t1", "t3"])
def test_fast_and_reference_give_the_same_boxes(name: str, request: pytest.FixtureRequest) -> None:
    tiny: Tiny = request.getfixturevalue(name)
    fast, slow = (IntegerEngine(tiny.model, kind) for kind in ("fast", "reference"))
    assert fast.name == "integer graph (fast)" and slow.name == "integer graph (reference)"
    assert boxes(fast, tiny, 2) == boxes(slow, tiny, 2)


def test_the_network_tracks_through_the_same_door(t1: Tiny) -> None:
    network = load_checkpoint(t1.checkpoint)
    engine = NetworkEngine(network)
    assert (engine.crop_size, engine.grid, engine.n_templates) == (128, 8, 1)
    found = boxes(engine, t1)
    assert len(found) == 3 and np.isfinite(found).all()


def test_the_float_graph_equals_the_network_on_one_patch(t1: Tiny) -> None:
    network = load_checkpoint(t1.checkpoint)
    engines = NetworkEngine(network), FloatGraphEngine(folded_graphs(network), network.variant)
    # A black patch has the value -mean/std everywhere: sums differ by rounding only.
    patch = np.zeros((128, 128, 3), np.uint8)
    maps = [one.search(patch, one.encode_templates(patch[None])) for one in engines]
    assert maps[0].score_map.shape == maps[1].score_map.shape == (8, 8)
    for one in maps:
        assert np.isfinite(one.size_map).all() and (one.score_map > 0).all()


@pytest.mark.slow
def test_an_observer_sees_the_same_on_fast_and_reference(t1: Tiny) -> None:
    patches = np.random.default_rng(0).integers(0, 256, (1, 128, 128, 3), np.uint8)
    totals = []
    for kind in ("fast", "reference"):
        engine = IntegerEngine(t1.model, "fast" if kind == "fast" else "reference")
        engine.observer = EventCounter(t1.model.graphs["template"])
        memories = engine.encode_templates(patches)
        template = engine.observer.counts("init").totals()
        engine.observer = EventCounter(t1.model.graphs["search"])
        engine.search(patches[0], memories)
        totals.append((template, engine.observer.counts("track").totals()))
    assert totals[0] == totals[1]
    assert totals[0][1]["synops"]["graded"] > 0


def test_scores_and_sizes_are_sigmoids_kept_off_the_ends() -> None:
    outputs = {
        "score_logits": np.array([-100.0, 0.0, 0.0, 100.0]).reshape(1, 1, 1, 2, 2),
        "size_logits": np.zeros((1, 1, 2, 2, 2)),
        "offset_map": np.full((1, 1, 2, 2, 2), 0.25),
    }
    maps = maps_from_logits(outputs)
    np.testing.assert_allclose(maps.score_map, [[1e-4, 0.5], [0.5, 1 - 1e-4]])
    np.testing.assert_array_equal(maps.size_map, 0.5)
    np.testing.assert_array_equal(maps.offset_map, 0.25)
