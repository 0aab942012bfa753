"""Accuracy through the chain: every form of a network on the same held-out scenes.

The record is a JSON value that grows by a scene at a time. A run that was interrupted leaves the
scenes that are done, and goes on from them.
"""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from simulation.run import Run
from spiketrack.errors import PairError, ReportError, reason_of
from spiketrack.files.atomic import write_text
from spiketrack.graph.model import Model
from spiketrack.json_text import read_json
from spiketrack.network import SpikeTrackNetwork
from spiketrack.pipeline.accuracy.crops import Crops, CropTaker
from spiketrack.pipeline.accuracy.forms import Form, Precision, make_form
from spiketrack.pipeline.accuracy.on_lava import lava_runs
from spiketrack.pipeline.accuracy.spikes import SpikeProbe, count_differing
from spiketrack.pipeline.accuracy.summary import added, summarise
from spiketrack.pipeline.identity import weights_sha256
from spiketrack.pipeline.interrupt import deferred_interrupt
from spiketrack.pipeline.listener import silent
from spiketrack.provenance import collect, sha256_file
from spiketrack.training.evaluate import EngineFollower, held_out_scene, score_scene

FILE_NAME = "accuracy.json"
FORMAT = 1
MAX_BYTES = 1 << 28
LAVA = "lava"
Json = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What is measured.

    Attributes:
        precisions: the forms of every network; floats first.
        seed: of the data the networks were trained on; scenes are those held out from it.
        scenes: how many of them, from the first on.
        frames: frames of each scene, the first included; at least 2.
        crops: search crops of each scene on which spikes are compared and counted.
        lava: so many crops of the first scene also run on Lava; 0 runs none.
    """

    precisions: tuple[Precision, ...]
    seed: int = 0
    scenes: int = 60
    frames: int = 50
    crops: int = 3
    lava: int = 0

    @property
    def every(self) -> int:
        """Frames from one of those crops to the next."""
        return max(1, (self.frames - 1) // self.crops)

    def settings(self) -> Json:
        """What must be the same for a run that goes on."""
        return {
            "precisions": [precision.name for precision in self.precisions],
            "seed": self.seed,
            "scenes": self.scenes,
            "frames": self.frames,
            "crops": self.crops,
            "lava": self.lava,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """A network to measure.

    Attributes:
        path: its checkpoint.
        network: in eval mode.
    """

    path: Path
    network: SpikeTrackNetwork


@dataclass(frozen=True, slots=True, kw_only=True)
class Watcher:
    """Whom a measurement keeps informed.

    Attributes:
        step: is called with a line before each long step.
        scene: is called with the number of scenes that are done, of all networks together.
    """

    step: Callable[[str], None] = silent
    scene: Callable[[int], None] = silent


NOBODY = Watcher()


def measure(
    subjects: Sequence[Subject],
    plan: Plan,
    folder: Path,
    *,
    kept: Json | None = None,
    watcher: Watcher = NOBODY,
) -> Json:
    """Runs every form of every network on every scene, and writes the record after each scene.

    Args:
        subjects: the networks.
        plan: what to measure.
        folder: an existing folder for `accuracy.json`.
        kept: an earlier record of the same plan and networks to go on from, of `read_record`.
        watcher: hears of the progress.

    Returns:
        The contents of `accuracy.json`; "finished" says whether all scenes are done.

    Raises:
        QuantisationError, OverflowBoundError: integers cannot stand for a network.
        PairError: `kept` is of other networks or of another plan.
        BackendUnavailable: Lava was asked for and cannot run.
        StoreError: the record cannot be written.
    """
    record = _new_record(subjects, plan)
    if kept is not None:
        _check_same(folder / FILE_NAME, kept, record)
        record = kept
    with deferred_interrupt() as is_asked:
        done = sum(len(part["scenes"]) for part in record["networks"])
        for subject, part in zip(subjects, record["networks"], strict=True):
            for scene, spikes in _scenes(subject, plan, len(part["scenes"]), watcher.step):
                part["scenes"].append(scene)
                part["spikes"] = added(part["spikes"], spikes)
                part["forms"] = summarise(part["scenes"], part["spikes"])
                done += 1
                record["finished"] = done == plan.scenes * len(subjects)
                write_text(folder / FILE_NAME, json.dumps(record, indent=1) + "\n")
                watcher.scene(done)
                if is_asked():
                    return record
    return record


def read_record(folder: Path) -> Json:
    """Reads an earlier record.

    Raises:
        ReportError: there is none, or it is damaged.
    """
    path = folder / FILE_NAME
    try:
        with path.open("rb") as file:
            record = read_json(file.read(MAX_BYTES).decode())
        whole = record["format"] == FORMAT and all(
            isinstance(part["scenes"], list) for part in record["networks"]
        )
    except OSError as error:
        raise ReportError(f"'{path}'", "a record to go on from", error.strerror or "") from error
    except (ValueError, KeyError, TypeError) as error:
        raise ReportError(f"'{path}'", "a record of `accuracy`", reason_of(error)[:120]) from error
    if not whole:
        raise ReportError(f"'{path}'", f"a record of format {FORMAT}", "another one")
    return dict(record)


def _new_record(subjects: Sequence[Subject], plan: Plan) -> Json:
    return {
        "format": FORMAT,
        "settings": plan.settings(),
        "networks": [
            {
                "name": subject.path.name,
                "variant": subject.network.variant.name,
                "provenance": collect(
                    random_weights=subject.network.random_weights(),
                    checkpoint=sha256_file(subject.path),
                    weights=weights_sha256(subject.network),
                ),
                "forms": {},
                "spikes": {},
                "scenes": [],
            }
            for subject in subjects
        ],
        "finished": False,
    }


def _check_same(path: Path, kept: Json, new: Json) -> None:
    for what, found, needed in (
        ("settings", kept.get("settings"), new["settings"]),
        ("weights", _weights(kept), _weights(new)),
    ):
        if found != needed:
            raise PairError(
                f"record '{path}' and this run", f"the same {what}", "others",
                "Give the same options and checkpoints, or another folder.",
            )  # fmt: skip


def _weights(record: Json) -> list[Any]:
    return [part["provenance"]["sha256"]["weights"] for part in record["networks"]]


def _scenes(
    subject: Subject, plan: Plan, first: int, step: Callable[[str], None]
) -> Iterator[tuple[Json, Json]]:
    """The entries and the tallies of the scenes from `first` on."""
    if first == plan.scenes:
        return
    name = subject.network.variant.name
    step(f"{name}: making integers")
    forms = [make_form(subject.network, precision) for precision in plan.precisions]
    probes = [SpikeProbe(form, subject.network.variant.max_spike) for form in forms]
    for index in range(first, plan.scenes):
        step(f"{name}: scene {index + 1} of {plan.scenes}")
        yield _scene(forms, probes, plan, index)


def _scene(
    forms: Sequence[Form], probes: Sequence[SpikeProbe], plan: Plan, index: int
) -> tuple[Json, Json]:
    """One scene: boxes of every form in closed loop, then spikes on the float tracker's crops.

    Returns its entry, and tallies by form and layer.
    """
    taker = CropTaker(forms[0].engine, plan.every)
    followers = [EngineFollower(taker), *(EngineFollower(form.engine) for form in forms[1:])]
    scene = held_out_scene(plan.seed, index)
    scores = score_scene(scene, index, plan.frames, followers)
    crops = taker.crops(plan.crops)
    truth = probes[0].runs(crops)
    entry: Json = {"index": index, "attributes": list(scene.attributes), "forms": {}}
    spikes: Json = {}
    for form, probe, score in zip(forms, probes, scores, strict=True):
        runs = truth if probe is probes[0] else probe.runs(crops)
        found = asdict(score)
        entry["forms"][form.name] = {
            **{key: found[key] for key in ("auc", "precision", "mean_iou", "held", "frames")},
            **probe.cost(runs["search"]),
        }
        spikes[form.name] = probe.layers(runs, truth)
        if index == 0 and form.model is not None:
            entry["forms"][form.name]["engines"] = _engines(
                form.model, probe, runs, crops, plan.lava
            )
    return entry, spikes


def _engines(
    model: Model, probe: SpikeProbe, runs: Mapping[str, Run], crops: Crops, lava: int
) -> Json:
    """How the values of the fast engine compare with those of the definition, and of Lava."""
    found = {"reference": count_differing(runs, probe.reference_runs(crops))}
    if lava:
        few = Crops(crops.templates, crops.searches[:lava])
        found[LAVA] = count_differing(probe.runs(few), lava_runs(model, few))
    return found
