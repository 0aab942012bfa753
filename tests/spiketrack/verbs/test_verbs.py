"""The verbs of `import spiketrack`: what the commands give, as values that show themselves."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import spiketrack
from spiketrack.errors import StoreError
from spiketrack.network import random_checkpoint, save_checkpoint
from tests.small_networks import save_netx, save_nir, spikes
from tests.spiketrack.cli.run import run
from tests.tiny_models import N_FRAMES, Tiny

VERBS = ("load", "convert", "simulate", "track", "profile", "map", "audit")


@pytest.fixture(scope="module")
def nir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small network and spikes for it."""
    folder = tmp_path_factory.mktemp("verbs")
    np.save(folder / "s.npy", spikes())
    return save_nir(folder / "net.nir")


@pytest.fixture(scope="module")
def profiled(nir: Path) -> spiketrack.Profiled:
    """The network, counted on its spikes."""
    return spiketrack.profile(nir, nir.with_name("s.npy"))


def shown(value: Any) -> str:
    """What a notebook shows in place of a result."""
    html = value._repr_html_()
    assert html.startswith("<div>") and html.endswith("</div>") and "<table>" in html
    json.dumps(value.to_dict(), allow_nan=False)
    return str(html)


@pytest.mark.parametrize("verb", VERBS)
def test_a_verb_says_what_it_takes_and_raises_and_shows_an_example(verb: str) -> None:
    text = getattr(spiketrack, verb).__doc__
    for part in ("Args:", "Returns:", "Raises:", "Example:"):
        assert part in text, (verb, part)
    assert set(VERBS) <= set(dir(spiketrack)) and verb in spiketrack.__all__


def test_every_name_of_the_door_is_there_and_no_other() -> None:
    for name in spiketrack.__all__:
        assert getattr(spiketrack, name) is not None
    with pytest.raises(AttributeError, match="module 'spiketrack' has no attribute 'simulat'"):
        _ = spiketrack.simulat  # type: ignore[attr-defined]


def test_a_request_needs_nothing_heavy_until_it_is_asked_for() -> None:
    code = "import sys, spiketrack; dir(spiketrack); print('numpy' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"


def test_a_foreign_network_is_loaded_with_its_notes(nir: Path) -> None:
    loaded = spiketrack.load(nir)
    assert loaded.to_dict()["kind"] == "NIR file" and len(loaded.model.graphs) == 1
    assert "Read as NIR: steps of dt" in shown(loaded)


def test_a_checkpoint_is_loaded_and_has_no_integer_graphs(tmp_path: Path) -> None:
    path = tmp_path / "a.safetensors"
    save_checkpoint(random_checkpoint("tiny128-t1", 0), path)
    loaded = spiketrack.load(path)
    assert loaded.to_dict()["kind"] == "checkpoint" and "tiny128-t1" in shown(loaded)
    with pytest.raises(StoreError, match="needed integer graphs, found a checkpoint. Convert it"):
        _ = loaded.model


def test_a_converted_network_is_saved_and_runs_as_it_does_from_the_file(
    nir: Path, tmp_path: Path
) -> None:
    widths = spiketrack.QuantiseOptions(weight_bits=6)
    request = spiketrack.ConvertRequest(foreign=spiketrack.ForeignOptions(quantise=widths))
    made = spiketrack.convert(nir, request)
    assert made.to_dict()["variant"]["weight_bits"] == 6 and "6-bit weights" in shown(made)
    saved = made.save(tmp_path / "new" / "net.stk")
    first, second = (spiketrack.simulate(one, spikes()).outputs for one in (made, saved))
    np.testing.assert_array_equal(first["output"], second["output"])
    with pytest.raises(StoreError, match="needed a name ending in .stk, found 'net.txt'"):
        made.save(tmp_path / "net.txt")


def test_a_simulation_gives_what_the_command_writes(nir: Path, tmp_path: Path) -> None:
    given, out = nir.with_name("s.npy"), tmp_path / "out.npz"
    told = run("simulate", nir, "--input", given, "-o", out, "--json")
    result = spiketrack.simulate(nir, given)
    np.testing.assert_array_equal(np.load(out)["output"], result.outputs["output"])
    theirs, ours = json.loads(told.out), result.to_dict()
    for document in (theirs, ours):
        for key in ("seconds", "provenance"):
            del document[key]
    assert ours == theirs
    assert "30 steps on &#x27;fast&#x27;" in shown(result) and "SynOps graded" in shown(result)
    assert result.save(tmp_path / "b.npz").exists()
    assert "synops" in result.save_counts(tmp_path / "c.json").read_text("utf-8")


def test_spikes_may_be_arrays_and_results_do_not_depend_on_the_form(nir: Path) -> None:
    network = spiketrack.load(nir)
    (graph,) = network.model.graphs.values()
    name = graph.inputs[0].name
    forms: tuple[Any, ...] = (spikes(), {name: spikes()}, str(nir.with_name("s.npy")))
    outputs = [spiketrack.simulate(network, form).outputs["output"] for form in forms]
    for other in outputs[1:]:
        np.testing.assert_array_equal(outputs[0], other)
    with pytest.raises(StoreError, match="the spikes given for input .* needed an array"):
        spiketrack.simulate(network, spikes()[..., :1])
    with pytest.raises(StoreError, match="the spikes given: needed one array for each input"):
        spiketrack.simulate(network, {"a": spikes(), "b": spikes()})


def test_a_request_chooses_backend_and_kept_values(tmp_path: Path) -> None:
    net = save_netx(tmp_path / "net.net")
    array = np.eye(3, dtype=np.uint8)
    request = spiketrack.RunRequest(backend="reference", keep_all=True)
    slow, fast = spiketrack.simulate(net, array, request), spiketrack.simulate(net, array)
    assert slow.run.backend == "reference" and "output" in slow.kept and not fast.kept
    np.testing.assert_array_equal(slow.reals["output"], fast.reals["output"])
    assert slow.counts.phases["run"].frames == 1


def test_a_profile_is_audited_in_memory_and_from_its_folder(
    profiled: spiketrack.Profiled, tmp_path: Path
) -> None:
    assert "SynOps" in shown(profiled)
    page = profiled.save(tmp_path / "out")
    assert page.name == "report.html" and (tmp_path / "out" / "profile.json").exists()
    first, second = (spiketrack.audit(one) for one in (profiled, tmp_path / "out"))
    assert first.to_dict() == second.to_dict() and first.report.phase == "run"
    assert "Energy audit" in shown(first)
    assert second.save(tmp_path / "audited").exists()
    assert (tmp_path / "audited" / "audit.json").exists()


def test_a_mapping_is_made_with_counted_spikes_and_prices_the_audit(
    nir: Path, profiled: spiketrack.Profiled, tmp_path: Path
) -> None:
    request = spiketrack.MapRequest(target="loihi2", moves=1)
    profiled.save(tmp_path / "out")
    mapped = spiketrack.map(nir, request, tmp_path / "out")
    assert mapped.to_dict()["target"] == "loihi2" and "on loihi2" in shown(mapped)
    *others, record = mapped.save(tmp_path / "map")
    assert record.name == "mapping.json" and all(path.exists() for path in others)
    for counted in (tmp_path / "out", profiled):
        assert spiketrack.audit(counted, tmp_path / "map").report.placed


def test_a_request_of_the_other_kind_is_refused(nir: Path) -> None:
    with pytest.raises(TypeError, match="needed a RunRequest, found a ProfileRequest"):
        spiketrack.profile(nir, spikes(), spiketrack.ProfileRequest())


@pytest.mark.slow
def test_a_tracker_is_followed_and_counted(t1: Tiny, tmp_path: Path) -> None:
    target = spiketrack.VideoTarget(str(t1.video), t1.box)
    tracked = spiketrack.track(t1.stk, target, spiketrack.TrackRequest(frames=2))
    assert tracked.boxes.shape == (2, 4) and tracked.confidences.shape == (2,)
    assert "Target followed over 2 frames" in shown(tracked)
    assert json.loads(tracked.save(tmp_path / "b.json").read_text()) == tracked.to_dict()
    network = spiketrack.load(t1.stk)
    profiled = spiketrack.profile(network, target, spiketrack.ProfileRequest(frames=2))
    assert profiled.document["phases"]["track"]["frames"] == 2 < N_FRAMES
    boxes = [[round(value, 3) for value in row] for row in profiled.document["boxes"]]
    np.testing.assert_allclose(boxes, tracked.boxes, atol=1e-2)
    request = spiketrack.TrackRequest(engine=spiketrack.EngineChoice(is_float=True), frames=1)
    floats = spiketrack.track(t1.checkpoint, target, request)
    assert floats.document["engine"] == "network (torch float32)"
