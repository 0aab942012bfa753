"""Reading profile.json: what comes from outside is bounded, checked, and refused by name."""

import copy
import json
from pathlib import Path
from typing import Any

import pytest

from spiketrack.errors import ReportError
from spiketrack.report import read, read_profile
from tests.hardware.energy.sample_profile import connection, sample_profile, small_profile


def written(tmp_path: Path, document: Any) -> Path:
    path = tmp_path / "profile.json"
    path.write_text(json.dumps(document), encoding="utf-8")
    return path


def test_a_profile_is_read_as_it_was_written(tmp_path: Path) -> None:
    profile = sample_profile("s256-t3", update=True)
    assert read_profile(written(tmp_path, profile)).document == profile


@pytest.mark.parametrize(
    "counter", ["neuron_updates", "n_steps", "outputs", "memory.messages", "memory.unary_messages"]
)
def test_a_counter_that_is_missing_is_not_read_as_zero(tmp_path: Path, counter: str) -> None:
    profile = small_profile(connection("a"))
    group, _, key = counter.rpartition(".")
    layer = profile["phases"]["track"]["layers"][0]
    del (layer[group] if group else layer)[key]
    with pytest.raises(ReportError, match=f"layer 0 'a' '{counter}': needed an integer"):
        read_profile(written(tmp_path, profile))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"events": -1}, r"layer 0 'a' 'events': needed an integer from 0 to 2\^63-1, found -1"),
        ({"events": 1.5}, "'events': needed an integer"),
        ({"events": True}, "'events': needed an integer"),
        ({"events": 2**63}, "'events': needed an integer"),
        ({"n_steps": "3"}, "'n_steps': needed an integer"),
        ({"synops": [1]}, "'synops': needed an object, found list"),
        ({"memory": {"messages": None}}, "'memory.messages': needed an integer"),
        ({"name": ""}, "needed a 'name' of 1 to 400 characters"),
        ({"name": "x" * 401}, "needed a 'name' of 1 to 400 characters"),
        ({"kind": 7}, "needed a 'kind' of 1 to 400 characters"),
    ],
)
def test_a_layer_with_a_wrong_value_is_named(
    tmp_path: Path, change: dict[str, Any], message: str
) -> None:
    layer = {**connection("a"), **change}
    with pytest.raises(ReportError, match=message):
        read_profile(written(tmp_path, small_profile(layer)))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"phases": {}}, "needed an object 'phases' with at least one phase"),
        ({"phases": {"warmup": {}}}, "needed phases init, track, update, run, found 'warmup'"),
        ({"phases": {"track": 3}}, "phase 'track': needed an object, found int"),
        ({"phases": {"track": {"frames": None, "layers": []}}}, "frames: needed an integer"),
        ({"phases": {"track": {"frames": 1, "layers": {}}}}, "needed a list of at most"),
        ({"phases": {"track": {"frames": 1, "layers": [3]}}}, "layer 0: needed an object"),
        ({"phases": {"track": {"frames": 1, "layers": [], "totals": 1}}}, "totals: needed an obj"),
        ({"model": []}, "profile 'model': needed an object, found list"),
        ({"model": {"max_spike": 0}}, "'max_spike': needed an integer 1 to 255, found 0"),
        ({"model": {"variant": 3}}, "'variant': needed text, found 3"),
        ({"alarms": "fire"}, "'alarms': needed a list of texts"),
        ({"listed_not_counted": [1]}, "'listed_not_counted': needed a list of texts"),
        ({"loihi2": []}, "profile 'loihi2': needed an object, found list"),
        ({"lava_events": []}, "'lava_events': needed an object of phases init, track"),
        ({"lava_events": {"warmup": {}}}, "'lava_events': needed an object of phases init, track"),
        ({"lava_events": {"track": 3}}, "phase 'track': needed an object 'totals', found NoneType"),
        ({"lava_events": {"track": {"totals": {"syn_ops": -1}}}}, "'syn_ops': needed an integer"),
        ({"lava_events": {"track": {"totals": {"syn_ops": 1}}}}, "'dendrite_updates': needed"),
    ],
)
def test_a_profile_with_a_wrong_part_is_named(
    tmp_path: Path, change: dict[str, Any], message: str
) -> None:
    document = {**small_profile(connection()), **change}
    with pytest.raises(ReportError, match=message):
        read_profile(written(tmp_path, document))


def test_totals_that_are_not_the_sums_are_refused(tmp_path: Path) -> None:
    profile = copy.deepcopy(sample_profile())
    profile["phases"]["track"]["totals"]["synops"]["graded"] += 1
    with pytest.raises(ReportError, match=r"totals 'synops.graded': needed the sum of the layers"):
        read_profile(written(tmp_path, profile))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{", "needed JSON"),
        ("[" * 200_000, "needed JSON"),
        ('{"phases": NaN}', "NaN is not a number"),
        ("[]", "profile: needed an object, found list"),
        ("\ufffe", "needed JSON"),
    ],
)
def test_text_that_is_no_profile_is_refused(tmp_path: Path, text: str, message: str) -> None:
    path = tmp_path / "profile.json"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ReportError, match=message):
        read_profile(path)


def test_bytes_that_are_no_text_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "profile.json"
    path.write_bytes(b"\xff\x00\xfe")
    with pytest.raises(ReportError, match="needed JSON"):
        read_profile(path)


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(ReportError, match="needed a readable file, found No such file"):
        read_profile(tmp_path / "none.json")


def test_a_file_that_is_too_large_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(read, "MAX_BYTES", 10)
    with pytest.raises(ReportError, match="needed at most 10 bytes, found more"):
        read_profile(written(tmp_path, sample_profile()))
